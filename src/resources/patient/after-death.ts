/** What comes after the death of a patient: likely data of somebody else. @see rule vw-patient-24 */
import { isObject, type AnyResource, type Json } from '../../fhir/types';
import { isAfter, spanOf, type Span } from '../common/span';

/** True of a stay that begins, or a reading that was taken, after the death that the Patient has; retracted ones are none. */
export function happensAfterDeath(patient: AnyResource, resource: AnyResource): boolean {
  const died = spanOf(patient.deceasedDateTime);
  if (!died || resource.status === 'entered-in-error' || resource.status === 'cancelled') return false;
  if (resource.resourceType === 'Encounter')
    return isObject(resource.period) && isLater(resource.period.start, died);
  return resource.resourceType === 'Observation' && isTakenAfter(resource, died);
}

/** Whether a reading was taken after a death, whichever `effective[x]` says when. A Timing says no single time. */
export function isTakenAfter(reading: AnyResource, died: Span): boolean {
  const { effectiveDateTime, effectiveInstant, effectivePeriod } = reading;
  const period = isObject(effectivePeriod) ? (effectivePeriod.start ?? effectivePeriod.end) : undefined;
  return isLater(effectiveDateTime ?? effectiveInstant ?? period, died);
}

export function isLater(value: Json | undefined, died: Span, marginMs = 0): boolean {
  const span = spanOf(value);
  return span !== undefined && isAfter(span, died, marginMs);
}
