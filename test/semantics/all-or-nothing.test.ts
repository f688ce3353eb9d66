/**
 * semantics «All or nothing», and what is kept of what was refused. Faults are injected where PostgreSQL itself would
 * raise them: at COMMIT, by a deferred constraint trigger, and in the middle of the one statement that writes.
 */
import { createHash } from 'node:crypto';
import { openDocuments } from '../../src/engines/store/documents';
import { rawBytes } from '../../src/engines/store/raw-bytes';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { openDatabase, DatabaseUnavailable, type Database } from '../../src/platform/postgres';
import { createTestDatabase } from '../support/database';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  freshSummary,
  record,
  rowCounts,
  send,
  stored,
  submissionCount,
  told,
  versions,
} from './sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.app.database.query({
    text: `CREATE SCHEMA fault
      CREATE TABLE wanted (sqlstate text, failures integer)
      CREATE SEQUENCE tried`,
  });
  await homeward.app.database.query({
    text: `CREATE FUNCTION fault.fail_at_first() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('fault.tried') <= (SELECT failures FROM fault.wanted) THEN
          RAISE EXCEPTION 'injected' USING ERRCODE = (SELECT sqlstate FROM fault.wanted);
        END IF;
        RETURN NULL;
      END $$`,
  });
});
afterAll(() => homeward.close());

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Lets the first so many submissions fail with an SQLSTATE: at their COMMIT, or while they are written. */
async function failing(
  sqlstate: string,
  failures: number,
  when: 'at COMMIT' | 'while written',
  work: () => Promise<void>,
): Promise<void> {
  const { database } = homeward.app;
  const timing = when === 'at COMMIT' ? 'DEFERRABLE INITIALLY DEFERRED' : '';
  await database.query({ text: 'ALTER SEQUENCE fault.tried RESTART' });
  await database.query({ text: 'INSERT INTO fault.wanted VALUES ($1, $2)' }, [sqlstate, failures]);
  await database.query({
    text: `CREATE CONSTRAINT TRIGGER fail_at_first AFTER INSERT ON submission ${timing}
      FOR EACH ROW WHEN (new.status = 'accepted') EXECUTE FUNCTION fault.fail_at_first()`,
  });
  try {
    await work();
  } finally {
    await database.query({ text: 'DROP TRIGGER fail_at_first ON submission' });
    await database.query({ text: 'DELETE FROM fault.wanted' });
  }
}

describe.each([
  ['40001', 'a serialization failure'],
  ['40P01', 'a deadlock'],
])('SQLSTATE %s, %s', (sqlstate) => {
  it.each(['at COMMIT', 'while written'] as const)(
    'that comes and goes %s is tried again, and stored once',
    async (when) => {
      const summary = freshSummary();
      await failing(sqlstate, 3, when, async () => {
        const before = await submissionCount(homeward, 'accepted');
        const sent = await accepted(homeward, summary);
        expect(await submissionCount(homeward, 'accepted')).toBe(before + 1);
        expect(await versions(homeward, await stored(homeward, sent.submissionId, 'Encounter'))).toEqual([
          '1',
        ]);
        const again = await send(homeward, summary);
        expect([again.status, again.submissionId]).toEqual([200, sent.submissionId]);
      });
    },
  );

  it.each(['at COMMIT', 'while written'] as const)(
    'that stays %s is 503 with Retry-After, and nothing is stored; sent again later, it is',
    async (when) => {
      const summary = freshSummary();
      const before = [await rowCounts(homeward), await submissionCount(homeward, 'accepted')];
      await failing(sqlstate, 1000, when, async () => {
        const sent = await send(homeward, summary);
        expect([sent.status, told(sent.json)]).toEqual([503, ['error http-unavailable']]);
        expect(sent.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(sent.headers.get('location')).toBeNull();
        expect([await rowCounts(homeward), await submissionCount(homeward, 'accepted')]).toEqual(before);
      });
      await accepted(homeward, summary);
    },
  );
});

describe.each([
  ['53100', 'a full disk'],
  ['53200', 'no memory'],
  ['57014', 'a statement that takes too long'],
  ['57P01', 'a shutdown'],
])('SQLSTATE %s, %s', (sqlstate) => {
  it.each(['at COMMIT', 'while written'] as const)(
    '%s is 503 with Retry-After, and nothing is stored; sent again later, it is',
    async (when) => {
      const summary = freshSummary();
      const before = [await rowCounts(homeward), await submissionCount(homeward, 'accepted')];
      await failing(sqlstate, 1000, when, async () => {
        const sent = await send(homeward, summary);
        expect(sent.status).toBe(503);
        expect(sent.headers.get('retry-after')).toMatch(/^\d+$/);
        expect([await rowCounts(homeward), await submissionCount(homeward, 'accepted')]).toEqual(before);
      });
      await accepted(homeward, summary);
    },
  );
});

describe('what was stored before a fault', () => {
  it('is answered as a resend, while new ones are 503', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    await failing('53100', 1000, 'at COMMIT', async () => {
      expect((await send(homeward, freshSummary())).status).toBe(503);
      const again = await send(homeward, summary);
      expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
    });
  });
});

