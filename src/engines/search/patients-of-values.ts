/**
 * Finds the patients behind each of many values of one parameter, such as the numbers of stays: for the audit record
 * alone. The different patients of each value are counted, so it makes no difference how many resources have a value,
 * and how many values a resource has.
 *
 * Of a value with very many patients a few are named, and never nobody: anybody can give the number of a stay to
 * patients of their own. So every sender in turn has one named, in the order in which they were stored (by the id of
 * the resource, which begins with the time). Whoever stores many under a number, before or after, does not displace the
 * first patient of another sender, as long as there are no more senders than places.
 *
 * What bounds the time: the values of a search are limited. A resource is read once for each value that it has, by the
 * index and without its content (20,000 take about 50 ms, and of as many patients 0.2 s). What refers to the values is
 * read as the search itself reads it. Nothing is left out to save time, because that would be asked unseen. A question
 * that takes longer than the statement timeout is refused.
 */
import { indexingOf } from '../indexing';
import type { Bind, Clause } from '../indexing/indexing';
import { append } from '../../fhir/long-lists';
import { statementName, type Queryable } from '../../platform/postgres';
import type { SearchedType } from './catalogue';
import { binder, type Compiled } from './compile';
import { readCriterion } from './read-criterion';
import { rowsOf, seen, type Scope } from './scope';

/** Values of a parameter, each with its escapes, as a query gives them between commas. */
export interface ValuesOf {
  name: string;
  values: readonly string[];
  /** The most patients to return of one value: the first of each sender, then the second of each, and so on. */
  most: number;
}

/** Returns the ids of the patients of each value, of each no more than the most. A value that cannot be read has none. */
export async function patientsOfValues(
  db: Queryable,
  type: SearchedType,
  { name, values, most }: ValuesOf,
  scope: Scope,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const { maxValues } = scope.limits;
  for (let start = 0; start < values.length; start += maxValues) {
    const some = { name, values: values.slice(start, start + maxValues), most };
    for (const patients of await patientsOfEach(db, type, some, scope))
      for (const id of patients) found.add(id);
  }
  return found;
}

/** The patients of a value, or of one way to read it. */
type OfOne = readonly string[];

async function patientsOfEach(
  db: Queryable,
  type: SearchedType,
  { name, values, most }: ValuesOf,
  scope: Scope,
): Promise<OfOne[]> {
  const tokens: (readonly string[])[] = [];
  const others: { value: string; clause: Clause }[] = [];
  for (const value of values) {
    const read = readCriterion(type, name, value, scope);
    if (!read.ok) continue;
    const ofValue = tokensOf(type, name, value, scope);
    if (ofValue === undefined) others.push({ value, clause: read.criterion.clause });
    else tokens.push(ofValue);
  }
  const found = await ofTokens(db, type, { name, tokens, most }, scope);
  const all = readCriterion(type, name, others.map(({ value }) => value).join(','), scope);
  if (others.length === 0 || !all.ok) return found;
  const { clause } = all.criterion;
  // One more than the most tells that there are more. Then each value has its own.
  const [together = []] = await run(db, compileTogether(type, clause, most + 1, scope));
  const isEnough = others.length === 1 || together.length <= most;
  const each = others.map((other) => other.clause);
  append(
    found,
    isEnough
      ? [together.slice(0, most)]
      : await run(db, compileEach(type, { all: clause, each, most }, scope)),
  );
  return found;
}

/** What the column of the parameter has for the value; undefined where that is not all that is asked. */
function tokensOf(
  { parameters }: SearchedType,
  name: string,
  value: string,
  { ask }: Scope,
): readonly string[] | undefined {
  const [code = '', modifier] = name.split(':');
  const parameter = parameters.get(code);
  if (parameter?.type !== 'token') return undefined;
  const answer = indexingOf(parameter).ask(parameter, modifier, [value], ask);
  return 'tokens' in answer ? answer.tokens : undefined;
}

