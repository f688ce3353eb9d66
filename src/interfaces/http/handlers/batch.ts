/**
 * `POST /FHIR/R4` with a `batch`: entries for themselves, reads included. Each entry that writes is a submission of its
 * own (a batch of one), so that what is stored can always be traced to the bytes that came; the batch itself is
 * kept too. Each has an audit record of its own, as if it had come alone. @see https://hl7.org/fhir/R4/http.html#transaction
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { stringify } from '../../../fhir/decimal';
import { operationOutcome } from '../../../fhir/operation-outcome';
import { isObject, type AnyResource, type JsonObject } from '../../../fhir/types';
import { asBatchEntry } from '../../../use-cases/submitting/accepted-kinds';
import { keepBatch } from '../../../use-cases/submitting/commit/keep-batch';
import { transactionResponse } from '../../../use-cases/submitting/acknowledge';
import { receive } from '../../../use-cases/submitting/receive';
import {
  success,
  type Decoded,
  type DecodedBundle,
  type StoredEntry,
} from '../../../use-cases/submitting/steps';
import { submit } from '../../../use-cases/submitting/submit';
import { type Answer, type RequestContext, Refused, refused } from '../request-context';
import { plainPath } from '../plain-path';
import { outOfScope } from '../refusals';
import { renderingOf } from '../rendering';
import { noteRules } from '../request-line';
import { pairsOf } from '../request-head';
import { opens, type Audited, type ScopeAccess } from '../route';
import { statusOf } from '../status';
import { binary } from './binary';
import { stillWanted, tooCostly } from './fitting';
import { history, historyOfType, type HistoryDependencies } from './history';
import { metadata, type MetadataDependencies } from './metadata';
import { read, vread } from './read';
import { search } from './search';
import { originOf, withOutcome, type SubmitHandlerDependencies } from './submit';

export interface BatchDependencies
  extends SubmitHandlerDependencies, HistoryDependencies, MetadataDependencies {
  /** Records what one entry asked for. */
  auditPart: (audited: Audited, context: RequestContext, answer: { status: number }) => Promise<void>;
}

/** What the entries share. */
interface Course {
  context: RequestContext;
  dependencies: BatchDependencies;
  stored: StoredEntry[];
  /** Audit records that are being written: the answer waits for them all. */
  records: Promise<void>[];
  /** Bytes that the answer has room for, beside what is kept back for each entry that is still to come. */
  room: number;
  keptBack: number;
  /** When the work for one request ends, on the clock of `performance.now()`. */
  until: number;
}

const MAX_ENTRIES = 1000;
/** One request is worked on no longer than this; what is left is for another batch. */
const MAX_MILLIS = 60_000;
/** What stands around the entries of the answer, and around one of them. */
const HEAD_BYTES = 300;
const PART_BYTES = 150;
/** Kept back for each entry, so that one that is refused has its sentence. */
const REFUSAL_BYTES = 800;

export async function batch(
  context: RequestContext,
  decoded: Decoded,
  dependencies: BatchDependencies,
): Promise<Answer> {
  const { bundle, received } = decoded;
  const entries = Array.isArray(bundle.entry) ? bundle.entry : [];
  if (entries.length > MAX_ENTRIES) {
    throw refused('invalid', {
      code: 'too-costly',
      rule: 'batch-too-long',
      text: `A batch may have ${MAX_ENTRIES} entries; send several.`,
      expression: 'Bundle.entry',
    });
  }
  context.audit.interaction = 'batch';
  context.audit.bundleType = 'batch';
  const { maxAnswerBytes } = context;
  const keptBack = Math.min(expansionIn(context) * REFUSAL_BYTES, maxAnswerBytes / 2 / (entries.length || 1));
  const course: Course = {
    context,
    dependencies,
    stored: [],
    records: [],
    room: maxAnswerBytes - HEAD_BYTES - keptBack * entries.length,
    keptBack,
    until: performance.now() + MAX_MILLIS,
  };
  const parts: string[] = [];
  try {
    for (const [index, entry] of entries.entries()) {
      if (context.gone.aborted) break;
      parts.push(await one(course, isObject(entry) ? entry : {}, index));
      // Others are served between two entries, however many there are.
      await nextTurn();
    }
  } finally {
    await Promise.all(course.records);
  }
  const kept = await keep(course, decoded);
  stillWanted(context);
  const { id = received.id } = kept;
  const head = stringify({
    resourceType: 'Bundle',
    id,
    type: 'batch-response',
    timestamp: received.receivedAt.toISOString(),
  });
  const answer: Answer = {
    status: 200,
    headers: kept.id === undefined ? {} : { 'X-Submission-ID': kept.id },
    json: parts.length === 0 ? head : `${head.slice(0, -1)},"entry":[${parts.join(',')}]}`,
  };
  // Its entries were counted: what they have stored is told, though their answers were a little more than was left.
  return { ...answer, otherwise: answer };
}

