/**
 * A database whose disk is full, on the roads beside HTTP: nothing is acknowledged, moved or sent a second time, and
 * work goes on when there is space. A trigger raises what PostgreSQL does (53100). MESH has the same test in
 * `test/mesh/faults.test.ts`, and HTTP in `database.test.ts`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { aSummary } from '../fixtures/summary';
import { testInbox, until } from '../folder/inbox';
import { startReceiver as startDestination } from '../forwarding/receiver';
import { aMessage } from '../hl7v2/messages';
import { startReceiver } from '../hl7v2/receiving';
import { startHomeward, type Homeward } from '../support/homeward';

jest.setTimeout(180_000);

async function run(homeward: Homeward, sql: string): Promise<unknown[]> {
  const client = new Client(homeward.place.connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** From now on, every write of this kind fails. @returns how to make space */
async function fillDisk(homeward: Homeward, write: 'INSERT ON submission' | 'UPDATE ON delivery') {
  await run(
    homeward,
    `CREATE SEQUENCE refused_writes;
     CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM nextval('refused_writes');
       RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$;
     CREATE TRIGGER full_disk BEFORE ${write} FOR EACH ROW EXECUTE FUNCTION full_disk()`,
  );
  return () => run(homeward, 'DROP FUNCTION full_disk CASCADE');
}

const checkOf = async (homeward: Homeward, name: string): Promise<string> => {
  const { json } = await homeward.call('GET', '/_status');
  return json.checks[name][0].status as string;
};

const countOf = (homeward: Homeward): Promise<unknown[]> =>
  run(homeward, 'SELECT status, count(*)::integer AS count FROM submission GROUP BY status');

describe('while the disk of the database is full', () => {
  it('a file stays where it is, and is handled once when there is space', async () => {
    const inbox = testInbox();
    const homeward = await startHomeward({ INBOX_DIR: inbox.path });
    try {
      await until(() => inbox.has('in'));
      const makeSpace = await fillDisk(homeward, 'INSERT ON submission');
      inbox.put('RR8/stay.json', aSummary().bytes());
      await until(async () => (await checkOf(homeward, 'folder')) === 'warn');
      expect(inbox.has('in/RR8/stay.json')).toBe(true);
      await makeSpace();
      await until(() => inbox.has('done/RR8/stay.json'), 120);
      expect(inbox.outcome('done', 'RR8/stay.json').resourceType).toBe('OperationOutcome');
      expect(await countOf(homeward)).toEqual([{ status: 'accepted', count: 1 }]);
    } finally {
      await homeward.close();
      inbox.remove();
    }
  });

  it('an HL7 v2 message is answered AR with 207, and stored once when it is sent again', async () => {
    const receiver = await startReceiver();
    const sender = await receiver.connect();
    try {
      const makeSpace = await fillDisk(receiver.homeward, 'INSERT ON submission');
      const message = aMessage();
      expect(await sender.ask(message)).toMatchObject({ code: 'AR', errors: [{ code: '207' }] });
      expect(await checkOf(receiver.homeward, 'hl7v2')).toBe('warn');
      await makeSpace();
      expect((await sender.ask(message)).code).toBe('AA');
      expect(await countOf(receiver.homeward)).toEqual([{ status: 'accepted', count: 1 }]);
    } finally {
      sender.close();
      await receiver.close();
    }
  });

  it('a destination that has answered gets nothing twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'homeward-full-'));
    const destination = await startDestination();
    const file = join(folder, 'forward.json');
    writeFileSync(file, JSON.stringify([{ name: 'gp', to: { fhir: { url: destination.url } } }]));
    const homeward = await startHomeward({ FORWARD_FILE: file });
    try {
      let answer: (() => void) | undefined;
      destination.answers((_, response) => (answer = () => response.writeHead(201).end()));
      const body = aSummary().bytes();
      expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
      await destination.has(1);
      const makeSpace = await fillDisk(homeward, 'UPDATE ON delivery');
      answer!();
      await until(async () => {
        const [row] = await run(homeward, 'SELECT last_value::integer AS count FROM refused_writes');
        return (row as { count: number }).count > 1;
      }, 120);
      await makeSpace();
      await until(async () => {
        const { json } = await homeward.call('GET', '/deliveries?state=delivered');
        return json.deliveries.length === 1;
      }, 120);
      expect(destination.arrivals).toHaveLength(1);
    } finally {
      await homeward.close();
      await destination.close();
      rmSync(folder, { recursive: true });
    }
  });
});
