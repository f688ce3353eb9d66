/** A submission that takes the database too long by itself is refused with a sentence and kept; all else is 503. */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward({ STATEMENT_TIMEOUT_MS: '1000' });
});
afterAll(() => homeward.close());

const run = (text: string): Promise<unknown> => homeward.app.database.query({ text });

/** While `work` goes on, each Observation takes the database so many seconds. */
async function whileSlow(seconds: number, work: () => Promise<void>): Promise<void> {
  await run(
    `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN NEW; END $$`,
  );
  await run('CREATE TRIGGER slow BEFORE INSERT ON observation FOR EACH ROW EXECUTE FUNCTION slow()');
  try {
    await work();
  } finally {
    await run('DROP TRIGGER slow ON observation');
    await run('DROP FUNCTION slow');
  }
}

const send = (stay: number, observations: number): Promise<Reply> =>
  homeward.call('POST', '/FHIR/R4/Bundle', {
    body: aSummary().stay(stay).observations(observations).bytes(),
  });

describe('conditions that take too long together', () => {
  it('are refused as too costly, though each by itself is quick', async () => {
    const impatient = await startHomeward({ STATEMENT_TIMEOUT_MS: '200' });
    const entry = Array.from({ length: 5_000 }, (_, index) => ({
      resource: { resourceType: 'Basic', code: { text: 'x' } },
      request: { method: 'POST', url: 'Basic', ifNoneExist: `identifier=urn:example|${index}` },
    }));
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    const { status, json } = await impatient.call('POST', '/FHIR/R4', { body });
    await impatient.close();
    expect([status, json.issue[0].code, json.issue[0].details.coding[0].code]).toEqual([
      422,
      'too-costly',
      'submission-too-costly',
    ]);
  });
});

describe('a submission that a statement has no time for', () => {
  it('is refused as too costly where it is large, and kept', async () => {
    await whileSlow(0.05, async () => {
      const reply = await send(1, 600);
      expect([reply.status, reply.json.issue[0].code, reply.json.issue[0].details.coding[0].code]).toEqual([
        422,
        'too-costly',
        'submission-too-costly',
      ]);
      const kept = await homeward.call('GET', `/submissions/${reply.headers.get('x-submission-id')}`);
      expect(kept.json.status).toBe('refused');
    });
  });

  it('is to be sent again where it is small: the database is slow then', async () => {
    await whileSlow(2, async () => {
      const reply = await send(2, 8);
      expect([reply.status, reply.headers.has('retry-after')]).toEqual([503, true]);
    });
    expect((await send(2, 8)).status).toBe(201);
  });

  it('is to be sent again where it waits for a lock, however large it is', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let locked = (): void => undefined;
    const isLocked = new Promise<void>((resolve) => (locked = resolve));
    const holding = homeward.app.database.transaction(async (tx) => {
      await tx.query({ text: 'LOCK TABLE observation IN ACCESS EXCLUSIVE MODE' });
      locked();
      await held;
    });
    await isLocked;
    const reply = await send(3, 600);
    release();
    await holding;
    expect(reply.status).toBe(503);
  });
});
