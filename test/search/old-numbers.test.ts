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
