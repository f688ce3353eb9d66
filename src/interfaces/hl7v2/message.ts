/**
 * A message as its segments and fields. The library splits it; this file undoes the escapes, guards its size, and puts
 * lines together that a sender has wrapped.
 * @example
 * const read = readMessage(text, 'utf8');
 * if (read.ok) read.message.first('PID')?.text(5, 2); // the first given name
 */
import { Hl7Context, Hl7Segment } from '@medplum/core';
import { atOnce, type Slices } from '../../fhir/slices';
import type { Charset } from './charset';
import { unescape } from './escapes';

/** Where a value stands: `PID-3` of the first PID is `{ segment: 'PID', sequence: 1, field: 3 }`. */
export interface Place {
  segment: string;
  /** The number of the segment among those of its name, from 1. */
  sequence: number;
  field?: number;
  repetition?: number;
  component?: number;
}

export interface Segment {
  name: string;
  sequence: number;
  /**
   * A component of a field as text, without escapes and without control characters.
   * @returns undefined when it is empty, or the null of HL7 (`""`)
   */
  text(field: number, component?: number, repetition?: number): string | undefined;
  /** The first sub-component of a component, such as the namespace of an assigning authority. */
  first(field: number, component?: number, repetition?: number): string | undefined;
  subcomponent(field: number, component: number, sub: number, repetition?: number): string | undefined;
  /** The component as it stands, with its escapes. */
  raw(field: number, component: number, repetition?: number): string;
  /** From 1: how many repetitions the field has, 0 when it is empty. */
  repetitions(field: number): number;
  components(field: number, repetition?: number): number;
  place(field: number, repetition?: number, component?: number): Place;
}

export interface Message {
  charset: Charset;
  context: Hl7Context;
  header: Segment;
  segments: readonly Segment[];
  first(name: string): Segment | undefined;
  all(name: string): readonly Segment[];
}

/** Why a text is no message. */
export type Unreadable = 'no-header' | 'control-characters' | 'too-many-fields';

/** Above these the library would take much memory for a message that no sender means. */
const MAX_SEGMENTS = 50_000;
const MAX_FIELDS = 500_000;
const MAX_COMPONENTS = 500_000;
/** Base64 that is wrapped has many lines. */
const MAX_LINES = 1_000_000;

/** The name of a segment, and the end of the line or the field separator. */
const SEGMENT_START = /^[A-Z][A-Z0-9]{2}$/;

/** The delimiters that an MSH segment declares; undefined when the text does not begin with one. */
export function contextOf(text: string): Hl7Context | undefined {
  if (!text.startsWith('MSH')) return undefined;
  const separator = text.charAt(3);
  const declared = text.slice(4, text.indexOf(separator, 4));
  const characters = [separator, ...declared];
  const isDeclared = declared.length >= 4 && declared.length <= 5 && text.indexOf(separator, 4) > 0;
  const areRight = characters.every((each) => /[^A-Za-z0-9\s]/.test(each) && each.charCodeAt(0) < 0x7f);
  if (!isDeclared || !areRight || new Set(characters).size !== characters.length) return undefined;
  const [component, repetition, escapeCharacter, subcomponent] = [...declared];
  return new Hl7Context('\r', separator, component, repetition, escapeCharacter, subcomponent);
}

export type ReadMessage = { ok: true; message: Message } | { ok: false; why: Unreadable };

export const readMessage = (text: string, charset: Charset): ReadMessage =>
  atOnce(readMessageInSlices(text, charset));

/** The same for a large message. */
export function* readMessageInSlices(text: string, charset: Charset): Slices<ReadMessage> {
  const context = contextOf(text);
  if (!context) return { ok: false, why: 'no-header' };
  // A vertical tab inside a frame is a second message that began before the first had ended.
  if (text.includes('\u0000') || text.includes('\u000b')) return { ok: false, why: 'control-characters' };
  yield;
  if (yield* isExcessive(text, context)) return { ok: false, why: 'too-many-fields' };
  const counts = new Map<string, number>();
  const plain = plainTexts(context, charset);
  yield;
  const lines = yield* linesOf(text, context);
  if (lines.length > MAX_SEGMENTS) return { ok: false, why: 'too-many-fields' };
  const segments: Segment[] = [];
  for (const line of lines) {
    yield;
    const parsed = Hl7Segment.parse(line, context);
    const sequence = (counts.get(parsed.name) ?? 0) + 1;
    counts.set(parsed.name, sequence);
    segments.push(segmentOf(parsed, sequence, plain));
  }
  const [header] = segments;
  if (!header) return { ok: false, why: 'no-header' };
  return {
    ok: true,
    message: {
      charset,
      context,
      header,
      segments,
      first: (name) => segments.find((segment) => segment.name === name),
      all: (name) => segments.filter((segment) => segment.name === name),
    },
  };
}

