/**
 * The search engine: made once from the definitions, it answers searches of any of their types. It names no type.
 * @see docs/searches.md
 */
import { append } from '../../fhir/long-lists';
import type { Issue, RuleId } from '../../fhir/issue';
import type { Stored } from '../indexing/columns';
import type { AskContext, PatientKeys } from '../indexing/indexing';
import { isBefore } from '../../platform/log-position';
import type { Queryable, StateOfPrimary } from '../../platform/postgres';
import { untraced, type Tracing } from '../../platform/tracing';
import { catalogueOf, type Catalogue } from './catalogue';
import { compileCount, compilePage, compileSeenVersions, type Compiled, type PageRow } from './compile';
import { forbidden, type Read } from './criterion';
import { doubtsAbout } from './hints-on-no-match';
import { bytesOf, foundOf, include, type Included } from './include';
import { queryIssue, shown } from './issues';
import { cursorCodec, type Cursor, type CursorCodec } from './page';
import {
  compilePastVersions,
  type PastRow,
  type PastVersion,
  pastVersionOf,
  type VersionsRequest,
} from './past-versions';
import { patientsOfValues, type ValuesOf } from './patients-of-values';
import { parseSearch, type ParsedSearch } from './parse';
import { newScope, type ViewOf } from './new-scope';
import {
  DEFAULT_LIMITS,
  type Found,
  type SearchAnswer,
  type SearchLimits,
  type SearchRequest,
  type SearchResult,
  type View,
} from './request';
import type { Scope } from './scope';

export interface SearchOptions {
  /** The secret of this database, from which the key of cursors is made. */
  cursorKey: Buffer;
  /** The type whose ids are made from a national identifier, so that no lookup is needed. */
  patients: PatientKeys;
  /** The address of the FHIR base, without a slash at its end. */
  baseUrl: string;
  now: () => Date;
  limits?: Partial<SearchLimits>;
  tracing?: Pick<Tracing, 'step'>;
}

export interface SearchEngine {
  search(db: Queryable, request: SearchRequest): Promise<SearchAnswer>;
  /**
   * The resources that a condition of a submission finds among those that the sender may see.
   * @param most finds one more at most, so that it shows that there are more; 1 unless given
   */
  findIds(db: Queryable, type: string, query: string, view: View, most?: number): Promise<FoundIds>;
  /** The patients behind each value of a parameter, such as an identifier; for the audit record alone. */
  patientsOfValues(db: Queryable, type: string, asked: ValuesOf, view: View): Promise<ReadonlySet<string>>;
  /** The versions of a resource that the caller may read, without tombstones; null when the type is not restricted. */
  seenVersions(db: Queryable, type: string, id: string, view: View): Promise<ReadonlySet<number> | null>;
  /** The versions of every resource of some types, newest first. */
  versions(
    db: Queryable,
    request: VersionsRequest,
  ): Promise<{ ok: true; versions: PastVersion[]; next?: string } | { ok: false; issues: Issue[] }>;
  /** The statement of a search's first page, for tests that read its plan. */
  explain(request: SearchRequest): Compiled;
}

/** The ids found, and the patients that own the resources found. */
export type FoundIds = { ok: true; ids: string[]; patientIds: string[] } | { ok: false; issues: Issue[] };

export function createSearchEngine(definitions: readonly Stored[], options: SearchOptions): SearchEngine {
  const engine: Engine = {
    ...options,
    // The address of a server is known when it listens.
    get baseUrl() {
      return options.baseUrl;
    },
    catalogue: catalogueOf(definitions),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    cursors: cursorCodec(options.cursorKey),
    tracing: options.tracing ?? untraced,
  };
  return {
    search: (db, request) => search(engine, db, request),
    findIds: (db, type, query, view, most = 1) => findIds(engine, db, { type, query, view, most }),
    patientsOfValues: async (db, type, asked, view) => {
      const searched = engine.catalogue.types.get(type);
      const scope = scopeOf(engine, { handling: 'strict', ...view });
      return searched === undefined ? new Set() : patientsOfValues(db, searched, asked, scope);
    },
    seenVersions: (db, type, id, view) => seenVersions(engine, db, { type, id, view }),
    versions: (db, request) => versions(engine, db, request),
    explain: (request) => explain(engine, request),
  };
}

