/**
 * Writes tables as CSV (RFC 4180) for spreadsheets. A spreadsheet shows every cell as text and never runs one as a
 * formula.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */

/** One line with its end: `csvLine(['a, b', null, '=1+1'])` is `"a, b",,'=1+1` and CRLF. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

/**
 * Matches the start of a cell that a spreadsheet could read as a formula. Spaces may come first, and some spreadsheets
 * accept the full-width signs too.
 */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

function cellOf(value: string | null): string {
  if (value === null) return '';
  const shown = FORMULA.test(value) ? `'${value}` : value;
  return /["\r\n,;\t]|^\s|\s$/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
