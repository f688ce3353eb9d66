/**
 * Finds the patients that the references of a plan lead to, so that each entry can be checked.
 * @see semantics "One submission, one patient"
 */
import type { PatientReference } from '../../../definitions/patient-references';
import type { Owned } from '../../../engines/store/patients-of';
import { append } from '../../../fhir/long-lists';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { Plan, PlannedEntry } from '../next-version/plan';
import { success, type Result } from '../steps';
import { follow, referencesOf, type Known, type PatientsOf } from './follow';

type Dependencies = Pick<SubmissionDefinitions, 'definitionOf' | 'patients' | 'people'>;

/** An entry that is written, with the references that decide which patient it belongs to. */
export interface Judged {
  planned: PlannedEntry;
  references: readonly PatientReference[];
  /** The references of the stored version, when only they decide which patient it belongs to. */
  before: readonly PatientReference[];
}

/** Where the references of a plan lead. */
export interface LookedUp {
  patientsOf: PatientsOf;
  /** The versions of the stored resources that they lead to. */
  stored: readonly Owned[];
}

/** @param byNumber whether to check NHS numbers; those of a summary were compared with its Patient before */
export async function lookUp(
  tx: Queryable,
  plan: Plan,
  judged: readonly Judged[],
  byNumber: boolean,
  dependencies: Dependencies,
): Promise<Result<LookedUp>> {
  const { patients, people } = dependencies;
  const stored: Owned[] = [];
  const references = new Map(judged.map((each) => [each.planned, each.references]));
  const way = {
    known: knownIn(plan, ({ patientId }) => patientId, references, people),
    from: judged.flatMap((each) => [...each.references, ...each.before]),
    named: (reference: PatientReference, isStored: boolean) => {
      if (reference.to === 'patient') return [reference.id];
      return reference.to === 'nhs-number' && (byNumber || isStored)
        ? [patients.idOf(reference.nhsNumber)]
        : [];
    },
    targetOf: (reference: PatientReference) => (reference.to === 'resource' ? reference : undefined),
    leading: (found: readonly Owned[]) => {
      append(stored, found);
      return Promise.resolve(found);
    },
  };
  const followed = await follow(tx, way, dependencies);
  return followed.ok ? success({ patientsOf: followed.value, stored }) : followed;
}

/**
 * The entries of a plan, by type and id.
 * @param ownerOf the patient of an entry whose references are not followed
 * @param references those of entries that were read before
 */
export function knownIn(
  { entries }: Plan,
  ownerOf: (each: PlannedEntry) => string | null,
  references: ReadonlyMap<PlannedEntry, readonly PatientReference[]>,
  people: Dependencies['people'],
): Map<string, Known> {
  return new Map(
    entries.map((each) => {
      const { request, resource, id, definition } = each;
      const owner = ownerOf(each);
      const isFollowed = owner === null && !definition.merge;
      const followed = isFollowed ? (references.get(each) ?? referencesOf(resource, people)) : [];
      const known = { owners: owner === null ? [] : [owner], references: [...followed], isStored: false };
      return [`${request.resource.resourceType}/${id}`, known];
    }),
  );
}
