/**
 * Decides what a message submits: the Bundle that it carries, the summary that is made of its PDF, or the summary that it
 * retracts. Reads what is stored of the document that the message names.
 */
import {
  markOfMessage,
  statusOfMessage,
  submissionsStating,
  type DocumentBefore,
} from '../../engines/store/hl7v2-messages';
import { hashInSlices } from '../../fhir/hash-in-slices';
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { inSlices } from '../../platform/in-slices';
import { kindOf } from '../../use-cases/submitting/decode';
import { success, type Alongside, type Restated } from '../../use-cases/submitting/steps';
import { tooLarge } from '../../use-cases/submitting/submit-on-road';
import { identifierOf } from './bundle-of-message';
import { readContentInSlices, type Content, type OtherDocument } from './content';
import type { Hl7v2Dependencies } from './dependencies';
import { documentNumbers, faultOfNumbers, unknownDocument, type DocumentNumbers } from './document-numbers';
import { fault, type Fault } from './fault';
import type { Head } from './head';
import { emptiedBy } from './mapping/patient';
import { summaryOf } from './mapping/summary-of';
import { nameOf, type Message, type Segment } from './message';
import { prepareBundle } from './prepare-bundle';
import type { Given, PreparedOrFaults } from './prepared';
import { prepareRetraction, wasRetracted } from './prepare-retraction';
import {
  remarkOnAvailability,
  remarkOnDocuments,
  remarkOnParent,
  remarkOnResults,
  remarkOnRetracted,
  together,
  type Remarks,
} from './remarks';
import { isRetraction } from './retraction';
import { statementOf } from './statement';

export async function prepareMessage(
  { message, head, odsCode, bytes }: Pick<Given, 'message' | 'odsCode' | 'bytes'> & { head: Head },
  dependencies: Hl7v2Dependencies,
): Promise<PreparedOrFaults> {
  const notOne = [...repeatedSegments(message), ...signsOfParts(message)];
  if (notOne.length > 0) return { ok: false, faults: notOne };
  const { database } = dependencies.submitting.submission;
  const sha256 = await inSlices(hashInSlices('sha256', bytes));
  const statement = await inSlices(statementOf(bytes));
  const numbers = await documentNumbers(message, head, odsCode, database);
  const { before } = numbers;
  const status = await statusOfMessage(database, odsCode, sha256);
  const marked = (document: string | undefined, retracts?: string): Alongside | undefined =>
    status
      ? undefined
      : ({ submissionId }) => [
          markOfMessage({
            ...{ sender: odsCode, sha256, statement, submissionId },
            ...{ document, parent: numbers.parent, retracts },
          }),
        ];
  const onlyAccepted = (rows: Alongside | undefined): Alongside | undefined =>
    rows && ((ending) => (ending.status === 'refused' ? [] : rows(ending)));
  const given: Given = {
    message,
    odsCode,
    bytes,
    mark: (retracts) => onlyAccepted(marked(numbers.document, retracts)),
    cameOfTheSame: (db, submissionIds) => submissionsStating(db, statement, submissionIds),
  };

  const retracts = isRetraction(message, head.trigger);
  const restated = retracts && before ? await prepareRetraction(given, before, dependencies) : undefined;
  if (restated && (!restated.ok || head.trigger === 'T11' || !hasResults(message))) return restated;
  if (head.trigger === 'T11') return { ok: false, faults: [unknownDocument(message)] };
  const read = await inSlices(readContentInSlices(message));
  // A PDF with results of its own says what holds of them.
  if (restated && !(read.ok && read.content.kind === 'pdf')) return restated;
  if (!read.ok) return retracts ? { ok: false, faults: [unknownDocument(message)] } : read;
  // The same bytes as those accepted are a resend, whatever has come since.
  const contradiction = status === 'accepted' ? undefined : faultOfNumbers(message, numbers);
  if (contradiction)
    return {
      ok: false,
      faults: [contradiction],
      // What it replaces itself may come later still.
      alongside: numbers.parent === undefined ? undefined : marked(undefined),
    };
  return withContent(given, { ...read, head, numbers, retracts }, dependencies);
}

