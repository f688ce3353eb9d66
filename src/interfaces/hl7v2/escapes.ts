/**
 * The escape sequences of HL7 v2 (chapter 2.7), which the library leaves in the text: `\T\` for `&`, `\.br\` for a new
 * line, `\X0D0A\` for bytes. Highlighting (`\H\`, `\N\`) is left out, and a sequence that is not known stays as it is.
 */
import type { Hl7Context } from '@medplum/core';
import { type Charset, decodeAs } from './charset';

export function unescape(text: string, context: Hl7Context, charset: Charset): string {
  const { escapeCharacter: escape } = context;
  if (escape === '' || !text.includes(escape)) return text;
  const parts = text.split(escape);
  let out = parts[0] ?? '';
  let at = 1;
  // Sequences stand between two escape characters: parts with odd numbers, as long as there is one after them.
  while (at < parts.length) {
    const meaning = at + 1 < parts.length ? meaningOf(parts[at] ?? '', context, charset) : undefined;
    if (meaning === undefined) {
      out += escape + (parts[at] ?? '');
      at += 1;
    } else {
      out += meaning + (parts[at + 1] ?? '');
      at += 2;
    }
  }
  return out;
}

function meaningOf(sequence: string, context: Hl7Context, charset: Charset): string | undefined {
  switch (sequence) {
    case 'F':
      return context.fieldSeparator;
    case 'S':
      return context.componentSeparator;
    case 'T':
      return context.subcomponentSeparator;
    case 'R':
      return context.repetitionSeparator;
    case 'E':
      return context.escapeCharacter;
    case 'H':
    case 'N':
      return '';
    case '.br':
    case '.sp':
      return '\n';
    default:
      if (/^X(?:[0-9A-Fa-f]{2})+$/.test(sequence))
        return decodeAs(charset, Buffer.from(sequence.slice(1), 'hex'));
      return undefined;
  }
}

/** A text as a field has it: separators, escape characters and line breaks are escaped. */
export function escape(text: string, context: Hl7Context): string {
  const { fieldSeparator, componentSeparator, repetitionSeparator, escapeCharacter, subcomponentSeparator } =
    context;
  const sequences = new Map([
    [fieldSeparator, 'F'],
    [componentSeparator, 'S'],
    [repetitionSeparator, 'R'],
    [subcomponentSeparator, 'T'],
    [escapeCharacter, 'E'],
    ['\n', '.br'],
  ]);
  return Array.from(text.replace(/\r\n?/g, '\n'), (character) => {
    const sequence = sequences.get(character);
    return sequence === undefined ? character : `${escapeCharacter}${sequence}${escapeCharacter}`;
  }).join('');
}
