/**
 * The trail and the store are muted by somebody with every right on the database: rows are kept out, and PostgreSQL
 * reports no error. What can't be recorded is not answered, and what is not stored is not acknowledged.
 */
import { freshSummary, send } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { minimalPdf } from '../fixtures/minimal-pdf';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.app.database.query({
    text: `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
  });
});
afterAll(() => homeward.close());

async function muted<T>(table: string, way: 'trigger' | 'rule', work: () => Promise<T>): Promise<T> {
  const { database } = homeward.app;
  await database.query({
    text:
      way === 'rule'
        ? `CREATE RULE mute AS ON INSERT TO ${table} DO INSTEAD NOTHING`
        : `CREATE TRIGGER mute BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION nothing()`,
  });
  try {
    return await work();
  } finally {
    await database.query({ text: `DROP ${way} mute ON ${table}` });
  }
}

const stored = async (): Promise<number> =>
  (
    await homeward.app.database.query<{ n: number }>({ text: 'SELECT count(*)::int AS n FROM submission' })
  )[0]!.n;

describe('a muted database', () => {
  it.each(['trigger', 'rule'] as const)('answers no search that a %s keeps out of the trail', async (way) => {
    await muted('audit_record', way, async () => {
      const reply = await homeward.call('GET', '/FHIR/R4/Observation');
      expect(reply.status).toBe(503);
      expect(reply.json).toMatchObject({ resourceType: 'OperationOutcome' });
    });
    expect((await homeward.call('GET', '/FHIR/R4/Observation')).status).toBe(200);
  });

  it.each([
    ['audit_record', 'trigger'],
    ['audit_record', 'rule'],
    ['observation', 'trigger'],
    ['submission', 'rule'],
    ['submission_body', 'trigger'],
    ['provenance', 'trigger'],
    ['document_bytes', 'trigger'],
    ['"binary"', 'trigger'],
  ] as const)('acknowledges no submission of which %s is muted by a %s', async (table, way) => {
    const before = await stored();
    const summary = freshSummary().pdf(minimalPdf(`of ${table} ${way}`));
    const { status } = await muted(table, way, () => send(homeward, summary));
    expect(status).toBe(503);
    expect(await stored()).toBe(before);
    expect((await send(homeward, summary)).status).toBe(201);
  });

  it('acknowledges no correction whose earlier versions would be lost', async () => {
    const summary = freshSummary();
    expect((await send(homeward, summary)).status).toBe(201);
    const correction = summary.correction(2).with('Observation[0].status', 'amended');
    expect((await muted('observation_history', 'trigger', () => send(homeward, correction))).status).toBe(
      503,
    );
    expect((await send(homeward, correction)).status).toBe(201);
  });

  it('keeps no review note that a trigger takes away', async () => {
    const { submissionId } = await send(homeward, freshSummary());
    const reply = await muted('review_mark', 'trigger', () =>
      homeward.call('POST', `/submissions/${submissionId}/review`, {
        body: { note: 'Seen.' },
        headers: { 'Content-Type': 'application/json' },
      }),
    );
    expect(reply.status).toBe(503);
  });
});
