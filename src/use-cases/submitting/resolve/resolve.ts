/**
 * Makes the references of all entries literal. Each Reference to an entry of the Bundle, each that gives the NHS
 * number of the stored patient, each that gives another identifier of the Bundle's Patient as its patient, and each with
 * this server's own address becomes a reference to the resource of this server. A pure function.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import type { Slices } from '../../../fhir/slices';
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { viewOf, type MatchedEntry, type MatchInput } from '../match/match-input';
import { patientByKey } from '../match/patient-by-key';
import { literalName, referencesAt } from '../match/references';
import { withLiteralReferences } from './literal-references';

export interface ResolvedEntry extends MatchedEntry {
  /** The resource with literal references, without the server's id and version, which are added last. */
  resource: AnyResource;
}

export function* resolve(entries: readonly MatchedEntry[], input: MatchInput): Slices<ResolvedEntry[]> {
  const names = new Map(entries.map((each) => [each.request.index, `${each.definition.type}/${each.id}`]));
  const byIndex = new Map(entries.map((each) => [each.request.index, each]));
  const resolved: ResolvedEntry[] = [];
  for (const each of entries) {
    yield;
    const view = viewOf(each.request, input);
    const byKey = referencesByKey(each, input, byIndex);
    const resource = withLiteralReferences(each.request.resource, (reference) => {
      const entry = input.resolve(literalUrl(reference), view);
      const name = (entry && names.get(entry.index)) ?? byNhsNumber(reference, each, input);
      if (name !== undefined) return name;
      return byKey.has(reference) ? `${input.patients.type}/${each.patientId}` : byAddress(reference, input);
    });
    resolved.push({ ...each, resource });
  }
  return resolved;
}

/** The References by which the entry names its patient, a Patient of the Bundle, by another identifier alone. */
function referencesByKey(
  { request: { resource }, patientId, definition }: MatchedEntry,
  input: MatchInput,
  byIndex: ReadonlyMap<number, MatchedEntry>,
): ReadonlySet<JsonObject> {
  if (patientId === null || input.patientKeys.size === 0) return new Set();
  const named = definition.table.patient
    .flatMap((path) => referencesAt(resource, path.split('.')))
    .filter(({ reference }) => reference === undefined)
    .filter((reference) => patientByKey(reference, resource, input, byIndex)?.id === patientId);
  return new Set(named);
}

/** An Attachment's address is looked up like a reference. */
const literalUrl = (value: JsonObject): JsonObject =>
  'reference' in value || !('url' in value) ? value : { reference: value.url };

/** The literal reference in one that begins with this server's own address, as its answers give it. */
function byAddress({ reference }: JsonObject, { fhirBase }: MatchInput): string | undefined {
  if (fhirBase === '' || typeof reference !== 'string' || !reference.startsWith(`${fhirBase}/`))
    return undefined;
  const literal = reference.slice(fhirBase.length + 1);
  return literalName({ reference: literal }) && literal;
}

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
