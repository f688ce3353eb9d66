/** `GET /FHIR/R4/Bundle/<id>`: a submission as FHIR, with its inline documents: its sender's own, or an auditor's. */
import type { Caller } from '../../../engines/access/caller';
import type { TypeView } from '../../../engines/access/visibility';
import { stringify } from '../../../fhir/decimal';
import { parseJson } from '../../../fhir/json';
import { isObject, isResource, type AnyResource } from '../../../fhir/types';
import { parseXml } from '../../../fhir/xml/parse-xml';
import { isUuid } from '../../../platform/ids';
import type { Queryable } from '../../../platform/postgres';
import { rawBytes } from '../../../use-cases/reading/raw';
import { findSubmission } from '../../../engines/store/submissions';
import { type Answer, type RequestContext, refused } from '../request-context';
import { requestFormat } from '../../../fhir/media-type';
import { partOf, subsetOf } from '../subset';
import { tooCostly } from './fitting';
import { isFresh } from './read';

export async function readSubmission(
  context: RequestContext,
  { database }: { database: Queryable },
): Promise<Answer> {
  const { scopes, sender } = context.caller!;
  const { id = '', version = '1' } = context.path;
  const found = isUuid(id) && version === '1' ? await findSubmission(database, id.toLowerCase()) : undefined;
  const mayRead = found && (found.sender === sender || scopes.allowsAll('AuditEvent', 'r'));
  if (!found || !mayRead || found.status !== 'accepted') {
    for (const patient of found?.patients ?? []) context.audit.patients.add(patient);
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-unknown-resource',
      text: 'There is no accepted submission with this id that this caller may read.',
    });
  }
  context.audit.resources.push(`Bundle/${found.id}`);
  for (const patient of found.patients) context.audit.patients.add(patient);
  const headers = { ETag: 'W/"1"', 'Last-Modified': found.storedAt.toUTCString() };
  if (isFresh(context, { version: 1, lastUpdated: found.storedAt })) return { status: 304, headers };
  if (found.size > context.maxAnswerBytes) throw tooCostly(context);
  const resource = await submissionBundle(database, found.id, found.storedAt);
  return { status: 200, headers, ...partOf(subsetOf(context), { resource: resource! }) };
}

/** Which submissions a caller finds as Bundles: its own, and with `AuditEvent` named in a scope everyone's. */
export function viewOfSubmissions(
  { scopes, sender }: Caller,
  bundleOf: (id: string) => Promise<AnyResource | undefined>,
): TypeView {
  const contentOf = async (id: string): Promise<string> => stringify(await bundleOf(id));
  return scopes.allowsAll('AuditEvent', 's')
    ? { contentOf }
    : { contentOf, sees: (alias, bind) => `${alias}.sender = ${bind(sender, 'text')}` };
}

/** The Bundle as it came, but for its id and version, which are the server's. */
export async function submissionBundle(
  database: Queryable,
  id: string,
  storedAt: Date,
): Promise<AnyResource | undefined> {
  const raw = await rawBytes(database, id);
  if (!raw) return undefined;
  const parsed = requestFormat(raw.contentType) === 'xml' ? parseXml(raw.bytes) : parseJson(raw.bytes);
  if (!parsed.ok || !isResource(parsed.value)) throw new Error('an accepted submission cannot be read');
  const { resourceType, id: _id, meta, ...rest } = parsed.value;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return {
    resourceType,
    id,
    meta: { versionId: '1', lastUpdated: storedAt.toISOString(), ...kept },
    ...rest,
  };
}
