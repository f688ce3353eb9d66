/** `GET /FHIR/R4/<Type>/<id>`, its versions and its history. @see https://hl7.org/fhir/R4/http.html#read */
import { isUuid } from '../../platform/ids';
import type { Database } from '../../platform/postgres';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { summariseText, type Subset } from '../../reading/summarise';
import { readCurrent, readHistory, readVersion, type StoredVersion } from '../../store/read';
import { type Answer, type Exchange, refused } from '../exchange';
import { seenVersionsOf, sightOf, type SightDependencies } from '../sight';
import { partOf, subsetOf } from '../subset';

export interface ReadDependencies extends SightDependencies {
  database: Database;
}

export async function read(exchange: Exchange, dependencies: ReadDependencies): Promise<Answer> {
  const { type, id, definition } = named(exchange, dependencies);
  return versionAnswer(
    exchange,
    await readCurrent(dependencies.database, definition, type, id),
    dependencies,
  );
}

/** The resource as it is now, where the caller may see it. @throws Refused where there is none (404, 410) */
export async function readStored(exchange: Exchange, dependencies: ReadDependencies): Promise<StoredVersion> {
  const { type, id, definition } = named(exchange, dependencies);
  const { version } = await visible(
    exchange,
    await readCurrent(dependencies.database, definition, type, id),
    dependencies,
  );
  return version;
}

export async function vread(exchange: Exchange, dependencies: ReadDependencies): Promise<Answer> {
  const { type, id, definition } = named(exchange, dependencies);
  const version = /^[1-9]\d{0,8}$/.test(exchange.path.version ?? '')
    ? Number(exchange.path.version)
    : undefined;
  if (version === undefined) throw unknown();
  return versionAnswer(
    exchange,
    await readVersion(dependencies.database, definition, type, id, version),
    dependencies,
  );
}

export async function history(exchange: Exchange, dependencies: ReadDependencies): Promise<Answer> {
  const { type, id, definition } = named(exchange, dependencies);
  const parameter = (name: string): string | undefined => exchange.query.find(([key]) => key === name)?.[1];
  const count = countOf(parameter('_count'));
  const since = sinceOf(parameter('_since'));
  const before = parameter('_before');
  const subset = subsetOf(exchange);
  const isSeen = await seenOf(exchange, type, id, dependencies);
  const found = await readHistory(dependencies.database, definition, type, id, {
    count,
    ...(before !== undefined && /^\d{1,9}$/.test(before) ? { beforeVersion: Number(before) } : {}),
    ...(since === undefined ? {} : { since: since.from }),
  });
  const versions = await withContents(exchange, found.filter(isSeen), dependencies);
  if (versions.length === 0 && before === undefined && !since) throw unknown();
  const page = versions.slice(0, count);
  for (const version of page) disclose(exchange, version);
  const self = `${exchange.fhirBase}/${type}/${id}/_history`;
  const query = [
    `_count=${count}`,
    ...(since ? [`_since=${encodeURIComponent(since.text)}`] : []),
    ...['_summary', '_elements'].flatMap((name) => {
      const value = parameter(name);
      return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
    }),
  ].join('&');
  const links = [{ relation: 'self', url: `${self}?${query}` }];
  if (found.length > count && count > 0) {
    links.push({ relation: 'next', url: `${self}?${query}&_before=${found[count - 1]!.version}` });
  }
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'history', link: links }).slice(0, -1);
  const entries = page.map((version) => historyEntry(exchange, version, subset));
  return { status: 200, json: `${head},"entry":[${entries.join(',')}]}` };
}

/** How many versions a page has; what is no number is as if it were not there. */
function countOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Number(text), 1000) : 50;
}

function sinceOf(text: string | undefined): { text: string; from: Date } | undefined {
  if (text === undefined) return undefined;
  const isInstant = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/.test(
    text,
  );
  const from = new Date(isInstant ? text : NaN);
  if (!Number.isNaN(from.getTime())) return { text, from };
  throw refused('bad-request', {
    code: 'invalid',
    rule: 'http-since',
    text: 'The _since should be an instant with its time zone, such as 2025-03-03T10:00:00Z (in a URL, + is written %2B).',
  });
}

