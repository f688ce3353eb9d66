/**
 * HL7 v2 while processes are killed, the database is away, and two nodes serve: nothing that was answered AA is lost,
 * nothing is stored twice, and what was not answered is sent again and answered as before. A short form runs in the test
 * command, the long one with `FAULTS=long`.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { everything } from '../support/homeward';
import { createTestDatabase } from '../support/database';
import { startProxy } from '../faults/proxy';
import { freePort, serverProcess, type ServerProcess } from '../faults/server-process';
import { randomOf } from '../faults/load';
import { aSummary } from '../fixtures/summary';
import { aMessage, nextId, ofBundle } from './messages';
import { frame, mllp, type Mllp } from './mllp';
import { SENDERS, startReceiver, type Receiver } from './receiving';

const long = process.env.FAULTS === 'long';
const random = randomOf(Number(process.env.FAULTS_SEED ?? 11));
jest.setTimeout(long ? 900_000 : 120_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('A server that is killed', () => {
  const LANES = 3;
  const kills = long ? 20 : 1;
  let server: ServerProcess;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const path = join(mkdtempSync(join(tmpdir(), 'homeward-hl7v2-')), 'hl7v2.json');
    writeFileSync(path, JSON.stringify({ port, senders: SENDERS }));
    server = await serverProcess({ HL7V2_FILE: path });
    await server.start();
  });
  afterAll(() => server.remove());

  /** Sends a message until it is answered: over a new connection where the last one has ended. */
  async function untilAnswered(
    message: string,
    open: Mllp | undefined,
  ): Promise<{ connection: Mllp; said: string }> {
    let connection = open;
    for (;;) {
      connection ??= await mllp(port).catch(() => undefined);
      connection?.write(frame(message));
      const answer = await connection?.next();
      if (connection && answer?.code === 'AA') return { connection, said: answer.said };
      if (connection && answer && answer.code !== 'AR') throw new Error(answer.text);
      connection?.close();
      connection = undefined;
      await sleep(50);
    }
  }

  it('loses nothing that it answered, stores nothing twice, and answers again as before', async () => {
    const answered = new Map<string, { message: string; said: string }>();
    let isSending = true;
    const lane = async (): Promise<void> => {
      let connection: Mllp | undefined;
      while (isSending) {
        const id = nextId();
        const message = aMessage({ id });
        const done = await untilAnswered(message, connection);
        connection = done.connection;
        answered.set(id, { message, said: done.said });
        if (!long) await sleep(60);
      }
      connection?.close();
    };
    const lanes = Array.from({ length: LANES }, lane);
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(300 + random() * 700);
      await server.end('SIGKILL');
      await server.start();
    }
    await sleep(500);
    isSending = false;
    await Promise.all(lanes);

    expect(answered.size).toBeGreaterThan(kills);
    const token = server.sandbox.token({ scope: everything, ods: 'RR8', ttlSeconds: 600, sub: 'test' });
    const count = async (id: string): Promise<unknown> => {
      const url = `${server.url}/FHIR/R4/DocumentReference?identifier=DOC-${id}`;
      const found = (await (await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).json()) as {
        entry?: { resource: { meta: { versionId: string } } }[];
      };
      return found.entry?.map(({ resource }) => resource.meta.versionId);
    };
    let connection: Mllp | undefined;
    for (const [id, { message, said }] of answered) {
      expect({ id, versions: await count(id) }).toEqual({ id, versions: ['1'] });
      const again = await untilAnswered(message, connection);
      connection = again.connection;
      expect({ id, said: again.said }).toEqual({ id, said });
    }
    connection?.close();
  });

  it('that is asked to stop answers what it has, and sends the rest away', async () => {
    const connections = await Promise.all(Array.from({ length: 4 }, () => mllp(port)));
    const messages = connections.map(() => aMessage());
    connections.forEach((connection, index) => connection.write(frame(messages[index]!)));
    await sleep(20);
    const [stopped, ...answers] = await Promise.all([
      server.end('SIGTERM'),
      ...connections.map((connection) => connection.next()),
    ]);
    expect(stopped).toBe(0);
    for (const answer of answers) expect(['AA', 'AR', undefined]).toContain(answer?.code);
    for (const answer of answers)
      if (answer?.code === 'AR')
        expect(answer.errors).toMatchObject([{ code: '207', rule: 'hl7v2-unavailable' }]);
    await server.start();
    for (const [index, message] of messages.entries()) {
      const again = await untilAnswered(message, undefined);
      again.connection.close();
      if (answers[index]?.code === 'AA') expect(again.said).toBe(answers[index].said);
    }
  });
});

