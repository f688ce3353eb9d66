/**
 * Finds the patients that references lead to. A reference to a resource without an owner, such as a
 * QuestionnaireResponse that names a stay alone, leads to the patients of the resources that it refers to.
 * @see semantics "One submission, one patient"
 */
import type { PeopleNamed } from '../../../definitions/other-people';
import { patientReferencesIn, type PatientReference } from '../../../definitions/patient-references';
import { parseJson } from '../../../fhir/json';
import { isResource, type AnyResource } from '../../../fhir/types';
import type { Queryable } from '../../../platform/postgres';
import { patientsOfResources, type Owned } from '../../../engines/store/patients-of';
import type { SubmissionDefinitions } from '../dependencies';
import type { Plan, PlannedEntry } from '../next-version/plan';

type Dependencies = Pick<SubmissionDefinitions, 'definitionOf' | 'patients' | 'people'>;

/** An entry that is written, with the references that decide which patient it belongs to. */
export interface Judged {
  planned: PlannedEntry;
  references: readonly PatientReference[];
  /** The references of the stored version, when only they decide which patient it belongs to. */
  before: readonly PatientReference[];
}

/** The patients that a reference leads to; none when its target is not a patient's data. */
export type PatientsOf = (reference: PatientReference) => readonly string[];

/** What is known of a resource: the patients that own it, and the references to follow when there are none. */
interface Known {
  owners: string[];
  references: PatientReference[];
}

/** How often a stored resource without an owner is followed to what it refers to: each time takes one statement. */
const MOST_STEPS = 4;

/** @param byNumber whether to check NHS numbers; those of a summary were compared with its Patient before */
export async function lookUp(
  tx: Queryable,
  plan: Plan,
  judged: readonly Judged[],
  byNumber: boolean,
  dependencies: Dependencies,
): Promise<PatientsOf> {
  const known = inPlan(plan, judged, dependencies);
  const planned = new Set(known.keys());
  let next = [
    ...judged.flatMap(({ references, before }) => [...references, ...before]),
    ...[...known.values()].flatMap(({ references }) => references),
  ];
  for (let step = 0; step <= MOST_STEPS; step += 1) {
    const wanted = wantedOf(next, known);
    if (wanted.size === 0) break;
    next = [];
    for (const owned of await patientsOfResources(tx, wanted, dependencies.definitionOf)) {
      const met = known.get(`${owned.type}/${owned.id}`);
      const references = referencesOfStored(owned, dependencies);
      met?.references.push(...references);
      if (owned.patientId !== null) met?.owners.push(owned.patientId);
      // What all senders share names no patient.
      next.push(...references.filter((each) => !isShared(each, dependencies)));
    }
  }
  const { patients } = dependencies;
  const leads = (reference: PatientReference, isStored: boolean, seen: Set<string>): readonly string[] => {
    if (reference.to === 'patient') return [reference.id];
    if (reference.to === 'nhs-number')
      return byNumber || isStored ? [patients.idOf(reference.nhsNumber)] : [];
    if (reference.to !== 'resource') return [];
    const name = `${reference.type}/${reference.id}`;
    const met = known.get(name);
    if (!met || met.owners.length > 0) return met?.owners ?? [];
    if (seen.has(name)) return [];
    seen.add(name);
    return met.references.flatMap((each) => leads(each, !planned.has(name), seen));
  };
  return (reference) => leads(reference, false, new Set());
}

/** The references of a resource that decide which patient it belongs to. */
export const referencesOf = (resource: AnyResource, people: PeopleNamed): PatientReference[] =>
  patientReferencesIn({ index: -1, resource }, nowhere, people);

/** Finds no entry, because references to entries are already literal. */
const nowhere = (): undefined => undefined;

/** The entries of the plan, by type and id. */
function inPlan(
  { entries }: Plan,
  judged: readonly Judged[],
  { people }: Pick<Dependencies, 'people'>,
): Map<string, Known> {
  const referencesByEntry = new Map(judged.map(({ planned, references }) => [planned, references]));
  return new Map(
    entries.map((each) => {
      const { request, resource, id, patientId, definition } = each;
      const isFollowed = patientId === null && !definition.merge;
      const references = isFollowed ? (referencesByEntry.get(each) ?? referencesOf(resource, people)) : [];
      const owners = patientId === null ? [] : [patientId];
      return [`${request.resource.resourceType}/${id}`, { owners, references: [...references] }];
    }),
  );
}

/** The ids to look up, by type. Each is known from then on. */
function wantedOf(
  references: readonly PatientReference[],
  known: Map<string, Known>,
): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const each of references) {
    if (each.to !== 'resource' || known.has(`${each.type}/${each.id}`)) continue;
    known.set(`${each.type}/${each.id}`, { owners: [], references: [] });
    const ids = wanted.get(each.type);
    if (ids) ids.add(each.id);
    else wanted.set(each.type, new Set([each.id]));
  }
  return wanted;
}

/** The references of a stored resource that no patient owns. */
function referencesOfStored({ patientId, content }: Owned, { people }: Dependencies): PatientReference[] {
  if (patientId !== null || content === null) return [];
  const parsed = parseJson(Buffer.from(content));
  return parsed.ok && isResource(parsed.value) ? referencesOf(parsed.value, people) : [];
}

const isShared = (reference: PatientReference, { definitionOf }: Dependencies): boolean =>
  reference.to === 'resource' && definitionOf(reference.type).merge !== undefined;
