/** What an NHS number identifies: a person, never an organisation, a place or anything else that other records may name. */
import { always, type Finding, type Rule } from '../../definitions/rule';
import { isObject, listOf, type Json } from '../../fhir/types';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import { changing, unchanged } from './example';

const PERSONS: readonly string[] = ['Patient', 'Person', 'RelatedPerson'];

export const nhsNumberIsOfAPerson: Rule = {
  id: 'identifier-nhs-number',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4 Identifier.system (R4)',
  claim: 'An NHS number is the identifier of a Patient, Person or RelatedPerson only.',
  *check(resource): Iterable<Finding> {
    const { resourceType, identifier } = resource;
    if (PERSONS.includes(resourceType)) return;
    for (const [index, each] of listOf<Json>(identifier).entries()) {
      if (!isObject(each) || each.system !== NHS_NUMBER_SYSTEM) continue;
      yield {
        element: `identifier${Array.isArray(identifier) ? `[${index}]` : ''}.system`,
        text: `The identifier of this ${resourceType} is an NHS number. Readers of other patients may see it. Remove it, or give the system that the value is from.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Organization', (organization) => {
      organization.identifier = [
        ...listOf<Json>(organization.identifier),
        { system: NHS_NUMBER_SYSTEM, value: '9990000026' },
      ];
    }),
  },
};
