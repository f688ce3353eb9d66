/**
 * The versions of one resource, of all resources of a type, or of all that the caller may read: newest first, in pages.
 * @see https://hl7.org/fhir/R4/http.html#history
 */
import { dateRangeInQuery, type DateRange } from '../../../fhir/date';
import { didYouMean } from '../../../fhir/nearest';
import { resourceTypes } from '../../../fhir/r4/definitions';
import { summariseText, type Subset } from '../../../use-cases/reading/summarise';
import type { SearchEngine } from '../../../engines/search/search';
import { readHistory, type StoredVersion } from '../../../engines/store/read';
import { type Answer, type RequestContext, refused, Refused } from '../request-context';
import { sightOf } from '../sight';
import { subsetOf } from '../subset';
import { bounded } from './bounded';
import { fitting } from './fitting';
import { isListed } from './search';
import { disclose, named, type ReadDependencies, seenOf, unknown, withContents } from './read';

export interface HistoryDependencies extends ReadDependencies {
  searchEngine: SearchEngine;
  /** Every type that is stored, whether it has a table of its own or not. */
  storedTypes: readonly string[];
}

type Version = Omit<StoredVersion, 'submissionId' | 'sender' | 'current'>;

/** `GET /FHIR/R4/<Type>/<id>/_history` */
export async function history(context: RequestContext, dependencies: ReadDependencies): Promise<Answer> {
  const { type, id, definition } = named(context, dependencies);
  const wanted = wantedOf(context, '_before');
  const { count, since, at, place: before } = wanted;
  const isSeen = await seenOf(context, type, id, dependencies);
  return fitting(context, async (maxBytes) => {
    const found = await readHistory(dependencies.database, definition, type, id, {
      count,
      maxBytes,
      ...(before !== undefined && /^\d{1,9}$/.test(before) ? { beforeVersion: Number(before) } : {}),
      ...(since === undefined ? {} : { since }),
      ...(at === undefined ? {} : { at }),
    });
    if (!found.some(isSeen) && before === undefined && !since && !at) throw unknown();
    const fitted = found.slice(0, count).filter(({ fits }) => fits);
    const page = await withContents(context, fitted.filter(isSeen), dependencies);
    const last = found.length > fitted.length ? fitted.at(-1) : undefined;
    const answer = historyOf(context, page, wanted, last && ['_before', String(last.version)]);
    return { answer, entries: fitted.length };
  });
}

/** `GET /FHIR/R4/<Type>/_history` */
export async function historyOfType(
  context: RequestContext,
  dependencies: HistoryDependencies,
): Promise<Answer> {
  const { type = '' } = context.path;
  const definition = dependencies.definitionFor(type);
  if (!definition || !isListed(type)) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-unknown-type',
      text: `There is no such resource type to read.${didYouMean(type, resourceTypes())}`,
    });
  }
  return historyOfTypes(context, [type], dependencies, definition.table.mostOnPage);
}

/**
 * `GET /FHIR/R4/_history`: of the types that the caller may read whole. Submissions and the audit trail, which speak of
 * the resources' own history, have theirs by type alone.
 */
export async function historyOfSystem(
  context: RequestContext,
  dependencies: HistoryDependencies,
): Promise<Answer> {
  const { definitionFor, viewOf, storedTypes } = dependencies;
  const { scopes } = context.caller!;
  const types = storedTypes.filter(
    (type) =>
      scopes.allows(type, 'r') &&
      scopes.restrictions(type, 'r') === null &&
      !viewOf(type, context.caller!) &&
      definitionFor(type)?.table.history !== false,
  );
  if (types.length > 0) return historyOfTypes(context, types, dependencies);
  throw refused('forbidden', {
    code: 'forbidden',
    rule: 'http-scope',
    text: 'The token’s scopes do not allow this; it takes the reading of a whole type, such as system/Encounter.r.',
  });
}

async function historyOfTypes(
  context: RequestContext,
  types: readonly string[],
  dependencies: HistoryDependencies,
  mostOnPage?: number,
): Promise<Answer> {
  const wanted = wantedOf(context, '_cursor', mostOnPage);
  const { count, since, at, place } = wanted;
  return fitting(context, async (maxBytes) => {
    const found = await bounded(
      dependencies.searchEngine.versions(dependencies.database, {
        types,
        count,
        maxBytes,
        ...sightOf(context, dependencies),
        ...(since === undefined ? {} : { since }),
        ...(at === undefined ? {} : { at }),
        ...(place === undefined ? {} : { cursor: place }),
      }),
    );
    if (!found.ok) throw new Refused({ category: 'bad-request', issues: found.issues });
    const page = await withContents(context, found.versions, dependencies);
    const next: [string, string] | undefined = found.next === undefined ? undefined : ['_cursor', found.next];
    return { answer: historyOf(context, page, wanted, next), entries: found.versions.length };
  });
}

