/**
 * Follows references from resource to resource, through the plan and the stored data, until they lead to nothing new.
 * A resource without an owner, such as a QuestionnaireResponse that names a stay alone, leads to the patients of the
 * resources that it refers to.
 */
import { append } from '../../../fhir/long-lists';
import type { PeopleNamed } from '../../../definitions/other-people';
import { patientReferencesIn, type PatientReference } from '../../../definitions/patient-references';
import { readStored } from '../../../fhir/json';
import { isResource, type AnyResource } from '../../../fhir/types';
import type { Queryable } from '../../../platform/postgres';
import { patientsOfResources, type Owned } from '../../../engines/store/patients-of';
import type { SubmissionDefinitions } from '../dependencies';
import { failure, success, type Result } from '../steps';

/** The patients that a reference leads to; none when its target is not a patient's data. */
export type PatientsOf = (reference: PatientReference) => readonly string[];

/** What is known of a resource: the patients that own it, and the references to follow when there are none. */
export interface Known {
  owners: string[];
  references: PatientReference[];
  /** False for an entry of the plan. */
  isStored: boolean;
}

export interface Way {
  /** The resources of the plan, by `Type/id`. The stored resources that are found are added. */
  known: Map<string, Known>;
  /** References to follow beside those of the known resources. */
  from: readonly PatientReference[];
  /** The patients that a reference names itself, by id or NHS number. */
  named: (reference: PatientReference, isStored: boolean) => readonly string[];
  /** The stored resource to look up for a reference; undefined when there is none. */
  targetOf: (reference: PatientReference) => Target | undefined;
  /** Of the stored resources found, those that lead further. */
  leading: (found: readonly Owned[]) => Promise<readonly Owned[]>;
}

export interface Target {
  type: string;
  id: string;
}

/** How often resources are followed to what they refer to. For stored ones, each time takes one statement. */
const MOST_STEPS = 50;

/** How many patients are remembered of a resource without an owner. Two are enough to refuse it. */
const MOST_PEOPLE = 50;

export async function follow(
  tx: Queryable,
  way: Way,
  { definitionOf, people }: Pick<SubmissionDefinitions, 'definitionOf' | 'people'>,
): Promise<Result<PatientsOf>> {
  const { known } = way;
  let next = [...way.from, ...[...known.values()].flatMap(({ references }) => references)];
  for (let step = 0; ; step += 1) {
    const wanted = wantedOf(next, way);
    if (wanted.size === 0) break;
    if (step === MOST_STEPS) return failure('invalid', TOO_FAR);
    next = [];
    for (const owned of await way.leading(await patientsOfResources(tx, wanted, definitionOf))) {
      const met = known.get(`${owned.type}/${owned.id}`);
      const references = referencesOfStored(owned, people);
      if (met) append(met.references, references);
      if (owned.patientId !== null) met?.owners.push(owned.patientId);
      // What all senders share names no patient.
      append(
        next,
        references.filter((each) => each.to !== 'resource' || definitionOf(each.type).merge === undefined),
      );
    }
  }
  const found = peopleOf(way);
  if (isTooFar(known, found)) return failure('invalid', TOO_FAR);
  return success((reference) =>
    reference.to === 'resource' ? [...(found.get(nameOf(reference)) ?? [])] : way.named(reference, false),
  );
}

/** The references of a resource that decide which patient it belongs to. */
export const referencesOf = (resource: AnyResource, people: PeopleNamed): PatientReference[] =>
  patientReferencesIn({ index: -1, resource }, nowhere, people);

/** Finds no entry, because references to entries are already literal. */
const nowhere = (): undefined => undefined;

export const nameOf = ({ type, id }: Target): string => `${type}/${id}`;

/** The ids to look up, by type. Each is known from then on. */
function wantedOf(
  references: readonly PatientReference[],
  { known, targetOf }: Way,
): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const each of references) {
    const target = targetOf(each);
    if (!target || known.has(nameOf(target))) continue;
    known.set(nameOf(target), { owners: [], references: [], isStored: true });
    const ids = wanted.get(target.type);
    if (ids) ids.add(target.id);
    else wanted.set(target.type, new Set([target.id]));
  }
  return wanted;
}

/** The references of a stored resource that no patient owns. */
function referencesOfStored({ patientId, content }: Owned, people: PeopleNamed): PatientReference[] {
  if (patientId !== null || content === null) return [];
  const resource = readStored(content);
  return isResource(resource) ? referencesOf(resource, people) : [];
}

/**
 * The patients that each known resource belongs to or leads to. Works from the patients backwards, so that the length
 * of a chain does not matter, nor whether resources refer to each other.
 */
function peopleOf({ known, named }: Way): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const leadingTo = new Map<string, string[]>();
  for (const [name, { owners, references, isStored }] of known) {
    const isOwned = owners.length > 0;
    found.set(name, new Set(isOwned ? owners : references.flatMap((each) => named(each, isStored))));
    if (isOwned) continue;
    for (const each of references) {
      if (each.to !== 'resource') continue;
      const sources = leadingTo.get(nameOf(each));
      if (sources) sources.push(name);
      else leadingTo.set(nameOf(each), [name]);
    }
  }
  const changed = [...found].filter(([, people]) => people.size > 0).map(([name]) => name);
  for (let name = changed.pop(); name !== undefined; name = changed.pop())
    for (const source of leadingTo.get(name) ?? [])
      if (addAll(found.get(source)!, found.get(name)!)) changed.push(source);
  return found;
}

/** How many references are followed to find the length of chains. */
const MOST_FOLLOWED = 1_000_000;

/**
 * True when an entry would end a chain that is too long to follow whenever it is read: its references lead to a resource
 * that names no patient, the references of that one to the next, and so on.
 */
function isTooFar(
  known: ReadonlyMap<string, Known>,
  found: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const isNobodys = (name: string): boolean => found.get(name)?.size === 0;
  let followed = 0;
  for (const [start, { isStored }] of known) {
    if (isStored || !isNobodys(start)) continue;
    const met = new Set([start]);
    let last = [start];
    for (let step = 0; last.length > 0; step += 1) {
      const next = last.flatMap((name) => known.get(name)?.references ?? []);
      followed += next.length;
      if (step > MOST_STEPS || followed > MOST_FOLLOWED) return true;
      last = [...new Set(next.flatMap((each) => (each.to === 'resource' ? [nameOf(each)] : [])))].filter(
        (name) => isNobodys(name) && !met.has(name),
      );
      for (const name of last) met.add(name);
    }
  }
  return false;
}

/** @returns whether anything was added */
function addAll(people: Set<string>, more: ReadonlySet<string>): boolean {
  const before = people.size;
  for (const each of more) if (people.size < MOST_PEOPLE) people.add(each);
  return people.size > before;
}

const TOO_FAR = {
  severity: 'error',
  code: 'too-costly',
  rule: 'submission-references-too-far',
  text: `The references of this submission lead from one resource to the next more than ${MOST_STEPS} times, and to no patient, so the server cannot find out whose data it is. Refer to the stay or the patient directly.`,
  source: 'Who is who',
} as const;
