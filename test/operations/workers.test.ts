/** A node of several processes: one server to everyone outside, whichever process answers. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { coresOf, faultOfWorkers, processesOf } from '../../src/config/workers';
import { Visitor } from '../console/visitor';
import { send, serverProcess, type ServerProcess } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';
import { everything } from '../support/homeward';

jest.setTimeout(120_000);

const MIB = 1024 * 1024;
const WORKERS = 3;

describe('the number of processes', () => {
  it.each([
    ['one for each core', { workers: 'auto', maxConnections: 20 }, 2, 4_000, 2],
    ['four at most', { workers: 'auto', maxConnections: 20 }, 64, 8_000, 4],
    ['fewer with little memory', { workers: 'auto', maxConnections: 20 }, 8, 600, 1],
    ['fewer with few connections', { workers: 'auto', maxConnections: 9 }, 8, 8_000, 2],
    ['never none', { workers: 'auto', maxConnections: 2 }, 1, 100, 1],
    ['as it is set', { workers: 3, maxConnections: 20 }, 1, 100, 3],
  ] as const)('is %s', (_name, settings, cores, heap, expected) => {
    expect(processesOf(settings, cores, heap * MIB)).toBe(expected);
  });

  it('counts the cores that a container may use', () => {
    expect(coresOf('150000 100000\n', 8)).toBe(2);
    expect(coresOf('50000 100000\n', 8)).toBe(1);
    expect(coresOf('max 100000\n', 8)).toBe(8);
    expect(coresOf('', 8)).toBe(8);
  });

  it('needs two connections for each', () => {
    expect(faultOfWorkers({ workers: 4, maxConnections: 7 })).toMatch(/DATABASE_MAX_CONNECTIONS .* 8/);
    expect(faultOfWorkers({ workers: 4, maxConnections: 8 })).toBeUndefined();
  });
});

const onLinux = existsSync('/proc/self/cmdline') ? describe : describe.skip;

/** The process ids of the server's worker processes. */
function workersOf(server: ServerProcess): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return Number(parent) === server.pid() && command.includes('worker.');
      } catch {
        return false;
      }
    });
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); await sleep(50))
    if (Date.now() > deadline) throw new Error('it did not come to hold');
}

/** Every worker serves: connections that are held go to all of them. */
async function allServe(server: ServerProcess): Promise<void> {
  const lines = (): number => server.output().split('a worker process serves').length - 1;
  await until(() => lines() >= WORKERS - 1);
}

/** A request of its own connection, whose body comes later or never. */
function slowly(server: ServerProcess, token: string, length: number, sent: number): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `POST /FHIR/R4/Bundle HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/fhir+json\r\nContent-Length: ${length}\r\n\r\n`,
      );
      socket.write('x'.repeat(sent), () => resolve(socket));
    });
    socket.on('error', () => undefined);
  });
}

/** The status on each of the sockets, or `none`, when so many of them have been answered. */
async function statusesOn(sockets: readonly Socket[], answered: number): Promise<string[]> {
  const answers = sockets.map(() => '');
  for (const [index, socket] of sockets.entries())
    socket.on('data', (chunk: Buffer) => (answers[index] += chunk.toString('latin1')));
  const statuses = (): string[] => answers.map((each) => /^HTTP\/1\.1 (\d+)/.exec(each)?.[1] ?? 'none');
  await until(() => statuses().filter((each) => each !== 'none').length >= answered);
  // One that is answered too many is answered with the others.
  await sleep(200);
  return statuses();
}

