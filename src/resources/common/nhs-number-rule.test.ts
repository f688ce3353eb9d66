import type { AnyResource } from '../../fhir/types';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import { nhsNumberIsOfAPerson } from './nhs-number-rule';

const places = (resourceType: string): string[] => {
  const resource: AnyResource = {
    resourceType,
    identifier: [
      { system: 'https://x.example/id', value: '9990000018' },
      { system: NHS_NUMBER_SYSTEM, value: '9990000018' },
    ],
  };
  const found = nhsNumberIsOfAPerson.check(resource, {} as never, { index: 0, resource }) ?? [];
  return [...found].flatMap((each) => each?.element ?? []);
};

describe('identifier-nhs-number: an NHS number is the identifier of a person only', () => {
  it.each(['Organization', 'Practitioner', 'Location', 'Device'])('warns of one in a %s', (type) => {
    expect(places(type)).toEqual(['identifier[1].system']);
  });

  it.each(['Patient', 'Person', 'RelatedPerson'])('is silent of one in a %s', (type) => {
    expect(places(type)).toEqual([]);
  });
});
