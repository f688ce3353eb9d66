/**
 * A stay that is entered in error while other entries of its summary are not: these stay on the record of the wrong
 * patient.
 */
import { always, type EntryView, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { placesByType } from '../../fhir/places-by-type';
import { isRetracted } from '../../fhir/retracted';
import { isObject, type AnyResource } from '../../fhir/types';
import { changing, unchanged } from '../common/example';

/** Each status is a statement of its own (semantics, Corrections 6), so nothing is changed: the sender is told. */
export const whatCameWithTheStayIsRetractedToo: Rule = {
  id: 'retracted-stay',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.4 Encounter.status',
  claim:
    'If a stay is entered in error, so are its readings. If every stay is and a reading is not, or the documents are, everything else about the patient is named.',
  *check(encounter, context): Iterable<Finding> {
    if (encounter.status !== 'entered-in-error' || !context.isSummary) return;
    const isWhole = context.once(everyIsInError, () => everyIsInError(context));
    const left = isWhole
      ? context.once(leftIn, () => placesByType(leftIn(context).map(placeOf)))
      : placesByType((context.once(leftByStay, () => leftByStay(context)).get(encounter) ?? []).map(placeOf));
    if (left === '') return;
    yield {
      element: 'status',
      text: `This stay is entered in error, and these entries are not: ${left}. Readers still find them. If the summary is about the wrong patient, send each as entered-in-error (of an AllergyIntolerance or Condition: verificationStatus, without clinicalStatus), or send a correction of this summary without them, which withdraws them.`,
      review: 'A stay or document is entered in error, and other data that came with it is not',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.status = 'entered-in-error';
    }),
  },
};

const placeOf = ({ index, resource }: EntryView): { type: string; place: string } => ({
  type: resource.resourceType,
  place: `Bundle.entry[${index}]`,
});

const isInError = ({ resource }: EntryView): boolean => resource.status === 'entered-in-error';
const everyIsInError = ({ entriesOf }: RuleContext): boolean => entriesOf('Encounter').every(isInError);

/**
 * What is not retracted and names a stay as its `encounter`, by the stay, where other stays hold: what names none may be
 * theirs. Looked at once, however many stays there are.
 */
function leftByStay({ entries, typesAboutPatient, resolve }: RuleContext): Map<AnyResource, EntryView[]> {
  const left = new Map<AnyResource, EntryView[]>();
  for (const entry of entries) {
    const { resourceType, encounter } = entry.resource;
    if (!typesAboutPatient.has(resourceType) || !isObject(encounter) || isRetracted(entry.resource)) continue;
    const stay = resolve(encounter, entry);
    if (stay.outcome !== 'resolved') continue;
    const ofStay = left.get(stay.entry.resource);
    if (ofStay) ofStay.push(entry);
    else left.set(stay.entry.resource, [entry]);
  }
  return left;
}

/**
 * What is not retracted where every stay is. A document that is current holds without its stay: where no reading is left
 * beside it, nothing is. Looked at once, however many stays there are.
 */
function leftIn({ entries, entriesOf, typesAboutPatient }: RuleContext): EntryView[] {
  const left = entries.filter(
    ({ resource }) => typesAboutPatient.has(resource.resourceType) && !isRetracted(resource),
  );
  const isMeant =
    entriesOf('DocumentReference').every(isInError) ||
    left.some(({ resource }) => resource.resourceType === 'Observation');
  return isMeant ? left : [];
}
