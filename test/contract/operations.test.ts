import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

interface Entry {
  resource: { resourceType: string; id: string; code?: { coding: { code: string }[] } };
  search: { mode: string; score: number; extension: { valueCode: string }[] };
}

describe('the operations of a reader', () => {
  let homeward: Homeward;
  let patient: string;
  beforeAll(async () => {
    homeward = await startHomeward();
    for (const stay of [1, 2]) {
      await homeward.call('POST', '/FHIR/R4/Bundle', {
        body: aSummary().stay(stay).observations(32).bytes(),
      });
    }
    patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
  });
  afterAll(() => homeward.close());

  const resourcesOf = (bundle: { entry?: Entry[] }): Entry['resource'][] =>
    (bundle.entry ?? []).map(({ resource }) => resource);

  it('$lastn gives the newest of each code', async () => {
    const one = await homeward.call('GET', `/FHIR/R4/Observation/$lastn?patient=${patient}`);
    expect(one.status).toBe(200);
    const codes = resourcesOf(one.json).map(({ code }) => code?.coding[0]?.code);
    expect(codes.length).toBe(16);
    expect(new Set(codes).size).toBe(16);
    const two = await homeward.call(
      'GET',
      `/FHIR/R4/Observation/$lastn?patient=${patient}&max=2&category=survey`,
    );
    expect(resourcesOf(two.json).length % 2).toBe(0);
    expect((await homeward.call('GET', '/FHIR/R4/Observation/$lastn')).status).toBe(400);
  });

  it('$docref gives the patient’s documents', async () => {
    const all = await homeward.call('GET', `/FHIR/R4/DocumentReference/$docref?patient=${patient}`);
    expect(all.json.total).toBe(2);
    const none = await homeward.call(
      'GET',
      `/FHIR/R4/DocumentReference/$docref?patient=${patient}&start=2030-01-01`,
    );
    expect(none.json.total).toBe(0);
    expect((await homeward.call('GET', '/FHIR/R4/DocumentReference/$docref')).status).toBe(400);
  });

  it('finds what belongs to a patient below the patient’s own address', async () => {
    const found = await homeward.call(
      'GET',
      `/FHIR/R4/Patient/${patient}/DocumentReference?creation=ge2020-01-01`,
    );
    expect(found.json.total).toBe(2);
    const strangers = '0f0f0f0f-0000-4000-8000-000000000000';
    expect((await homeward.call('GET', `/FHIR/R4/Patient/${strangers}/Encounter`)).json.total).toBe(0);
    expect((await homeward.call('GET', `/FHIR/R4/Patient/${patient}/Organization`)).status).toBe(404);
  });

  it('$match is certain of an NHS number and birth date that agree, and of nothing less', async () => {
    const ask = async (change: object) => {
      const resource = { resourceType: 'Patient', ...change };
      const body = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }] };
      return homeward.call('POST', '/FHIR/R4/Patient/$match', { body });
    };
    const stored = (await homeward.call('GET', `/FHIR/R4/Patient/${patient}`)).json;
    const gradesOf = (bundle: { entry?: Entry[] }) =>
      (bundle.entry ?? []).map(({ search }) => search.extension[0]?.valueCode);
    expect(
      gradesOf((await ask({ identifier: stored.identifier, birthDate: stored.birthDate })).json),
    ).toEqual(['certain']);
    expect(gradesOf((await ask({ identifier: stored.identifier })).json)).toEqual(['probable']);
    expect(gradesOf((await ask({ identifier: stored.identifier, birthDate: '1999-01-01' })).json)).toEqual([
      'possible',
    ]);
    expect(gradesOf((await ask({ name: stored.name, birthDate: stored.birthDate })).json)).not.toContain(
      'certain',
    );
    expect((await ask({ name: stored.name })).status).toBe(422);
  });

  it('$summary gives the stay as a document Bundle that validates', async () => {
    const [encounter] = resourcesOf((await homeward.call('GET', '/FHIR/R4/Encounter')).json);
    const summary = await homeward.call('GET', `/FHIR/R4/Encounter/${encounter!.id}/$summary`);
    const types = resourcesOf(summary.json).map(({ resourceType }) => resourceType);
    expect(types[0]).toBe('Composition');
    expect(types).toEqual(
      expect.arrayContaining(['Patient', 'Organization', 'Encounter', 'DocumentReference', 'Binary']),
    );
    expect(types.filter((type) => type === 'Observation').length).toBe(32);
    const judged = await homeward.call('POST', '/FHIR/R4/Bundle/$validate', { body: summary.bytes });
    const faults = judged.json.issue.filter(
      ({ severity }: { severity: string }) => severity === 'error' || severity === 'fatal',
    );
    expect(faults).toEqual([]);
  });
});
