/**
 * Whether a text that a person typed says anything. A reason of white space, or of characters that are shown as nothing
 * (U+202E, U+200B, U+3164, U+2800), is none.
 * @see https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const VISIBLE = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

export const hasVisibleText = (text: string): boolean => VISIBLE.test(text);