function historyEntry(exchange: Exchange, version: StoredVersion, subset: Subset | undefined): string {
  const method = version.deleted ? 'DELETE' : version.version === 1 ? 'POST' : 'PUT';
  const rest = JSON.stringify({
    request: { method, url: method === 'POST' ? version.type : `${version.type}/${version.id}` },
    response: {
      status: method === 'POST' ? '201' : method === 'PUT' ? '200' : '204',
      etag: `W/"${version.version}"`,
      lastModified: version.lastUpdated.toISOString(),
    },
  }).slice(1);
  const fullUrl = JSON.stringify(`${exchange.fhirBase}/${version.type}/${version.id}`);
  if (version.deleted) return `{"fullUrl":${fullUrl},${rest}`;
  const content = subset ? summariseText(version.content, subset) : version.content;
  return `{"fullUrl":${fullUrl},"resource":${content},${rest}`;
}

function named(
  { path: { type = '', id = '' } }: Exchange,
  { definitionFor }: ReadDependencies,
): { type: string; id: string; definition: ResourceDefinition } {
  const definition = definitionFor(type);
  if (!definition || !isUuid(id)) throw unknown();
  return { type, id: id.toLowerCase(), definition };
}

const seenOf = (
  exchange: Exchange,
  type: string,
  id: string,
  dependencies: ReadDependencies,
): ReturnType<typeof seenVersionsOf> =>
  seenVersionsOf(dependencies.database, type, id, sightOf(exchange, dependencies), dependencies);

/** The versions with their content, where that lies elsewhere. */
async function withContents(
  { caller }: Exchange,
  versions: readonly StoredVersion[],
  { viewOf }: ReadDependencies,
): Promise<StoredVersion[]> {
  return Promise.all(
    versions.map(async (each) => {
      const view = each.deleted ? undefined : viewOf(each.type, caller!);
      return view ? { ...each, content: await view.contentOf(each.id) } : each;
    }),
  );
}

const unknown = (): Error =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no resource of this type with this id.',
  });

async function versionAnswer(
  exchange: Exchange,
  stored: StoredVersion | undefined,
  dependencies: ReadDependencies,
): Promise<Answer> {
  const { version, headers } = await visible(exchange, stored, dependencies);
  if (isFresh(exchange, version)) return { status: 304, headers };
  return { status: 200, headers, ...partOf(subsetOf(exchange), { json: version.content }) };
}

/** A version that the caller may see, told to the audit trail. @throws Refused where it is none (404, 410) */
async function visible(
  exchange: Exchange,
  stored: StoredVersion | undefined,
  dependencies: ReadDependencies,
): Promise<{ version: StoredVersion; headers: Record<string, string> }> {
  if (!stored) throw unknown();
  const isSeen = await seenOf(exchange, stored.type, stored.id, dependencies);
  const [version] = await withContents(exchange, [stored].filter(isSeen), dependencies);
  if (!version) throw unknown();
  disclose(exchange, version);
  const headers = { ETag: `W/"${version.version}"`, 'Last-Modified': version.lastUpdated.toUTCString() };
  if (version.deleted) {
    throw refused(
      'gone',
      {
        code: 'deleted',
        rule: 'http-gone',
        text: 'The resource was withdrawn by a correction of its sender; its history has the earlier versions.',
      },
      headers,
    );
  }
  return { version, headers };
}

/** True where the caller has this version already. @see https://hl7.org/fhir/R4/http.html#cread */
function isFresh({ request }: Exchange, version: StoredVersion): boolean {
  const match = request.headers['if-none-match'];
  if (match !== undefined) {
    return match
      .split(',')
      .some((etag) => etag.trim() === '*' || etag.trim().replace(/^W\//, '') === `"${version.version}"`);
  }
  const since = request.headers['if-modified-since'];
  const moment = since === undefined ? NaN : Date.parse(since);
  return !Number.isNaN(moment) && Math.floor(version.lastUpdated.getTime() / 1000) * 1000 <= moment;
}

/** Tells the audit trail what was shown, and whose it is. */
export function disclose(
  { audit }: Exchange,
  version: Pick<StoredVersion, 'type' | 'id' | 'version' | 'patientId'>,
): void {
  audit.resources.push(`${version.type}/${version.id}/_history/${version.version}`);
  if (version.patientId !== null) audit.patients.add(version.patientId);
}
