/**
 * Refuses an entry that would join no record because what it refers to is not there: it names no patient, and a
 * reference is to a stay, or to another resource of a patient, that is not stored. It may be named by its id, or by an
 * identifier that nobody or several have. When the stay comes later, nothing files the entry on its patient.
 * @see docs/decisions/0052-named-by-number-alone.md
 */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { patientsOfResources } from '../../../engines/store/patients-of';
import type { Issue } from '../../../fhir/issue';
import { isResourceType } from '../../../fhir/r4/definitions';
import { referencesIn, type MetReference } from '../../../fhir/r4/references-in';
import { isObject, type AnyResource } from '../../../fhir/types';
import { isUuid } from '../../../fhir/uuid';
import type { Queryable } from '../../../platform/postgres';
import type { ForConditions } from '../conditions/same-conditions';
import type { SubmissionDefinitions } from '../dependencies';
import { anyLiteralName, referencesAt } from '../match/references';
import type { Plan, PlannedEntry } from '../next-version/plan';
import type { Received } from '../steps';
import { nameOf, type Target } from './follow';
import { findLogical } from './logical-references';

type Dependencies = ForConditions & SubmissionDefinitions;

/** A reference to a resource of a patient, and the stored resource that it would be, if there is one. */
interface Wanted {
  index: number;
  place: string;
  target: Target | undefined;
}

/** The faults of the entries of no summary whose patient is still not known after their references were followed. */
export async function leadsNowhere(
  tx: Queryable,
  { entries }: Plan,
  received: Received,
  dependencies: Dependencies,
): Promise<Issue[]> {
  const nobodys = entries.filter((each) => joinsNoRecord(each));
  if (nobodys.length === 0) return [];
  const ofPlan = new Set(
    entries.map(({ id, request }) => nameOf({ type: request.resource.resourceType, id })),
  );
  const sent = nobodys.map((each) => each.sent ?? each.resource);
  const byIdentifier = await findLogical(tx, sent, received, dependencies);
  const wanted = nobodys.flatMap(({ request, ...each }): Wanted[] => {
    const resource = each.sent ?? each.resource;
    const found = new Map(byIdentifier(resource).map((lead) => [lead.place, lead]));
    return toPatientsData(resource, dependencies).map(({ place, reference }) => {
      const lead = found.get(place);
      const target = lead?.to === 'resource' ? lead : anyLiteralName(reference);
      return { index: request.index, place, target: target && { type: target.type, id: target.id } };
    });
  });
  const there = await storedAmong(tx, wanted, received, dependencies);
  return wanted
    .filter(({ target }) => !target || !(ofPlan.has(nameOf(target)) || there.has(nameOf(lower(target)))))
    .map(({ index, place }) => ({
      severity: 'error',
      code: 'not-found',
      rule: 'submission-unknown-patient',
      text: 'This resource names no patient, and this reference leads to no resource, or to several, so the resource would be in no patient’s record. Send what it refers to first, or in the same Bundle, or name the patient.',
      expression: `Bundle.entry[${index}].resource.${place}`,
    }));
}

/** True of what may be about a patient, and says neither who that is nor that it is about something else. */
function joinsNoRecord({ isLed, patientId, write, definition, ...each }: PlannedEntry): boolean {
  if (isLed !== true || patientId !== null || !write || definition.table.patient.length === 0) return false;
  const resource = each.sent ?? each.resource;
  return definition.table.patient.every((path) => referencesAt(resource, path.split('.')).length === 0);
}

/** The references to resources of types that belong to patients. */
function toPatientsData(resource: AnyResource, { people, definitionOf }: Dependencies): MetReference[] {
  const isOfPatients = (type: string): boolean =>
    isResourceType(type) && belongsToPatients(definitionOf(type));
  return referencesIn(resource).references.filter(({ reference, element, targets }) => {
    if (people.otherPersonAt(element) !== undefined) return false;
    const name = anyLiteralName(reference);
    if (name) return isOfPatients(name.type);
    if (reference.reference !== undefined || !isObject(reference.identifier)) return false;
    const { type } = reference;
    const types = typeof type === 'string' ? [type.replace(/^.*\//, '')] : (targets ?? []);
    return types.length > 0 && types.every(isOfPatients);
  });
}

const belongsToPatients = ({ table, merge, openUnderPolicy }: ResourceDefinition): boolean =>
  table.patient.length > 0 && merge === undefined && openUnderPolicy === undefined;

/**
 * Those that are stored and of no patient, as far as the sender may know. What has a patient would have led there, so
 * it is hidden from the sender, and counts as not there.
 */
async function storedAmong(
  tx: Queryable,
  wanted: readonly Wanted[],
  { reach, from }: Received,
  { definitionOf }: Dependencies,
): Promise<ReadonlySet<string>> {
  const ids = new Map<string, Set<string>>();
  for (const { target } of wanted) {
    if (!target || !isUuid(target.id)) continue;
    const { type, id } = lower(target);
    ids.set(type, (ids.get(type) ?? new Set()).add(id));
  }
  const found = await patientsOfResources(tx, ids, definitionOf);
  const isSeen = ({ sender }: (typeof found)[number]): boolean =>
    reach.kind !== 'organisation' || sender === from.sender;
  return new Set(found.filter((each) => each.patientId === null && isSeen(each)).map(nameOf));
}

const lower = ({ type, id }: Target): Target => ({ type, id: id.toLowerCase() });
