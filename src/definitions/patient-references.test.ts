import type { AnyResource } from '../fhir/types';
import type { PeopleNamed } from './other-people';
import { patientReferencesIn } from './patient-references';

const COUNT = 300;
const people = { otherPersonAt: () => undefined, meansAPatient: () => true } as unknown as PeopleNamed;

it('a contained Patient with many identifiers, to which many references lead, is read once', () => {
  let read = 0;
  const identifier = Array.from({ length: COUNT }, (_, at) =>
    Object.defineProperty({ system: 'https://fhir.nhs.uk/Id/nhs-number' }, 'value', {
      enumerable: true,
      get: () => {
        read += 1;
        return `${at}`;
      },
    }),
  );
  const resource = {
    resourceType: 'Appointment',
    contained: [{ resourceType: 'Patient', id: 'p', identifier }],
    participant: Array.from({ length: COUNT }, () => ({ actor: { reference: '#p' } })),
  } as unknown as AnyResource;
  const found = patientReferencesIn({ index: 0, resource }, () => undefined, people);
  expect(found.filter(({ to }) => to === 'nhs-number').length).toBeLessThan(COUNT * 20);
  expect(found.length).toBeGreaterThan(COUNT);
  expect(read).toBeLessThan(COUNT * 20);
});