describe('A database that is away', () => {
  it('is answered AR with 207, shown in /_status, and the message is stored when it is back', async () => {
    const database = await createTestDatabase();
    const direct = database.connection;
    const target = direct.host?.startsWith('/')
      ? { path: `${direct.host}/.s.PGSQL.${direct.port ?? 5432}` }
      : { port: direct.port ?? 5432, host: direct.host ?? '127.0.0.1' };
    const proxy = await startProxy(target, random);
    const receiver = await startReceiver(
      {},
      { DATABASE_CONNECTION_TIMEOUT_MS: '1000', STATEMENT_TIMEOUT_MS: '2000' },
      {
        on: {
          connection: { ...direct, host: '127.0.0.1', port: proxy.port },
          dataDir: mkdtempSync(join(tmpdir(), 'homeward-test-')),
        },
      },
    );
    const sender = await receiver.connect();
    expect((await sender.ask(aMessage())).code).toBe('AA');

    proxy.cutAfter(1);
    proxy.cut();
    const message = aMessage();
    const refused = await sender.ask(message);
    expect(refused).toMatchObject({ code: 'AR', errors: [{ code: '207', rule: 'hl7v2-unavailable' }] });
    expect((await sender.ask(aMessage({ type: 'ADT^A01' }))).errors[0]?.code).toBe('207');
    proxy.cutAfter(undefined);
    const status = async (): Promise<unknown> =>
      (await receiver.homeward.call('GET', '/_status')).json.checks.hl7v2[0];
    expect(await status()).toMatchObject({ status: 'warn', output: expect.stringContaining('AR') });

    let again = await sender.ask(message);
    for (let tries = 0; again.code === 'AR' && tries < 50; tries += 1) {
      await sleep(100);
      again = await sender.ask(message);
    }
    expect(again.code).toBe('AA');
    expect(await status()).toMatchObject({ status: 'pass' });
    sender.close();
    await receiver.close();
    await proxy.close();
    await database.drop();
  });
});

describe('Two nodes', () => {
  let first: Receiver;
  let second: Receiver;
  beforeAll(async () => {
    first = await startReceiver();
    second = await startReceiver({}, {}, { on: first.homeward.place });
  });
  afterAll(async () => {
    await second.close();
    await first.close();
  });

  it('store the same message once, and give it one answer', async () => {
    const connections = await Promise.all(
      [first, second, first, second, first, second].map((node) => node.connect()),
    );
    for (let round = 0; round < (long ? 50 : 5); round += 1) {
      const message = aMessage();
      const answers = await Promise.all(connections.map((connection) => connection.ask(message)));
      expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 'AA'));
      expect(new Set(answers.map(({ said }) => said)).size).toBe(1);
    }
    for (const connection of connections) connection.close();
  });

  it('go on when one stops: the other answers as the first did', async () => {
    const message = aMessage();
    const one = await first.connect();
    const { said } = await one.ask(message);
    await second.homeward.stop();
    const two = await first.connect();
    expect((await two.ask(message)).said).toBe(said);
    one.close();
    two.close();
  });
});

describe('The policy of the site', () => {
  it('refuses by HL7 v2 what it refuses over HTTP, and the refusal is kept', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'homeward-policy-')), 'policy.json');
    writeFileSync(path, JSON.stringify({ submitting: { default: 'own' } }));
    const receiver = await startReceiver({}, { POLICY_FILE: path });
    const sender = await receiver.connect();
    const summary = aSummary().stay(7990);
    const ofAnother = aMessage({ sender: 'EPR|OTHER', value: ofBundle(summary.bytes()) });
    const answer = await sender.ask(ofAnother);
    expect(answer).toMatchObject({ code: 'AE', errors: [{ rule: 'submission-custodian', code: '204' }] });
    expect((await sender.ask(aMessage())).code).toBe('AA');
    const { json } = await receiver.homeward.call('GET', '/submissions?status=refused');
    expect(json.submissions).toMatchObject([{ sender: 'RXX', door: 'hl7v2', status: 'refused' }]);
    sender.close();
    await receiver.close();
  });
});

describe('A message that the server fails to handle', () => {
  it('is in the audit trail with its sender, and is answered so that it is sent again', async () => {
    const receiver = await startReceiver();
    const client = new Client(receiver.homeward.place.connection);
    await client.connect();
    await client.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'a failure of the test'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON submission FOR EACH ROW EXECUTE FUNCTION fail()`);
    const sender = await receiver.connect();
    expect(await sender.ask(aMessage({ id: 'FAILS1' }))).toMatchObject({ code: 'AR' });
    const { entry } = (await receiver.homeward.call('GET', '/FHIR/R4/AuditEvent?outcome=8')).json;
    expect(entry).toHaveLength(1);
    expect(JSON.stringify(entry[0].resource)).toContain('FAILS1');
    expect(JSON.stringify(entry[0].resource.agent)).toContain('RR8');
    await client.query('DROP TRIGGER fail ON submission');
    await client.end();
    expect((await (await receiver.connect()).ask(aMessage({ id: 'FAILS1' }))).code).toBe('AA');
    await receiver.close();
  });
});
