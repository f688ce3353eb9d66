/**
 * What a message carries: a FHIR Bundle or a PDF, in OBX segments of type ED. A pointer (RP) is never followed.
 * The content decides what it is; the declared type only helps to put a document together that several segments share.
 */
import { decodeBase64InSlices } from '../../fhir/attachment';
import { atOnce, type Slices } from '../../fhir/slices';
import { formatOfContent } from '../../use-cases/submitting/format-of-content';
import type { Message, Place, Segment } from './message';
import { encodeAs } from './charset';
import { unescape } from './escapes';
import { fault, type Fault } from './fault';

export type Content =
  | { kind: 'bundle'; bytes: Buffer; format: 'json' | 'xml'; segment: Segment }
  | { kind: 'pdf'; bytes: Buffer; base64: string; segment: Segment };

/** A document of the message that is not the one that is taken. */
export interface OtherDocument {
  /** Undefined when it cannot be read, or is no PDF and no Bundle. */
  bytes: Buffer | undefined;
  /** True when OBX-11 says that it was wrong, deleted or never obtained. */
  isWrong: boolean;
}

export type ReadContent =
  { ok: true; content: Content; others: readonly OtherDocument[] } | { ok: false; faults: readonly Fault[] };

/** One encapsulated value, or several that are parts of one. */
interface Piece {
  segment: Segment;
  place: Place;
  isBase64: boolean;
  type: string;
  data: string;
}

const VALUE = 5;
/** More documents in one field are none. */
const MAX_REPETITIONS = 100;

export const readContent = (message: Message): ReadContent => atOnce(readContentInSlices(message));

/** The same for a large message. */
export function* readContentInSlices(message: Message): Slices<ReadContent> {
  const results = message.all('OBX');
  const pieces = results.filter((obx) => obx.text(2) === 'ED').flatMap((obx) => piecesOf(obx, message));
  if (pieces.length === 0) return { ok: false, faults: [nothing(results)] };
  const documents: { read: ReadPiece; isWrong: boolean }[] = [];
  for (const piece of together(pieces)) {
    yield;
    documents.push({ read: yield* decoded(piece, message), isWrong: isWrong(piece.segment) });
  }
  // What is wrong is taken only of a message that has nothing right, which retracts it.
  const right = documents.filter((each) => !each.isWrong);
  const candidates = right.length > 0 ? right : documents;
  const contents = candidates.flatMap(({ read }) => ('content' in read ? [read.content] : []));
  const best = contents.find(({ kind }) => kind === 'bundle') ?? contents[0];
  if (!best)
    return { ok: false, faults: candidates.flatMap(({ read }) => ('fault' in read ? [read.fault] : [])) };
  const others = documents.flatMap(({ read, ...each }) => {
    const content = 'content' in read ? read.content : undefined;
    return content === best ? [] : [{ ...each, bytes: content?.bytes }];
  });
  return { ok: true, content: best, others };
}

/** Table 0085: a result that was wrong, is deleted, or could not be obtained. */
export const isWrong = (obx: Segment): boolean => ['W', 'D', 'X'].includes(obx.text(11)?.toUpperCase() ?? '');

function nothing(results: readonly Segment[]): Fault {
  const pointer = results.find((obx) => obx.text(2) === 'RP');
  if (pointer)
    return fault(
      'hl7v2-content',
      'OBX-2 is RP: the message has only a pointer to the document, and Homeward fetches no pointers. Send the document itself, in an OBX of type ED.',
      pointer.place(2),
    );
  return fault(
    'hl7v2-content',
    'The message has no OBX of type ED. Send the Bundle or the PDF in OBX-5 of an OBX whose OBX-2 is ED.',
    { segment: 'OBX', sequence: 1, field: results.length === 0 ? VALUE : 2 },
  );
}