/** The parts that all searches of this server share. */
interface Engine extends Pick<SearchOptions, 'patients' | 'baseUrl' | 'now'> {
  catalogue: Catalogue;
  limits: SearchLimits;
  cursors: CursorCodec;
  tracing: Pick<Tracing, 'step'>;
}

function scopeOf(
  { catalogue, limits, patients, baseUrl, now }: Engine,
  request: ViewOf,
  snapshot?: string,
): Scope {
  const ask: AskContext = { now: now(), baseUrl, types: catalogue.names, patients, doubts: new Set() };
  return newScope({ catalogue, ask, limits }, request, snapshot);
}

async function search(engine: Engine, db: Queryable, request: SearchRequest): Promise<SearchAnswer> {
  const { catalogue, cursors, limits, now, tracing } = engine;
  const type = catalogue.types.get(request.type);
  if (type === undefined) return notStored(request.type);
  if (!request.allowed(type.type, 's')) return refused(forbidden([type.type]));
  const given = request.params.find(([name]) => name === '_cursor')?.[1];
  const place = placeOf(given, request.type, engine, db.asOf);
  if (!place.ok) return place;
  const { cursor } = place;
  const params = cursor?.params ?? request.params;
  const scope = scopeOf(engine, request, cursor?.snapshot ?? db.asOf?.snapshot);
  const parsed = tracing.step('parse', () => parseSearch(type, params, scope));
  if (!parsed.ok) return parsed;
  const asked = parsed.search;
  const newest = cursor === undefined ? request.newest : cursor.newest;
  const { extraCondition } = request;
  if (asked.count === 0 || asked.summary === 'count') {
    const counted = tracing.step('compile', () =>
      compileCount(type, asked, scope, { extraCondition, newest }),
    );
    const [row] = await tracing.step('run', () =>
      db.query<{ total: string }>(counted.statement, counted.values),
    );
    return { ok: true, result: { ...shell(asked), total: Number(row?.total ?? 0) } };
  }
  const { maxBytes = limits.maxBytes } = request;
  const compiled = tracing.step('compile', () =>
    compilePage(type, asked, scope, {
      ...(cursor === undefined ? {} : { after: cursor.after }),
      extraCondition,
      newest,
      maxBytes,
    }),
  );
  const rows = await tracing.step('run', () => db.query<PageRow>(compiled.statement, compiled.values));
  const fitting = rows.slice(0, asked.count).filter(({ fits }) => fits);
  const found = fitting.map((row) => foundOf(type.type, row));
  const page = await tracing.step('include', () => pageOf(db, found, asked, scope, maxBytes));
  const result: SearchResult = { ...shell(asked), matches: page.matches, included: page.resources };
  append(result.issues, page.issues);
  if (rows.length === 0 && cursor === undefined) append(result.issues, doubtsAbout(type, scope.ask));
  const total = cursor === undefined ? totalOf(rows, asked, limits) : totalFor(request.viewer?.(), cursor);
  if (cursor !== undefined) result.continued = cursor.params;
  if (total !== null) result.total = total;
  if (cursor !== undefined) result.self = [...request.params];
  const last = rows[page.matches.length - 1];
  if (rows.length > page.matches.length && last !== undefined)
    result.next = cursors.write({
      type: type.type,
      params: asked.self,
      ...(newest === undefined ? {} : { newest }),
      ...stateOf(cursor, db.asOf, last),
      after: JSON.parse(last.keys) as (string | null)[],
      total,
      ...(request.viewer === undefined ? {} : { viewer: request.viewer() }),
      expires: Math.floor(now().getTime() / 1000) + limits.cursorLifetimeSeconds,
    });
  return { ok: true, result };
}

