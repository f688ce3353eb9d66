/**
 * Finds tags that no FHIR document has: with hundreds of attributes, or with very long names or white space. The
 * parser's time for such a tag grows faster than its length, so one walk over the text looks for them first. The values
 * of attributes may have any length, because they contain documents.
 */

import type { Slices } from '../slices';

export const MAX_ATTRIBUTES = 64;
/** The longest tag, without the values of its attributes. */
export const MAX_TAG_CHARACTERS = 4096;

/** So many characters are read in one slice. */
const SLICE = 256 * 1024;

const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const END = 0x3e;

/**
 * @returns where the first such tag begins; undefined when there is none. The parser reports text that is not
 * well-formed
 */
export function* findCrowdedTag(text: string): Slices<number | undefined> {
  let endOfSlice = SLICE;
  for (let start = text.indexOf('<'); start >= 0;) {
    const opaque = OPAQUE.find(([opening]) => text.startsWith(opening, start));
    const end = opaque ? endOf(text, opaque[1], start) : endOfTag(text, start);
    if (end === 'crowded') return start;
    if (end === undefined) return undefined;
    start = text.indexOf('<', end);
    if (start < endOfSlice) continue;
    yield;
    endOfSlice = start + SLICE;
  }
  return undefined;
}

/** What begins with `<` and is not a tag, and how it ends. */
const OPAQUE: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

function endOf(text: string, closing: string, from: number): number | undefined {
  const end = text.indexOf(closing, from);
  return end < 0 ? undefined : end + closing.length;
}

function endOfTag(text: string, start: number): number | 'crowded' | undefined {
  let attributes = 0;
  let characters = 0;
  for (let index = start + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === END) return index + 1;
    characters += 1;
    if (code === QUOTE || code === APOSTROPHE) {
      attributes += 1;
      index = text.indexOf(code === QUOTE ? '"' : "'", index + 1);
      if (index < 0) return undefined;
    }
    if (attributes > MAX_ATTRIBUTES || characters > MAX_TAG_CHARACTERS) return 'crowded';
  }
  return undefined;
}
