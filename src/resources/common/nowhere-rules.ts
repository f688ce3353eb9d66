/**
 * References that match no entry of the Bundle and cannot match a stored resource. If a rule of
 * section 8, or of a document or message, covers the same place, only that rule reports it.
 */
import { isUuid } from '../../fhir/uuid';
import type { PeopleNamed } from '../../definitions/other-people';
import { stricter, type Finding, type Rule } from '../../definitions/rule';
import { isResourceType } from '../../fhir/r4/definitions';
import { referencesIn, type MetReference } from '../../fhir/r4/references-in';
import { changing, unchanged } from './example';

const LITERAL = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

export const referencesLeadSomewhere: Rule = {
  id: 'vw-xref-nowhere',
  severity: stricter('warning', 'error'),
  code: 'not-found',
  guidance: '3.2 References',
  claim: 'A reference to an entry matches one entry of the Bundle.',
  *check(resource, context, entry): Iterable<Finding> {
    if (entry.index < 0 || resource.resourceType === 'Bundle') return;
    for (const met of referencesIn(resource).references) {
      const { reference } = met.reference;
      if (typeof reference !== 'string' || !isOfThisBundle(reference)) continue;
      if (context.isSummary && isOfThePatient(met, context.people)) continue;
      const resolution = context.resolve({ reference }, entry);
      if (resolution.outcome === 'unresolved') {
        yield {
          element: met.place,
          text: 'This reference matches no entry of the Bundle. Send the resource as an entry and use the fullUrl of that entry, or leave the reference out.',
        };
      } else if (resolution.outcome === 'ambiguous') {
        yield {
          element: met.place,
          code: 'multiple-matches',
          text: `This reference matches ${resolution.candidates} entries of the Bundle. Use the fullUrl of the entry that you mean, and give each entry its own fullUrl.`,
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.partOf = { reference: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' };
    }),
  },
};

/** `urn:uuid:…`, or `Type/id` with an id that this server does not assign. Neither can match outside the Bundle. */
function isOfThisBundle(reference: string): boolean {
  if (/^urn:(?:uuid|oid):/i.test(reference)) return true;
  const [, type = '', id = ''] = LITERAL.exec(reference) ?? [];
  return isResourceType(type) && !isUuid(id);
}

/** Rule `vw-bundle-21` checks the references that must point to the Patient of a summary. */
function isOfThePatient({ element, targets }: MetReference, people: PeopleNamed): boolean {
  return people.meansAPatient(element, targets) && people.otherPersonAt(element) === undefined;
}
