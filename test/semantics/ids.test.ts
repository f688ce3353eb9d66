/** semantics «Who is who»: ids on the server are the server's own, and those that were sent can be found. */
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, read, stored, storedBy } from './sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

describe('ids', () => {
  it('are the server’s own; those that were sent are found in the submission', async () => {
    const summary = freshSummary();
    const sent = await accepted(homeward, summary);
    const bundle = summary.build();
    const entries = bundle.entry as { resource: { id: string } }[];
    const ids = (await storedBy(homeward, sent.submissionId)).map(({ id }) => id);
    expect(ids.filter((id) => entries.some(({ resource }) => resource.id === id))).toEqual([]);
    const kept = await homeward.call('GET', `/FHIR/R4/Bundle/${sent.submissionId}`);
    expect(kept.json.entry).toEqual(bundle.entry);
    const encounter = await read(homeward, await stored(homeward, sent.submissionId, 'Encounter'));
    expect(encounter.subject.reference).toBe(`Patient/${ids[0]}`);
  });

  it('are found through Provenance: the sender, the submission, each target with its version', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const sent = await accepted(homeward, summary.correction(2));
    const encounter = await stored(homeward, sent.submissionId, 'Encounter');
    const { json } = await homeward.call(
      'GET',
      `/FHIR/R4/Provenance?target=Encounter/${encounter.id}&_sort=-_lastUpdated`,
    );
    expect(json.total).toBe(2);
    const [{ resource }] = json.entry;
    expect(JSON.stringify(resource)).toContain(`Bundle/${sent.submissionId}`);
    expect(JSON.stringify(resource.agent)).toContain('RR8');
    expect(resource.target).toContainEqual({ reference: `Encounter/${encounter.id}/_history/2` });
  });
});
