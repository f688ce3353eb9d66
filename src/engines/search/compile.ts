/**
 * Compiles a search that has been read into one SQL statement. Every value from a caller is a bound parameter; the text
 * of the statement contains only names from the definitions.
 * @see docs/searches.md
 */
import { indexingOf } from '../indexing';
import type { Bind, Clause } from '../indexing/indexing';
import { statementName, type Statement } from '../../platform/postgres';
import type { SearchedType } from './catalogue';
import type { ParsedSearch } from './parse';
import type { Newest } from './request';
import { columnsRead, partsOf, rowsOf, seen, seenOfMatches, type Scope } from './scope';
import { contentBytes, withinBytes } from '../indexing/within-bytes';

export interface Compiled {
  statement: Statement;
  values: unknown[];
}

/** A row of the page. The sort keys are text, for the cursor. */
export interface PageRow {
  id: string;
  version_id: number;
  last_updated: Date;
  /** Null when it would make the page too large. */
  content: string | null;
  /** Whether the row is on the page. Rows that do not fit come after all that do. */
  fits: boolean;
  patient_id: string | null;
  /** A JSON list: it is needed of one row only. */
  keys: string;
  snapshot: string;
  /** Null when not counted, or when there are more than are counted. */
  total: string | null;
}

/** The position of a page: the start, or after the last match of the previous page. */
export interface PagePlace {
  after?: readonly (string | null)[];
  extraCondition?: Clause | undefined;
  newest?: Newest | undefined;
  /** The most bytes of resources on the page. */
  maxBytes: number;
}

/** Binds values to `$1`, `$2`, …; the same value of the same type twice is bound once. */
export function binder(): { bind: Bind; values: unknown[] } {
  const values: unknown[] = [];
  const places = new Map<string, string>();
  return {
    values,
    bind(value, type) {
      const key = `${type}:${JSON.stringify(value)}`;
      let place = places.get(key);
      if (place === undefined) {
        place = `$${values.push(value)}::${type}`;
        places.set(key, place);
      }
      return place;
    },
  };
}

/** Reads one match more than the page has, which shows whether there is another page. */
export function compilePage(
  type: SearchedType,
  search: ParsedSearch,
  scope: Scope,
  place: PagePlace,
): Compiled {
  const { bind, values } = binder();
  const from = rowsOf(type, 'r', scope, bind);
  const where = conditions(type, search, scope, place, bind);
  const keys = sortKeys(search);
  const counted = where.length > 0 ? ` WHERE ${where.join(' AND ')}` : '';
  if (place.after !== undefined) where.push(afterKeys(keys, place.after, bind));
  const direction = ({ descending, always }: Key): string =>
    `${descending ? 'DESC' : 'ASC'}${always === true ? '' : ' NULLS LAST'}`;
  const order = [...keys.map((key) => `${key.sql} ${direction(key)}`), 'r.id'].join(', ');
  const again = [...keys.map((key, index) => `k${index} ${direction(key)}`), 'id'].join(', ');
  const keyColumns = keys.map(({ plain }, index) => `, ${plain} AS k${index}`).join('');
  const keyTexts = [...keys.map((_key, index) => `k${index}::text`), 'id::text'].join(', ');
  const limit = `LIMIT ${bind(search.count + 1, 'bigint')}`;
  // Each table is limited by itself: only so can PostgreSQL read an index in its order and stop after a page.
  const selects = partsOf(type, 'r', scope, bind).map((part) => {
    const all = [...part.where, ...where];
    return (
      `SELECT r.id, r.version_id, r.last_updated, r.content, r.patient_id${keyColumns} FROM ${part.from}` +
      `${all.length > 0 ? ` WHERE ${all.join(' AND ')}` : ''} ORDER BY ${order} ${limit}`
    );
  });
  const page =
    selects.length === 1
      ? selects.join()
      : `SELECT * FROM (${selects.map((select) => `(${select})`).join(' UNION ALL ')}) AS parts ORDER BY ${again} ${limit}`;
  const text =
    `WITH page AS MATERIALIZED (${page})` +
    ` SELECT id, version_id, last_updated, fitting AS content, fits, patient_id, json_build_array(${keyTexts})::text AS keys,` +
    ` (SELECT pg_current_snapshot()::text) AS snapshot,` +
    ` ${totalOf(search, place, `FROM ${from}${counted}`, scope, bind)} AS total` +
    ` FROM ${withinBytes({ page: 'page', bytes: contentBytes(type.table, 'page'), order: again, maxBytes: bind(place.maxBytes, 'bigint') })} AS cut` +
    ` ORDER BY ${again}`;
  return { statement: statementOf(text, search), values };
}

