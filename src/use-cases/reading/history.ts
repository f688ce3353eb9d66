/**
 * The versions of one resource, of all resources of a type, or of all that the reader may see: newest first, in pages.
 *
 * @example
 * const result = await history(reader, { type: 'Encounter', id, count: 50 }, reading);
 * if (result.ok) send(result.answer.json); // a Bundle of type history
 * record(result.disclosed);
 *
 * @see https://hl7.org/fhir/R4/http.html#history
 */
import { isUuid } from '../../fhir/uuid';
import type { DateRange } from '../../fhir/date';
import { didYouMean } from '../../fhir/nearest';
import { resourceTypes } from '../../fhir/r4/definitions';
import { readHistory, type StoredVersion } from '../../engines/store/read';
import { type Answered, disclosing, failed } from '../call/answered';
import { shown } from '../call/disclosed';
import { withinTime } from '../call/failures';
import { fitting } from '../call/fitting';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';
import { onReplica } from './on-replica';
import { unknown } from './read';
import { summariseText, type Subset } from './summarise';
import { isListed, withContents } from './visible';

export interface HistoryQuestion {
  /** Versions on a page at most; 50 unless given. */
  count?: number;
  /** Only versions that came to be at this moment or later. */
  since?: Date;
  /** Only versions that were current at some moment of this range. */
  at?: DateRange;
  /** Where the page begins, as the link to it says. */
  place?: string;
  subset?: Subset;
  /** The parameters for the links of the pages, such as `[['_since', '2025-03-03']]`. */
  asked?: readonly (readonly [string, string])[];
}

export interface HistoryPage {
  /** A Bundle of type `history`, as JSON text. */
  json: string;
}

type Version = Omit<StoredVersion, 'submissionId' | 'sender' | 'current'>;

const DEFAULT_COUNT = 50;
const MOST_ON_PAGE = 1_000;

const countOf = ({ count = DEFAULT_COUNT }: HistoryQuestion, most = MOST_ON_PAGE): number =>
  Math.min(count, most);

/** The versions of one resource. */
export const history = onReplica(historyIn);

async function historyIn(
  reader: Reader,
  question: HistoryQuestion & { type: string; id: string },
  dependencies: ReadingDependencies,
): Promise<Answered<HistoryPage>> {
  const { type, since, at, place: before } = question;
  const definition = dependencies.definitionFor(type);
  if (!definition || !isUuid(question.id)) return unknown();
  const id = question.id.toLowerCase();
  const count = countOf(question);
  const seen = await dependencies.searchEngine.seenVersions(
    dependencies.database,
    type,
    id,
    reader.visibility,
  );
  let isThere = true;
  const page = await fitting(reader.room, async (maxBytes) => {
    const found = await readHistory(dependencies.database, definition, type, id, {
      count,
      maxBytes,
      seen,
      ...(before !== undefined && /^\d{1,9}$/.test(before) ? { beforeVersion: Number(before) } : {}),
      ...(since === undefined ? {} : { since }),
      ...(at === undefined ? {} : { at }),
    });
    isThere = found.length > 0 || before !== undefined || since !== undefined || at !== undefined;
    const fitted = found.slice(0, count).filter(({ fits }) => fits);
    const versions = await withContents(reader, fitted, dependencies);
    const last = found.length > fitted.length ? fitted.at(-1) : undefined;
    const next: Next = last && ['_before', String(last.version)];
    const json = historyText(reader, versions, { ...question, id, count, next });
    return { ok: true, answer: { json }, disclosed: shown(versions), entries: fitted.length };
  });
  return isThere ? page : unknown();
}

/** The versions of all resources of a type. */
export const historyOfType = onReplica(historyOfTypeIn);

async function historyOfTypeIn(
  reader: Reader,
  question: HistoryQuestion & { type: string },
  dependencies: ReadingDependencies,
): Promise<Answered<HistoryPage>> {
  const { type } = question;
  const definition = dependencies.definitionFor(type);
  if (!definition || !isListed(type)) {
    return disclosing(
      failed('not-found', {
        code: 'not-found',
        rule: 'http-unknown-type',
        text: `This server has no such resource type to read.${didYouMean(type, resourceTypes())}`,
      }),
    );
  }
  return historyOfTypes(
    reader,
    { ...question, types: [type], count: countOf(question, definition.table.mostOnPage) },
    dependencies,
  );
}

