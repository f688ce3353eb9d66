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
  const known = new Map<string, SharedRow & { type: string }>();
  const remember = (row: SharedRow): void => {
    const type = /^{"resourceType":"(\w+)"/.exec(row.content)?.[1];
    if (type !== 'Patient' && type !== 'Organization') return;
    for (const key of [row.id, ...(row.identifier ?? [])]) known.set(key, { ...row, type });
  };
  shared.forEach(remember);

  const query = (statement: { name?: string; text: string }, values: readonly unknown[] = []): unknown[] => {
    const { name = '', text } = statement;
    if (name === 'take_locks' || name === 'submission_same_bytes' || name === 'submission_lineage') return [];
    if (name.startsWith('world_')) {
      const found = values.flatMap((keys) => keys as string[]).map((key) => known.get(key));
      return [...new Set(found.filter((row) => row !== undefined))];
    }
    if (!name.startsWith('commit_'))
      throw new Error('a submission asks for what the bulk load can not answer');
    captured.push({ text, values: [...values] });
    for (const value of values) {
      if (typeof value === 'string' && SHARED.test(value.slice(0, 1000)))
        (JSON.parse(value) as SharedRow[]).forEach(remember);
    }
    return [];
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