/** The batch is kept for a caller that may submit; a batch of reads by another is on record, and that is all. */
async function keep(course: Course, decoded: Decoded): Promise<{ id?: string }> {
  const { context, dependencies, stored } = course;
  if (!context.caller!.scopes.allows('Bundle', 'c')) return {};
  const id = await keepBatch(decoded, stored, dependencies);
  context.audit.submissionId = id;
  // Its record has been committed together with it; a batch that came before has none yet of this time.
  context.audit.recorded = id === decoded.received.id;
  return { id };
}

/** One entry and its answer, as JSON text. A fault of one is no matter of the others. */
async function one(course: Course, entry: JsonObject, index: number): Promise<string> {
  const request = isObject(entry.request) ? entry.request : {};
  const text = await textOfOne(course, entry, request, index);
  course.room += course.keptBack - expansionIn(course.context) * Buffer.byteLength(text);
  return text;
}

/** How much larger than its JSON an answer may be that is not plain JSON. */
function expansionIn(context: RequestContext): number {
  const { format, pretty } = renderingOf(context);
  return format === 'json' && !pretty ? 1 : 3;
}

async function textOfOne(
  course: Course,
  entry: JsonObject,
  request: JsonObject,
  index: number,
): Promise<string> {
  try {
    // The first is counted already: it is the batch itself.
    if (index > 0) counted(course, request);
    return request.method === 'GET' || request.method === 'HEAD'
      ? await readOne(course, request)
      : await writeOne(course, entry, request, index);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { category, issues } = error.failure;
    noteRules(course.context, issues);
    const placed = issues.map((issue) => ({
      ...issue,
      expression: issue.expression ?? `Bundle.entry[${index}].request`,
    }));
    return stringify({ response: { status: String(statusOf[category]), outcome: operationOutcome(placed) } });
  }
}

/** A thousand entries are a thousand requests. @throws Refused where this one is one too many */
function counted(course: Course, request: JsonObject): void {
  try {
    course.context.countPart?.();
    if (performance.now() > course.until) throw outOfTime();
    if (course.room <= 0) throw tooCostly(course.context);
  } catch (error) {
    const status = error instanceof Refused ? statusOf[error.failure.category] : 429;
    record(course, { action: 'E', interaction: 'batch' }, partOf(course, request), status);
    throw error;
  }
}

const outOfTime = (): Refused =>
  refused('throttled', {
    code: 'throttled',
    rule: 'batch-time',
    text: `The entries before this one took ${MAX_MILLIS / 1000} seconds, the most for one batch. Send this entry and those after it in another batch.`,
  });

async function writeOne(
  course: Course,
  entry: JsonObject,
  request: JsonObject,
  index: number,
): Promise<string> {
  const { context, dependencies, stored } = course;
  if (!context.caller!.scopes.allows('Bundle', 'c')) {
    record(course, { action: 'C', interaction: 'batch' }, partOf(course, request), 403);
    throw outOfScope('Bundle', 'c');
  }
  const bundle: AnyResource = { resourceType: 'Bundle', type: 'batch', entry: [entry] };
  const received = receive(
    {
      door: 'http',
      caller: context.caller!,
      reach: context.reach,
      bytes: Buffer.from(stringify(bundle)),
      contentType: 'application/fhir+json',
      format: 'json',
      handling: context.prefer.handling === 'strict' ? 'strict' : dependencies.handling,
      requestId: context.requestId,
      origin: originOf(context, 'batch'),
    },
    dependencies.newId,
    dependencies.now(),
  );
  const decoded = success<DecodedBundle>({ bundle, kind: 'batch', issues: [] });
  const submitted = await submit(received, decoded, asBatchEntry, dependencies);
  if (!submitted.ok) {
    const { category, issues } = submitted.refusal.failure;
    throw new Refused({
      category,
      issues: issues.map((issue) => ({ ...issue, ...placeOf(issue.expression, index) })),
    });
  }
  const { receipt } = submitted;
  stored.push(...receipt.stored.map((each) => ({ ...each, index })));
  const issues = receipt.issues.map((issue) => ({ ...issue, ...placeOf(issue.expression, index) }));
  const here = receipt.stored.map((each) => ({ ...each, index }));
  const response = withOutcome(transactionResponse(receipt), { ...receipt, stored: here, issues });
  const [answered] = (response.entry ?? []) as object[];
  return stringify(answered ?? { response: { status: '200 OK' } });
}

/** The context of one entry: the batch's, with what this entry asks and an audit of its own. */
function partOf({ context, room }: Course, { method, url }: JsonObject): RequestContext {
  const { breakGlass } = context.audit;
  return {
    ...context,
    query: [],
    isPart: true,
    maxAnswerBytes: Math.max(0, Math.floor(room / expansionIn(context)) - PART_BYTES),
    audit: {
      patients: new Set(),
      nhsNumbers: new Set(),
      resources: [],
      method: /^[A-Z]{1,10}$/.test(String(method)) ? String(method) : 'GET',
      url: `/FHIR/R4/${String(url).replace(/^\//, '')}`,
      ...(breakGlass === undefined ? {} : { breakGlass }),
    },
  };
}

