import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../logger';
import { openWorkers } from './workers';

const WORKER = `
  process.on('message', ({ what }) => what === 'stop' && process.exit());
  process.send({ what: 'serving' });
  process.send({ what: 'pid', value: process.pid });
  setInterval(() => undefined, 1_000);
`;
const CONNECTIONS = 4;

describe('the workers of a node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-workers-'));
  const file = join(folder, 'worker.js');
  writeFileSync(file, WORKER);
  const acceptor = createServer({ pauseOnConnect: true });
  afterAll(() => {
    acceptor.close();
    rmSync(folder, { recursive: true });
  });

  it('close every connection that a worker was given when it is killed', async () => {
    const workers = openWorkers({ count: 1, file, log: createLogger('silent') });
    const pid = await new Promise<number>((resolve) => workers.start(() => ({ pid: resolve })));
    const here: Socket[] = [];
    const half = new Promise<void>((resolve) => {
      acceptor.on('connection', (socket) => {
        workers.place(socket, () => here.push(socket));
        if (here.length === CONNECTIONS) resolve();
      });
    });
    acceptor.listen(0, '127.0.0.1');
    await once(acceptor, 'listening');
    const { port } = acceptor.address() as AddressInfo;
    process.kill(pid, 'SIGSTOP');
    // Every other one stays here, in the first process.
    const clients = Array.from({ length: 2 * CONNECTIONS }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    await half;
    process.kill(pid, 'SIGKILL');
    await new Promise<void>((resolve) => {
      let closed = 0;
      for (const client of clients) client.once('close', () => (closed += 1) === CONNECTIONS && resolve());
    });
    for (const socket of here) socket.destroy();
    await workers.stop(0);
  });
});
