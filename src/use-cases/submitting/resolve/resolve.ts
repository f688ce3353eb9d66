/**
 * Makes the references of all entries literal. Each Reference to an entry of the Bundle, and each that gives the NHS
 * number of the stored patient, becomes a reference to the resource of this server. A pure function.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { viewOf, type MatchedEntry, type MatchInput } from '../match/match-input';
import { withLiteralReferences } from './literal-references';

export interface ResolvedEntry extends MatchedEntry {
  /** The resource with literal references, without the server's id and version, which are added last. */
  resource: AnyResource;
}

export function resolve(entries: readonly MatchedEntry[], input: MatchInput): ResolvedEntry[] {
  const names = new Map(entries.map((each) => [each.request.index, `${each.definition.type}/${each.id}`]));
  return entries.map((each) => {
    const view = viewOf(each.request, input);
    const resource = withLiteralReferences(each.request.resource, (reference) => {
      const entry = input.resolve(literalUrl(reference), view);
      return (entry && names.get(entry.index)) ?? byNhsNumber(reference, each, input);
    });
    return { ...each, resource };
  });
}

/** An Attachment's address is looked up like a reference. */
const literalUrl = (value: JsonObject): JsonObject =>
  'reference' in value || !('url' in value) ? value : { reference: value.url };

/**
 * The literal reference to the stored patient of the entry, for a Reference that names this patient by NHS number
 * alone.
 */
function byNhsNumber(
  reference: JsonObject,
  { patientId }: MatchedEntry,
  { patients, before }: MatchInput,
): string | undefined {
  if (patientId === null || patients.idOfLogical(reference) !== patientId) return undefined;
  const literal = `${patients.type}/${patientId}`;
  return before.resources.has(literal) ? literal : undefined;
}