async function findIds(
  engine: Engine,
  db: Queryable,
  { type: typeName, query, view, most }: { type: string; query: string; view: View; most: number },
): Promise<FoundIds> {
  const { catalogue } = engine;
  const type = catalogue.types.get(typeName);
  if (type === undefined) return notStored(typeName);
  if (!view.allowed(type.type, 's')) return refused(forbidden([type.type]));
  const scope = scopeOf(engine, { handling: 'strict', ...view });
  const parsed = parseSearch(type, [...new URLSearchParams(query)], scope);
  if (!parsed.ok) return parsed;
  if (parsed.search.criteria.length === 0)
    return wrong('search-value', 'A conditional request needs at least one search parameter.');
  const compiled = compilePage(type, { ...parsed.search, count: most, total: 'none' }, scope, {
    maxBytes: 0,
  });
  const rows = await db.query<PageRow>(compiled.statement, compiled.values);
  const patientIds = rows.flatMap((row) => row.patient_id ?? []);
  return { ok: true, ids: rows.map((row) => row.id), patientIds: [...new Set(patientIds)] };
}

async function seenVersions(
  engine: Engine,
  db: Queryable,
  { type: typeName, id, view }: { type: string; id: string; view: View },
): Promise<ReadonlySet<number> | null> {
  const { catalogue } = engine;
  const type = catalogue.types.get(typeName);
  if (type === undefined) return new Set();
  const scope = scopeOf(engine, { handling: 'strict', ...view });
  if (scope.restriction(typeName, 'r') === null) return null;
  const compiled = compileSeenVersions(type, id, scope);
  const rows = await db.query<{ version_id: number }>(compiled.statement, compiled.values);
  return new Set(rows.map((row) => row.version_id));
}

async function versions(
  engine: Engine,
  db: Queryable,
  request: VersionsRequest,
): ReturnType<SearchEngine['versions']> {
  const { catalogue, cursors, limits, now } = engine;
  const of = `${request.types.length === 1 ? request.types[0] : ''}/_history`;
  const place = placeOf(request.cursor, of, engine, db.asOf);
  if (!place.ok) return place;
  const { cursor } = place;
  const types = request.types.flatMap((name) => catalogue.types.get(name) ?? []);
  const scope = scopeOf(engine, { handling: 'strict', ...request }, cursor?.snapshot ?? db.asOf?.snapshot);
  const bounds = { ...request, maxBytes: request.maxBytes ?? limits.maxBytes };
  const compiled = compilePastVersions(types, bounds, scope, cursor?.after);
  const rows = types.length === 0 ? [] : await db.query<PastRow>(compiled.statement, compiled.values);
  const page = rows
    .slice(0, request.count)
    .filter(({ fits }) => fits)
    .map(pastVersionOf);
  const last = rows[page.length - 1];
  if (rows.length <= page.length || last === undefined) return { ok: true, versions: page };
  const next = cursors.write({
    type: of,
    params: [],
    ...stateOf(cursor, db.asOf, last),
    after: [last.moment, last.id, String(last.version_id)],
    total: null,
    expires: Math.floor(now().getTime() / 1000) + limits.cursorLifetimeSeconds,
  });
  return { ok: true, versions: page, next };
}

function explain(engine: Engine, request: SearchRequest): Compiled {
  const { catalogue, limits } = engine;
  const type = catalogue.types.get(request.type);
  if (type === undefined) throw new Error(`${request.type} is not stored`);
  const scope = scopeOf(engine, request);
  const parsed = parseSearch(type, request.params, scope);
  if (!parsed.ok) throw new Error(parsed.issues.map(({ text }) => text).join(' '));
  return compilePage(type, parsed.search, scope, {
    extraCondition: request.extraCondition,
    maxBytes: request.maxBytes ?? limits.maxBytes,
  });
}

