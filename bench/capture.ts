/**
 * A transaction that only looks like one: the path of a submission runs on it as it does on PostgreSQL, and what it
 * would have written is kept, so that the rows of many submissions can be written together. What has been written
 * before is remembered, as far as another submission asks for it.
 */
import type { Database, Queryable } from '../src/platform/postgres';

/** A resource that later submissions meet: a patient or an organisation. */
export interface SharedRow {
  id: string;
  version_id: number;
  patient_id: string | null;
  sender: string;
  submission_id: string;
  last_updated: string;
  content: string;
  identifier?: string[];
}

/** What one submission would have written. */
export interface Captured {
  text: string;
  values: unknown[];
}

export interface Capture {
  database: Database;
  /** What has been written since it was last asked for. */
  take(): Captured[];
}

/** @param shared organisations that are stored already */
export function capture(real: Database, shared: readonly SharedRow[]): Capture {
  let captured: Captured[] = [];
  const known = new Map<string, SharedRow & { type: string; key: null }>();
  const remember = (row: SharedRow): void => {
    const type = /^{"resourceType":"(\w+)"/.exec(row.content)?.[1];
    if (type !== 'Patient' && type !== 'Organization') return;
    for (const name of [row.id, ...(row.identifier ?? [])]) known.set(name, { ...row, type, key: null });
  };
  shared.forEach(remember);

  const query = (statement: { name?: string; text: string }, values: readonly unknown[] = []): unknown[] => {
    const { name = '', text } = statement;
    if (NOTHING_STORED.has(name)) return [];
    if (name.startsWith('stored_before_')) {
      const found = values.flatMap((keys) => keys as string[]).map((key) => known.get(key));
      return [...new Set(found.filter((row) => row !== undefined))];
    }
    if (!name.startsWith('commit_'))
      throw new Error(`the bulk load has no answer to the statement ${name} of a submission`);
    captured.push({ text, values: [...values] });
    for (const value of values) {
      if (typeof value === 'string' && SHARED.test(value.slice(0, 1000)))
        (JSON.parse(value) as SharedRow[]).forEach(remember);
    }
    return [{ counts: countsOf(text, values), xid: '0' }];
  };
  const tx = { query: async (...asked: Parameters<typeof query>) => query(...asked) } as Queryable;
  return {
    database: { ...real, ...tx, transaction: (work) => work(tx) },
    take() {
      const taken = captured;
      captured = [];
      return taken;
    },
  };
}

/** What a submission asks beside the resources that it may be; no stay of the load has been there before. */
const NOTHING_STORED: ReadonlySet<string> = new Set([
  'take_locks',
  'submission_same_or_lineage',
  'submission_origins',
  'submission_restated',
  'own_ids',
  'written_over',
]);

/** How many rows each part of a commit's statement would have written; the load writes them later. */
function countsOf(text: string, values: readonly unknown[]): number[] {
  const rowsOf = (table: string): SharedRow[] => {
    const value = new RegExp(`NULL::"${table}", \\$(\\d+)::json`).exec(text)?.[1];
    return JSON.parse(String(values[Number(value) - 1])) as SharedRow[];
  };
  const parts = [...text.matchAll(/count\(\*\) FROM "?(write|keep|document)_(\w+)/g)];
  return parts.map(([, part, table = '']) => {
    if (part === 'document') return [...text.matchAll(/\$\d+::bytea, \$\d+::integer/g)].length;
    const rows = rowsOf(table);
    return part === 'write' ? rows.length : rows.filter((row) => row.version_id > 1).length;
  });
}

const SHARED = /"content":"{\\"resourceType\\":\\"(Patient|Organization)\\"/;

/**
 * The writes of many submissions as few statements: those whose statements are the same become one, each list of rows
 * followed by the next. Values that are not lists (the one document) are the same in all.
 */
export function together(captured: readonly Captured[]): Captured[] {
  const byText = new Map<string, Captured[]>();
  for (const each of captured) {
    const same = byText.get(each.text);
    if (same) same.push(each);
    else byText.set(each.text, [each]);
  }
  return [...byText.values()].map((same) => ({
    text: same[0]!.text,
    values: same[0]!.values.map((value, place) =>
      typeof value === 'string'
        ? `[${same.map((each) => String(each.values[place]).slice(1, -1)).join(',')}]`
        : value,
    ),
  }));
}
