/** Texts of issues may go into logs: no reading, name, number or date of a patient is in any of them. */
import { guidance, common } from '../../src/resources';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { operationOutcome } from '../../src/fhir/operation-outcome';
import { aSummary } from '../fixtures/summary';
import { judge } from './judge';

/** What the outcome of a summary says, in all its words. */
const saidOf = (bundle: AnyResource): string =>
  operationOutcome(judge(bundle).issues)
    .issue.map(({ details, diagnostics }) => `${details?.text} ${diagnostics}`)
    .join('\n');

const OF_THE_PATIENT = {
  family: 'Quuxley',
  given: 'Zebedee',
  line: '77 Xylophone Row',
  postcode: 'QX9 7ZZ',
  birthDate: '1951-12-27',
};

const named = (): AnyResource =>
  aSummary()
    .with('Patient.name', [{ family: OF_THE_PATIENT.family, given: [OF_THE_PATIENT.given], use: 'official' }])
    .with('Patient.address', [{ line: [OF_THE_PATIENT.line], postalCode: OF_THE_PATIENT.postcode }])
    .with('Patient.birthDate', OF_THE_PATIENT.birthDate)
    .build();

const rules = [...guidance.flatMap((definition) => definition.rules), ...common.rules];
const repairs = guidance.flatMap((definition) => definition.repairs);

describe('what is said of a summary', () => {
  it.each([
    ...rules.map(({ id, examples }) => [id, examples] as const),
    ...repairs.map(({ norm, examples }) => [norm, examples] as const),
  ])('that breaks %s holds nothing of the patient', (_id, { breaks }) => {
    const said = saidOf(breaks(named()));
    const told = [...Object.values(OF_THE_PATIENT), '9990000018'].filter((value) => said.includes(value));
    expect(told).toEqual([]);
  });

  const observations = (aSummary().build().entry as unknown as { resource: AnyResource }[]).flatMap(
    ({ resource }, index) => (resource.resourceType === 'Observation' ? [index] : []),
  );

  it.each(observations)('whose reading in entry %i is out of range does not repeat it', (index) => {
    for (const value of [-77.31, 7731.77]) {
      const bundle = aSummary().build();
      const { resource } = (bundle.entry as unknown as { resource: JsonObject }[])[index]!;
      if (resource.valueQuantity !== undefined) (resource.valueQuantity as JsonObject).value = value;
      else resource.valueInteger = Math.round(value);
      const said = saidOf(bundle);
      expect(said).not.toMatch(/77|73/);
    }
  });
});