/** `_count=0` and `_summary=count`: only the number of matches. */
export function compileCount(
  type: SearchedType,
  search: ParsedSearch,
  scope: Scope,
  place: Omit<PagePlace, 'after' | 'maxBytes'>,
): Compiled {
  const { bind, values } = binder();
  const from = rowsOf(type, 'r', scope, bind);
  const where = conditions(type, search, scope, place, bind);
  const text = `SELECT count(*) AS total FROM ${from}${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`;
  return { statement: { text }, values };
}

/**
 * The versions of one resource that the caller may read, current and past. Versions that are the same in all that the
 * condition reads are looked at once: what a condition reads of a patient can grow with the versions, too.
 */
export function compileSeenVersions(type: SearchedType, id: string, scope: Scope): Compiled {
  const { bind, values } = binder();
  const { name, history } = type.table;
  const ofResource = `WHERE id = ${bind(id, 'uuid')}`;
  const where = ['true', ...seen([type], 'r', scope, 'r', bind)].join(' AND ');
  const read = columnsRead(where, 'r');
  const columns = [...new Set(['version_id', ...read])].join(', ');
  const now = `SELECT ${columns} FROM "${name}" ${ofResource}`;
  const past =
    history === false
      ? ''
      : ` UNION ALL SELECT ${columns} FROM "${name}_history" ${ofResource} AND NOT deleted`;
  const alike =
    `SELECT ${[...read, 'array_agg(version_id) AS version_ids'].join(', ')} FROM (${now}${past}) AS versions` +
    ` GROUP BY ${read.length === 0 ? '()' : read.join(', ')} OFFSET 0`;
  const text = `SELECT unnest(r.version_ids) AS version_id FROM (${alike}) AS r WHERE ${where}`;
  return { statement: { text }, values };
}

function conditions(
  type: SearchedType,
  search: ParsedSearch,
  scope: Scope,
  { extraCondition, newest }: Pick<PagePlace, 'extraCondition' | 'newest'>,
  bind: Bind,
): string[] {
  const of = (alias: string): string[] => {
    const where = search.criteria.map(({ clause }) => clause(alias, bind));
    if (extraCondition !== undefined) where.push(extraCondition(alias, bind));
    const selective = search.criteria.some((criterion) => criterion.selective);
    const from = rowsOf(type, alias, scope, bind);
    return [...seenOfMatches([type], alias, scope, { from, where, selective }, bind), ...where];
  };
  return newest === undefined ? of('r') : [newestOnly(type, newest, of, scope, bind)];
}

/**
 * The condition that the row is among the newest of its kind, of all rows that match. A resource without a code is
 * grouped by its text.
 */
function newestOnly(
  type: SearchedType,
  { of, by, max }: Newest,
  conditionsOf: (alias: string) => string[],
  scope: Scope,
  bind: Bind,
): string {
  const kind = type.parameters.get(of);
  const date = type.parameters.get(by);
  if (kind?.type !== 'token' || kind.stored !== undefined || date?.type !== 'date')
    throw new Error(`${type.type} has no newest of each ${of} by ${by}`);
  const alias = scope.alias();
  const code = `${alias}.${kind.column}`;
  const partition = `${code}, CASE WHEN cardinality(${code}) = 0 THEN ${code}_text END`;
  const newestFirst = indexingOf(date).sortKey?.(date, alias, true).sql ?? `${alias}.last_updated`;
  return (
    `r.id IN (SELECT id FROM (SELECT ${alias}.id, row_number() OVER (PARTITION BY ${partition}` +
    ` ORDER BY ${newestFirst} DESC NULLS LAST, ${alias}.id) AS place FROM ${rowsOf(type, alias, scope, bind)}` +
    ` WHERE ${['true', ...conditionsOf(alias)].join(' AND ')}) AS ranked WHERE place <= ${bind(max, 'bigint')})`
  );
}