function record(
  { dependencies, records }: Course,
  audited: Audited,
  part: RequestContext,
  status: number,
): void {
  const written = dependencies.auditPart(audited, part, { status });
  // Whoever waits for it is told; until then a failure of it is nobody's to catch.
  written.catch(() => undefined);
  records.push(written);
}

/** A batch of one entry speaks of entry 0; the batch's sender knows it by its own place. */
function placeOf(expression: string | undefined, index: number): { expression?: string } {
  return expression === undefined
    ? {}
    : { expression: expression.replace(/^Bundle\.entry\[0\]/, `Bundle.entry[${index}]`) };
}

const METADATA = /^\/?metadata\/?(?:\?(.*))?$/;

const READ =
  /^\/?([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9\-.]{1,64}))?(?:\/(_history)(?:\/([0-9]{1,9}))?)?(?:\?(.*))?$/;

async function readOne(course: Course, request: JsonObject): Promise<string> {
  const part = partOf(course, request);
  const url = plainPath(String(request.url));
  const ofServer = METADATA.exec(url);
  if (ofServer) {
    // Open to all and about nobody, so that it is not on record.
    part.query = pairsOf(ofServer[1] ?? '');
    return textOf(await metadata(part, course.dependencies), part, request.method === 'HEAD');
  }
  const [, type = '', id, past, version, query = ''] = READ.exec(url) ?? [];
  const audited = interactionOf(id, past, version);
  try {
    if (type === '' || (past !== undefined && id === undefined && version !== undefined)) {
      throw refused('bad-request', {
        code: 'invalid',
        rule: 'batch-url',
        text: 'The url of a read should be Type/id, Type/id/_history, Type/id/_history/version, Type/_history, Type?search, or metadata.',
      });
    }
    const interaction = audited.action === 'E' ? 's' : 'r';
    const access = readAccess(type, id, interaction);
    if (!opens(part.caller!.scopes, type, access)) throw outOfScope(type, interaction, access.whole);
    part.path = {
      type,
      ...(id === undefined ? {} : { id }),
      ...(version === undefined ? {} : { version }),
    };
    part.query = pairsOf(query);
    const answer = await answerOf(part, { id, past, version }, course.dependencies);
    const text = await textOf(answer, part, request.method === 'HEAD');
    record(course, audited, part, answer.status);
    return text;
  } catch (error) {
    if (error instanceof Refused) record(course, audited, part, statusOf[error.failure.category]);
    throw error;
  }
}

/** The scope that the same read needs when it comes alone. */
function readAccess(type: string, id: string | undefined, interaction: 'r' | 's'): ScopeAccess {
  return type === 'Bundle' && id !== undefined ? { interaction, whole: true } : { interaction };
}

/** What the audit trail calls it: the same as if it had come alone. */
function interactionOf(
  id: string | undefined,
  past: string | undefined,
  version: string | undefined,
): Audited {
  if (past === undefined)
    return id === undefined
      ? { action: 'E', interaction: 'search-type' }
      : { action: 'R', interaction: 'read' };
  if (version !== undefined) return { action: 'R', interaction: 'vread' };
  return { action: 'R', interaction: id === undefined ? 'history-type' : 'history-instance' };
}

/** @throws Refused (403) where the answer has more bytes than there is room for */
async function textOf(answer: Answer, part: RequestContext, isHead: boolean): Promise<string> {
  const { status, headers } = answer;
  const text = isHead ? undefined : await contentOf(answer, part);
  if (text !== undefined && Buffer.byteLength(text) > part.maxAnswerBytes) throw tooCostly(part);
  const response = stringify({
    status: String(status),
    ...(headers?.ETag === undefined ? {} : { etag: headers.ETag }),
    ...(headers?.['Last-Modified'] === undefined
      ? {}
      : { lastModified: new Date(headers['Last-Modified']).toISOString() }),
  });
  return text === undefined ? `{"response":${response}}` : `{"resource":${text},"response":${response}}`;
}

/** A document is read only where there is room for all of it. */
async function contentOf(
  { json, resource, stream }: Answer,
  part: RequestContext,
): Promise<string | undefined> {
  if (!resource || !stream) return json ?? (resource && stringify(resource));
  if ((4 * stream.size) / 3 > part.maxAnswerBytes) throw tooCostly(part);
  const pieces: string[] = [];
  for await (const piece of stream.pieces()) pieces.push(piece.toString('base64'));
  return stringify({ ...resource, data: pieces.join('') });
}

function answerOf(
  context: RequestContext,
  { id, past, version }: { id: string | undefined; past: string | undefined; version: string | undefined },
  dependencies: BatchDependencies,
): Promise<Answer> {
  if (id === undefined && past !== undefined) return historyOfType(context, dependencies);
  if (id === undefined) return search(context, Buffer.alloc(0), dependencies);
  if (version !== undefined) return vread(context, dependencies);
  if (past !== undefined) return history(context, dependencies);
  if (context.path.type === 'Binary') {
    return binary({ ...context, query: [...context.query, ['_format', 'json']] }, dependencies);
  }
  return read(context, dependencies);
}
