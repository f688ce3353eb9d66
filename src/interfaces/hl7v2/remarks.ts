/** What a message says that its summary does not, as warnings, and as reasons for a review. Nothing is left out unseen. */
import { createHash } from 'node:crypto';
import type { Issue } from '../../fhir/issue';
import type { OtherDocument } from './content';
import { fault } from './fault';
import { orderOf } from './mapping/order-of';
import { nameOf, type Message, type Place } from './message';
import type { RetractedReadings } from './retracted-readings';

export interface Remarks {
  issues: readonly Issue[];
  /** Reasons why a person should look at the submission. */
  review: readonly string[];
}

export const together = (...all: readonly Remarks[]): Remarks => ({
  issues: all.flatMap(({ issues }) => issues),
  review: all.flatMap(({ review }) => review),
});

export const NOTHING: Remarks = { issues: [], review: [] };

/** Segments with clinical content that have no place in a summary. */
const CLINICAL: readonly string[] = ['NTE', 'AL1', 'DG1', 'PR1'];

const clinicalIn = (message: Message): number =>
  message.segments.filter(({ name }) => CLINICAL.includes(name)).length;

/** @param leftOut how many results are no reading of NEWS2 */
export function remarkOnResults(message: Message, leftOut: number): Remarks {
  const clinical = clinicalIn(message);
  const issues: Issue[] = [];
  if (leftOut > 0) {
    const [are, they] = leftOut === 1 ? ['OBX is', 'It stays'] : ['OBX are', 'They stay'];
    const text = `${leftOut} ${are} no numeric reading or score of NEWS2 with a SNOMED CT or LOINC code. ${they} in the message as it was received.`;
    issues.push(fault('hl7v2-left-out', text).issue);
  }
  if (clinical > 0) {
    const text = `The message has ${clinical} of the segments ${CLINICAL.join(', ')}, which have no place in a summary. They stay in the message as it was received.`;
    issues.push(fault('hl7v2-left-out', text).issue);
  }
  return { issues, review: [] };
}

/** @param taken the document of the summary */
export function remarkOnDocuments(others: readonly OtherDocument[], taken: Buffer): Remarks {
  if (others.length === 0) return NOTHING;
  const differ = others.some(({ bytes, isWrong }) => !isWrong && bytes?.equals(taken) !== true);
  return {
    issues: [
      fault(
        'hl7v2-second-document',
        `The message has more than one document${differ ? ', and they differ' : ''}. The first right PDF is the document of the summary, and the others stay in the message as it was received. Send a message for each document.`,
      ).issue,
    ],
    review: differ ? ['A message of HL7 v2 has another document beside the one that was taken'] : [],
  };
}

/**
 * What the message has beside its Bundle: documents that are not in the Bundle, results, and notes.
 * @param inBundle the SHA-256 of each document in the Bundle
 */
export function remarkBesideBundle(
  message: Message,
  others: readonly OtherDocument[],
  inBundle: readonly Buffer[],
): Remarks {
  const known = new Set(inBundle.map((sha256) => sha256.toString('hex')));
  const isInBundle = (bytes: Buffer): boolean => known.has(createHash('sha256').update(bytes).digest('hex'));
  const documents = others.filter(({ bytes }) => bytes === undefined || !isInBundle(bytes)).length;
  const results = message.all('OBX').filter((obx) => obx.text(2) !== 'ED').length + clinicalIn(message);
  if (documents + results === 0) return NOTHING;
  const what = [
    ...(documents === 0 ? [] : [documents === 1 ? 'a document' : `${documents} documents`]),
    ...(results === 0 ? [] : [results === 1 ? 'a result or note' : `${results} results or notes`]),
  ].join(' and ');
  return {
    issues: [
      fault(
        'hl7v2-beside-bundle',
        `Beside the Bundle the message has ${what}. Only the Bundle was taken. Send everything in the Bundle.`,
      ).issue,
    ],
    review: ['A message of HL7 v2 has more beside its Bundle, which was not taken'],
  };
}

export function remarkOnPatient(differs: boolean): Remarks {
  if (!differs) return NOTHING;
  return {
    issues: [
      fault(
        'hl7v2-patient-differs',
        'PID-3 has another NHS number than the Patient of the Bundle in OBX-5. The Bundle was taken as it is. Check whose it is.',
      ).issue,
    ],
    review: ['A message of HL7 v2 names another patient than the Bundle in it'],
  };
}