async function withContent(
  given: Given,
  what: {
    content: Content;
    others: readonly OtherDocument[];
    head: Head;
    numbers: DocumentNumbers;
    retracts: boolean;
  },
  dependencies: Hl7v2Dependencies,
): Promise<PreparedOrFaults> {
  const { content, others, head, numbers, retracts } = what;
  if (content.bytes.length > dependencies.maxBodyBytes)
    return {
      ok: false,
      faults: tooLarge(dependencies.maxBodyBytes).issues.map((issue) => ({
        issue,
        place: content.segment.place(5),
      })),
    };
  const { before, parentBefore } = numbers;
  const continued = before ?? parentBefore;
  const remarks = together(
    remarkOnAvailability(given.message, content.kind),
    remarkOnRetracted(!retracts && (await isRevived(given, before, dependencies))),
    remarkOnParent(head.trigger === 'T10' && !continued),
  );
  if (content.kind === 'bundle')
    return {
      ok: true,
      value: await prepareBundle(given, continued, { content, others, remarks }, dependencies),
    };
  const lineage = identifierOf(continued?.lineage);
  return made(given, content, { lineage, retracts, others, remarks }, dependencies);
}

async function isRevived(
  { message }: Given,
  before: DocumentBefore | undefined,
  { receivedBundle }: Hl7v2Dependencies,
): Promise<boolean> {
  const earlier = before && (await receivedBundle(before.submissionId));
  return earlier !== undefined && wasRetracted(earlier, message);
}

const hasResults = (message: Message): boolean =>
  message.all('OBX').some((obx) => ['NM', 'SN', 'CE', 'CWE'].includes(obx.text(2) ?? ''));

/** The segments that a message has once. */
const ONCE: Readonly<Record<string, string>> = {
  MSH: 'Send each message in a frame of its own.',
  PID: 'Send a message for each patient.',
  PV1: 'Send a message for each stay.',
  TXA: 'Send a message for each document.',
};

/** A second patient or stay in a message: nothing says to which of them each result belongs. */
const repeatedSegments = (message: Message): Fault[] =>
  Object.entries(ONCE).flatMap(([name, text]) => {
    const [, second] = message.all(name);
    if (!second) return [];
    const place = { segment: name, sequence: second.sequence };
    return [
      fault(
        'hl7v2-repeated-segment',
        `The message has more than one ${name}, and only one is taken. ${text}`,
        place,
      ),
    ];
  });

/**
 * A part of a message by the continuation protocol of HL7 v2. By itself a part holds too little: the next part would be
 * a correction that withdraws its readings, and a document that goes on in ADD would be stored cut off.
 */
function signsOfParts({ header, first }: Message): Fault[] {
  const [more, added] = [first('DSC'), first('ADD')];
  const places = [
    ...(header.text(14) === undefined ? [] : [header.place(14)]),
    ...(more?.text(1) === undefined ? [] : [more.place(1)]),
    ...(added ? [{ segment: added.name, sequence: added.sequence }] : []),
  ];
  return places.map((place) =>
    fault(
      'hl7v2-in-parts',
      `${nameOf(place)} says that this is a part of a message, and parts are not put together. Send the message whole, without MSH-14, DSC and ADD.`,
      place,
    ),
  );
}

/** A summary is made of a PDF. The message itself is what was received. */
function made(
  { message, odsCode, mark, cameOfTheSame }: Given,
  pdf: Extract<Content, { kind: 'pdf' }>,
  {
    lineage,
    retracts,
    others,
    remarks,
  }: {
    lineage: JsonObject | undefined;
    retracts: boolean;
    others: readonly OtherDocument[];
    remarks: Remarks;
  },
  { newsCode }: Hl7v2Dependencies,
): PreparedOrFaults {
  const { bundle, places, tooLong, leftOut } = summaryOf(message, pdf, {
    odsCode,
    newsCode,
    lineage,
    status: retracts ? 'entered-in-error' : undefined,
  });
  if (tooLong.length > 0) return { ok: false, faults: tooLong.map(longNumber) };
  const { issues, review } = together(
    remarkOnResults(message, leftOut),
    remarkOnDocuments(others, pdf.bytes),
    remarks,
  );
  return {
    ok: true,
    value: {
      decoded: success({ bundle, kind: kindOf(bundle), issues, remarked: review }),
      places,
      cameOfTheSame,
      emptied: emptiedBy(message.first('PID')),
      alongside: mark(),
      ...(retracts && { restates: restatedBy(bundle) }),
    },
  };
}

/** A retraction with results says what holds of its document and of its readings. The rest it only states again. */
function restatedBy(bundle: AnyResource): Restated {
  const entries = listOf<Json>(bundle.entry);
  const isReading = (entry: Json | undefined): boolean =>
    isObject(entry) && isResource(entry.resource) && entry.resource.resourceType === 'Observation';
  return {
    except: 'DocumentReference',
    stated: new Set(entries.flatMap((entry, index) => (isReading(entry) ? [index] : []))),
  };
}

const longNumber = (reading: Segment): Fault =>
  fault(
    'hl7v2-number',
    'OBX-5 has a number of more than 200 characters. Send the number of the reading.',
    reading.place(5),
  );
