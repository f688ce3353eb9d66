/** Lists of any length in a body are judged, and never end in a 500. */
import { rangeOfElement } from '../../src/engines/indexing/date';
import { patientReferencesIn } from '../../src/definitions/patient-references';
import type { PeopleNamed } from '../../src/definitions/other-people';
import type { Issue } from '../../src/fhir/issue';
import type { AnyResource } from '../../src/fhir/types';
import { allOf } from '../../src/use-cases/submitting/match/entry-fault';
import { failure } from '../../src/use-cases/submitting/steps';

const COUNT = 300_000;

const issues = Array.from({ length: COUNT }, (): Issue => ({
  severity: 'error',
  code: 'value',
  rule: 'road-unreadable',
  text: 'It is wrong.',
}));

it('a failure has any number of issues', () => {
  expect(failure('invalid', issues).failure.issues).toHaveLength(COUNT);
  expect(allOf([{ category: 'invalid', issues }]).failure.issues).toHaveLength(COUNT);
});

it('a Timing has any number of events', () => {
  const event = Array.from({ length: COUNT }, (_, at) => `${2000 + (at % 20)}-01-01`);
  const range = rangeOfElement({ event });
  expect(range && new Date(range.start).getUTCFullYear()).toBe(2000);
});

it('a reference names any number of patients', () => {
  const query = Array.from({ length: COUNT }, () => 'identifier=https://fhir.nhs.uk/Id/nhs-number|1').join(
    '&',
  );
  const resource = {
    resourceType: 'Observation',
    subject: { reference: `Patient?${query}`, identifier: { system: 's', value: 'v' } },
  } as unknown as AnyResource;
  const people = { otherPersonAt: () => undefined, meansAPatient: () => true } as unknown as PeopleNamed;
  expect(patientReferencesIn({ index: 0, resource }, () => undefined, people).length).toBeGreaterThanOrEqual(
    COUNT,
  );
});
