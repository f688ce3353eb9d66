/**
 * Finds the patient of each entry that names no patient itself: the one that its references lead to, through entries of
 * the Bundle and through stored resources. So a QuestionnaireResponse that names a stay alone is filed on the patient
 * of that stay. What the site's policy hides from the sender leads nowhere, as if it were not there.
 * @see semantics "One submission, one patient"
 */
import type { PatientReference } from '../../../definitions/patient-references';
import type { Owned } from '../../../engines/store/patients-of';
import type { Queryable } from '../../../platform/postgres';
import type { ForConditions } from '../conditions/same-conditions';
import type { ForMatching, SubmissionDefinitions } from '../dependencies';
import type { Plan, PlannedEntry } from '../next-version/plan';
import { success, type Received, type Result } from '../steps';
import { knownIn } from './find-owners';
import { follow, nameOf, referencesOf, type Target, type Way } from './follow';
import { findLogical } from './logical-references';

type Dependencies = ForConditions & Pick<ForMatching, 'findSeenPatients'> & SubmissionDefinitions;

/** The patient of an entry, by the entry's index. */
export type Filed = ReadonlyMap<number, string>;

/**
 * @param filed what an earlier plan of the same submission gave
 * @returns the patients of the entries whose references lead to one
 */
export async function fileByReferences(
  tx: Queryable,
  plan: Plan,
  filed: Filed,
  received: Received,
  dependencies: Dependencies,
): Promise<Result<Filed>> {
  const { people, patients } = dependencies;
  const led = plan.entries.filter(({ isLed }) => isLed);
  if (led.length === 0) return success(new Map());
  const byIdentifier = await findLogical(tx, led.map(asSent), received, dependencies);
  const references = new Map(
    led.map((each) => [each, [...referencesOf(asSent(each), people), ...byIdentifier(asSent(each))]]),
  );
  // An entry that was filed before is followed again, so that the result is the same.
  const ownerOf = ({ isLed, request, patientId }: PlannedEntry): string | null =>
    isLed && filed.has(request.index) ? null : patientId;
  const known = knownIn(plan, ownerOf, references, people);
  const ofBundle = new Set(
    plan.entries.filter(({ definition }) => definition.type === patients.type).map(({ id }) => id),
  );
  const way = wayTo(tx, { known, from: [...references.values()].flat() }, ofBundle, received, dependencies);
  const followed = await follow(tx, way, dependencies);
  if (!followed.ok) return followed;
  const found = new Map<number, string>();
  for (const [each, own] of references) {
    const owners = own.flatMap(followed.value);
    // When there are several, the entry is refused.
    const owner = owners.find((id) => ofBundle.has(id)) ?? owners[0];
    if (owner !== undefined) found.set(each.request.index, owner);
  }
  return success(found);
}

/** The resource as it was sent, where a stored one is answered in its place. */
const asSent = ({ sent, resource }: PlannedEntry): PlannedEntry['resource'] => sent ?? resource;

/** Leads only to patients of the Bundle and to stored ones. */
function wayTo(
  tx: Queryable,
  start: Pick<Way, 'known' | 'from'>,
  ofBundle: ReadonlySet<string>,
  received: Received,
  dependencies: Dependencies,
): Way {
  const { patients } = dependencies;
  const there = new Set(ofBundle);
  const shown = new Set(ofBundle);
  const targetOf = (reference: PatientReference): Target | undefined => {
    if (reference.to === 'resource') return reference;
    if (reference.to === 'patient') return { type: patients.type, id: reference.id };
    if (reference.to !== 'nhs-number') return undefined;
    return { type: patients.type, id: patients.idOf(reference.nhsNumber) };
  };
  return {
    ...start,
    targetOf,
    leading: async (found) => {
      const leading = await shownTo(tx, received, found, dependencies);
      for (const { type, id } of found) if (type === patients.type) there.add(id);
      for (const { type, id } of leading) if (type === patients.type) shown.add(id);
      // Otherwise whoever describes a place could decide on whose record the data of others is filed.
      return leading.filter(
        ({ type, sender }) =>
          dependencies.definitionOf(type).openUnderPolicy === undefined || sender === received.from.sender,
      );
    },
    // Whoever has the NHS number may submit for the patient. An id that is hidden is no name.
    named: (reference) => {
      const id = reference.to === 'resource' ? undefined : targetOf(reference)?.id;
      const isNamed = id !== undefined && (reference.to === 'patient' ? shown : there).has(id);
      return isNamed ? [id] : [];
    },
  };
}

/** Of the stored resources, those that the site's policy lets the sender see, and those that it sent itself. */
async function shownTo(
  tx: Queryable,
  { reach, from, ...received }: Received,
  found: readonly Owned[],
  { findSeenPatients, definitionOf }: Dependencies,
): Promise<readonly Owned[]> {
  if (reach.kind !== 'organisation') return found;
  const owners = [...new Set(found.flatMap(({ patientId }) => patientId ?? []))];
  const seen = await findSeenPatients(tx, owners, { ...received, reach });
  const isShown = ({ type, patientId, sender }: Owned): boolean =>
    sender === from.sender ||
    (patientId === null ? definitionOf(type).openUnderPolicy !== undefined : seen.has(patientId));
  const shown = new Set(found.filter(isShown).map(nameOf));
  return found.filter((each) => shown.has(nameOf(each)));
}