describe('transaction()', () => {
  let database: Database;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const created = await createTestDatabase({ empty: true });
    database = openDatabase(created.connection, {
      maxConnections: 2,
      connectionTimeoutMillis: 300,
      statementTimeoutMillis: 500,
      onError: () => undefined,
    });
    drop = async () => {
      await database.close();
      await created.drop();
    };
    await database.query({ text: 'CREATE TABLE note (text text)' });
  });
  afterAll(() => drop());

  const notes = async (): Promise<string[]> =>
    (await database.query<{ text: string }>({ text: 'SELECT text FROM note' })).map(({ text }) => text);

  it('throws where PostgreSQL answers COMMIT with ROLLBACK: a failure that was swallowed is no success', async () => {
    await expect(
      database.transaction(async (tx) => {
        await tx.query({ text: "INSERT INTO note VALUES ('lost')" });
        await tx.query({ text: 'SELECT 1/0' }).catch(() => undefined);
        return 'success';
      }),
    ).rejects.toThrow('the transaction was rolled back at COMMIT');
    expect(await notes()).toEqual([]);
  });

  it('rolls back what throws, and gives the connection back whole', async () => {
    for (let round = 0; round < 5; round += 1) {
      await expect(
        database.transaction(async (tx) => {
          await tx.query({ text: "INSERT INTO note VALUES ('lost')" });
          throw new Error('a fault');
        }),
      ).rejects.toThrow('a fault');
    }
    expect(await notes()).toEqual([]);
    expect(database.pool.waitingCount).toBe(0);
  });

  it('is DatabaseUnavailable where its connection is ended in the middle, and leaves nothing', async () => {
    await expect(
      database.transaction(async (tx) => {
        await tx.query({ text: "INSERT INTO note VALUES ('lost')" });
        const [row] = await tx.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
        await database.query({ text: 'SELECT pg_terminate_backend($1)' }, [row?.pid]);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await tx.query({ text: 'SELECT 1' });
      }),
    ).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(await notes()).toEqual([]);
  });

  it('is DatabaseUnavailable where there is no connection to be had in time', async () => {
    const holding = Promise.all(
      [1, 2].map(() => database.transaction((tx) => tx.query({ text: 'SELECT pg_sleep(0.45)' }))),
    );
    await expect(database.transaction(() => Promise.resolve())).rejects.toBeInstanceOf(DatabaseUnavailable);
    await holding;
    await expect(database.transaction(() => Promise.resolve('free again'))).resolves.toBe('free again');
  });

  it('is DatabaseUnavailable where a statement takes longer than it may', async () => {
    await expect(
      database.transaction((tx) => tx.query({ text: 'SELECT pg_sleep(5)' })),
    ).rejects.toBeInstanceOf(DatabaseUnavailable);
  });
});

describe('a submission that is refused', () => {
  it.each([
    ['for its content', 422, () => freshSummary().without('Encounter.period').bytes()],
    ['for not being FHIR', 400, () => Buffer.from('{"resourceType": "Bundle", oops')],
    ['for not being a Bundle', 400, () => Buffer.from('{"resourceType": "Patient"}')],
  ])('%s is kept, with its status, outcome and very bytes', async (_why, status, bytesOf) => {
    const bytes = bytesOf();
    const before = await rowCounts(homeward);
    const sent = await send(homeward, bytes);
    expect(sent.status).toBe(status);
    const kept = await record(homeward, sent.submissionId);
    expect(kept).toMatchObject({
      status: 'refused',
      http_status: status,
      sender: 'RR8',
      sha256_hex: sha256(bytes),
      size: bytes.length,
      content_type: 'application/fhir+json',
      stored: [],
    });
    expect(JSON.parse(kept.outcome)).toHaveLength(sent.json.issue.length);
    expect((await rawBytes(homeward.app.database, sent.submissionId, openDocuments()))?.bytes).toEqual(bytes);
    expect(await rowCounts(homeward)).toEqual(before);
  });

  it('is not kept where the caller is not known', async () => {
    const before = await submissionCount(homeward, 'refused');
    expect((await send(homeward, freshSummary(), { token: null })).status).toBe(401);
    expect(await submissionCount(homeward, 'refused')).toBe(before);
  });
});

describe('the very bytes of a submission', () => {
  it.each([
    ['JSON as it is written by machines', (json: string) => Buffer.from(json)],
    ['indented JSON', (json: string) => Buffer.from(JSON.stringify(JSON.parse(json), undefined, 2))],
    ['JSON behind a byte order mark', (json: string) => Buffer.from(`\uFEFF${json}`)],
    ['XML', (json: string) => Buffer.from(writeXml(JSON.parse(json)))],
  ])('come back, of %s', async (name, as) => {
    const bytes = as(
      freshSummary()
        .pdf(Buffer.concat([Buffer.from('%PDF-1.4 '), Buffer.alloc(5000, `a document of ${name} `)]))
        .bytes()
        .toString('utf8'),
    );
    const type = name === 'XML' ? 'application/fhir+xml' : 'application/fhir+json';
    const sent = await accepted(homeward, bytes, { headers: { 'Content-Type': type } });
    const raw = await rawBytes(homeward.app.database, sent.submissionId, openDocuments());
    expect([raw?.contentType, sha256(raw!.bytes)]).toEqual([type, sha256(bytes)]);
  });
});