interface Wanted {
  count: number;
  since?: Date;
  at?: DateRange;
  /** Where the page begins, as the link to it says. */
  place?: string;
  subset?: Subset;
  /** The query as understood, the place left out. */
  self: [string, string][];
}

/** @param place the parameter of the links to further pages */
function wantedOf(context: RequestContext, place: '_before' | '_cursor', mostOnPage = MOST_ON_PAGE): Wanted {
  const { query, prefer } = context;
  const known = ['_count', '_since', '_at', '_summary', '_elements', '_format', '_pretty', place];
  if (prefer.handling !== 'lenient' && query.some(([name]) => !known.includes(name))) {
    throw refused('bad-request', {
      code: 'not-supported',
      rule: 'http-history-parameter',
      text: 'A history takes _count, _since, _at, _summary and _elements, and nothing else; what should be found by its content is searched for.',
    });
  }
  const value = (name: string): string | undefined => query.find(([key]) => key === name)?.[1];
  const count = countOf(value('_count'), mostOnPage);
  const since = momentOf('_since', value('_since'));
  const at = momentOf('_at', value('_at'));
  const begin = value(place);
  const subset = subsetOf(context);
  return {
    count,
    ...(since === undefined ? {} : { since: since.start }),
    ...(at === undefined ? {} : { at }),
    ...(begin === undefined ? {} : { place: begin }),
    ...(subset === undefined ? {} : { subset }),
    self: [
      ['_count', String(count)],
      ...['_since', '_at', '_summary', '_elements'].flatMap((name): [string, string][] => {
        const given = value(name);
        return given === undefined ? [] : [[name, given]];
      }),
    ],
  };
}

const MOST_ON_PAGE = 1_000;

/** How many versions a page has. */
function countOf(text: string | undefined, most: number): number {
  if (text === undefined) return Math.min(50, most);
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), most);
  throw refused('bad-request', {
    code: 'invalid',
    rule: 'http-count',
    text: 'The _count should be a whole number from 0.',
  });
}

/** A date or instant as the range that it is; a time needs its zone. */
function momentOf(name: '_since' | '_at', text: string | undefined): DateRange | undefined {
  if (text === undefined) return undefined;
  const hasZone = !text.includes('T') || /(Z|[ +-]\d{2}:\d{2})$/.test(text);
  const range = hasZone ? dateRangeInQuery(text, 'instant') : undefined;
  if (range) return range;
  throw refused('bad-request', {
    code: 'invalid',
    rule: name === '_since' ? 'http-since' : 'http-at',
    text: `The ${name} should be an instant with its time zone, such as 2025-03-03T10:00:00Z (in a URL, + is written %2B).`,
  });
}

function historyOf(
  context: RequestContext,
  page: readonly Version[],
  { self, subset }: Wanted,
  next: [string, string] | undefined,
): Answer {
  for (const version of page) disclose(context, version);
  const { type, id } = context.path;
  const here = [context.fhirBase, type, id?.toLowerCase(), '_history'].filter(Boolean).join('/');
  const link = [{ relation: 'self', url: here + queryText(self) }];
  if (next) link.push({ relation: 'next', url: here + queryText([...self, next]) });
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'history', link });
  const entries = page.map((version) => historyEntry(context, version, subset));
  return {
    status: 200,
    json: entries.length === 0 ? head : `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`,
  };
}

const queryText = (pairs: readonly (readonly [string, string])[]): string =>
  `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;

function historyEntry(context: RequestContext, version: Version, subset: Subset | undefined): string {
  const method = version.deleted ? 'DELETE' : version.version === 1 ? 'POST' : 'PUT';
  const rest = JSON.stringify({
    request: { method, url: method === 'POST' ? version.type : `${version.type}/${version.id}` },
    response: {
      status: method === 'POST' ? '201' : method === 'PUT' ? '200' : '204',
      etag: `W/"${version.version}"`,
      lastModified: version.lastUpdated.toISOString(),
    },
  }).slice(1);
  const fullUrl = JSON.stringify(`${context.fhirBase}/${version.type}/${version.id}`);
  if (version.deleted) return `{"fullUrl":${fullUrl},${rest}`;
  const content = subset ? summariseText(version.content, subset) : version.content;
  return `{"fullUrl":${fullUrl},"resource":${content},${rest}`;
}
