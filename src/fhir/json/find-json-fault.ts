/**
 * Finds the fault in JSON text that could not be read, and its place. This slow second pass is used only for text that
 * `scanJson` or `JSON.parse` refused. It parses strictly, with its own stack, and stops at the first fault. Its
 * sentences never repeat what was sent, because they may be logged.
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
import {
  MAX_CONTAINERS,
  MAX_DEPTH,
  MAX_MEMBERS,
  NUMBER,
  escapedUnit,
  isReadableNumber,
  numberEnd,
} from './scan-json';
import type { Slices } from '../slices';

export interface JsonFault {
  offset: number;
  rule:
    'json-syntax' | 'json-duplicate-key' | 'json-depth' | 'json-crowded' | 'json-character' | 'json-number';
  /** The fault and how to correct it, without the place. */
  text: string;
  /** The member names and list indexes that lead to the fault. */
  path: (string | number)[];
}

interface Frame {
  keys: Set<string> | undefined;
  /** The member name or list index being read. */
  at: string | number;
}

type Expect = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

const CROWDED_OBJECT = `this object has more than ${MAX_MEMBERS} members, which is more than any FHIR resource`;
const CROWDED_TEXT = `there are more than ${MAX_CONTAINERS} objects and lists. Send the content in several parts`;

class Found extends Error {
  constructor(
    readonly offset: number,
    readonly rule: JsonFault['rule'],
    readonly text: string,
  ) {
    super(text);
  }
}

export function* findJsonFault(text: string): Slices<JsonFault | undefined> {
  const stack: Frame[] = [];
  try {
    yield* walk(text, stack);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof Found)) throw fault;
    const path = stack.map((frame) => frame.at);
    return { offset: fault.offset, rule: fault.rule, text: fault.text, path };
  }
}

/** So many characters are read in one slice. */
const SLICE = 64 * 1024;

function* walk(text: string, stack: Frame[]): Slices<void> {
  let expect: Expect = 'value';
  let position = 0;
  let containers = 0;
  let endOfSlice = SLICE;
  for (;;) {
    if (position >= endOfSlice) {
      yield;
      endOfSlice = position + SLICE;
    }
    position = skipWhiteSpace(text, position);
    if (position >= text.length) {
      if (expect === 'nothing') return;
      throw new Found(position, 'json-syntax', endedEarly(stack, position));
    }
    const character = text.charAt(position);
    const frame = stack.at(-1);
    if (expect === 'nothing') {
      throw new Found(
        position,
        'json-syntax',
        'there is more text after the end of the JSON. Send one resource only',
      );
    }
    if (expect === 'colon') {
      if (character !== ':')
        throw new Found(position, 'json-syntax', 'a colon is needed between a name and its value');
      expect = 'value';
      position += 1;
    } else if (expect === 'comma-or-end') {
      const close = frame?.keys ? '}' : ']';
      if (character === ',') {
        if (frame && typeof frame.at === 'number') frame.at += 1;
        expect = frame?.keys ? 'key' : 'value';
      } else if (character === close) {
        stack.pop();
        expect = stack.length ? 'comma-or-end' : 'nothing';
      } else {
        throw new Found(position, 'json-syntax', `a comma or a closing ${close} is needed here`);
      }
      position += 1;
    } else if (expect === 'key' || expect === 'key-or-end') {
      if (character === '}' && expect === 'key-or-end') {
        stack.pop();
        expect = stack.length ? 'comma-or-end' : 'nothing';
        position += 1;
        continue;
      }
      if (character !== '"') throw new Found(position, 'json-syntax', wantedName(character, expect));
      let end = stringEnd(text, position, position + 1);
      for (; end < 0; end = stringEnd(text, position, -end)) yield;
      const key = JSON.parse(text.slice(position, end)) as string;
      if (frame) noteName(frame, key, position);
      expect = 'colon';
      position = end;
    } else {
      if (character === ']' && expect === 'value-or-end') {
        stack.pop();
        expect = stack.length ? 'comma-or-end' : 'nothing';
        position += 1;
        continue;
      }
      if (character === '{' || character === '[') {
        if (stack.length >= MAX_DEPTH) {
          const sentence = `objects and lists are nested more than ${MAX_DEPTH} deep`;
          throw new Found(position, 'json-depth', sentence);
        }
        if (++containers > MAX_CONTAINERS) throw new Found(position, 'json-crowded', CROWDED_TEXT);
        stack.push(character === '{' ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 });
        expect = character === '{' ? 'key-or-end' : 'value-or-end';
        position += 1;
      } else {
        const start = position;
        position = scalarEnd(text, start);
        for (; position < 0; position = stringEnd(text, start, -position)) yield;
        expect = stack.length ? 'comma-or-end' : 'nothing';
      }
    }
  }
}

