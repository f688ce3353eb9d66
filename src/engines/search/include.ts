/**
 * Adds what the matches refer to (`_include`) and what refers to them (`_revinclude`): one statement for each round,
 * and several rounds only for `:iterate`. Leaves out what the caller may not see. The number of included resources is
 * limited, and a warning says so.
 * @see https://hl7.org/fhir/R4/search.html#include
 */
import { append } from '../../fhir/long-lists';
import { UUID } from '../../fhir/uuid';
import { isObject } from '../../fhir/types';
import type { Issue } from '../../fhir/issue';
import { compilePath, type Walk } from '../indexing/path';
import type { Clause } from '../indexing/indexing';
import { refersToAny } from '../indexing/reference';
import type { Queryable } from '../../platform/postgres';
import type { SearchedType } from './catalogue';
import { binder } from './compile';
import type { Followed, IncludeSpec } from './include-spec';
import { queryIssue } from './issues';
import type { Found } from './request';
import { byTable, rowsOf, seen, type Scope } from './scope';
import { ENTRY_BYTES } from '../indexing/within-bytes';

/** The included resources, and whether there were more. */
export interface Included {
  resources: Found[];
  issues: Issue[];
  /** True when the included resources would exceed the limit in bytes. */
  isOverBytes?: true;
}

interface IncludedRow {
  type: string;
  id: string;
  version_id: number;
  last_updated: Date;
  /** Null when it did not fit. */
  content: string | null;
  patient_id: string | null;
}

/** @param maxBytes the most bytes of included resources */
export async function include(
  db: Queryable,
  matches: readonly Found[],
  specs: readonly IncludeSpec[],
  scope: Scope,
  maxBytes: number,
): Promise<Included> {
  const known = new Set(matches.map(keyOf));
  const resources: Found[] = [];
  let frontier: readonly Found[] = matches;
  let active = specs;
  for (let round = 0; active.length > 0 && frontier.length > 0; round += 1) {
    if (round === scope.limits.maxIncludeRounds) return { resources, issues: [tooManyRounds(scope)] };
    const count = scope.limits.maxIncluded - resources.length;
    const room = { count: count + 1, bytes: Math.max(0, maxBytes - bytesOf(resources)) };
    const { found, isOverBytes } = await oneRound(db, { frontier, specs: active, known, room }, scope);
    frontier = found.slice(0, count);
    append(resources, frontier);
    if (isOverBytes) return { resources, issues: [tooManyBytes()], isOverBytes };
    if (found.length > count) return { resources, issues: [tooMany(scope)] };
    active = specs.filter(({ iterate }) => iterate);
  }
  return { resources, issues: [] };
}

/**
 * One step of following includes: the starting resources, the parameters to follow, the resources already known, and
 * how many more may be found.
 */
interface Round {
  frontier: readonly Found[];
  specs: readonly IncludeSpec[];
  known: Set<string>;
  room: { count: number; bytes: number };
}

