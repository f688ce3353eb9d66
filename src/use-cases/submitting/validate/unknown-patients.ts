/**
 * Finds the entries that name a patient whom no server could know, as far as the Bundle alone shows. Submitting refuses
 * them when it looks for the patient, so `$validate` reports them too.
 */
import { businessKeys } from '../../../definitions/business-keys';
import { PATIENT } from '../../../definitions/patient-references';
import type { EntryView } from '../../../definitions/rule';
import { isCurrent } from '../../../fhir/current-identifier';
import type { Issue } from '../../../fhir/issue';
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { NHS_NUMBER_SYSTEM } from '../../../terminology/nhs-number';
import type { SubmissionDefinitions } from '../dependencies';
import { patientKeysIn } from '../match/patient-by-key';
import { containedPatient, referencesAt, serverIdOf } from '../match/references';
import { namesNobodyKnown } from '../match/unknown-patient';
import type { EntryRequest } from '../steps';

type Dependencies = Pick<SubmissionDefinitions, 'definitionOf' | 'people' | 'resolverOf'>;

export function unknownPatientsIn(
  requests: readonly EntryRequest[],
  entries: readonly EntryView[],
  { definitionOf, people, resolverOf }: Dependencies,
): Issue[] {
  const resolve = resolverOf(entries);
  const views = new Map(entries.map((view) => [view.index, view]));
  const keys = patientKeysIn(requests, PATIENT);
  return requests.flatMap((request): readonly Issue[] => {
    const { resource, index } = request;
    const view = views.get(index);
    if (!view || !isResourceType(resource.resourceType)) return [];
    const definition = definitionOf(resource.resourceType);
    if (definition.merge) return [];
    const entryOf = (reference: JsonObject): EntryView | undefined => resolve(reference, view);
    const mayBeKnown = definition.table.patient
      .flatMap((path) => referencesAt(resource, path.split('.')))
      .some(
        (reference) =>
          entryOf(reference)?.resource.resourceType === PATIENT ||
          mayBeStored(reference, resource) ||
          keysOf(reference, resource).some((key) => keys.has(key)),
      );
    if (mayBeKnown) return [];
    const fault = namesNobodyKnown({ request, definition }, { patients: { type: PATIENT }, people });
    return fault?.issues ?? [];
  });
}

/** True of a reference to a Patient that the server may have: by its id, by a search, or by NHS number. */
function mayBeStored(reference: JsonObject, resource: AnyResource): boolean {
  if (serverIdOf(reference, PATIENT) !== undefined) return true;
  if (typeof reference.reference === 'string' && reference.reference.includes('?')) return true;
  return identifiersOf(reference, resource).some(
    (identifier) => identifier.system === NHS_NUMBER_SYSTEM && isCurrent(identifier),
  );
}

const keysOf = (reference: JsonObject, resource: AnyResource): string[] =>
  identifiersOf(reference, resource).flatMap((identifier) => businessKeys(identifier));

/** The identifier of a Reference that has nothing else, or those of the contained Patient that it leads to. */
function identifiersOf(reference: JsonObject, resource: AnyResource): JsonObject[] {
  const contained = containedPatient(reference, { type: PATIENT }, resource);
  if (contained) return listOf(contained.identifier).filter(isObject);
  return reference.reference === undefined && isObject(reference.identifier) ? [reference.identifier] : [];
}
