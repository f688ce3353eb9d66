/**
 * Warns where new data refers to a stored stay or document that is already entered in error: readers find it on the
 * record all the same. Pure functions of what the check of one patient has read.
 * @see semantics "Corrections" 6
 */
import { isAboutPatient } from '../../../definitions/about-patient';
import type { PatientReference } from '../../../definitions/patient-references';
import type { Owned } from '../../../engines/store/patients-of';
import { isInError } from '../../../fhir/in-error';
import { isRetracted } from '../../../fhir/retracted';
import type { SubmissionDefinitions } from '../dependencies';
import { remark } from '../match/remark';
import type { Plan, PlannedEntry } from '../next-version/plan';
import { contentOf } from '../stored-before/stored-resource';
import type { Judged, LookedUp } from './find-owners';
import { nameOf } from './follow';

/** The sender is told of its own stays and documents. Those of others it may not see, so a person looks. */
export function remarkOnRetractedTargets(
  plan: Plan,
  { judged, stored }: Pick<LookedUp, 'stored'> & { judged: readonly Judged[] },
  sender: string,
  { patients }: Pick<SubmissionDefinitions, 'patients'>,
): Plan {
  const isInErrorNow = ({ type, content }: Owned): boolean =>
    content !== null && patients.careTypes.includes(type) && isInError(contentOf(content));
  const retracted = new Set(stored.filter(isInErrorNow).map(nameOf));
  if (retracted.size === 0) return plan;
  const own = new Set(stored.filter((each) => each.sender === sender).map(nameOf));
  const issues = [...plan.issues];
  let isAny = false;
  for (const { planned, references } of judged) {
    const names = references
      .filter((reference) => reference.to === 'resource')
      .filter((reference) => retracted.has(nameOf(reference)) && isNewTo(planned, reference, patients));
    if (names.length === 0) continue;
    isAny = true;
    const named = names.find((reference) => own.has(nameOf(reference)));
    if (named)
      remark(
        issues,
        planned.request,
        'submission-readings-stay',
        `This refers to ${nameOf(named)}, which is entered in error, and is not in error itself. Readers find it. If the stay is of the wrong patient, enter this in error, too. If the stay is right, send it again in a summary.`,
      );
  }
  if (!isAny) return plan;
  return {
    ...plan,
    issues,
    review: [...plan.review, 'New data refers to a stay or document that is entered in error'],
  };
}

/**
 * True of current data about the patient that did not refer to the stay or document before. Another stay or document may
 * well refer to one that is retracted, as what replaces it. A new document of a retracted stay is data like other data.
 */
function isNewTo(
  { definition, request, stored, lateAfter }: PlannedEntry,
  target: Extract<PatientReference, { to: 'resource' }>,
  { careTypes }: SubmissionDefinitions['patients'],
): boolean {
  if (lateAfter !== undefined || !isAboutPatient(definition) || isRetracted(request.resource)) return false;
  if (careTypes.includes(definition.type) && definition.identity?.ofStay?.type !== target.type) return false;
  return stored === undefined || !JSON.stringify(stored.content).includes(`"${nameOf(target)}"`);
}
