/** What an identifier says to those who compare it: a space that nobody sees makes it another one. */
import { always, type Finding, type Rule } from '../../definitions/rule';
import { isObject, listOf, type Json } from '../../fhir/types';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import { changing, unchanged } from './example';

/** The elements by which a resource is known. */
const NAMES = ['identifier', 'masterIdentifier'];

export const identifierHasNoSpaceAround: Rule = {
  id: 'identifier-space',
  severity: always('warning'),
  code: 'value',
  guidance: '3.4 Identifier.value (R4)',
  claim:
    'The value of an identifier does not begin or end with white space. The server compares it as it was sent.',
  *check(resource): Iterable<Finding> {
    for (const name of NAMES) {
      const all = listOf<Json>(resource[name]);
      for (const [index, each] of all.entries()) {
        // Spaces in an NHS number are taken out.
        if (!isObject(each) || typeof each.value !== 'string' || each.system === NHS_NUMBER_SYSTEM) continue;
        if (each.value === each.value.trim()) continue;
        yield {
          element: `${name}${Array.isArray(resource[name]) ? `[${index}]` : ''}.value`,
          text: 'The identifier begins or ends with white space. With and without it, it is two identifiers, so a correction without it would be another resource. Send it without white space around it.',
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      const [first] = listOf<Json>(encounter.identifier).filter(isObject);
      encounter.identifier = [{ ...first, value: ` ${String(first?.value)}` }];
    }),
  },
};
