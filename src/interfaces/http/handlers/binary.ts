/**
 * `GET /FHIR/R4/Binary/<id>`: the document itself, in its own media type, with ranges; as a FHIR resource where FHIR
 * is asked for. A browser that opens it can do nothing with it but show or save it.
 * @see https://hl7.org/fhir/R4/binary.html#rest
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
import { ownOrFhir } from '../../../fhir/media-type';
import { isUuid } from '../../../platform/ids';
import type { Queryable } from '../../../platform/postgres';
import { readBinary, type BinaryRecord } from '../../../engines/store/binary';
import { readPieces } from '../../../engines/store/document-bytes';
import { readCurrent } from '../../../engines/store/read';
import { type Answer, type ByteStream, type RequestContext, refused } from '../request-context';
import { attempted } from './read';
import { seenVersionsOf, sightOf, type SightDependencies } from '../sight';

const unknown = (): Error =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no Binary with this id.',
  });

export interface BinaryDependencies extends SightDependencies {
  database: Queryable;
}

export async function binary(context: RequestContext, dependencies: BinaryDependencies): Promise<Answer> {
  const { database } = dependencies;
  const { id = '' } = context.path;
  const record = isUuid(id) ? await readBinary(database, id.toLowerCase()) : undefined;
  if (!record) throw unknown();
  if (!(await mayReadBinary(context, record, dependencies))) {
    attempted(context, record);
    throw unknown();
  }
  context.audit.resources.push(`Binary/${record.id}`);
  if (record.patientId !== null) context.audit.patients.add(record.patientId);
  const etag = `"${record.sha256.toString('base64url')}"`;
  const fhir = wantsFhir(context, mediaTypeOf(record.contentType));
  const headers: Record<string, string> = {
    ETag: fhir ? 'W/"1"' : etag,
    'Last-Modified': record.lastUpdated.toUTCString(),
  };
  if (isFresh(context, record, headers.ETag!)) return { status: 304, headers };
  if (fhir) {
    return {
      status: 200,
      headers,
      resource: {
        resourceType: 'Binary',
        id: record.id,
        meta: { versionId: '1', lastUpdated: record.lastUpdated.toISOString() },
        contentType: record.contentType,
      },
      stream: streamOf(database, record, record.contentType),
    };
  }
  headers['Accept-Ranges'] = 'bytes';
  headers['Content-Disposition'] =
    `${isShowable(record.contentType) ? 'inline' : 'attachment'}; filename="${record.id}${extensionOf(record.contentType)}"`;
  // A sandbox would keep browsers from showing a PDF at all; everything else gets one.
  headers['Content-Security-Policy'] =
    mediaTypeOf(record.contentType) === 'application/pdf'
      ? "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
      : "default-src 'none'; sandbox; frame-ancestors 'none'";
  const contentType = safeContentType(record.contentType);
  const range = rangeOf(context, record, etag);
  if (range === 'unsatisfiable') {
    throw refused(
      'range-not-satisfiable',
      { code: 'invalid', rule: 'http-range', text: 'The range lies outside the document.' },
      { 'Content-Range': `bytes */${record.size}`, 'Accept-Ranges': 'bytes' },
    );
  }
  if (range) {
    headers['Content-Range'] = `bytes ${range.start}-${range.end - 1}/${record.size}`;
    return { status: 206, headers, stream: streamOf(database, record, contentType, range) };
  }
  return { status: 200, headers, stream: streamOf(database, record, contentType) };
}

/** Whoever may read the resource that a document belongs to may read the document; its own type's scope decides too. */
export async function mayReadBinary(
  context: RequestContext,
  { id, ownerType, ownerId, patientId }: BinaryRecord,
  dependencies: BinaryDependencies,
): Promise<boolean> {
  const { database, definitionFor, searchEngine, patients } = dependencies;
  const sight = sightOf(context, dependencies);
  if (!sight.allowed('Binary', 'r')) return false;
  if (ownerId === id) {
    // Sent by itself, it has no row that a scope's query could be held against; its patient must be one to be seen.
    if (sight.restrictions('Binary', 'r') !== null) return false;
    if (patientId === null || sight.sees(patients.type) === null) return context.reach.kind === 'all';
    const open = { ...sight, restrictions: () => null };
    return (await searchEngine.seenVersions(database, patients.type, patientId, open))?.size !== 0;
  }
  const definition = definitionFor(ownerType);
  if (!definition || !sight.allowed(ownerType, 'r')) return false;
  if ((await searchEngine.seenVersions(database, ownerType, ownerId, sight)) === null) return true;
  const owner = await readCurrent(database, definition, ownerType, ownerId);
  return (
    owner !== undefined && (await seenVersionsOf(database, ownerType, ownerId, sight, dependencies))(owner)
  );
}

function streamOf(
  database: Queryable,
  { sha256, size }: BinaryRecord,
  contentType: string,
  range = { start: 0, end: size },
): ByteStream {
  return {
    contentType,
    size: range.end - range.start,
    pieces: () => readPieces(database, sha256, range),
  };
}

/** @throws Refused (406) where neither the document nor FHIR is accepted */
function wantsFhir({ request, query }: RequestContext, mediaType: string): boolean {
  const format = query.find(([name]) => name === '_format')?.[1];
  const wanted = ownOrFhir(mediaType, request.headers.accept, format);
  if (wanted !== undefined) return wanted === 'fhir';
  throw refused('not-acceptable', {
    code: 'not-supported',
    rule: 'http-accept',
    text: 'Nothing in Accept (or _format) can be answered: the document in its own media type can, and FHIR.',
  });
}

function isFresh({ request }: RequestContext, record: BinaryRecord, etag: string): boolean {
  const match = request.headers['if-none-match'];
  if (match !== undefined) {
    return match
      .split(',')
      .some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''));
  }
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(record.lastUpdated.getTime() / 1000) * 1000 <= since;
}

/** One range of bytes; several are answered with the whole document, as the RFC allows. */
function rangeOf(
  { request }: RequestContext,
  { size, lastUpdated }: BinaryRecord,
  etag: string,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  if (range === undefined) return undefined;
  if (
    typeof ifRange === 'string' &&
    ifRange !== etag &&
    Date.parse(ifRange) !== Math.floor(lastUpdated.getTime() / 1000) * 1000
  )
    return undefined;
  const parts = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range.trim());
  if (!parts || (parts[1] === '' && parts[2] === '')) return undefined;
  if (parts[1] === '') {
    const last = Number(parts[2]);
    return last === 0 ? 'unsatisfiable' : { start: Math.max(0, size - last), end: size };
  }
  const start = Number(parts[1]);
  const end = parts[2] === '' ? size : Math.min(size, Number(parts[2]) + 1);
  if (parts[2] !== '' && Number(parts[2]) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}

/** What a browser may show by itself; everything else is saved. */
const showable = new Map([
  ['application/pdf', '.pdf'],
  ['image/png', '.png'],
  ['image/jpeg', '.jpg'],
  ['text/plain', '.txt'],
]);

const mediaTypeOf = (contentType: string): string => contentType.split(';')[0]!.trim().toLowerCase();
const isShowable = (contentType: string): boolean => showable.has(mediaTypeOf(contentType));
const extensionOf = (contentType: string): string => showable.get(mediaTypeOf(contentType)) ?? '.bin';

/** The media type as stored, unless it could break a header or be taken for a page. */
function safeContentType(contentType: string): string {
  const fits = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w.+-]+=("[\w .+-]*"|[\w.+-]+))*$/.test(contentType);
  return fits && !/html|svg|javascript|ecmascript/i.test(contentType)
    ? contentType
    : 'application/octet-stream';
}
