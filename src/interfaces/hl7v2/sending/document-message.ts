/**
 * Makes an HL7 v2 document message of what is to be said about a summary that is passed on: MDM^T02 for a new document,
 * T10 for a replacement, T11 for a retraction. OBX-5 has the Bundle as it was received, or (`mdm`) a PDF. A pure function:
 * the same delivery gives the same bytes in every attempt, so that a receiver can recognise a repeated one.
 * @see docs/transports/passing-on.md
 */
import { createHash } from 'node:crypto';
import { Hl7Context, Hl7Message, Hl7Segment } from '@medplum/core';
import { isInError } from '../../../fhir/in-error';
import { isObject, type AnyResource } from '../../../fhir/types';
import { isRestricted, labelsOf, labelsOfDocument } from '../../../terminology/confidentiality';
import { encodeAs } from '../charset';
import { attachmentsOf } from './bundle-parts';
import { fields, patientFields, practiceFields, stayFields, type Fields } from './patient-segments';
import type { Encoded, Statement } from './statement';
import type { Practice } from './summary-to-send';

export interface DocumentMessage {
  /** The delivery: its id names the message. */
  id: string;
  createdAt: Date;
  /** What the message says. */
  statement: Statement;
  patient: AnyResource | undefined;
  practice: Practice | undefined;
  /** MSH-3 and MSH-4. */
  sender: Parties;
  /** MSH-5 and MSH-6. */
  receiver?: Parties;
}

export interface Parties {
  application: string;
  facility: string;
}

export interface MadeMessage {
  bytes: Buffer;
  controlId: string;
}

const context = new Hl7Context();
const { componentSeparator } = context;

export function documentMessage(given: DocumentMessage): MadeMessage {
  const { statement, createdAt } = given;
  const { trigger, content } = statement;
  const at = createdAt.getTime();
  const controlId = controlIdOf(given);
  const segments = [
    header(given, controlId),
    ['EVN', trigger, timeOf(createdAt)],
    patientFields(given.patient, at),
    practiceFields(given.practice),
    stayFields(statement.stay, at),
    documentFields(statement, given.patient),
    content && resultFields(statement, content),
  ].filter((each) => each !== undefined);
  const message = new Hl7Message(
    segments.map((each) => new Hl7Segment([...each], context)),
    context,
  );
  return { bytes: encodeAs('utf8', `${message.toString()}\r`), controlId };
}

/**
 * MSH-10 has at most 20 characters. A delivery may be several messages, and a retry after others have been sent may say
 * something else: each of them has an id of its own.
 */
function controlIdOf({ id, statement: { trigger, number, parent = '' } }: DocumentMessage): string {
  return createHash('sha256')
    .update([id, trigger, number, parent].join('\n'))
    .digest('hex')
    .slice(0, 20)
    .toUpperCase();
}

function header(
  { createdAt, sender, receiver, statement: { trigger } }: DocumentMessage,
  controlId: string,
): string[] {
  return [
    'MSH',
    context.getMsh2(),
    fields.text(sender.application),
    fields.text(sender.facility),
    fields.text(receiver?.application),
    fields.text(receiver?.facility),
    timeOf(createdAt),
    '',
    ['MDM', trigger, trigger === 'T11' ? 'MDM_T01' : 'MDM_T02'].join(componentSeparator),
    controlId,
    'P',
    '2.5.1',
    '',
    '',
    '',
    '',
    'GBR',
    'UNICODE UTF-8',
  ];
}

/** Table 0271. What is retracted is never called authenticated. */
const COMPLETION: Readonly<Record<string, string>> = {
  final: 'AU',
  amended: 'AU',
  preliminary: 'PA',
};

function completionOf({ document, trigger }: Statement): string {
  if (trigger === 'T11' || (document && isInError(document))) return 'IN';
  return COMPLETION[String(document?.docStatus)] ?? 'AU';
}

/** Table 0272: the strictest label of the document and of the patient's record. */
function confidentialityOf(document: AnyResource | undefined, patient: AnyResource | undefined): string {
  const ofDocument = document ? labelsOfDocument(document) : [];
  const codes = [...ofDocument, ...(patient ? labelsOf(patient) : [])]
    .filter(isRestricted)
    .map((label) => isObject(label) && label.code);
  return codes.includes('V') ? 'V' : codes.includes('R') ? 'R' : '';
}

function documentFields(statement: Statement, patient: AnyResource | undefined): string[] {
  const { document, number, parent = '', availability } = statement;
  const attachment = attachmentsOf(document)[0];
  const date = fields.time(document?.date) || fields.time(attachment?.creation);
  const all: Fields = {
    1: '1',
    2: fields.concept(document?.type) || 'VW',
    3: 'AP',
    4: date,
    6: date,
    12: number,
    13: parent,
    16: fields.text(attachment?.title),
    17: completionOf(statement),
    18: confidentialityOf(document, patient),
    19: availability,
  };
  return fields.segment('TXA', all);
}

/** OBX-5 is source application ^ type ^ subtype ^ encoding ^ data. */
function resultFields({ document, trigger }: Statement, { subtype, base64 }: Encoded): string[] {
  const all: Fields = {
    1: '1',
    2: 'ED',
    3: fields.concept(document?.type) || `VW${componentSeparator}Virtual ward summary${componentSeparator}L`,
    5: ['', 'AP', subtype, 'Base64', base64].join(componentSeparator),
    11: document?.docStatus === 'preliminary' ? 'P' : trigger === 'T10' ? 'C' : 'F',
  };
  return fields.segment('OBX', all);
}

export function contentOf({ bytes, contentType }: { bytes: Buffer; contentType: string }): Encoded {
  return { subtype: /xml/i.test(contentType) ? 'XML' : 'JSON', base64: bytes.toString('base64') };
}

/** `20250301101500.123+0000`: with milliseconds, because receivers put corrections in order by it. */
function timeOf(date: Date): string {
  return `${date.toISOString().replace(/[-:TZ]/g, '')}+0000`;
}
