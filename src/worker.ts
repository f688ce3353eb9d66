/**
 * A worker process of a node: it serves HTTP on connections that the first process gives to it. `serve` starts it; it
 * is no command. It ends with the first process, and when the first process tells it to.
 * @see docs/decisions/0062-workers.md
 */
import type { Socket } from 'node:net';
import { createApp, type App } from './app';
import type { Given } from './app/processes';
import { readConfig } from './config';
import { createLogger, standardOutput } from './platform/logger';
import { peerOf } from './platform/processes/peer';

/** A terminal and a supervisor send these to every process of the node. The first process decides. */
for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.on('disconnect', () => process.exit(0));

let app: App | undefined;
let isLeaving = false;
let serve: ((socket: Socket) => void) | undefined;

const peer = peerOf(process, {
  connection: (_nothing: undefined, socket?: Socket) => {
    if (socket === undefined) return void peer.tell('closed');
    socket.once('close', () => void peer.tell('closed'));
    // Like the sockets of a server for HTTP: the caller may end its side before the answer.
    socket.allowHalfOpen = true;
    if (serve) serve(socket);
    else socket.destroy();
  },
  stop: () => leave(),
  dump: async () => ({ pid: process.pid, dump: await app?.metrics.dump() }),
  use: () => app?.connections(),
});

/** Answers what has arrived, and ends. */
async function leave(): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  await peer.tell('leaving');
  await app?.stop();
  process.exit(0);
}

process.on('SIGTERM', () => void leave());

async function main(): Promise<void> {
  const given = await peer.ask<Given>('join');
  const read = readConfig(process.env);
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const { config } = read;
  const log = createLogger(config.logLevel, standardOutput()).child({ worker: given.number });
  const serves = (take: (socket: Socket) => void): void => {
    serve = take;
  };
  app = await createApp({
    config,
    log,
    env: process.env,
    processes: { count: given.count, joined: { ...given, peer, serves } },
  });
  await app.listen();
  await peer.tell('serving');
}

main().catch((error: unknown) => {
  process.stderr.write(`homeward: a worker process cannot start: ${String((error as Error).message)}\n`);
  process.exit(1);
});