interface Key {
  /** The expression to sort by. */
  sql: string;
  /** The same value, in a form that an index can be used for. */
  plain: string;
  type: string;
  descending: boolean;
  always?: true;
}

/**
 * The sort keys. If few rows can match, PostgreSQL's planner should find those rows and not read an index of the sort
 * key. The key is then written so that no index matches it.
 */
function sortKeys(search: ParsedSearch): Key[] {
  const isSelective = search.criteria.some(({ selective }) => selective);
  if (search.sort.length === 0) {
    const sql = isSelective ? HIDE.timestamptz('r.last_updated') : 'r.last_updated';
    return [{ sql, plain: 'r.last_updated', type: 'timestamptz', descending: true, always: true }];
  }
  return search.sort.flatMap(({ parameter, descending }) => {
    const key = indexingOf(parameter).sortKey?.(parameter, 'r', descending);
    if (key === undefined) return [];
    const keeps =
      !isSelective ||
      parameter.stored === 'owner' ||
      (parameter.type === 'date' && parameter.stored === undefined);
    return [{ ...key, plain: key.sql, sql: keeps ? key.sql : HIDE[key.type](key.sql), descending }];
  });
}

const HIDE = {
  text: (sql: string) => `(${sql} || '')`,
  numeric: (sql: string) => `(${sql} + 0)`,
  timestamptz: (sql: string) => `(${sql} + interval '0')`,
  uuid: (sql: string) => `(${sql})::text`,
};

/** The condition for rows after the last match, in the order of the keys and then of the id; nulls come last. */
function afterKeys(keys: readonly Key[], after: readonly (string | null)[], bind: Bind): string {
  const alternatives: string[] = [];
  const equal: string[] = [];
  for (const [index, { plain, type, descending, always }] of keys.entries()) {
    const last = after[index] ?? null;
    if (last !== null) {
      const value = bind(last, type);
      const beyond = `${plain} ${descending ? '<' : '>'} ${value}`;
      alternatives.push(
        [...equal, always === true ? beyond : `(${beyond} OR ${plain} IS NULL)`].join(' AND '),
      );
      equal.push(`${plain} = ${value}`);
    } else equal.push(`${plain} IS NULL`);
  }
  alternatives.push([...equal, `r.id > ${bind(after[keys.length], 'uuid')}`].join(' AND '));
  const some = `(${alternatives.map((alternative) => `(${alternative})`).join(' OR ')})`;
  const [first] = keys;
  // Repeats the condition in a form that an index can start from.
  return first?.always === true
    ? `${first.plain} ${first.descending ? '<=' : '>='} ${bind(after[0], first.type)} AND ${some}`
    : some;
}

/**
 * The total, counted on the first page only: the rows of the page if it is the last too; otherwise exactly, up to a
 * limit.
 */
function totalOf(search: ParsedSearch, place: PagePlace, from: string, scope: Scope, bind: Bind): string {
  if (search.total === 'none' || place.after !== undefined) return 'NULL::bigint';
  const size = '(SELECT count(*) FROM page)';
  const many =
    search.total === 'accurate'
      ? `(SELECT count(*) ${from})`
      : `(SELECT count(*) FROM (SELECT 1 ${from} LIMIT ${bind(scope.limits.maxCounted + 1, 'bigint')}) AS counted)`;
  return `CASE WHEN ${size} <= ${bind(search.count, 'bigint')} THEN ${size} ELSE ${many} END`;
}

const MAX_PREPARED = 200;
const prepared = new Set<string>();

/**
 * Prepares a statement that few rows can match once for each connection: its plan is the same for all values. Other
 * statements are planned with their values. The number of prepared statements is limited.
 */
function statementOf(text: string, search: ParsedSearch): Statement {
  if (!search.criteria.some(({ selective }) => selective)) return { text };
  const name = statementName('search', text);
  if (!prepared.has(name)) {
    if (prepared.size >= MAX_PREPARED) return { text };
    prepared.add(name);
  }
  return { name, text };
}