/** The patients of values, each given by the tokens that it can mean. */
async function ofTokens(
  db: Queryable,
  type: SearchedType,
  { name, tokens, most }: { name: string; tokens: readonly (readonly string[])[]; most: number },
  scope: Scope,
): Promise<OfOne[]> {
  const column = type.parameters.get(name.split(':')[0] ?? '')?.column;
  if (column === undefined || tokens.length === 0) return [];
  const { bind, values } = binder();
  const asked = bind([...new Set(tokens.flat())], 'text[]');
  const where = [...ofPatients(type, scope, bind), `r.${column} @> ARRAY[asked.token]`].join(' AND ');
  // Token by token: of a list of many, PostgreSQL can expect so many rows that it reads the table and not the index.
  // And without a limit: with one it may expect to be done soon wherever it begins.
  const text =
    `SELECT found.patients FROM unnest(${asked}) AS asked(token),` +
    ` LATERAL (SELECT ${few(most, bind)} AS patients` +
    ` FROM (${placed(`${rowsOf(type, 'r', scope, bind)} WHERE ${where}`)}) AS one) AS found` +
    ' WHERE found.patients IS NOT NULL';
  return run(db, { statement: { name: statementName('patients_of_tokens', text), text }, values });
}

/** The patients of all that one criterion finds. */
function compileTogether(type: SearchedType, clause: Clause, most: number, scope: Scope): Compiled {
  const { bind, values } = binder();
  const where = [...ofPatients(type, scope, bind), clause('r', bind)].join(' AND ');
  const text =
    `SELECT ${few(most, bind)} AS patients` +
    ` FROM (${placed(`${rowsOf(type, 'r', scope, bind)} WHERE ${where}`)}) AS one`;
  return { statement: { text }, values };
}

/** The patients of all that each of several criteria finds. What all find together is read once. */
function compileEach(
  type: SearchedType,
  { all, each, most }: { all: Clause; each: readonly Clause[]; most: number },
  scope: Scope,
): Compiled {
  const { bind, values } = binder();
  const where = [...ofPatients(type, scope, bind), all('r', bind)].join(' AND ');
  const hits = each.map((clause, place) => `(${place}, ${clause('r', bind)})`).join(', ');
  const rows =
    `${rowsOf(type, 'r', scope, bind)},` +
    ` LATERAL (VALUES ${hits}) AS hit(value, is_one) WHERE ${where} AND hit.is_one`;
  const text = `SELECT ${few(most, bind)} AS patients FROM (${placed(rows, 'hit.value')}) AS one GROUP BY one.value`;
  return { statement: { text }, values };
}

/**
 * The patients among rows `r`, each with its place in the order in which a sender stored them; for each `value` where
 * the rows have one. The sender is that of the current version. An id is compared as text (there is no `min(uuid)`).
 */
function placed(rows: string, value?: 'hit.value'): string {
  const by = value === undefined ? '' : `${value}, `;
  const outer = value === undefined ? '' : 'value, ';
  const first = 'min(r.id::text COLLATE "C")';
  return (
    `SELECT ${outer}patient_id, min(place) AS place, min(first) AS first FROM` +
    ` (SELECT ${by}r.patient_id, ${first} AS first,` +
    ` row_number() OVER (PARTITION BY ${by}r.sender ORDER BY ${first}) AS place` +
    ` FROM ${rows} GROUP BY ${by}r.sender, r.patient_id) AS stored GROUP BY ${outer}patient_id`
  );
}

/** The conditions that a row is of the type, and of a patient. */
const ofPatients = (type: SearchedType, scope: Scope, bind: Bind): string[] => [
  ...seen([type], 'r', scope, 's', bind),
  'r.patient_id IS NOT NULL',
];

/** The first few patients: each sender's first, then each sender's second, and so on. */
const few = (most: number, bind: Bind): string =>
  `(array_agg(one.patient_id ORDER BY one.place, one.first))[1:${bind(most, 'integer')}]`;

async function run(db: Queryable, { statement, values }: Compiled): Promise<OfOne[]> {
  const rows = await db.query<{ patients: string[] | null }>(statement, values);
  return rows.map(({ patients }) => patients ?? []);
}
