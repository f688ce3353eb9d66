/** Which Observations are not readings of the patient in whose record they are. */
import { isObject, listOf, type AnyResource, type Json } from '../../fhir/types';

/** True of an Observation with a focus: it describes someone or something other than its subject. */
export const hasFocus = ({ focus }: AnyResource): boolean => listOf<Json>(focus).length > 0;

/** True where the Observation has a focus, or its subject is a device, a place or a group. */
export const isOfAnother = (observation: AnyResource): boolean =>
  hasFocus(observation) ||
  (isObject(observation.subject) &&
    /(?:^|\/)(?:Device|Group|Location)\/[^/]+(?:\/_history\/[^/]+)?$/.test(
      String(observation.subject.reference),
    ));
