/**
 * The context of one search: the definitions, the caller, and the time whose state it sees. Every statement reads its
 * tables through `rowsOf` and `seen`, so that restrictions also apply in chains and includes.
 */
import { joinParts, type AskContext, type Bind, type Clause } from '../indexing/indexing';
import type { Catalogue, SearchedType } from './catalogue';
import type { Interaction, SearchLimits, SearchRequest } from './request';

export interface Scope {
  catalogue: Catalogue;
  ask: AskContext;
  limits: SearchLimits;
  handling: SearchRequest['handling'];
  allowed: SearchRequest['allowed'];
  /** What the caller may see of the type, as a condition; null for all of it. */
  restriction(type: string, interaction: Interaction): Clause | null;
  /** The state of the database at the first page; absent on the first page. */
  snapshot?: string;
  /** A new alias for a table in this search. */
  alias(): string;
  /** SQL: whether a statement looks at many rows, which it does not unless given. */
  ofMany?: string;
}

/** Rows of one table, under an alias, that belong to the state which a search shows. */
export interface RowsOfTable {
  /** Such as `"encounter" AS r`. */
  from: string;
  where: string[];
}

/**
 * The tables whose rows together are those of a type, either now or at the snapshot. At the snapshot they are the rows
 * that were visible then and still exist, and those that were visible then and have been superseded since.
 */
export function partsOf({ table }: SearchedType, alias: string, scope: Scope, bind: Bind): RowsOfTable[] {
  const now = `"${table.name}" AS ${alias}`;
  if (scope.snapshot === undefined) return [{ from: now, where: [] }];
  const at = bind(scope.snapshot, 'pg_snapshot');
  const wasVisible = `pg_visible_in_snapshot(${alias}.xid, ${at})`;
  const current = { from: now, where: [wasVisible] };
  if (table.history === false) return [current];
  const supersededSince = [
    `${alias}.superseded_xid >= pg_snapshot_xmin(${at})`,
    `NOT pg_visible_in_snapshot(${alias}.superseded_xid, ${at})`,
  ];
  const past = {
    from: `"${table.name}_history" AS ${alias}`,
    where: [...supersededSince, wasVisible, `NOT ${alias}.deleted`],
  };
  return [current, past];
}

/** The same rows as one table under the alias, for a statement that does not limit them. */
export function rowsOf(type: SearchedType, alias: string, scope: Scope, bind: Bind): string {
  const parts = partsOf(type, alias, scope, bind);
  if (scope.snapshot === undefined) return parts.map(({ from }) => from).join();
  const selects = parts.map(
    ({ from, where }) => `SELECT ${type.columnList} FROM ${from} WHERE ${where.join(' AND ')}`,
  );
  return `(${selects.join(' UNION ALL ')}) AS ${alias}`;
}

/** The conditions that the rows are of these types (of one table), and that the caller may see them. */
export function seen(
  types: readonly SearchedType[],
  alias: string,
  scope: Scope,
  interaction: Interaction,
  bind: Bind,
): string[] {
  const write: Write = (clause) => clause(alias, bind, scope.ofMany);
  return [...ofTypes(types, alias, bind), ...allowed(types, alias, { scope, interaction, write }, bind)];
}

type Write = (clause: Clause) => string;

function ofTypes(types: readonly SearchedType[], alias: string, bind: Bind): string[] {
  const column = types[0]?.table.typeColumn;
  const names = types.map(({ type }) => type);
  return column === undefined ? [] : [`${alias}."${column}" = ANY(${bind(names, 'text[]')})`];
}

/** What the caller may see of the types, each restriction as `write` writes it. */
function allowed(
  types: readonly SearchedType[],
  alias: string,
  { scope, interaction, write }: { scope: Scope; interaction: Interaction; write: Write },
  bind: Bind,
): string[] {
  const column = types[0]?.table.typeColumn;
  // Types with the same restriction share one condition.
  const restricted = new Map<string, string[]>();
  for (const { type } of types) {
    const restriction = scope.restriction(type, interaction);
    if (restriction === null) continue;
    const condition = `(${write(restriction)})`;
    restricted.set(condition, [...(restricted.get(condition) ?? []), type]);
  }
  return [...restricted].map(([condition, of]) =>
    column === undefined || of.length === types.length
      ? condition
      : `(${alias}."${column}" <> ALL(${bind(of, 'text[]')}) OR ${condition})`,
  );
}

/** Rows that a search asks for: where they are, and the conditions that they match. */
export interface Matches {
  from: string;
  where: readonly string[];
  /** Whether few rows can match, as a rule. Somebody may have stored very many that do. */
  selective: boolean;
}

/** More patients than it is faster to look at one by one. */
const MANY_PATIENTS = 100;

/**
 * The same for the rows of a search. Where few rows can match, each part that decides by the patient alone is decided
 * once for each patient, however many rows there are of one.
 */
export function seenOfMatches(
  types: readonly SearchedType[],
  alias: string,
  scope: Scope,
  { from, where, selective }: Matches,
  bind: Bind,
): string[] {
  if (!selective) return seen(types, alias, { ...scope, ofMany: 'TRUE' }, 's', bind);
  const right = ofTypes(types, alias, bind);
  const matching = ['true', ...right, ...where].join(' AND ');
  const write: Write = (clause) => {
    if (clause.parts) return joinParts(clause.parts, write);
    const condition = clause(alias, bind);
    if (columnsRead(condition, alias).join() !== 'patient_id' || !condition.includes('SELECT'))
      return condition;
    const patients = `SELECT DISTINCT ${alias}.patient_id FROM ${from} WHERE ${matching} OFFSET 0`;
    const counted = `SELECT patient_id, count(*) OVER () AS patients FROM (${patients}) AS one OFFSET 0`;
    const once = clause(alias, bind, `${alias}.patients > ${MANY_PATIENTS}`);
    const found = `SELECT ${alias}.patient_id FROM (${counted}) AS ${alias} WHERE ${once}`;
    // As a comparison alone PostgreSQL would join it, and look at all rows of these patients.
    return `(${alias}.patient_id IN (SELECT unnest(ARRAY(${found})))) IS TRUE`;
  };
  return [...right, ...allowed(types, alias, { scope, interaction: 's', write }, bind)];
}

/** The columns of a row that a condition reads, each once. */
export function columnsRead(condition: string, alias: string): string[] {
  const names = condition.matchAll(new RegExp(`\\b${alias}\\.("?\\w+"?)`, 'g'));
  return [...new Set([...names].map(([, name = '']) => name))];
}

/** Groups types by table, so that each table is read once. */
export function byTable(types: readonly SearchedType[]): SearchedType[][] {
  const groups = new Map<string, SearchedType[]>();
  for (const type of types) {
    const group = groups.get(type.table.name) ?? [];
    group.push(type);
    groups.set(type.table.name, group);
  }
  return [...groups.values()];
}

/** `Type/id` of a row, as references are stored. */
export function literalOf(types: readonly SearchedType[], alias: string, bind: Bind): string {
  const column = types[0]?.table.typeColumn;
  const type = column === undefined ? bind(types[0]?.type ?? '', 'text') : `${alias}."${column}"`;
  return `${type} || '/' || ${alias}.id::text`;
}
