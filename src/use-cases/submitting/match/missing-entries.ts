/**
 * Refuses an entry that would join no record because an entry of the Bundle is missing: it names no patient, and a
 * reference that could lead to one is a `urn:` of no entry. In a summary such a reference has a warning alone, as the
 * guidance asks.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import { referencesIn } from '../../../fhir/r4/references-in';
import type { Issue } from '../../../fhir/issue';
import { viewOf, type MatchedEntry, type MatchInput } from './match-input';

/** The faults of the entries whose patient is still not known after their references were followed. */
export const missingEntries = (
  entries: readonly (MatchedEntry & { write: boolean })[],
  input: MatchInput,
): Issue[] =>
  input.isSummary
    ? []
    : entries
        .filter(({ isLed, patientId, write }) => isLed === true && patientId === null && write)
        .flatMap((each) => missingFor(each, input));

function missingFor({ request }: MatchedEntry, input: MatchInput): Issue[] {
  const view = viewOf(request, input);
  return referencesIn(request.resource)
    .references.filter(
      ({ reference, element }) =>
        typeof reference.reference === 'string' &&
        reference.reference.startsWith('urn:') &&
        input.people.otherPersonAt(element) === undefined &&
        input.resolve(reference, view) === undefined,
    )
    .map(({ place }) => ({
      severity: 'error',
      code: 'not-found',
      rule: 'submission-entry-missing',
      text: 'This reference leads to no entry of this Bundle, and the resource names no patient, so it would be in no patient’s record. Send the entry in the same Bundle, or name the patient.',
      expression: `Bundle.entry[${request.index}].resource.${place}`,
      source: 'https://hl7.org/fhir/R4/http.html#trules',
    }));
}
