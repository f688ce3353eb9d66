import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTheWay } from './clear-the-way';
import { EmbeddedPostgresFailure } from './failure';
import { ownerMark, startHeartbeat } from './owner';

const silent = (): void => undefined;

describe('clearTheWay', () => {
  let home: string;
  let cluster: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'homeward-clear-'));
    cluster = join(home, 'postgres');
    mkdirSync(cluster);
  });

  afterEach(() => rmSync(home, { recursive: true, force: true }));

  function locked(pid: number, owner: string): void {
    writeFileSync(join(cluster, 'postmaster.pid'), `${pid}\n${cluster}\n1\n5432\n/tmp/x\n\n12 34\nready\n`);
    writeFileSync(join(cluster, 'postmaster.opts'), `/x/postgres "-c" "homeward.owner=${owner}"\n`);
  }

  it('has nothing to do where PostgreSQL was stopped in order', async () => {
    await expect(clearTheWay(cluster, silent)).resolves.toBeUndefined();
  });

  it('refuses a folder whose owner lives in another container, where its processes can not be seen', async () => {
    locked(1, '1@another-container/4026531999');
    const stop = startHeartbeat(cluster);

    await expect(clearTheWay(cluster, silent)).rejects.toEqual(
      new EmbeddedPostgresFailure(
        `The database in ${cluster} is in use by another server (on another host or in another container). Stop that server, or set another DATA_DIR for this server.`,
      ),
    );
    stop();
  });

  it('writes its own id over one that belongs to another program, and keeps the rest of the lock', async () => {
    locked(process.ppid, ownerMark(1));

    await clearTheWay(cluster, silent);

    expect(readFileSync(join(cluster, 'postmaster.pid'), 'utf8')).toBe(
      `${process.pid}\n${cluster}\n1\n5432\n/tmp/x\n\n12 34\nready\n`,
    );
  });

  it('leaves a lock whose process is gone to PostgreSQL, which knows what to do', async () => {
    locked(2 ** 22 + 1, ownerMark(1)); // past the greatest process id of Linux

    await clearTheWay(cluster, silent);

    expect(readFileSync(join(cluster, 'postmaster.pid'), 'utf8')).toMatch(/^4194305\n/);
  });
});
