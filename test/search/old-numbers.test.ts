/** The old NHS number of one patient that is the current number of another: no search mixes the two. */
import { startHomeward, type Homeward } from '../support/homeward';
import { freshNhsNumber, type AnyJson } from '../semantics/sending';
import { find, known, NHS, type Known } from '../semantics/story';

let homeward: Homeward;
let holder: Known;
/** Had the number of the holder before, and one that nobody has now. */
let former: Known;
const unused = freshNhsNumber();
beforeAll(async () => {
  homeward = await startHomeward();
  holder = await known(homeward);
  former = await known(homeward, (summary) =>
    summary.changed((bundle) => {
      const { resource } = (bundle.entry as AnyJson[]).find(
        (entry) => entry.resource.resourceType === 'Patient',
      );
      for (const value of [holder.nhsNumber, unused])
        resource.identifier.push({ use: 'old', system: NHS, value });
    }),
  );
});
afterAll(() => homeward.close());

const patientsFound = async (query: string): Promise<string[]> => {
  const found = await find(homeward, query);
  return [
    ...new Set(
      found.map(({ resourceType, id, subject }) =>
        resourceType === 'Patient' ? `Patient/${id}` : String(subject.reference),
      ),
    ),
  ].sort();
};

describe('an NHS number', () => {
  it.each([
    'Patient?identifier=',
    'Observation?patient:identifier=',
    'Encounter?subject:Patient.identifier=',
  ])('finds the patient whose current number it is: %s', async (query) => {
    for (const value of [holder.nhsNumber, `${NHS}|${holder.nhsNumber}`])
      expect(await patientsFound(query + encodeURIComponent(value))).toEqual([holder.patient]);
  });

  it('that nobody has now finds the patient who had it', async () => {
    expect(await patientsFound(`Patient?identifier=${unused}`)).toEqual([former.patient]);
    // By patient, only the current number is looked for.
    expect(await patientsFound(`Observation?patient.identifier=${NHS}|${unused}`)).toEqual([]);
  });

  it('beside others finds each patient by a number of their own', async () => {
    const both = [holder.patient, former.patient].sort();
    expect(await patientsFound(`Patient?identifier=${holder.nhsNumber},${former.nhsNumber}`)).toEqual(both);
    expect(await patientsFound(`Patient?identifier=${holder.nhsNumber},${unused}`)).toEqual(both);
  });
});

describe('a search by patient for an NHS number that nobody has now', () => {
  const told = async (query: string, scope = 'system/*.rs'): Promise<string[]> => {
    const token = homeward.token(scope, 'RR8');
    const { status, json } = await homeward.call('GET', `/FHIR/R4/${query}`, { token });
    expect([status, json.total]).toEqual([200, 0]);
    return (json.entry ?? []).flatMap(({ resource, search }: AnyJson) => {
      expect(search.mode).toBe('outcome');
      return resource.issue.map(({ details }: AnyJson) => details.coding[0].code);
    });
  };
  const EARLIER = ['search-earlier-nhs-number'];

  const byNumber = (query: string): string => `${query}=${encodeURIComponent(`${NHS}|${unused}`)}`;

  it.each([
    'Observation?patient:identifier',
    'Encounter?subject:Patient.identifier',
    'DocumentReference?patient.identifier',
    'Encounter?status=planned&patient:identifier',
  ])('says so: %s', async (query) => {
    expect(await told(byNumber(query))).toEqual(EARLIER);
  });

  it('says nothing in a count, which has no entries, and of the audit trail', async () => {
    expect(await told(byNumber('Observation?_summary=count&patient:identifier'))).toEqual([]);
    const query = byNumber('AuditEvent?action=D&patient:identifier');
    expect(await told(query, 'system/*.rs system/AuditEvent.rs')).toEqual([]);
  });

  it('says nothing of a number that the patient has, that nobody had, or that is beside another system', async () => {
    for (const value of [
      `${NHS}|${holder.nhsNumber}`,
      `${NHS}|${freshNhsNumber()}`,
      `https://a.example|${unused}`,
    ])
      expect(await told(`Encounter?status=planned&patient:identifier=${encodeURIComponent(value)}`)).toEqual(
        [],
      );
  });

  it('says nothing to those who may not search for patients', async () => {
    const query = byNumber('Encounter?patient:identifier');
    expect(await told(query, 'system/Encounter.rs')).toEqual([]);
    expect(await told(query, 'system/Encounter.rs system/Patient.rs?gender=unknown')).toEqual([]);
  });

  it('is on record with the patient that it told of', async () => {
    await told(byNumber('Encounter?patient:identifier'));
    const [event] = await find(homeward, `AuditEvent?patient=${former.patient}&_sort=-date&_count=1`);
    expect([event.action, event.outcomeDesc]).toEqual(['E', undefined]);
    expect(JSON.stringify(event)).toContain('GET /FHIR/R4/Encounter');
  });
});
