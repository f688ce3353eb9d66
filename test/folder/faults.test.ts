/** No file is lost, and none is handled twice: nodes that are killed, a move that fails, a database that is away. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type PoolConfig } from 'pg';
import { byteText } from '../../src/interfaces/folder/names';
import { finishFile } from '../../src/interfaces/folder/finish-file';
import { identityOf, statOf } from '../../src/interfaces/folder/file-system';
import { openInbox } from '../../src/interfaces/folder/inbox';
import { serverProcess } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';
import { administer } from '../support/database';
import { startHomeward } from '../support/homeward';
import { readTestServer } from '../support/test-server';
import { testInbox, until, type TestInbox } from './inbox';

jest.setTimeout(180_000);

let inbox: TestInbox;
beforeEach(() => {
  inbox = testInbox();
});
afterEach(() => inbox.remove());

async function rows<R extends object>(connection: PoolConfig, sql: string): Promise<R[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

const submissionsOf = (connection: PoolConfig) =>
  rows<{ id: string; status: string; sha256: string }>(
    connection,
    `SELECT id, status, sha256 FROM submission WHERE door = 'folder'`,
  );

describe('two nodes on one folder, killed in turn', () => {
  it('handle each file once', async () => {
    const owner = await serverProcess({ INBOX_DIR: inbox.path });
    await owner.start();
    const { host, port, user, database, password } = owner.connection();
    const url = `postgres://${user}:${String(password)}@localhost:${port}/${database}?host=${encodeURIComponent(String(host))}`;
    const others = await Promise.all(
      [1, 2].map(() => serverProcess({ INBOX_DIR: inbox.path, DATABASE_URL: url })),
    );
    try {
      await Promise.all(others.map((node) => node.start()));
      const files = 48;
      for (let index = 0; index < files; index += 1) {
        const summary = aSummary().stay(index + 1);
        const isRefused = index % 4 === 0;
        const bytes = (isRefused ? summary.without('Encounter.period.start') : summary).bytes();
        inbox.put(`${index % 2 === 0 ? 'RR8' : 'RX1'}/stay-of-${index}.json`, bytes);
      }
      const ended = (): number => inbox.files('done').length + inbox.files('refused').length;
      // The one that works is not known: whoever it is, it is killed.
      for (const [at, node] of [
        [6, others[0]!],
        [14, others[1]!],
      ] as const) {
        await until(() => ended() >= at, 60);
        await node.end('SIGKILL');
      }
      await until(() => ended() === files, 90);
      await sleep(1_500);
      expect(inbox.files('in').filter((name) => !name.includes('/.'))).toEqual([]);
      expect(inbox.files('failed')).toEqual([]);
      const stored = await submissionsOf(owner.connection());
      expect(stored).toHaveLength(files);
      expect(new Set(stored.map(({ sha256 }) => sha256)).size).toBe(files);
      const outcomes = ['done', 'refused'].flatMap((folder) =>
        inbox.files(folder).map((name) => inbox.outcome(folder, name).id as string),
      );
      expect(outcomes.sort()).toEqual(stored.map(({ id }) => id).sort());
      expect(await rows(owner.connection(), 'SELECT path FROM folder_file')).toEqual([]);
    } finally {
      await Promise.all(others.map((node) => node.remove()));
      await owner.remove();
    }
  });
});

describe('a node that ends between the commit and the move', () => {
  it('leaves the file to the next one, which moves it and submits nothing', async () => {
    const first = await startHomeward({ INBOX_DIR: inbox.path });
    await until(() => inbox.has('failed'));
    // Nothing can be moved to a folder that is a file.
    for (const folder of ['done', 'refused']) writeFileSync(inbox.at(folder, 'RR8'), '');
    const stay = aSummary();
    inbox.put('RR8/stay.json', stay.bytes());
    inbox.put('RR8/refused.json', stay.without('Encounter.period.start').bytes());
    await until(async () => (await submissionsOf(first.place.connection)).length === 2);
    await until(async () => (await first.call('GET', '/_status')).json.checks.folder[0].status === 'warn');
    await first.stop();
    for (const folder of ['done', 'refused']) rmSync(inbox.at(folder, 'RR8'));
    const second = await startHomeward({ INBOX_DIR: inbox.path }, undefined, undefined, { on: first.place });
    await until(() => inbox.has('done/RR8/stay.json') && inbox.has('refused/RR8/refused.json'));
    await until(async () => (await rows(first.place.connection, 'SELECT 1 FROM folder_file')).length === 0);
    expect(await submissionsOf(first.place.connection)).toHaveLength(2);
    await second.stop();
    await first.close();
  });

  it('is followed by one that uses the outcome that is there, and its name', async () => {
    const opened = await openInbox(inbox.path);
    inbox.put('RR8/stay.json', '{}');
    mkdirSync(inbox.at('done', 'RR8'));
    writeFileSync(inbox.at('done', 'RR8', 'stay.json.outcome.json'), '{"id":"first"}\n');
    const path = `${byteText(inbox.path)}/in/RR8/stay.json`;
    const stats = (await statOf(path))!;
    const file = {
      ...{ odsCode: 'RR8', name: 'stay.json', path, identity: identityOf(stats), isLink: false },
      ...{ changedNs: stats.ctimeNs, modifiedNs: stats.mtimeNs },
    };
    await finishFile(opened, file, { submissionId: 'first', ending: 'done', outcome: '{"id":"first"}' });
    expect(readdirSync(inbox.at('done', 'RR8')).sort()).toEqual(['stay.json', 'stay.json.outcome.json']);
    inbox.put('RR8/stay.json', '{}');
    const again = (await statOf(path))!;
    const next = { ...file, identity: identityOf(again) };
    await finishFile(opened, next, { submissionId: 'second', ending: 'done', outcome: '{"id":"second"}' });
    expect(inbox.files('done').sort()).toEqual(['RR8/stay-2.json', 'RR8/stay.json']);
  });
});

describe('while the database is away', () => {
  it('files wait in in/; a file that cannot be handled at all goes to failed', async () => {
    const server = await startHomeward({ INBOX_DIR: inbox.path });
    const { admin } = readTestServer();
    const database = String(server.place.connection.database);
    await until(() => inbox.has('failed'));
    inbox.put('RR8/first.json', aSummary().bytes());
    execFileSync('mkfifo', [inbox.at('in', 'RR8', 'pipe.json')]);
    await until(() => inbox.has('done/RR8/first.json'));
    await administer(admin, `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    await administer(
      admin,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
    );
    inbox.put('RR8/second.json', aSummary().stay(2).bytes());
    await sleep(9_000);
    expect(inbox.files('in')).toContain('RR8/second.json');
    expect((await server.call('GET', '/_status')).json.checks.folder[0]).toMatchObject({ status: 'warn' });
    await administer(admin, `ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
    await until(() => inbox.has('done/RR8/second.json'), 60);
    await until(() => inbox.has('failed/RR8/pipe.json'), 60);
    expect(inbox.files('failed')).toEqual(['RR8/pipe.json']);
    const { entry } = (await server.call('GET', '/FHIR/R4/AuditEvent?outcome=8')).json;
    const ofFolder = entry.filter((each: unknown) => JSON.stringify(each).includes('folder in/RR8'));
    expect(ofFolder.length).toBeGreaterThanOrEqual(5);
    await server.close();
  });
});

describe('a path that cannot be used', () => {
  it('is a fault at the start', async () => {
    writeFileSync(inbox.at('file'), '');
    await expect(startHomeward({ INBOX_DIR: inbox.at('file', 'below') })).rejects.toThrow(
      /INBOX_DIR .*ENOTDIR/,
    );
    await expect(startHomeward({ INBOX_DIR: '/proc/inbox' })).rejects.toThrow(/INBOX_DIR/);
  });
});
