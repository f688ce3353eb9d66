/** What an auditor asks for first, and what a trail of millions of records must not be read through for. */
import { startHomeward, type Homeward } from '../support/homeward';
import { watchStatements } from '../support/watch-statements';

describe('the refusals in a long trail', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
    await homeward.app.database.query({
      text: `INSERT INTO audit_record (id, last_updated, action, interaction, outcome, http_status, sender, observer, request_id,
          has_query, content, mac)
        SELECT gen_random_uuid(), now() - interval '1 hour' * (n % 500), 'R', 'read', '0', 200, '', 'test', 'r-' || n, false,
          '{"resourceType":"AuditEvent"}', ''
        FROM generate_series(1, 20000) AS n`,
    });
    await homeward.app.database.query({ text: 'ANALYZE audit_record' });
  });
  afterAll(() => homeward.close());

  it('are found by an index of their own, where the records are', async () => {
    await homeward.call('GET', '/FHIR/R4/Patient/none', { headers: { 'X-Request-ID': 'refused-1' } });
    const [search] = (
      await watchStatements(homeward.app.database, async () => {
        const { json } = await homeward.call('GET', '/FHIR/R4/AuditEvent?outcome=4,8,12');
        expect(json.total).toBe(1);
      })
    ).filter(({ text }) => text.includes('audit_event'));
    const plan = await homeward.app.database.query<{ 'QUERY PLAN': string }>(
      { text: `EXPLAIN ${search!.text}` },
      search!.values,
    );
    const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(lines).toMatch(/audit_record_default_last_updated_outcome_idx/);
    expect(lines).not.toMatch(/Seq Scan on audit_record_default/);
  });
});
