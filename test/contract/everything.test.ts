import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

interface Entry {
  resource: { resourceType: string; id: string; identifier?: unknown };
  search: { mode: string };
}

describe('$everything', () => {
  let homeward: Homeward;
  let patient: string;
  let encounters: string[];
  beforeAll(async () => {
    homeward = await startHomeward();
    for (const stay of [1, 2]) {
      const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().stay(stay).bytes() });
      expect(sent.status).toBe(201);
    }
    const found = await homeward.call('GET', '/FHIR/R4/Encounter');
    encounters = found.json.entry.map(({ resource }: Entry) => resource.id);
    patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
  });
  afterAll(() => homeward.close());

  const countsOf = (reply: Reply): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { resource } of reply.json.entry as Entry[]) {
      counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
    }
    return counts;
  };

  it('of a Patient is all of both stays, with the organisations they name', async () => {
    const all = await homeward.call('GET', `/FHIR/R4/Patient/${patient}/$everything`);
    expect(all.status).toBe(200);
    expect(countsOf(all)).toMatchObject({
      Patient: 1,
      Encounter: 2,
      DocumentReference: 2,
      Observation: 32,
      Organization: 1,
    });
  });

  it('of an Encounter is that stay alone', async () => {
    const stay = await homeward.call('GET', `/FHIR/R4/Encounter/${encounters[0]}/$everything`);
    expect(countsOf(stay)).toMatchObject({ Patient: 1, Encounter: 1, DocumentReference: 1, Observation: 16 });
  });

  it('comes in pages that neither repeat nor lose', async () => {
    const seen: string[] = [];
    let url: string | undefined = `/FHIR/R4/Patient/${patient}/$everything?_count=7`;
    while (url !== undefined) {
      const page: Reply = await homeward.call('GET', url);
      expect(page.status).toBe(200);
      const matches = (page.json.entry as Entry[]).filter(({ search }) => search.mode === 'match');
      expect(matches.length).toBeLessThanOrEqual(7);
      seen.push(...matches.map(({ resource }) => `${resource.resourceType}/${resource.id}`));
      url = page.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(39);
  });

  it('keeps to the types, the time and the scopes asked for', async () => {
    const some = await homeward.call(
      'GET',
      `/FHIR/R4/Patient/${patient}/$everything?_type=Encounter,Observation`,
    );
    expect(countsOf(some)).toEqual({ Encounter: 2, Observation: 32 });
    const listed = await homeward.call(
      'GET',
      `/FHIR/R4/Patient/${patient}/$everything?_type=Encounter&_type=Organization`,
    );
    expect(countsOf(listed)).toEqual({ Encounter: 2, Organization: 1 });
    expect((await homeward.call('GET', `/FHIR/R4/Patient/${patient}/$everything?_type=`)).status).toBe(400);
    for (const [query, meant] of [
      ['_type=Observatoin', 'Observation'],
      ['_typ=Observation', '_type'],
    ]) {
      const { status, json } = await homeward.call('GET', `/FHIR/R4/Patient/${patient}/$everything?${query}`);
      expect([status, json.issue[0].details.text]).toEqual([
        400,
        expect.stringMatching(` Did you mean ${meant}\\?$`),
      ]);
    }
    const later = await homeward.call(
      'GET',
      `/FHIR/R4/Patient/${patient}/$everything?_since=2999-01-01T00:00:00Z`,
    );
    expect(later.json.total).toBe(0);
    const token = homeward.token('system/Patient.r system/Encounter.r');
    const scoped = await homeward.call('GET', `/FHIR/R4/Patient/${patient}/$everything`, { token });
    expect(countsOf(scoped)).toEqual({ Patient: 1, Encounter: 2 });
    expect((await homeward.call('GET', `/FHIR/R4/Patient/${patient}/$everything?colour=red`)).status).toBe(
      400,
    );
  });

  it('of an Encounter is what several summaries tell of it', async () => {
    const interim = aSummary().stay(3).build();
    const final = aSummary().stay(4).build();
    const identifierOf = (bundle: typeof interim): unknown =>
      (bundle.entry as unknown as Entry[]).map(({ resource }) => resource).find(isEncounter)?.identifier;
    const isEncounter = ({ resourceType }: { resourceType: string }): boolean => resourceType === 'Encounter';
    (final.entry as unknown as Entry[]).map(({ resource }) => resource).find(isEncounter)!.identifier =
      identifierOf(interim);
    for (const body of [interim, final])
      expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
    const [{ resource }] = (await homeward.call('GET', '/FHIR/R4/Encounter?_sort=-_lastUpdated&_count=1'))
      .json.entry as [Entry];
    const all = await homeward.call('GET', `/FHIR/R4/Encounter/${resource.id}/$everything`);
    expect(countsOf(all)).toMatchObject({
      Patient: 1,
      Encounter: 1,
      DocumentReference: 2,
      Observation: 32,
      Provenance: 2,
    });
    const summary = await homeward.call('GET', `/FHIR/R4/Encounter/${resource.id}/$summary`);
    expect(countsOf(summary)).toMatchObject({
      Composition: 1,
      DocumentReference: 2,
      Observation: 32,
      Binary: 2,
    });
  });
});
