/**
 * Resolves references by identifier alone to a stay, a reading or a document. If the sender could find exactly one
 * resource with the identifier, the reference leads to it, as a literal reference would. References to entries of the
 * Bundle are already literal, and references to a patient by identifier were checked before.
 * @see semantics "One submission, one patient"
 */
import { append } from '../../../fhir/long-lists';
import { businessKeys } from '../../../definitions/business-keys';
import type { PatientReference } from '../../../definitions/patient-references';
import { isResourceType, resourceTypes } from '../../../fhir/r4/definitions';
import { referencesIn, type MetReference } from '../../../fhir/r4/references-in';
import { isObject, type AnyResource } from '../../../fhir/types';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { findByCondition, type ForConditions } from '../conditions/same-conditions';
import type { Received } from '../steps';
import { isKnownByIdentifier } from '../stored-before/known-by-identifier';

type Dependencies = ForConditions & Pick<SubmissionDefinitions, 'definitionOf' | 'people'>;

/** One reference by identifier, and the searches that find what it means. */
interface Logical extends Pick<MetReference, 'element' | 'place'> {
  asked: readonly { type: string; query: string }[];
}

/** Finds the targets of the references by identifier of each resource. Each search runs once. */
export async function findLogical(
  tx: Queryable,
  resources: readonly AnyResource[],
  received: Received,
  dependencies: Dependencies,
): Promise<(resource: AnyResource) => PatientReference[]> {
  const found = new Map<string, PatientReference[]>();
  const byResource = new Map<AnyResource, PatientReference[]>();
  // An element that takes references to any type may mean each type that is known by its identifier.
  const anyType = resourceTypes().filter((name) => isKnownByIdentifier(dependencies.definitionOf(name)));
  for (const resource of resources) {
    const leads: PatientReference[] = [];
    for (const { asked, element, place } of logicalIn(resource, anyType, dependencies))
      for (const { type, query } of asked) {
        const name = `${type}?${query}`;
        if (!found.has(name)) {
          const result = await findByCondition(tx, type, query, received, dependencies);
          const [id, ...more] = result.ok ? result.ids : [];
          const isCertain = id !== undefined && more.length === 0;
          const lead = { to: 'resource', type, element, place, isBeside: false, isLogical: true } as const;
          found.set(name, isCertain ? [{ ...lead, id: id.toLowerCase() }] : []);
        }
        append(
          leads,
          found.get(name)!.map((lead) => ({ ...lead, element, place })),
        );
      }
    byResource.set(resource, leads);
  }
  return (resource) => byResource.get(resource) ?? [];
}

function logicalIn(
  resource: AnyResource,
  anyType: readonly string[],
  { definitionOf, people }: Dependencies,
): Logical[] {
  return referencesIn(resource).references.flatMap(({ reference, element, place, targets }): Logical[] => {
    const { reference: literal, identifier, type } = reference;
    if (literal !== undefined || !isObject(identifier)) return [];
    if (people.otherPersonAt(element) !== undefined) return [];
    const [key] = businessKeys(identifier);
    if (key === undefined) return [];
    const types = typeof type === 'string' ? [type.replace(/^.*\//, '')] : (targets ?? anyType);
    const asked = types
      .filter((name) => isResourceType(name) && isKnownByIdentifier(definitionOf(name)))
      .map((name) => ({ type: name, query: `identifier=${encodeURIComponent(key)}` }));
    return asked.length === 0 ? [] : [{ element, place, asked }];
  });
}
