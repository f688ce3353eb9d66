/**
 * Tables as CSV (RFC 4180) for spreadsheets: whatever a cell holds, a spreadsheet shows it and runs nothing.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */

/** One line with its end: `csvLine(['a, b', null, '=1+1'])` is `"a, b",,'=1+1` and CRLF. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

/** What a spreadsheet may take for a formula begins so, after spaces too; the wide signs count for some of them. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

function cellOf(value: string | null): string {
  if (value === null) return '';
  const shown = FORMULA.test(value) ? `'${value}` : value;
  return /["\r\n,;\t]|^\s|\s$/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
