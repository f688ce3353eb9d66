/**
 * Breaks a JSON text that has no line breaks into lines, for people: one for each member and item. It changes nothing
 * but white space, in one pass, so that a text which is not JSON costs no more than one that is.
 */

/** Deeper lines are indented like these, so that brackets alone do not make a text of gigabytes. */
const DEEPEST = 20;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };
const WHITE = new Set([' ', '\t', '\n', '\r']);

export function jsonInLines(text: string): string {
  const pieces: string[] = [];
  let depth = 0;
  /** What comes from here on has not been written. */
  let from = 0;
  const write = (until: number, more = ''): void => {
    pieces.push(text.slice(from, until), more);
    from = until;
  };
  const lineBreak = (): string => `\n${'  '.repeat(Math.min(depth, DEEPEST))}`;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') at = endOfText(text, at);
    else if (WHITE.has(character)) {
      write(at);
      from = at + 1;
    } else if (character === ',') write(at + 1, lineBreak());
    else if (character === ':') write(at + 1, ' ');
    else if (character === '{' || character === '[') {
      const next = afterWhite(text, at + 1);
      if (text[next] === CLOSING[character]) {
        write(at + 1, CLOSING[character]);
        from = next + 1;
        at = next;
      } else {
        depth += 1;
        write(at + 1, lineBreak());
      }
    } else if (character === '}' || character === ']') {
      depth = Math.max(0, depth - 1);
      write(at, lineBreak());
    }
  }
  write(text.length);
  return pieces.join('');
}

/** The place of the quotation mark that ends a text; the last place where there is none. */
function endOfText(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function afterWhite(text: string, begin: number): number {
  let at = begin;
  while (at < text.length && WHITE.has(text[at]!)) at += 1;
  return at;
}