onLinux('a node of three processes', () => {
  let server: ServerProcess;
  let token: string;
  const inbox = mkdtempSync(join(tmpdir(), 'homeward-workers-'));
  const call = async (path: string, body?: Buffer): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/fhir+json',
        Connection: 'close',
      },
      ...(body ? { body } : {}),
    });
  beforeAll(async () => {
    server = await serverProcess({
      ...{ WORKERS: String(WORKERS), LOG_LEVEL: 'debug', RATE_LIMIT_PER_MINUTE: '400' },
      ...{
        INBOX_DIR: inbox,
        MAX_UPLOADS_PER_CLIENT: '4',
        MAX_BODY_BYTES_IN_FLIGHT: '300000',
        MAX_BODY_BYTES: '300000',
      },
    });
    await server.start();
    await allServe(server);
    token = server.sandbox.token({ scope: everything, ods: 'RR8', ttlSeconds: 3600, sub: 'first' });
  });
  afterAll(async () => {
    await server.remove();
    rmSync(inbox, { recursive: true });
  });

  it('lets every process answer, and the log says which', async () => {
    await Promise.all(Array.from({ length: 12 }, () => call('/FHIR/R4/metadata')));
    const processes = (): Set<string | undefined> => {
      const requests = server
        .output()
        .split('\n')
        .filter((line) => line.includes('"request"'));
      return new Set(requests.map((line) => /"worker":(\d)/.exec(line)?.[1]));
    };
    // A line of the log may be read later than the answer.
    await until(() => processes().size === WORKERS);
    expect(processes()).toEqual(new Set([undefined, '2', '3']));
  });

  it('answers /_status and /metrics for all of them, whoever is asked', async () => {
    await call('/FHIR/R4/Bundle', aSummary().bytes());
    const [statuses, metrics] = await Promise.all([
      Promise.all(Array.from({ length: 6 }, async () => (await call('/_status')).json())),
      Promise.all(Array.from({ length: 6 }, async () => (await call('/metrics')).text())),
    ]);
    for (const { checks } of statuses as { checks: Record<string, { observedValue?: number }[]> }[]) {
      const connections = checks['database:connections']!.slice(0, 2);
      expect(connections.reduce((sum, { observedValue = 0 }) => sum + observedValue, 0)).toBe(20);
    }
    for (const text of metrics) {
      expect(text).toMatch(/^homeward_submissions_total\{door="http",outcome="accepted",sender="RR8"\} 1$/m);
      expect(text).toMatch(/^homeward_ready 1$/m);
    }
  });

  it('shows an operator the state of its roads, whichever process answers', async () => {
    const visitor = new Visitor(server);
    await visitor.signIn('operator');
    for (let page = 0; page < 2 * WORKERS; page += 1) {
      const { text } = await visitor.get('/console/roads', { Connection: 'close' });
      expect(/id="road-2">Folder<[\s\S]*?<\/section>/.exec(text)?.[0]).toMatch(/Works/);
    }
  });

  it('counts uploads over all processes', async () => {
    const sender = server.sandbox.token({ scope: everything, ods: 'RX1', ttlSeconds: 3600, sub: 'uploads' });
    const sockets = await Promise.all(Array.from({ length: 9 }, () => slowly(server, sender, 1_000, 10)));
    expect((await statusesOn(sockets, 5)).sort()).toEqual([
      ...Array(5).fill('429'),
      ...Array(4).fill('none'),
    ]);
    for (const socket of sockets) socket.destroy();
  });

  it('counts the bytes of bodies over all processes, and gives back those of a caller that leaves', async () => {
    const tokens = Array.from({ length: 6 }, (_, index) =>
      server.sandbox.token({ scope: everything, ods: 'RX1', ttlSeconds: 3600, sub: `bytes ${index}` }),
    );
    const hold = async (): Promise<string[]> => {
      const sockets = await Promise.all(tokens.map((each) => slowly(server, each, 200_000, 90_000)));
      const statuses = await statusesOn(sockets, 3);
      for (const socket of sockets) socket.destroy();
      return statuses.sort();
    };
    const held = [...Array(3).fill('503'), ...Array(3).fill('none')];
    // The server sees a moment later that a caller has left: those of the test before, and then these.
    await until(async () => isDeepStrictEqual(await hold(), held));
    await until(async () => isDeepStrictEqual(await hold(), held));
  });

  it('counts requests over all processes', async () => {
    const sender = server.sandbox.token({ scope: everything, ods: 'RX1', ttlSeconds: 3600, sub: 'rate' });
    const statuses = await Promise.all(
      Array.from({ length: 450 }, async () => {
        const response = await fetch(`${server.url}/FHIR/R4/Patient/none`, {
          headers: { Authorization: `Bearer ${sender}` },
        });
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(statuses.filter((status) => status !== 429)).toHaveLength(400);
  });

  it('starts another process for one that was killed, and loses nothing that was acknowledged', async () => {
    const before = workersOf(server);
    expect(before).toHaveLength(WORKERS - 1);
    let isOver = false;
    const acknowledged: string[] = [];
    const sending = Promise.all(
      Array.from({ length: 3 }, async (_, sender) => {
        const own = server.sandbox.token({
          scope: everything,
          ods: 'RX1',
          ttlSeconds: 600,
          sub: `s${sender}`,
        });
        for (let index = 0; !isOver; index += 1) {
          const response = await fetch(`${server.url}/FHIR/R4/Bundle`, {
            method: 'POST',
            headers: { Authorization: `Bearer ${own}`, 'Content-Type': 'application/fhir+json' },
            body: aSummary()
              .stay(100 + 1_000 * sender + index)
              .bytes(),
          }).catch(() => undefined);
          const id = response?.headers.get('x-submission-id');
          await response?.arrayBuffer().catch(() => undefined);
          if (response?.status === 201) acknowledged.push(id!);
        }
      }),
    );
    await until(() => acknowledged.length >= 3);
    for (const pid of before) send(pid, 'SIGKILL');
    await until(() => workersOf(server).filter((pid) => !before.includes(pid)).length === WORKERS - 1);
    isOver = true;
    await sending;
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const id of acknowledged) {
      const reader = server.sandbox.token({ scope: everything, ods: 'RX1', ttlSeconds: 600, sub: id });
      const { status } = await fetch(`${server.url}/submissions/${id}`, {
        headers: { Authorization: `Bearer ${reader}` },
      });
      expect(status).toBe(200);
    }
    const ledger = await call('/ledger/verify');
    expect((await ledger.json()) as object).toMatchObject({ status: 'pass' });
  });
});

onLinux('a node of three processes that ends', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await serverProcess({ WORKERS: String(WORKERS), LOG_LEVEL: 'debug' });
    await server.start();
  });
  afterAll(() => server.remove());

  it('logs one start and one end, leaves nothing running, and ends with 0', async () => {
    await allServe(server);
    expect(await server.end('SIGTERM')).toBe(0);
    expect(workersOf(server)).toEqual([]);
    const lines = server.output().split('\n');
    for (const message of ['start', 'ready', 'stopping', 'stopped'])
      expect(lines.filter((line) => line.includes(`"msg":"${message}"`))).toHaveLength(1);
  });

  it('ends with its first process, even if that is killed', async () => {
    await server.start();
    await until(() => workersOf(server).length === WORKERS - 1);
    const workers = workersOf(server);
    await server.end('SIGKILL');
    await until(() => workers.every((pid) => !existsSync(`/proc/${pid}/cmdline`)));
  });
});

onLinux('a node of one process', () => {
  it('starts no other', async () => {
    const server = await serverProcess({ WORKERS: '1' });
    await server.start();
    await sleep(1_000);
    expect(workersOf(server)).toEqual([]);
    await server.remove();
  });
});