/** ED: source application ^ type ^ subtype ^ encoding ^ data. The data are the last component that is not empty. */
function piecesOf(obx: Segment, { context }: Message): Piece[] {
  const found: Piece[] = [];
  const repetitions = Math.min(obx.repetitions(VALUE), MAX_REPETITIONS);
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    const count = obx.components(VALUE, repetition);
    const parts = Array.from({ length: count }, (_, index) => obx.raw(VALUE, index + 1, repetition));
    const isWhole = count >= 5;
    const data = isWhole ? parts.slice(4).join(context.componentSeparator) : (parts.at(-1) ?? '');
    found.push({
      segment: obx,
      place: obx.place(VALUE),
      isBase64: (isWhole && /^base64$/i.test((parts[3] ?? '').trim())) || !looksLikeText(data),
      type: parts.slice(1, 3).join(' ').toLowerCase(),
      data,
    });
  }
  return found;
}

const looksLikeText = (data: string): boolean => /^\s*[{<]/.test(data);

/** How many characters of base64 show what it is. */
const SNIFFED = 2048;

/**
 * Puts together a document that a sender has cut into several segments of the same type, code and status. Each piece is
 * looked at once, and the pieces are joined once: a message may have 50,000 of them.
 */
function together(pieces: readonly Piece[]): Piece[] {
  const documents: Piece[][] = [];
  for (const piece of pieces) {
    const document = documents.at(-1);
    if (document && continues(piece, document)) document.push(piece);
    else documents.push([piece]);
  }
  return documents.map((parts) => ({ ...parts[0]!, data: parts.map(({ data }) => data).join('') }));
}

function continues(piece: Piece, document: readonly Piece[]): boolean {
  const [first, last] = [document[0]!, document.at(-1)!];
  return (
    first.isBase64 &&
    piece.isBase64 &&
    first.type === piece.type &&
    first.segment.text(3) === piece.segment.text(3) &&
    first.segment.text(11) === piece.segment.text(11) &&
    !last.data.trimEnd().endsWith('=') &&
    kindOf(Buffer.from(withoutBreaks(piece.data.slice(0, SNIFFED)), 'base64')) === undefined
  );
}

type ReadPiece = { content: Content } | { fault: Fault };

function* decoded(piece: Piece, message: Message): Slices<ReadPiece> {
  const { segment, place } = piece;
  const base64 = piece.isBase64 ? yield* withoutBreaksInSlices(piece.data) : '';
  const bytes = piece.isBase64 ? yield* decodeBase64InSlices(base64) : textOf(piece, message);
  if (bytes === undefined)
    return {
      fault: fault(
        'hl7v2-base64',
        'OBX-5 is not valid base64. Send OBX-5.4 Base64 and the whole document as base64 in OBX-5.5.',
        place,
      ),
    };
  switch (kindOf(bytes)) {
    case 'bundle':
      return { content: { kind: 'bundle', bytes, format: formatOfContent(bytes), segment } };
    case 'pdf':
      return {
        content: { kind: 'pdf', bytes, base64: piece.isBase64 ? base64 : bytes.toString('base64'), segment },
      };
    default:
      return {
        fault: fault(
          'hl7v2-document',
          'OBX-5 is neither a FHIR Bundle nor a PDF. Send one of them, as base64, or a Bundle as escaped text.',
          place,
        ),
      };
  }
}

/** A Bundle as escaped text. FHIR is UTF-8, whatever the character set of the message. */
function textOf({ data }: Piece, { context, charset }: Message): Buffer {
  return encodeAs('utf8', unescape(data, context, charset));
}

const BREAKS = /\\\.br\\|\s+/g;
const withoutBreaks = (data: string): string => data.replace(BREAKS, '');

const SLICE = 1024 * 1024;

const BREAK = '\\.br\\';

/** The same for a large document. No break is cut. */
function* withoutBreaksInSlices(data: string): Slices<string> {
  if (data.length <= SLICE) return withoutBreaks(data);
  const parts: string[] = [];
  for (let start = 0, end: number; start < data.length; start = end) {
    yield;
    end = Math.min(start + SLICE, data.length);
    while (end < data.length && data.slice(end - BREAK.length + 1, end).includes('\\')) end += 1;
    parts.push(withoutBreaks(data.slice(start, end)));
  }
  return parts.join('');
}

function kindOf(bytes: Buffer): Content['kind'] | undefined {
  const start = bytes.subarray(0, 1024).toString('latin1');
  if (start.includes('%PDF-')) return 'pdf';
  return /^(?:\u00ef\u00bb\u00bf)?\s*[{<]/.test(start) ? 'bundle' : undefined;
}