/** Of a Bundle whose own identifier is not that of the summary in which it was filed. */
export function remarkOnFiling(isFiledByNumber: boolean): Remarks {
  if (!isFiledByNumber) return NOTHING;
  return {
    issues: [
      fault(
        'hl7v2-filed-by-number',
        'The Bundle has an identifier of its own, but a document with the number of this message is stored. The Bundle corrects the summary with that document. Under its own identifier it would be another summary, which withdraws nothing of this one. Send its corrections in messages with this number.',
        { segment: 'TXA', sequence: 1, field: 12 },
      ).issue,
    ],
    review: [],
  };
}

/** Table 0273. A Bundle says itself what its status is, but a message that cancels it is a retraction. */
const AVAILABILITIES = { pdf: ['AV', 'CA', 'OB'], bundle: ['AV', 'CA'] };

export function remarkOnAvailability(message: Message, kind: 'pdf' | 'bundle'): Remarks {
  const [txa, order] = [message.first('TXA'), orderOf(message)];
  const given = txa?.text(19)?.toUpperCase();
  // Table 0123: no result, because the order was cancelled.
  const isCancelled = !txa && order?.text(25)?.toUpperCase() === 'X';
  if (!isCancelled && (given === undefined || AVAILABILITIES[kind].includes(given))) return NOTHING;
  const place: Place = isCancelled && order ? order.place(25) : { segment: 'TXA', sequence: 1, field: 19 };
  return {
    issues: [
      fault(
        'hl7v2-availability',
        `${nameOf(place)} says that the document may not be available. It was stored ${kind === 'pdf' ? 'as current' : 'with the status in its Bundle'}. Check it, and retract it if it is wrong.`,
        place,
      ).issue,
    ],
    review: ['A message of HL7 v2 says that its document may not be available'],
  };
}

export function remarkOnRetracted(wasRetracted: boolean): Remarks {
  if (!wasRetracted) return NOTHING;
  return {
    issues: [
      fault(
        'hl7v2-retracted-before',
        'The document with this number was entered in error before. This message makes it current again. Check that this is meant.',
      ).issue,
    ],
    review: ['A message of HL7 v2 makes a document current again that was entered in error'],
  };
}

/** Of a retraction: its results that were not taken, and the readings that stay. */
export function remarkOnRetractedReadings({
  notTaken,
  staying,
}: Pick<RetractedReadings, 'notTaken' | 'staying'>): Remarks {
  const issues: Issue[] = [];
  if (notTaken > 0) {
    const count = notTaken === 1 ? 'One result was' : `${notTaken} results were`;
    issues.push(
      fault(
        'hl7v2-beside-retraction',
        `${count} not taken: a retraction takes only readings of its document that OBX-11 calls wrong (W, D or X), found by OBX-21 or, without it, by code, time and value. Send what is right in a document, and what was wrong with the number that it was sent with.`,
      ).issue,
    );
  }
  if (staying > 0) {
    const [are, them] =
      staying === 1
        ? ['a reading of its summary is not. Readers still find it. If it is', 'it']
        : [`${staying} readings of its summary are not. Readers still find them. If they are`, 'each'];
    issues.push(
      fault(
        'hl7v2-readings-stay',
        `The document is entered in error, and ${are} wrong, too, send another retraction that has ${them} as an OBX with OBX-11 W.`,
      ).issue,
    );
  }
  const review = ['A message of HL7 v2 that retracts its document has results that were not taken'];
  return { issues, review: notTaken > 0 ? review : [] };
}

export function remarkOnDeathBeside(isSaid: boolean): Remarks {
  if (!isSaid) return NOTHING;
  const text =
    'PID-29 or PID-30 says that the patient died, and the summary that is retracted did not. A retraction adds nothing to the patient, so the death is not stored. If the patient has died, send it with a document of the patient.';
  return {
    issues: [fault('hl7v2-beside-retraction', text, { segment: 'PID', sequence: 1, field: 30 }).issue],
    review: [
      'A message of HL7 v2 that retracts its document says that the patient died, which is not stored',
    ],
  };
}

export function remarkOnParent(isUnknown: boolean): Remarks {
  if (!isUnknown) return NOTHING;
  return {
    issues: [
      fault(
        'hl7v2-unknown-parent',
        'The document that this message replaces is not stored. If it comes later, it is refused. If it was sent on another road, retract it there.',
        { segment: 'TXA', sequence: 1, field: 13 },
      ).issue,
    ],
    review: ['A message of HL7 v2 replaces a document that is not stored'],
  };
}
