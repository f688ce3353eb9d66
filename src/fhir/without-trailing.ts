/**
 * A text without the characters of one kind at its end: `1.500` without `0` is `1.5`. The expression `/0+$/` would take
 * the square of the length of a text with many of them before its end.
 */
export function withoutTrailing(character: string, text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
