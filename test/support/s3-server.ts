/** A server with the interface of S3, for the tests on demand (`npm run test:s3`), which install it with npm. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../faults/server-process';

export interface S3Server {
  /** The name of its only bucket. */
  bucket: string;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

const BUCKET = 'homeward';

/**
 * Installs and starts the server, and sets the variables by which the S3 client of this process finds it.
 * @param folder for the program and its objects; the caller removes it
 */
export async function startS3Server(folder: string): Promise<S3Server> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const installed = spawnSync('npm', ['install', '--no-audit', '--no-fund', 's3rver@3.7.1'], { cwd: folder });
  if (installed.status !== 0) throw new Error(String(installed.stderr));
  const port = await freePort();
  const program = join(folder, 'node_modules', 's3rver', 'bin', 's3rver.js');
  const place = ['-d', join(folder, 'data'), '--configure-bucket', BUCKET];
  const address = ['-p', String(port), '-a', '127.0.0.1'];
  const server = spawn(process.execPath, [program, ...place, ...address], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
  });
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer) break;
    if (server.exitCode !== null) throw new Error('the S3 server did not start');
    await sleep(50);
  }
  return {
    bucket: BUCKET,
    stop: async () => {
      server.kill();
      await ended;
    },
  };
}
