/**
 * Decides what a message submits: the Bundle that it carries, the summary that is made of its PDF, or the summary that it
 * retracts. Reads what is stored of the document that the message names.
 */
import { createHash } from 'node:crypto';
import {
  documentBefore,
  isMarked,
  markOfMessage,
  type DocumentBefore,
} from '../../engines/store/hl7v2-messages';
import type { Issue } from '../../fhir/issue';
import { isObject, type AnyResource, type JsonObject } from '../../fhir/types';
import { decode, kindOf } from '../../use-cases/submitting/decode';
import { success, type Alongside } from '../../use-cases/submitting/steps';
import { tooLarge, type OnRoad } from '../../use-cases/submitting/submit-on-road';
import { identifierOf } from './bundle-of-message';
import { readContent, type Content } from './content';
import type { Hl7v2Dependencies } from './dependencies';
import { fault, type Fault } from './fault';
import type { Head } from './head';
import { entityIdentifier } from './identifiers';
import type { Places } from './mapping/places';
import { documentNumberOf, patientIn, summaryOf } from './mapping/summary-of';
import { nameOf, type Message, type Place } from './message';
import { isRetraction, retracted } from './retraction';
import { sentAtOf } from './times';

/** What a message submits, beside who sends it. The bytes are those of the message unless others are given. */
export type Prepared = Partial<Pick<OnRoad, 'bytes' | 'contentType' | 'format' | 'decoded' | 'restates'>> & {
  /** The field behind a place of the Bundle. */
  places: Places;
  /** Writes the mark of the message; undefined when it is there already. */
  alongside: Alongside | undefined;
};

type PreparedOrFaults = { ok: true; value: Prepared } | { ok: false; faults: readonly Fault[] };

/** What the steps need of one message. */
interface Given {
  message: Message;
  odsCode: string;
  mark: (retracts?: string) => Alongside | undefined;
}