/** The unknown resources that are one step from the frontier. They become known. */
async function oneRound(
  db: Queryable,
  { frontier, specs, known, room }: Round,
  scope: Scope,
): Promise<{ found: Found[]; isOverBytes: boolean }> {
  const { bind, values } = binder();
  const selects: string[] = [];
  const columns = (alias: string): string =>
    `${alias}.id, ${alias}.version_id, ${alias}.last_updated, ${alias}.content, ${alias}.patient_id`;
  const select = (types: readonly SearchedType[], condition: (alias: string) => string): void => {
    const [first] = types;
    if (first === undefined) return;
    const alias = scope.alias();
    const column = first.table.typeColumn;
    const type = column === undefined ? bind(first.type, 'text') : `${alias}."${column}"`;
    const where = [condition(alias), ...seen(types, alias, scope, 'r', bind)].join(' AND ');
    selects.push(
      `(SELECT ${type} AS type, ${columns(alias)} FROM ${rowsOf(first, alias, scope, bind)} WHERE ${where} LIMIT ${bind(room.count + known.size, 'bigint')})`,
    );
  };

  const referred = referencesIn(frontier, specs, known, scope);
  for (const types of byTable([...referred.keys()])) {
    const ids = types.flatMap((type) => [...(referred.get(type) ?? [])]);
    select(types, (alias) => `${alias}.id = ANY(${bind(ids, 'uuid[]')})`);
  }
  for (const { target, refers } of referredByColumns(frontier, specs, scope))
    select([target], (alias) => refers(alias, bind));
  const forms = formsByType(frontier);
  const patients = patientsOf(frontier);
  for (const { parameter, source, into, ofSamePatient } of reversed(specs)) {
    if (!into.has(source.type)) continue;
    const wanted = (parameter.targets ?? [...forms.keys()]).flatMap((target) => forms.get(target) ?? []);
    if (wanted.length === 0) continue;
    const refers = refersToAny(parameter, wanted, scope.ask);
    const isBounded = ofSamePatient === true && patients !== undefined && source.table.patient.length > 0;
    select([source], (alias) =>
      isBounded
        ? `(${alias}.patient_id = ANY(${bind(patients, 'uuid[]')}) OR ${alias}.patient_id IS NULL) AND ${refers(alias, bind)}`
        : refers(alias, bind),
    );
  }
  if (selects.length === 0) return { found: [], isOverBytes: false };
  const rows = await db.query<IncludedRow>(
    {
      text:
        `SELECT type, id, version_id, last_updated, patient_id,` +
        ` CASE WHEN upto <= ${bind(room.bytes, 'bigint')} THEN content END AS content FROM` +
        ` (SELECT *, sum(octet_length(content) + ${ENTRY_BYTES}) OVER (ROWS UNBOUNDED PRECEDING) AS upto` +
        ` FROM (${selects.join(' UNION ALL ')}) AS found) AS counted`,
    },
    values,
  );
  const found: Found[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    if (known.has(key) || found.length === room.count) continue;
    if (row.content === null) return { found, isOverBytes: true };
    known.add(key);
    found.push(foundOf(row.type, row));
  }
  return { found, isOverBytes: false };
}

const walks = new WeakMap<object, readonly Walk[]>();

/** The ids that the frontier refers to, by type, if they are requested and not known. */
function referencesIn(
  frontier: readonly Found[],
  specs: readonly IncludeSpec[],
  known: ReadonlySet<string>,
  scope: Scope,
): Map<SearchedType, Set<string>> {
  const referred = new Map<SearchedType, Set<string>>();
  const forward = specs.filter(({ reverse }) => !reverse);
  if (forward.length === 0) return referred;
  for (const { type, content } of frontier) {
    const followed = forward.flatMap((spec) =>
      spec.followed
        .filter(({ source }) => source.type === type)
        .map((each) => ({ ...each, into: spec.into })),
    );
    if (followed.length === 0 || content === '') continue;
    const resource: unknown = JSON.parse(content);
    for (const { parameter, into } of followed) {
      const found: unknown[] = [];
      for (const walk of walksOf(parameter)) walk(resource, found);
      for (const value of found) {
        const reference = isObject(value) ? value.reference : undefined;
        const match = typeof reference === 'string' ? LITERAL.exec(reference) : null;
        const target = match === null ? undefined : scope.catalogue.types.get(match[1] ?? '');
        if (match === null || target === undefined || !into.has(target.type)) continue;
        if (known.has(`${match[1]}/${match[2]}`)) continue;
        const ids = referred.get(target) ?? new Set<string>();
        ids.add(match[2] ?? '');
        referred.set(target, ids);
      }
    }
  }
  return referred;
}

