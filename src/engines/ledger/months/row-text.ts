/**
 * The text of a row as PostgreSQL writes it (`ROW(…)::text`), and the values in it.
 * @see https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX
 */

/** @returns the texts of the values, null for NULL; undefined when it is not the text of a row */
export function valuesOfRow(text: string): (string | null)[] | undefined {
  if (!text.startsWith('(') || !text.endsWith(')')) return undefined;
  const values: (string | null)[] = [];
  const end = text.length - 1;
  for (let at = 1; at <= end; at += 1) {
    const read = text[at] === '"' ? quotedFrom(text, at + 1, end) : plainFrom(text, at, end);
    if (read === undefined) return undefined;
    values.push(read.value);
    at = read.next;
    if (at < end && text[at] !== ',') return undefined;
  }
  return values;
}

interface Read {
  value: string | null;
  /** The place of the comma or of the last bracket. */
  next: number;
}

function plainFrom(text: string, start: number, end: number): Read {
  const comma = text.indexOf(',', start);
  const next = comma < 0 ? end : Math.min(comma, end);
  return { value: next === start ? null : text.slice(start, next), next };
}

/** In quotation marks, a quotation mark and a backslash are written twice. */
function quotedFrom(text: string, start: number, end: number): Read | undefined {
  let value = '';
  for (let at = start; ;) {
    const mark = text.indexOf('"', at);
    const slash = text.indexOf('\\', at);
    const stop = slash >= 0 && (slash < mark || mark < 0) ? slash : mark;
    if (stop < 0 || stop >= end) return undefined;
    value += text.slice(at, stop);
    const isEscaped = text[stop] === '\\' || text[stop + 1] === '"';
    if (!isEscaped) return { value, next: stop + 1 };
    value += text[stop + 1] ?? '';
    at = stop + 2;
  }
}