export async function prepareMessage(
  { message, head, odsCode, bytes }: Pick<Given, 'message' | 'odsCode'> & { head: Head; bytes: Buffer },
  dependencies: Hl7v2Dependencies,
): Promise<PreparedOrFaults> {
  const repeated = repeatedSegments(message);
  if (repeated.length > 0) return { ok: false, faults: repeated };
  const { database } = dependencies.submitting.submission;
  const sha256 = createHash('sha256').update(bytes).digest();
  const document = keyOf(documentNumberOf(message, odsCode));
  const before = document === undefined ? undefined : await documentBefore(database, odsCode, document);
  const hasMark = await isMarked(database, odsCode, sha256);
  const mark = (retracts?: string): Alongside | undefined =>
    hasMark
      ? undefined
      : ({ status, submissionId }) =>
          status === 'refused'
            ? []
            : [markOfMessage({ sender: odsCode, sha256, submissionId, document, retracts })];
  const given: Given = { message, odsCode, mark };

  const retracts = isRetraction(message, head.trigger);
  const restated = retracts && before ? await retraction(given, before, dependencies) : undefined;
  if (restated && (!restated.ok || head.trigger === 'T11' || !hasResults(message))) return restated;
  if (head.trigger === 'T11') return { ok: false, faults: [unknown(given)] };
  const read = readContent(message);
  // A PDF with results of its own says what holds of them.
  if (restated && !(read.ok && read.content.kind === 'pdf')) return restated;
  if (!read.ok) return retracts ? { ok: false, faults: [unknown(given)] } : read;
  const { content, others } = read;
  if (content.bytes.length > dependencies.maxBodyBytes)
    return {
      ok: false,
      faults: tooLarge(dependencies.maxBodyBytes).issues.map((issue) => ({
        issue,
        place: content.segment.place(5),
      })),
    };
  const continued = before ?? (await parentOf(message, head, odsCode, database));
  const lineage = identifierOf(continued?.lineage);
  const value =
    content.kind === 'bundle'
      ? received(given, lineage, content, dependencies)
      : made(given, content, { lineage, retracts, others }, dependencies);
  return { ok: true, value };
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
 * A Bundle is submitted as it is: its bytes are what was received. The number of the document, or of the one that it
 * replaces, says which summary it corrects, and MSH-7 which is newer. The first Bundle with a number keeps its own
 * Bundle.identifier, or gets the number where it has none.
 */
function received(
  given: Given,
  lineage: JsonObject | undefined,
  { bytes, format, segment }: Extract<Content, { kind: 'bundle' }>,
  dependencies: Hl7v2Dependencies,
): Prepared {
  const { message, odsCode, mark } = given;
  const decoded = decode({ bytes, format, handling: dependencies.submitting.handling });
  const remarks: Issue[] = [];
  const remarked: string[] = [];
  if (decoded.ok && isOfAnother(given, decoded.value.bundle, dependencies)) {
    remarked.push('A message of HL7 v2 names another patient than the Bundle in it');
    remarks.push(
      fault(
        'hl7v2-patient-differs',
        'PID-3 has another NHS number than the Patient of the Bundle in OBX-5. The Bundle was taken as it is. Check whose it is.',
      ).issue,
    );
  }
  return {
    bytes,
    contentType: `application/fhir+${format}`,
    format,
    decoded: decoded.ok
      ? success({
          ...decoded.value,
          bundle: inLineage(decoded.value.bundle, message, odsCode, lineage),
          issues: [...decoded.value.issues, ...remarks],
          remarked,
        })
      : decoded,
    places: () => segment.place(5),
    alongside: mark(),
  };
}

function inLineage(
  bundle: AnyResource,
  message: Message,
  odsCode: string,
  continued: JsonObject | undefined,
): AnyResource {
  const identifier = continued ?? documentNumberOf(message, odsCode);
  if (!identifier || keyOf(bundle.identifier as JsonObject | undefined) === keyOf(identifier)) return bundle;
  // A Bundle of type document must have an identifier of its own: without one it is refused.
  const hasNone = bundle.identifier === undefined;
  if (hasNone ? bundle.type === 'document' : continued === undefined) return bundle;
  const { versionId: _versionId, ...meta } = isObject(bundle.meta) ? bundle.meta : {};
  const sentAt = message.header.text(7);
  if (sentAt === undefined) return { ...bundle, identifier };
  return {
    ...bundle,
    identifier,
    meta: { ...meta, lastUpdated: sentAtOf(sentAt, message.header.text(9, 2) ?? '') },
  };
}

/** A summary is made of a PDF. The message itself is what was received. */
function made(
  { message, odsCode, mark }: Given,
  pdf: Extract<Content, { kind: 'pdf' }>,
  { lineage, retracts, others }: { lineage: JsonObject | undefined; retracts: boolean; others: number },
  { newsCode }: Hl7v2Dependencies,
): Prepared {
  const { bundle, places, leftOut } = summaryOf(message, pdf, {
    odsCode,
    newsCode,
    lineage,
    status: retracts ? 'entered-in-error' : undefined,
  });
  const remarks = [...remarkOnResults(leftOut), ...remarkOnDocuments(others)];
  return {
    decoded: success({ bundle, kind: kindOf(bundle), issues: remarks }),
    places,
    alongside: mark(),
  };
}

function remarkOnResults(count: number): Issue[] {
  if (count === 0) return [];
  const [are, they] = count === 1 ? ['OBX is', 'It stays'] : ['OBX are', 'They stay'];
  return [
    fault(
      'hl7v2-left-out',
      `${count} ${are} no numeric reading or score of NEWS2 with a SNOMED CT or LOINC code. ${they} in the message as it was received.`,
    ).issue,
  ];
}

function remarkOnDocuments(count: number): Issue[] {
  if (count === 0) return [];
  return [
    fault(
      'hl7v2-second-document',
      'The message has more than one document. The first PDF is the document of the summary, and the others stay in the message as it was received. Send a message for each document.',
    ).issue,
  ];
}

/** The document that a replacement (T10) names as its parent, TXA-13. */
async function parentOf(
  message: Message,
  { trigger }: Head,
  odsCode: string,
  database: Parameters<typeof documentBefore>[0],
): Promise<DocumentBefore | undefined> {
  const parent =
    trigger === 'T10' ? keyOf(entityIdentifier(message.first('TXA'), 13, 'document', odsCode)) : undefined;
  return parent === undefined ? undefined : documentBefore(database, odsCode, parent);
}

async function retraction(
  given: Given,
  { submissionId, lineage, isReplaced }: DocumentBefore,
  dependencies: Hl7v2Dependencies,
): Promise<PreparedOrFaults> {
  const { message, mark } = given;
  const earlier = await dependencies.receivedBundle(submissionId);
  if (!earlier) return { ok: false, faults: [unknown(given)] };
  if (isReplaced || lineage === null) return { ok: false, faults: [notRetracted(given, isReplaced)] };
  if (isOfAnother(given, earlier, dependencies))
    return {
      ok: false,
      faults: [
        fault(
          'hl7v2-other-patient',
          'PID-3 has another NHS number than the patient of the document. Check the number of the document and of the patient.',
          { segment: 'PID', sequence: 1, field: 3 },
        ),
      ],
    };
  const bundle = retracted(earlier, message, identifierOf(lineage));
  const time = { segment: 'MSH', sequence: 1, field: 7 };
  return {
    ok: true,
    value: {
      decoded: success({ bundle, kind: kindOf(bundle), issues: [] }),
      places: (expression) => (expression?.startsWith('Bundle.meta') === true ? time : undefined),
      alongside: mark(submissionId),
      restates: { except: 'DocumentReference' },
    },
  };
}

/** True when PID and the Bundle both have an NHS number, and none is the same. */
function isOfAnother(
  { message, odsCode }: Given,
  bundle: AnyResource,
  { submitting }: Hl7v2Dependencies,
): boolean {
  const { patients } = submitting.submission.definitions;
  const named = patients.nhsNumbersIn(alone(patientIn(message, odsCode)));
  const inside = patients.nhsNumbersIn(bundle);
  return named.length > 0 && inside.length > 0 && !named.some((number) => inside.includes(number));
}

function unknown({ message }: Given): Fault {
  const place = placeOfNumber(message);
  return fault(
    'hl7v2-unknown-document',
    `${nameOf(place)} is not the number of a document that this sender has sent. Send the number of the document to retract.`,
    place,
  );
}

function notRetracted({ message }: Given, isReplaced: boolean): Fault {
  const place = placeOfNumber(message);
  return fault(
    'hl7v2-replaced-document',
    isReplaced
      ? `${nameOf(place)} is the number of a document that a later message has replaced by another. To retract the other document, send its number.`
      : `${nameOf(place)} is the number of a document whose Bundle had no identifier, so that nothing can correct it. Send the Bundle again with the document entered in error.`,
    place,
  );
}

function placeOfNumber(message: Message): Place {
  const [segment, field] = message.first('TXA') || !message.first('OBR') ? ['TXA', 12] : ['OBR', 3];
  return { segment: String(segment), sequence: 1, field: Number(field) };
}

const alone = (resource: AnyResource): AnyResource => ({ resourceType: 'Bundle', entry: [{ resource }] });

const keyOf = (identifier: JsonObject | undefined): string | undefined =>
  identifier && `${String(identifier.system)}|${String(identifier.value)}`;