/** For a type whose content is stored elsewhere (a submission), its references are read from its columns. */
function referredByColumns(
  frontier: readonly Found[],
  specs: readonly IncludeSpec[],
  { catalogue }: Scope,
): { target: SearchedType; refers: Clause }[] {
  const ids = new Map<string, string[]>();
  for (const { type, id, content } of frontier)
    if (content === '') ids.set(type, [...(ids.get(type) ?? []), id]);
  if (ids.size === 0) return [];
  return specs
    .filter(({ reverse }) => !reverse)
    .flatMap(({ followed, into }) => followed.map((each) => ({ ...each, into })))
    .filter(({ parameter }) => !parameter.multiple)
    .flatMap(({ source, parameter: { column, targets = [] }, into }) =>
      targets.flatMap((name) => {
        const target = catalogue.types.get(name);
        const from = ids.get(source.type);
        if (target === undefined || from === undefined || !into.has(name)) return [];
        const refers: Clause = (alias, bind) =>
          `${alias}.id = ANY(ARRAY(SELECT substr(s.${column}, ${name.length + 2})::uuid FROM "${source.table.name}" AS s` +
          ` WHERE s.id = ANY(${bind(from, 'uuid[]')}) AND starts_with(s.${column}, ${bind(`${name}/`, 'text')})))`;
        return [{ target, refers }];
      }),
    );
}

const LITERAL = new RegExp(`^([A-Za-z]+)/(${UUID})(?:/_history/\\d+)?$`);

function walksOf(parameter: Followed['parameter']): readonly Walk[] {
  let compiled = walks.get(parameter);
  if (compiled === undefined) {
    compiled = parameter.paths.map(compilePath);
    walks.set(parameter, compiled);
  }
  return compiled;
}

function formsByType(frontier: readonly Found[]): Map<string, string[]> {
  const forms = new Map<string, string[]>();
  for (const { type, id } of frontier) {
    const ofType = forms.get(type) ?? [];
    ofType.push(`${type}/${id}`);
    forms.set(type, ofType);
  }
  return forms;
}

function reversed(specs: readonly IncludeSpec[]): (Followed & Pick<IncludeSpec, 'into' | 'ofSamePatient'>)[] {
  return specs
    .filter(({ reverse }) => reverse)
    .flatMap(({ followed, ...spec }) => followed.map((each) => ({ ...spec, ...each })));
}

/** The patients of the resources; undefined when one of them belongs to no patient. */
function patientsOf(frontier: readonly Found[]): string[] | undefined {
  const patients = new Set<string>();
  for (const { patientId } of frontier) {
    if (patientId === null) return undefined;
    patients.add(patientId);
  }
  return [...patients];
}

/** The size of resources in an answer, in bytes. */
export function bytesOf(resources: readonly Found[]): number {
  let bytes = 0;
  for (const { content } of resources) bytes += Buffer.byteLength(content) + ENTRY_BYTES;
  return bytes;
}

export function foundOf(type: string, row: Omit<IncludedRow, 'type'>): Found {
  return {
    type,
    id: row.id,
    versionId: row.version_id,
    lastUpdated: row.last_updated,
    content: row.content ?? '',
    patientId: row.patient_id,
  };
}

function keyOf({ type, id }: Pick<Found, 'type' | 'id'>): string {
  return `${type}/${id}`;
}

function tooMany({ limits }: Scope): Issue {
  return queryIssue(
    'search-include-capped',
    `There are more than ${limits.maxIncluded} resources to include. The rest were left out. Request smaller pages with _count.`,
    'incomplete',
    'warning',
  );
}

function tooManyBytes(): Issue {
  return queryIssue(
    'search-include-capped',
    'The included resources are too large for one answer. The rest were left out. Search for them separately.',
    'incomplete',
    'warning',
  );
}

function tooManyRounds({ limits }: Scope): Issue {
  return queryIssue(
    'search-include-capped',
    `The server followed includes for ${limits.maxIncludeRounds} steps, and left out the rest. Search for them separately.`,
    'incomplete',
    'warning',
  );
}
