/** `GET /FHIR/R4/<Type>/<id>`, and its versions. @see https://hl7.org/fhir/R4/http.html#read */
import { isUuid } from '../../../platform/ids';
import type { Database } from '../../../platform/postgres';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { readCurrent, readVersion, type StoredVersion } from '../../../engines/store/read';
import { type Answer, type RequestContext, refused } from '../request-context';
import { seenVersionsOf, sightOf, type SightDependencies } from '../sight';
import { partOf, subsetOf } from '../subset';

export interface ReadDependencies extends SightDependencies {
  database: Database;
}

export async function read(context: RequestContext, dependencies: ReadDependencies): Promise<Answer> {
  const { type, id, definition } = named(context, dependencies);
  return versionAnswer(context, await readCurrent(dependencies.database, definition, type, id), dependencies);
}

/** The resource as it is now, where the caller may see it. @throws Refused where there is none (404, 410) */
export async function readStored(
  context: RequestContext,
  dependencies: ReadDependencies,
): Promise<StoredVersion> {
  const { type, id, definition } = named(context, dependencies);
  const { version } = await visible(
    context,
    await readCurrent(dependencies.database, definition, type, id),
    dependencies,
  );
  return version;
}

export async function vread(context: RequestContext, dependencies: ReadDependencies): Promise<Answer> {
  const { type, id, definition } = named(context, dependencies);
  const version = /^[1-9]\d{0,8}$/.test(context.path.version ?? '')
    ? Number(context.path.version)
    : undefined;
  if (version === undefined) throw unknown();
  return versionAnswer(
    context,
    await readVersion(dependencies.database, definition, type, id, version),
    dependencies,
  );
}

/** The resource that the path names. @throws Refused where there can be none (404) */
export function named(
  { path: { type = '', id = '' } }: RequestContext,
  { definitionFor }: ReadDependencies,
): { type: string; id: string; definition: ResourceDefinition } {
  const definition = definitionFor(type);
  if (!definition || !isUuid(id)) throw unknown();
  return { type, id: id.toLowerCase(), definition };
}

/** Says of versions of the resource whether the caller sees them. */
export const seenOf = (
  context: RequestContext,
  type: string,
  id: string,
  dependencies: ReadDependencies,
): ReturnType<typeof seenVersionsOf> =>
  seenVersionsOf(dependencies.database, type, id, sightOf(context, dependencies), dependencies);

/** The versions with their content, where that lies elsewhere. */
export async function withContents<V extends Pick<StoredVersion, 'type' | 'id' | 'deleted' | 'content'>>(
  { caller }: RequestContext,
  versions: readonly V[],
  { viewOf }: ReadDependencies,
): Promise<V[]> {
  return Promise.all(
    versions.map(async (each) => {
      const view = each.deleted ? undefined : viewOf(each.type, caller!);
      return view ? { ...each, content: await view.contentOf(each.id) } : each;
    }),
  );
}

export const unknown = (): Error =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no resource of this type with this id.',
  });

async function versionAnswer(
  context: RequestContext,
  stored: StoredVersion | undefined,
  dependencies: ReadDependencies,
): Promise<Answer> {
  const { version, headers } = await visible(context, stored, dependencies);
  if (isFresh(context, version)) return { status: 304, headers };
  return { status: 200, headers, ...partOf(subsetOf(context), { json: version.content }) };
}

/** A version that the caller may see, told to the audit trail. @throws Refused where it is none (404, 410) */
async function visible(
  context: RequestContext,
  stored: StoredVersion | undefined,
  dependencies: ReadDependencies,
): Promise<{ version: StoredVersion; headers: Record<string, string> }> {
  if (!stored) throw unknown();
  const isSeen = await seenOf(context, stored.type, stored.id, dependencies);
  const [version] = await withContents(context, [stored].filter(isSeen), dependencies);
  if (!version) {
    attempted(context, stored);
    throw unknown();
  }
  disclose(context, version);
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
export function isFresh(
  { request }: Pick<RequestContext, 'request'>,
  version: Pick<StoredVersion, 'version' | 'lastUpdated'>,
): boolean {
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

/** Tells the audit trail whose data was asked for and not shown: the answer is the same as for what is not there. */
export function attempted({ audit }: RequestContext, { patientId }: { patientId: string | null }): void {
  if (patientId !== null) audit.patients.add(patientId);
}

/** Tells the audit trail what was shown, and whose it is. */
export function disclose(
  { audit }: RequestContext,
  version: Pick<StoredVersion, 'type' | 'id' | 'version' | 'patientId'>,
): void {
  audit.resources.push(`${version.type}/${version.id}/_history/${version.version}`);
  if (version.patientId !== null) audit.patients.add(version.patientId);
}