/** The total of the first page, if it was counted for the same viewer. */
const totalFor = (viewer: string | undefined, cursor: Cursor): number | null =>
  cursor.viewer === viewer ? cursor.total : null;

/** The state that all pages of a search show: that of the first page. */
function stateOf(
  cursor: Cursor | undefined,
  asOf: StateOfPrimary | undefined,
  { snapshot }: { snapshot: string },
): Pick<Cursor, 'snapshot' | 'position'> {
  // A standby does not know which transactions were running, so the snapshot of a page is never its own.
  const position = cursor === undefined ? asOf?.position : cursor.position;
  return {
    snapshot: cursor?.snapshot ?? asOf?.snapshot ?? snapshot,
    ...(position === undefined ? {} : { position }),
  };
}

/** Where to continue: at the start, or after the page that wrote the cursor. */
function placeOf(
  given: string | undefined,
  type: string,
  { cursors, now }: Pick<Engine, 'cursors' | 'now'>,
  asOf: StateOfPrimary | undefined,
): { ok: true; cursor?: Cursor } | { ok: false; issues: Issue[] } {
  if (given === undefined) return { ok: true };
  const read = cursors.read(given, now());
  if (read.ok ? isLost(read.cursor, asOf) : read.why === 'expired')
    return wrong('search-cursor-expired', 'This page has expired. Search again from the start.', 'expired');
  if (!read.ok || read.cursor.type !== type)
    return wrong(
      'search-cursor',
      'The `_cursor` is not from this search. Use the `next` link without changes.',
    );
  return { ok: true, cursor: read.cursor };
}

/** True when the primary has lost what the first page showed, because it was restored or another server took over. */
const isLost = ({ position }: Cursor, asOf: StateOfPrimary | undefined): boolean =>
  position !== undefined && asOf !== undefined && isBefore(asOf.position, position);

/**
 * The matches of a page with the included resources. If both together exceed the size of a page, half of the matches
 * are left for the next page. If a single match includes too much, the included resources are cut off, and a warning
 * says so.
 */
async function pageOf(
  db: Queryable,
  found: readonly Found[],
  { includes }: ParsedSearch,
  scope: Scope,
  maxBytes: number,
): Promise<Included & { matches: Found[] }> {
  let matches = [...found];
  for (;;) {
    if (includes.length === 0) return { matches, resources: [], issues: [] };
    const room = Math.max(0, maxBytes - bytesOf(matches));
    const included = await include(db, matches, includes, scope, room);
    if (included.isOverBytes !== true || matches.length <= 1) return { ...included, matches };
    matches = matches.slice(0, Math.ceil(matches.length / 2));
  }
}

/** An answer without matches. */
function shell({ self, issues, summary, elements }: ParsedSearch): SearchResult {
  return {
    matches: [],
    included: [],
    self: [...self],
    issues: [...issues],
    ...(summary === undefined ? {} : { summary }),
    ...(elements === undefined ? {} : { elements }),
  };
}

/** The total to report. A count that stopped at the limit is omitted, because it would be wrong. */
function totalOf(
  rows: readonly PageRow[],
  { total, count }: ParsedSearch,
  limits: SearchLimits,
): number | null {
  if (total === 'none') return null;
  const [first] = rows;
  if (first === undefined) return 0;
  const counted = Number(first.total ?? Infinity);
  return total === 'accurate' || rows.length <= count || counted <= limits.maxCounted ? counted : null;
}

function notStored(type: string): { ok: false; issues: Issue[] } {
  return wrong(
    'search-unknown-type',
    `This server does not store the resource type ${shown(type)}.`,
    'not-found',
  );
}

function refused(read: Read): { ok: false; issues: Issue[] } {
  return { ok: false, issues: read.ok ? [] : [read.issue] };
}

function wrong(rule: RuleId, text: string, code?: Issue['code']): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [queryIssue(rule, text, code)] };
}
