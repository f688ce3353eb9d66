/**
 * `GET /FHIR/R4/Binary/<id>`: returns the document itself, in its own media type, with ranges; or a FHIR resource, when
 * FHIR is requested. A browser can only show or save the document; scripts in it do not run.
 * @see https://hl7.org/fhir/R4/binary.html#rest
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
import parseRange from 'range-parser';
import { ownOrFhir } from '../../../fhir/media-type';
import type { BinaryRecord } from '../../../engines/store/binary';
import { disclosing, mapped } from '../../../use-cases/call/answered';
import { binary as documentOf, type DocumentBytes } from '../../../use-cases/reading/binary';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { isFresh } from '../not-modified';
import { readerOf } from '../reader';
import {
  type Answer,
  type ByteStream,
  type HttpFailure,
  type Reply,
  type RequestContext,
  refused,
} from '../request-context';
import { safeContentType } from '../safe-content-type';

export async function binary(context: RequestContext, reading: ReadingDependencies): Promise<Reply> {
  const { id = '' } = context.path;
  const result = await documentOf(readerOf(context, reading), { id }, reading);
  if (!result.ok) return result;
  const { record } = result.answer;
  const mediaType = mediaTypeOf(record.contentType);
  const wanted = wantedOf(context, mediaType);
  if (wanted === undefined) return disclosing(notAcceptable(), result.disclosed);
  const range = wanted === 'own' ? rangeOf(context, record, etagOf(record)) : undefined;
  if (range === 'unsatisfiable' && !isKnown(context, record, etagOf(record)))
    return disclosing(outOfRange(record), result.disclosed);
  return mapped(result, (document) =>
    wanted === 'fhir' ? asResource(context, document) : asItself(context, document, range),
  );
}

const etagOf = ({ sha256 }: BinaryRecord): string => `"${sha256.toString('base64url')}"`;

const isKnown = ({ request }: RequestContext, { lastUpdated }: BinaryRecord, etag: string): boolean =>
  isFresh(request, { etag, lastUpdated });

/** The document in a FHIR resource. */
function asResource(context: RequestContext, document: DocumentBytes): Answer {
  const { record } = document;
  const headers = { ETag: 'W/"1"', 'Last-Modified': record.lastUpdated.toUTCString() };
  if (isKnown(context, record, headers.ETag)) return { status: 304, headers };
  return {
    status: 200,
    headers,
    resource: {
      resourceType: 'Binary',
      id: record.id,
      meta: { versionId: '1', lastUpdated: record.lastUpdated.toISOString() },
      contentType: record.contentType,
    },
    stream: streamOf(document, record.contentType),
  };
}

/** The document in its own media type, all of it or a range. */
function asItself(
  context: RequestContext,
  document: DocumentBytes,
  range: ReturnType<typeof rangeOf>,
): Answer {
  const { record } = document;
  const headers: Record<string, string> = {
    ETag: etagOf(record),
    'Last-Modified': record.lastUpdated.toUTCString(),
  };
  if (isKnown(context, record, etagOf(record))) return { status: 304, headers };
  headers['Accept-Ranges'] = 'bytes';
  headers['Content-Disposition'] =
    `${isShowable(record.contentType) ? 'inline' : 'attachment'}; filename="${record.id}${extensionOf(record.contentType)}"`;
  // A sandbox would prevent browsers from showing a PDF; every other type gets one.
  headers['Content-Security-Policy'] =
    mediaTypeOf(record.contentType) === 'application/pdf'
      ? "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
      : "default-src 'none'; sandbox; frame-ancestors 'none'";
  const contentType = safeContentType(record.contentType);
  if (range === undefined || range === 'unsatisfiable')
    return { status: 200, headers, stream: streamOf(document, contentType) };
  headers['Content-Range'] = `bytes ${range.start}-${range.end - 1}/${record.size}`;
  return { status: 206, headers, stream: streamOf(document, contentType, range) };
}

function streamOf(
  { record, pieces }: DocumentBytes,
  contentType: string,
  range = { start: 0, end: record.size },
): ByteStream {
  return { contentType, size: range.end - range.start, pieces: () => pieces(range) };
}

/** Whether the caller accepts the document itself or FHIR; undefined when neither. */
function wantedOf({ request, query }: RequestContext, mediaType: string): 'own' | 'fhir' | undefined {
  const format = query.find(([name]) => name === '_format')?.[1];
  return ownOrFhir(mediaType, request.headers.accept, format);
}

const notAcceptable = (): { ok: false; failure: HttpFailure } => ({
  ok: false,
  failure: refused('not-acceptable', {
    code: 'not-supported',
    rule: 'http-accept',
    text: 'The server cannot send any format in Accept (or _format). Request the media type of the document, or a FHIR media type.',
  }).failure,
});

const outOfRange = ({ size }: BinaryRecord): { ok: false; failure: HttpFailure } => ({
  ok: false,
  failure: refused(
    'range-not-satisfiable',
    { code: 'invalid', rule: 'http-range', text: 'The range is outside the document.' },
    { 'Content-Range': `bytes */${size}`, 'Accept-Ranges': 'bytes' },
  ).failure,
});

/** One range of bytes. A request for several ranges gets the whole document, as the RFC allows. */
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
  const ranges = parseRange(size, range);
  if (ranges === UNSATISFIABLE) return 'unsatisfiable';
  if (ranges === MALFORMED || ranges.type !== 'bytes' || ranges.length > 1) return undefined;
  const [only] = ranges;
  return only && { start: only.start, end: only.end + 1 };
}

/** What `range-parser` answers where it finds no range. */
const UNSATISFIABLE = -1;
const MALFORMED = -2;

/** The media types that a browser may show; every other type is saved. */
const showable = new Map([
  ['application/pdf', '.pdf'],
  ['image/png', '.png'],
  ['image/jpeg', '.jpg'],
  ['text/plain', '.txt'],
]);

export const mediaTypeOf = (contentType: string): string => contentType.split(';')[0]!.trim().toLowerCase();
const isShowable = (contentType: string): boolean => showable.has(mediaTypeOf(contentType));
const extensionOf = (contentType: string): string => showable.get(mediaTypeOf(contentType)) ?? '.bin';
