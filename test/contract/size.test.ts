/** What a submission costs does not grow with it: few statements, whatever its size; and large ones come back whole. */
import { randomBytes } from 'node:crypto';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { statementsOfRequests } from '../support/watch-statements';

let homeward: Homeward;

beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

async function send(summary: SummaryBuilder): Promise<Reply> {
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() });
  expect({ status: reply.status, said: reply.status === 201 ? '' : reply.json }).toEqual({
    status: 201,
    said: '',
  });
  return reply;
}

/** What was asked of the database for it: without what opens and ends transactions. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const seen = await statementsOfRequests(homeward.app.database, work);
  return (
    seen
      .map(({ text }) => text)
      .filter((text) => !/^(BEGIN|COMMIT|ROLLBACK)/.test(text))
      // A new connection is asked once whether it takes writes.
      .filter((text) => !text.includes('pg_is_in_recovery'))
      // Whether it is still a sandbox is remembered for a moment, however many requests there are.
      .filter((text) => !text.includes('FROM database_mode'))
  );
}

describe('a submission', () => {
  it.each([
    ['a first one of 10 Observations', () => aSummary().stay(1).observations(10)],
    ['one of 500 Observations', () => aSummary().stay(2).observations(500)],
    ['a correction of 500 Observations', () => aSummary().stay(2).observations(500).correction(2)],
  ])('takes at most 8 statements: %s', async (_name, summary) => {
    const statements = await statementsOf(() => send(summary()));
    expect(statements.length).toBeGreaterThan(1);
    expect(statements.length).toBeLessThanOrEqual(8);
  });

  it('of 500 Observations and 5 MB of PDF goes in, and all of it comes back', async () => {
    const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(5_000_000), Buffer.from('\n%%EOF\n')]);
    const sent = aSummary().stay(3).observations(500).pdf(pdf);
    const before = (await homeward.call('GET', '/FHIR/R4/Observation?_summary=count')).json.total as number;
    const reply = await send(sent);
    const after = (await homeward.call('GET', '/FHIR/R4/Observation?_summary=count')).json.total as number;
    expect(after - before).toBe(500);
    const documents = await homeward.call('GET', '/FHIR/R4/DocumentReference?_sort=-_lastUpdated&_count=1');
    const { url } = documents.json.entry[0].resource.content[0].attachment as { url: string };
    const document = await homeward.call('GET', url.startsWith('http') ? url : `/FHIR/R4/${url}`);
    expect(document.bytes.equals(pdf)).toBe(true);
    const bundle = await homeward.call('GET', `/FHIR/R4/Bundle/${reply.headers.get('x-submission-id')}`);
    expect(bundle.json.entry).toHaveLength((sent.build().entry as unknown[]).length);
  });
});

describe('a read', () => {
  it('takes one statement', async () => {
    const { entry } = (await homeward.call('GET', '/FHIR/R4/Patient')).json;
    const path = `/FHIR/R4/Patient/${entry[0].resource.id}`;
    expect(
      (await statementsOf(() => homeward.call('GET', path))).filter((text) => !/audit/i.test(text)),
    ).toHaveLength(1);
  });
});
