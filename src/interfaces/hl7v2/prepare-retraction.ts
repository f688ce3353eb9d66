/**
 * Prepares the retraction of a document: the summary that has it is stated again, with the document entered in error,
 * and with it the readings that the message calls wrong.
 */
import type { DocumentBefore } from '../../engines/store/hl7v2-messages';
import { isObject, isResource, listOf, type AnyResource, type Json } from '../../fhir/types';
import { kindOf } from '../../use-cases/submitting/decode';
import { success } from '../../use-cases/submitting/steps';
import { identifierOf } from './bundle-of-message';
import type { Hl7v2Dependencies } from './dependencies';
import { notRetracted, unknownDocument, withoutLineage } from './document-numbers';
import { fault, type Fault } from './fault';
import { documentNumberOf, patientIn } from './mapping/summary-of';
import type { Message } from './message';
import type { Given, PreparedOrFaults } from './prepared';
import { remarkOnDeathBeside, remarkOnResults, remarkOnRetractedReadings, together } from './remarks';
import { withReadingsRetracted } from './retracted-readings';
import { retracted } from './retraction';

export async function prepareRetraction(
  given: Given,
  before: DocumentBefore,
  dependencies: Hl7v2Dependencies,
): Promise<PreparedOrFaults> {
  const { message, odsCode, mark, cameOfTheSame } = given;
  const { submissionId, lineage } = before;
  const refused = (why: Fault): PreparedOrFaults => ({ ok: false, faults: [why] });
  const earlier = await dependencies.receivedBundle(submissionId);
  if (!earlier) return refused(unknownDocument(message));
  const why = notRetracted(message, before);
  if (why) return refused(why);
  if (lineage === null) return refused(withoutLineage(message));
  if (isOfAnother(given, earlier, dependencies) || isBornOnAnotherDay(given, earlier))
    return refused(
      fault(
        'hl7v2-other-patient',
        'PID has another NHS number or birth date than the patient of the document. Check the number of the document and of the patient.',
        { segment: 'PID', sequence: 1, field: 3 },
      ),
    );
  const { newsCode } = dependencies;
  const restated = retracted(earlier, message, identifierOf(lineage));
  const readings = withReadingsRetracted(restated, message, { odsCode, newsCode });
  const { bundle, wrong } = readings;
  const { issues, review } = together(
    remarkOnResults(message, readings.leftOut),
    remarkOnRetractedReadings(readings),
    remarkOnDeathBeside(saysOnlyHereThatDead(patientIn(message, odsCode), earlier)),
  );
  const time = { segment: 'MSH', sequence: 1, field: 7 };
  return {
    ok: true,
    value: {
      decoded: success({ bundle, kind: kindOf(bundle), issues, remarked: review }),
      places: (expression) => (expression?.startsWith('Bundle.meta') === true ? time : undefined),
      cameOfTheSame,
      alongside: mark(submissionId),
      restates: { except: 'DocumentReference', stated: wrong },
    },
  };
}

/** True when PID and the Bundle both have an NHS number, and none is the same. */
export function isOfAnother(
  { message, odsCode }: Pick<Given, 'message' | 'odsCode'>,
  bundle: AnyResource,
  { submitting }: Hl7v2Dependencies,
): boolean {
  const { patients } = submitting.submission.definitions;
  const named = patients.nhsNumbersIn(alone(patientIn(message, odsCode)));
  const inside = new Set(patients.nhsNumbersIn(bundle));
  return named.length > 0 && inside.size > 0 && !named.some((number) => inside.has(number));
}

/** A retraction may have no NHS number. A birth date is compared as far as both give it. */
function isBornOnAnotherDay(
  { message, odsCode }: Pick<Given, 'message' | 'odsCode'>,
  bundle: AnyResource,
): boolean {
  const { birthDate: named } = patientIn(message, odsCode);
  const inside = resourcesIn(bundle).flatMap(({ resourceType, birthDate }) =>
    resourceType === 'Patient' && typeof birthDate === 'string' ? [birthDate] : [],
  );
  if (typeof named !== 'string' || inside.length === 0) return false;
  return !inside.some((each) => each.startsWith(named) || named.startsWith(each));
}

/** True when PID says that the patient died, and the summary that is retracted does not. */
function saysOnlyHereThatDead(patient: AnyResource, bundle: AnyResource): boolean {
  const isDead = ({ deceasedBoolean, deceasedDateTime }: AnyResource): boolean =>
    deceasedBoolean === true || (deceasedBoolean === undefined && deceasedDateTime !== undefined);
  return (
    isDead(patient) && !resourcesIn(bundle).some((each) => each.resourceType === 'Patient' && isDead(each))
  );
}

/** True when the document with the number in the message is entered in error; of several without it, any. */
export function wasRetracted(bundle: AnyResource, message: Message): boolean {
  const number = documentNumberOf(message, '')?.value;
  const documents = resourcesIn(bundle).filter(({ resourceType }) => resourceType === 'DocumentReference');
  const named = documents.filter(
    ({ masterIdentifier }) => isObject(masterIdentifier) && masterIdentifier.value === number,
  );
  return (named.length > 0 ? named : documents).some(({ status }) => status === 'entered-in-error');
}

const resourcesIn = (bundle: AnyResource): AnyResource[] =>
  listOf<Json>(bundle.entry).flatMap((entry) => {
    const resource = isObject(entry) ? entry.resource : undefined;
    return isResource(resource) ? [resource] : [];
  });

const alone = (resource: AnyResource): AnyResource => ({ resourceType: 'Bundle', entry: [{ resource }] });