/** Notes the name of a member, which begins at `position`. */
function noteName(frame: Frame, name: string, position: number): void {
  frame.at = name;
  if (frame.keys?.has(name)) {
    const sentence =
      'this object has the same name twice. Send each element once. Send repeated values as a list';
    throw new Found(position, 'json-duplicate-key', sentence);
  }
  frame.keys?.add(name);
  if (frame.keys && frame.keys.size > MAX_MEMBERS) throw new Found(position, 'json-crowded', CROWDED_OBJECT);
}

/** As `stringEnd`, for any value that is no object and no list. */
function scalarEnd(text: string, position: number): number {
  const character = text.charAt(position);
  if (character === '"') return stringEnd(text, position, position + 1);
  if (/[-0-9]/.test(character)) {
    const end = numberEnd(text, position);
    const number = text.slice(position, end);
    if (!NUMBER.test(number)) {
      const sentence =
        'this is not a JSON number. Send a number without leading zeros, and with digits on both sides of a decimal point';
      throw new Found(position, 'json-syntax', sentence);
    }
    if (!isReadableNumber(number)) {
      throw new Found(
        position,
        'json-number',
        'this number cannot be stored exactly. The limits are 200 characters and an exponent of 400',
      );
    }
    return end;
  }
  const literal = LITERALS[character];
  if (literal !== undefined && text.startsWith(literal, position)) return position + literal.length;
  throw new Found(position, 'json-syntax', wantedValue(character));
}

/**
 * Where the string that begins at `start` ends, its characters checked from `position` on. For a long string the place
 * where to go on, below zero.
 */
function stringEnd(text: string, start: number, position: number): number {
  const endOfSlice = position + SLICE;
  for (;;) {
    if (position >= endOfSlice) return -position;
    const code = text.charCodeAt(position);
    if (Number.isNaN(code)) throw new Found(start, 'json-syntax', 'the string that begins here has no end');
    if (code === 0x22) return position + 1;
    if (code === 0x5c) position = checkedEscapeEnd(text, position);
    else if (code >= 0x20) position += 1;
    else if (code === 0)
      throw new Found(position, 'json-character', 'the character U+0000 is not allowed in FHIR');
    else {
      const sentence =
        'a line break, tab or other control character inside a string must be escaped (\\n, \\t, \\u001F)';
      throw new Found(position, 'json-syntax', sentence);
    }
  }
}

function checkedEscapeEnd(text: string, position: number): number {
  const kind = text.charAt(position + 1);
  if (kind === '') throw new Found(position, 'json-syntax', 'the text ends in the middle of a string');
  if ('"\\/bfnrt'.includes(kind)) return position + 2;
  if (kind !== 'u') {
    throw new Found(
      position,
      'json-syntax',
      'a backslash begins an escape that JSON does not have. Write a backslash as \\\\',
    );
  }
  const unit = escapedUnit(text, position);
  if (Number.isNaN(unit))
    throw new Found(position, 'json-syntax', '\\u must be followed by four hexadecimal digits');
  if (unit === 0) throw new Found(position, 'json-character', 'the character U+0000 is not allowed in FHIR');
  if (unit < 0xd800 || unit > 0xdfff) return position + 6;
  const low = escapedUnit(text, position + 6);
  if (unit <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) return position + 12;
  throw new Found(
    position,
    'json-character',
    'there is only half of a surrogate pair. Send the whole character',
  );
}

function skipWhiteSpace(text: string, start: number): number {
  let position = start;
  while (position < text.length && ' \t\n\r'.includes(text.charAt(position))) position += 1;
  return position;
}

function endedEarly(stack: readonly Frame[], length: number): string {
  if (stack.length === 0) return length === 0 ? 'there is no text at all' : 'there is only white space';
  return `the text ends before ${stack.length === 1 ? 'the last bracket is' : `${stack.length} brackets are`} closed. Check that it was not cut off`;
}

function wantedName(character: string, expect: Expect): string {
  if (character === '}' && expect === 'key') return 'remove the comma before the closing }';
  if (character === "'") return 'names need double quotes, not single quotes';
  if (character === '/') return 'JSON has no comments. Remove the comment';
  return 'a name in double quotes is needed here';
}

function wantedValue(character: string): string {
  if (character === ']' || character === '}')
    return 'a value is missing before this bracket. Remove the comma before it';
  if (character === ',') return 'a value is missing before this comma';
  if (character === "'") return 'strings need double quotes, not single quotes';
  if (character === '/') return 'JSON has no comments. Remove the comment';
  if (character === '<') return 'this looks like XML. Send it as application/fhir+xml';
  return 'a value is needed here. Send an object, a list, a string in double quotes, a number, true, false or null';
}
