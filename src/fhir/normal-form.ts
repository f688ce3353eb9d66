/**
 * Texts in a normal form of Unicode, and in the order of a dictionary. Both put the combining marks of one letter into an
 * order, which takes the square of their number: a name of one letter and 80,000 accents took half a minute.
 * @see https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
 */

/** No letter of a language has more. */
const MOST_MARKS = 30;

/** Combining marks, and the two signs that decompose into one. */
const MARK = /[\p{M}\uff9e\uff9f]/u;
const MANY_MARKS = new RegExp(`${MARK.source}{${MOST_MARKS + 1}}`, 'u');

export const normalForm = (form: 'NFD' | 'NFKD', text: string): string => withFewMarks(text).normalize(form);

export const compareTexts = (one: string, other: string): number =>
  withFewMarks(one).localeCompare(withFewMarks(other));

/** The text without the marks after the thirtieth of a letter. */
function withFewMarks(text: string): string {
  if (!MANY_MARKS.test(text)) return text;
  const kept: string[] = [];
  let marks = 0;
  // A loop: an expression for a run of millions overflows its stack.
  for (const character of text) {
    marks = MARK.test(character) ? marks + 1 : 0;
    if (marks <= MOST_MARKS) kept.push(character);
  }
  return kept.join('');
}
