/**
 * Checks that each submission concerns one patient, with the part of the check that needs the store: a literal
 * reference must lead to the patient's own data. One statement reads the targets, after the plan is made and references
 * are literal. The rule `vw-bundle-21` has already checked what the Bundle alone shows.
 *
 * All faults have the same sentence, so that it does not disclose what was found.
 */
import type { PatientReference } from '../../../definitions/patient-references';
import type { Issue } from '../../../fhir/issue';
import type { AnyResource } from '../../../fhir/types';
import type { Queryable } from '../../../platform/postgres';
import { fhirPathOf } from '../../../engines/validation/fhir-path';
import type { ForConditions } from '../conditions/same-conditions';
import type { SubmissionDefinitions } from '../dependencies';
import { findLogical } from './logical-references';
import { lookUp, type Judged } from './find-owners';
import { referencesOf, type PatientsOf } from './follow';
import { remarkOnRetractedTargets } from './refers-to-retracted';
import type { Plan, PlannedEntry } from '../next-version/plan';
import { failure, success, type Result, type Validated } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';

type Dependencies = ForConditions &
  Pick<SubmissionDefinitions, 'definitionOf' | 'patients' | 'isSummary' | 'people'>;

/** @returns the plan, with every patient concerned; or the fault */
export async function onePatient(
  tx: Queryable,
  plan: Plan,
  { bundle, received }: Validated,
  dependencies: Dependencies,
): Promise<Result<Plan>> {
  const { people } = dependencies;
  const written = plan.entries.filter(({ write }) => write);
  const byIdentifier = await findLogical(
    tx,
    written.map(({ resource }) => resource),
    received,
    dependencies,
  );
  const judged = written.map((planned): Judged => ({
    planned,
    references: [...referencesOf(planned.resource, people), ...byIdentifier(planned.resource)],
    before: isOfNobody(planned) ? referencesOf(planned.stored.content, people) : [],
  }));
  const ofSummary = patientOfSummary(plan, bundle, dependencies);
  const followed = await lookUp(tx, plan, judged, ofSummary === undefined, dependencies);
  if (!followed.ok) return followed;
  const { patientsOf, stored } = followed.value;
  const issues = judged.flatMap(({ planned, references }) => {
    const patient = ofSummary ?? planned.patientId ?? references.flatMap(patientsOf)[0];
    if (patient === undefined) return [];
    const places = foreign(references, patient, patientsOf).map(({ place }) => `.${place}`);
    if (places.length === 0 && planned.patientId !== null && planned.patientId !== patient) places.push('');
    return [...new Set(places)].map((place) =>
      fault(bundle, `Bundle.entry[${planned.request.index}].resource${place}`),
    );
  });
  if (issues.length > 0) return failure('invalid', issues);
  const moved = judged.filter((each) => moves(each, patientsOf)).map(({ planned }) => planned.request.index);
  if (moved.length > 0) return failure('conflict', moved.map(patientMoves));
  const told = remarkOnRetractedTargets(plan, { judged, stored }, received.from.sender, dependencies);
  return success({ ...told, patients: withPatientsNamed(plan, judged, patientsOf) });
}

/** The patients of the plan, and the patients that a resource names only by its references, as in a Group or a List. */
function withPatientsNamed(plan: Plan, judged: readonly Judged[], patientsOf: PatientsOf): Plan['patients'] {
  const patients = new Map(plan.patients);
  for (const { planned, references } of judged)
    if (planned.patientId === null && !planned.definition.merge)
      for (const id of references.flatMap(patientsOf)) if (!patients.has(id)) patients.set(id, undefined);
  return patients;
}

/** True for a next version when the server stores no patient for the version before it, so that its references decide. */
function isOfNobody(planned: PlannedEntry): planned is PlannedEntry & { stored: StoredResource } {
  const { stored, definition } = planned;
  return stored !== undefined && stored.patientId === null && !definition.merge;
}

/** True when the references of the stored version name one patient, and those of the next version name another. */
function moves({ references, before }: Judged, patientsOf: PatientsOf): boolean {
  const was = new Set(before.flatMap(patientsOf));
  return was.size > 0 && references.flatMap(patientsOf).some((patient) => !was.has(patient));
}

const patientMoves = (index: number): Issue => ({
  severity: 'error',
  code: 'conflict',
  rule: 'submission-patient-moves',
  text: 'The stored resource belongs to another patient, and cannot move. Send a new resource instead.',
  expression: `Bundle.entry[${index}].resource`,
  source: 'Who is who',
});

/** The server's id of the one Patient of a summary; undefined when each entry may have its own patient. */
function patientOfSummary(
  { entries }: Plan,
  bundle: AnyResource,
  { patients, isSummary }: Dependencies,
): string | undefined {
  const own = entries.filter(({ definition }) => definition.type === patients.type);
  return own.length === 1 && isSummary(bundle) ? own[0]?.id : undefined;
}

const fault = (bundle: AnyResource, place: string): Issue => ({
  severity: 'error',
  code: 'conflict',
  rule: 'submission-reference-patient',
  text: 'This reference points to another patient, or to data of another patient. Refer to entries of this Bundle, or to data of the same patient.',
  expression: fhirPathOf(bundle, place),
  source: 'Who is who',
});

/** The references to other patients. Other participants are allowed when the patient is named too. */
function foreign(
  references: readonly PatientReference[],
  patient: string,
  patientsOf: PatientsOf,
): readonly PatientReference[] {
  const isNamed = references.some((each) => each.isBeside && patientsOf(each).includes(patient));
  return references.filter(
    (each) => !(isNamed && each.isBeside) && patientsOf(each).some((other) => other !== patient),
  );
}
