/**
 * What is stored of the document that a message names (TXA-12) and of the one that it replaces (TXA-13), and whether the
 * message may say something about it.
 */
import { documentBefore, replacementOf, type DocumentBefore } from '../../engines/store/hl7v2-messages';
import type { Queryable } from '../../platform/postgres';
import { fault, type Fault } from './fault';
import type { Head } from './head';
import { entityIdentifier, keyOf } from './identifiers';
import { documentNumberOf } from './mapping/summary-of';
import { nameOf, type Message, type Place } from './message';

export interface DocumentNumbers {
  /** `system|value`. */
  document: string | undefined;
  /** Of a replacement (T10): the number of the other document that it replaces. */
  parent: string | undefined;
  before: DocumentBefore | undefined;
  parentBefore: DocumentBefore | undefined;
  /** True when a message has replaced the document by another. */
  isReplaced: boolean;
  /** True when it was `parent` that has replaced it. */
  isReplacedByParent: boolean;
}

/** The numbers that a message names, as `system|value`. */
export function namedIn(
  message: Message,
  { trigger }: Head,
  odsCode: string,
): Pick<DocumentNumbers, 'document' | 'parent'> {
  const document = keyOf(documentNumberOf(message, odsCode));
  const named =
    trigger === 'T10' ? keyOf(entityIdentifier(message.first('TXA'), 13, 'document', odsCode)) : undefined;
  return { document, parent: named === document ? undefined : named };
}

export async function documentNumbers(
  message: Message,
  head: Head,
  odsCode: string,
  database: Queryable,
): Promise<DocumentNumbers> {
  const { document, parent } = namedIn(message, head, odsCode);
  const read = (key: string | undefined): Promise<DocumentBefore | undefined> =>
    key === undefined ? Promise.resolve(undefined) : documentBefore(database, odsCode, key);
  const [before, parentBefore] = await Promise.all([read(document), read(parent)]);
  if (before !== undefined || document === undefined) {
    const isReplaced = before?.isReplaced === true;
    const isReplacedByParent = isReplaced && before.submissionId === parentBefore?.submissionId;
    return { document, parent, before, parentBefore, isReplaced, isReplacedByParent };
  }
  const replacement = await replacementOf(database, odsCode, { document, by: parent });
  return {
    document,
    parent,
    before,
    parentBefore,
    isReplaced: replacement !== 'none',
    isReplacedByParent: replacement === 'this',
  };
}

/** Why a message with a document contradicts what is stored of its numbers; undefined when it does not. */
export function faultOfNumbers(
  message: Message,
  { before, parentBefore, isReplaced, isReplacedByParent }: DocumentNumbers,
): Fault | undefined {
  const isSameSummary = before !== undefined && before.submissionId === parentBefore?.submissionId;
  // A replacement of the document that has replaced this one is meant.
  const isMeant = isReplacedByParent && parentBefore !== undefined && !parentBefore.isReplaced;
  if (isReplaced && !isMeant) {
    const staysCurrent = parentBefore !== undefined && !parentBefore.isReplaced && !isSameSummary;
    return replaced(message, staysCurrent ? PARENT_STAYS : '');
  }
  if (!parentBefore || isSameSummary) return undefined;
  const place: Place = { segment: 'TXA', sequence: 1, field: 13 };
  if (parentBefore.isReplaced)
    return fault(
      'hl7v2-replaced-document',
      'TXA-13 is the number of a document that a later message has replaced by another. Send the number of the other document.',
      place,
    );
  if (before)
    return fault(
      'hl7v2-two-documents',
      'TXA-12 and TXA-13 are the numbers of two documents that are stored. Retract the one in TXA-13 (T11), and send the other without TXA-13.',
      place,
    );
  return undefined;
}

const PARENT_STAYS =
  ' The document in TXA-13, which this message should replace, is still current. If it is wrong, retract it (T11).';

/** Of a message about a document that another one has replaced. @param more sentences of advice */
export function replaced(message: Message, more = ''): Fault {
  const place = placeOfNumber(message);
  return fault(
    'hl7v2-replaced-document',
    `${nameOf(place)} is the number of a document that a later message has replaced by another. To change or retract the other document, send its number.${more}`,
    place,
  );
}

/** Of a retraction that nothing can carry out. */
export function notRetracted(
  message: Message,
  { isReplaced, isNamedByNewest }: DocumentBefore,
): Fault | undefined {
  if (isReplaced) return replaced(message);
  const place = placeOfNumber(message);
  if (!isNamedByNewest)
    return fault(
      'hl7v2-replaced-document',
      `${nameOf(place)} is the number of a document that a later submission on another road has replaced. Retract that submission on its own road.`,
      place,
    );
  return undefined;
}

export function withoutLineage(message: Message): Fault {
  const place = placeOfNumber(message);
  return fault(
    'hl7v2-replaced-document',
    `${nameOf(place)} is the number of a document whose Bundle had no identifier, so that nothing can correct it. Send the Bundle again with the document entered in error.`,
    place,
  );
}

export function unknownDocument(message: Message): Fault {
  const place = placeOfNumber(message);
  return fault(
    'hl7v2-unknown-document',
    `${nameOf(place)} is not the number of a document that this sender has sent. Send the number of the document to retract.`,
    place,
  );
}

function placeOfNumber(message: Message): Place {
  const [segment, field] = message.first('TXA') || !message.first('OBR') ? ['TXA', 12] : ['OBR', 3];
  return { segment: String(segment), sequence: 1, field: Number(field) };
}
