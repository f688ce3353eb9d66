/**
 * Makes the HL7 v2 document message of a summary that is passed on: MDM^T02 for a new one, T10 for a correction, T11 for
 * a retraction. OBX-5 has the Bundle as it was received, or (`mdm`) the PDF alone. A pure function: the same delivery
 * gives the same bytes in every attempt, so that a receiver can recognise a repeated one.
 * @see docs/transports/passing-on.md
 */
import { createHash } from 'node:crypto';
import { Hl7Context, Hl7Message, Hl7Segment } from '@medplum/core';
import { isObject, isResource, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { encodeAs } from '../charset';
import { bundleParts, type BundleParts } from './bundle-parts';
import { fields, patientFields, practiceFields, stayFields, type Fields } from './patient-segments';

export interface DocumentMessage {
  /** The delivery: its id names the message. */
  id: string;
  createdAt: Date;
  /** The submission, which names a document without a number of its own. */
  submission: string;
  bundle: AnyResource;
  /** The Bundle as it was received; absent for the PDF alone. */
  whole?: { bytes: Buffer; contentType: string };
  /** True when it corrects an earlier submission. */
  isCorrection: boolean;
  /** MSH-3 and MSH-4. */
  sender: Parties;
  /** MSH-5 and MSH-6. */
  receiver?: Parties;
}

export interface Parties {
  application: string;
  facility: string;
}

export type MadeMessage =
  | { ok: true; bytes: Buffer; controlId: string }
  /** The summary has nothing that can be sent. */
  | { ok: false; reason: string };

const context = new Hl7Context();
const { componentSeparator } = context;

export function documentMessage(given: DocumentMessage): MadeMessage {
  const parts = bundleParts(given.bundle);
  const document = parts.document;
  const isRetraction = given.whole === undefined && document?.status === 'entered-in-error';
  const trigger = isRetraction ? 'T11' : given.isCorrection ? 'T10' : 'T02';
  const content = given.whole ? contentOf(given.whole) : pdfOf(parts);
  if (content === undefined && !isRetraction)
    return { ok: false, reason: 'the summary contains no PDF to send' };
  const controlId = controlIdOf(given.id);
  const segments = [
    header(given, trigger, controlId),
    ['EVN', trigger, timeOf(given.createdAt)],
    patientFields(parts.patient),
    practiceFields(parts.practice),
    stayFields(parts.encounter),
    documentFields(given, parts, { trigger, isRetraction }),
    ...(isRetraction || content === undefined ? [] : [resultFields(parts, content, trigger)]),
  ].filter((each) => each !== undefined);
  const message = new Hl7Message(
    segments.map((each) => new Hl7Segment([...each], context)),
    context,
  );
  return { ok: true, bytes: encodeAs('utf8', `${message.toString()}\r`), controlId };
}

/** MSH-10 has at most 20 characters. */
function controlIdOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 20).toUpperCase();
}

function header(
  { createdAt, sender, receiver }: DocumentMessage,
  trigger: string,
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

const COMPLETION: Readonly<Record<string, string>> = { final: 'AU', amended: 'AU', preliminary: 'PA' };

function documentFields(
  { submission, bundle }: DocumentMessage,
  { document }: BundleParts,
  { trigger, isRetraction }: { trigger: string; isRetraction: boolean },
): string[] {
  const number = numberOf(document, bundle) ?? submission;
  const attachment = attachmentsOf(document)[0];
  const date = fields.time(document?.date) || fields.time(attachment?.creation);
  const all: Fields = {
    1: '1',
    2: fields.concept(document?.type) || 'VW',
    3: 'AP',
    4: date,
    6: date,
    12: number,
    // The document that is replaced or retracted keeps its number.
    13: trigger === 'T02' ? '' : number,
    16: fields.text(attachment?.title),
    17: COMPLETION[String(document?.docStatus)] ?? 'AU',
    19: isRetraction ? 'CA' : document?.status === 'superseded' ? 'OB' : 'AV',
  };
  return fields.segment('TXA', all);
}

/** The number of the document; without one, that of the summary, which stays the same in its corrections. */
function numberOf(document: AnyResource | undefined, bundle: AnyResource): string | undefined {
  for (const identifier of [document?.masterIdentifier, bundle.identifier])
    if (isObject(identifier) && typeof identifier.value === 'string') return fields.entity(identifier);
  return undefined;
}

/** Source application ^ type ^ subtype ^ encoding ^ data. */
interface Encoded {
  subtype: 'PDF' | 'JSON' | 'XML';
  base64: string;
}

function resultFields({ document }: BundleParts, { subtype, base64 }: Encoded, trigger: string): string[] {
  const all: Fields = {
    1: '1',
    2: 'ED',
    3: fields.concept(document?.type) || `VW${componentSeparator}Virtual ward summary${componentSeparator}L`,
    5: ['', 'AP', subtype, 'Base64', base64].join(componentSeparator),
    11: trigger === 'T10' ? 'C' : 'F',
  };
  return fields.segment('OBX', all);
}

function contentOf({ bytes, contentType }: { bytes: Buffer; contentType: string }): Encoded {
  return { subtype: /xml/i.test(contentType) ? 'XML' : 'JSON', base64: bytes.toString('base64') };
}

/** The first PDF: inline, or in a Binary of the same Bundle. */
function pdfOf({ document, find }: BundleParts): Encoded | undefined {
  for (const attachment of attachmentsOf(document)) {
    if (!/^application\/pdf\b/i.test(String(attachment.contentType))) continue;
    const elsewhere = typeof attachment.url === 'string' ? find(attachment.url) : undefined;
    const data = attachment.data ?? (isResource(elsewhere) ? elsewhere.data : undefined);
    if (typeof data === 'string' && data !== '') return { subtype: 'PDF', base64: data.replace(/\s+/g, '') };
  }
  return undefined;
}

function attachmentsOf(document: AnyResource | undefined): JsonObject[] {
  return listOf(document?.content)
    .filter(isObject)
    .map(({ attachment }) => attachment)
    .filter(isObject);
}

/** `20250301101500.123+0000`: with milliseconds, because receivers put corrections in order by it. */
function timeOf(date: Date): string {
  return `${date.toISOString().replace(/[-:TZ]/g, '')}+0000`;
}