/**
 * Segments end with a carriage return; a line feed, alone or after it, is taken too. A line that does not begin like a
 * segment goes on with the segment before it, because senders wrap base64.
 */
function* linesOf(text: string, { fieldSeparator }: Hl7Context): Slices<string[]> {
  const segments: string[][] = [];
  for (const line of text.split('\r').flatMap((each) => each.split('\n'))) {
    if (line === '') continue;
    const begins = SEGMENT_START.test(line.slice(0, 3)) && (line.length === 3 || line[3] === fieldSeparator);
    const last = segments.at(-1);
    if (begins || !last) segments.push([line]);
    else last.push(line);
    yield;
  }
  return segments.map((lines) => lines.join('\n'));
}

function* isExcessive(text: string, context: Hl7Context): Slices<boolean> {
  const most: [string, number][] = [
    [context.fieldSeparator, MAX_FIELDS],
    [context.componentSeparator, MAX_COMPONENTS],
    [context.repetitionSeparator, MAX_COMPONENTS],
    [context.escapeCharacter, MAX_COMPONENTS],
    ['\r', MAX_LINES],
    ['\n', MAX_LINES],
  ];
  for (const [character, times] of most) {
    if (occurs(text, character, times)) return true;
    yield;
  }
  return false;
}

/** True when the character occurs more often than that. */
function occurs(text: string, character: string, most: number): boolean {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1))
    if ((count += 1) > most) return true;
  return false;
}

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** Without escapes and control characters; undefined of what is empty, or the null of HL7. */
type PlainText = (text: string) => string | undefined;

/** Longer texts are remembered. */
const SHORT = 64;

/**
 * What a long text means is worked out once. A field such as OBR-7 is read again for each result, and each of two may
 * be half of the message.
 */
function plainTexts(context: Hl7Context, charset: Charset): PlainText {
  const known = new Map<string, string | undefined>();
  const worked: PlainText = (text) => {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed === '""') return undefined;
    const meant = unescape(trimmed, context, charset).replace(CONTROL, '').trim();
    return meant === '' ? undefined : meant;
  };
  return (text) => {
    if (text.length <= SHORT) return worked(text);
    if (!known.has(text)) known.set(text, worked(text));
    return known.get(text);
  };
}

function segmentOf(parsed: Hl7Segment, sequence: number, plain: PlainText): Segment {
  const { name, context } = parsed;
  const fieldAt = (field: number): readonly string[][] =>
    (parsed.getField(field) as { components: string[][] } | undefined)?.components ?? [];
  const raw = (field: number, component: number, repetition = 1): string =>
    fieldAt(field)[repetition - 1]?.[component - 1] ?? '';
  const subcomponent = (field: number, component: number, sub: number, repetition = 1): string | undefined =>
    plain(raw(field, component, repetition).split(context.subcomponentSeparator)[sub - 1] ?? '');
  return {
    name,
    sequence,
    raw,
    text: (field, component = 1, repetition = 1) => plain(raw(field, component, repetition)),
    first: (field, component = 1, repetition = 1) => subcomponent(field, component, 1, repetition),
    subcomponent,
    repetitions: (field) => {
      const found = fieldAt(field);
      return found.length === 1 && found[0]?.length === 1 && found[0][0] === '' ? 0 : found.length;
    },
    components: (field, repetition = 1) => fieldAt(field)[repetition - 1]?.length ?? 0,
    place: (field, repetition, component) => ({
      segment: name,
      sequence,
      field,
      ...(repetition === undefined ? {} : { repetition }),
      ...(component === undefined ? {} : { component }),
    }),
  };
}

/** `PID-3`, as errors name it. */
export function nameOf({ segment, field }: Place): string {
  return field === undefined ? segment : `${segment}-${field}`;
}