/**
 * The versions of all types that the reader may read without restriction. Submissions and the audit trail record what
 * happened to other resources, so their history is available by type only.
 */
export const historyOfSystem = onReplica(historyOfSystemIn);

async function historyOfSystemIn(
  reader: Reader,
  question: HistoryQuestion,
  dependencies: ReadingDependencies,
): Promise<Answered<HistoryPage>> {
  const { definitionFor, viewOf, storedTypes } = dependencies;
  const { visibility, caller } = reader;
  const types = storedTypes.filter(
    (type) =>
      visibility.allowed(type, 'r') &&
      visibility.restrictions(type, 'r') === null &&
      !viewOf(type, caller) &&
      definitionFor(type)?.table.history !== false,
  );
  if (types.length > 0)
    return historyOfTypes(reader, { ...question, types, count: countOf(question) }, dependencies);
  return disclosing(
    failed('forbidden', {
      code: 'forbidden',
      rule: 'http-scope',
      text: 'The scopes of the token do not allow this. It needs a scope to read a whole type, such as system/Encounter.r.',
    }),
  );
}

async function historyOfTypes(
  reader: Reader,
  question: HistoryQuestion & { types: readonly string[]; type?: string; count: number },
  { database, searchEngine, viewOf }: ReadingDependencies,
): Promise<Answered<HistoryPage>> {
  const { types, count, since, at, place } = question;
  return fitting(reader.room, async (maxBytes) => {
    const searched = await withinTime(
      searchEngine.versions(database, {
        types,
        count,
        maxBytes,
        ...reader.visibility,
        ...(since === undefined ? {} : { since }),
        ...(at === undefined ? {} : { at }),
        ...(place === undefined ? {} : { cursor: place }),
      }),
    );
    if (!searched.ok) return searched;
    const { answer: found } = searched;
    if (!found.ok) return { ok: false, failure: { category: 'bad-request', issues: found.issues } };
    const versions = await withContents(reader, found.versions, { viewOf });
    const next: Next = found.next === undefined ? undefined : ['_cursor', found.next];
    const json = historyText(reader, versions, { ...question, next });
    return { ok: true, answer: { json }, disclosed: shown(versions), entries: found.versions.length };
  });
}

/** The parameter that the next page begins with. */
type Next = readonly ['_before' | '_cursor', string] | undefined;

function historyText(
  { fhirBase }: Reader,
  versions: readonly Version[],
  {
    type,
    id,
    count,
    asked = [],
    subset,
    next,
  }: HistoryQuestion & { type?: string; id?: string; count: number; next: Next },
): string {
  const here = [fhirBase, type, id, '_history'].filter(Boolean).join('/');
  const self: (readonly [string, string])[] = [['_count', String(count)], ...asked];
  const link = [{ relation: 'self', url: here + queryText(self) }];
  if (next) link.push({ relation: 'next', url: here + queryText([...self, next]) });
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'history', link });
  const entries = versions.map((version) => historyEntry(fhirBase, version, subset));
  return entries.length === 0 ? head : `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`;
}

const queryText = (pairs: readonly (readonly [string, string])[]): string =>
  `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;

function historyEntry(fhirBase: string, version: Version, subset: Subset | undefined): string {
  const method = version.deleted ? 'DELETE' : version.version === 1 ? 'POST' : 'PUT';
  const rest = JSON.stringify({
    request: { method, url: method === 'POST' ? version.type : `${version.type}/${version.id}` },
    response: {
      status: method === 'POST' ? '201' : method === 'PUT' ? '200' : '204',
      etag: `W/"${version.version}"`,
      lastModified: version.lastUpdated.toISOString(),
    },
  }).slice(1);
  const fullUrl = JSON.stringify(`${fhirBase}/${version.type}/${version.id}`);
  if (version.deleted) return `{"fullUrl":${fullUrl},${rest}`;
  const content = subset ? summariseText(version.content, subset) : version.content;
  return `{"fullUrl":${fullUrl},"resource":${content},${rest}`;
}
