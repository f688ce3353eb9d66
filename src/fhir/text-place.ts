/** Line and column of a place in a text, both from 1, as an editor shows them. */
export interface TextPlace {
  line: number;
  column: number;
}

export function placeIn(text: string, offset: number): TextPlace {
  let line = 1;
  let lineStart = 0;
  for (;;) {
    const lineBreak = text.indexOf('\n', lineStart);
    if (lineBreak < 0 || lineBreak >= offset) return { line, column: offset - lineStart + 1 };
    line += 1;
    lineStart = lineBreak + 1;
  }
}
