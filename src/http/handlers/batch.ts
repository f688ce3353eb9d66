/**
 * `POST /FHIR/R4` with a `batch`: entries for themselves, reads included. Each entry that writes is a submission of its
 * own (a batch of one), so that what is stored can always be traced to the bytes that came; the batch itself is
 * kept too. Each has an audit record of its own, as if it had come alone. @see https://hl7.org/fhir/R4/http.html#transaction
 */
import { stringify } from '../../fhir/decimal';
import { operationOutcome } from '../../fhir/operation-outcome';
import { isObject, type JsonObject } from '../../fhir/types';
import { keepBatch } from '../../submission/batch';
import { transactionResponse } from '../../submission/acknowledge';
import type { Decoded, StoredEntry } from '../../submission/steps';
import { submit } from '../../submission/submit';
import { type Answer, type Exchange, Refused, refused } from '../exchange';
import { outOfScope } from '../refusals';
import { pairsOf } from '../request-head';
import { opens, type Audited, type ScopeAccess } from '../route';
import { statusOf } from '../status';
import { binary } from './binary';
import { history, historyOfType, type HistoryDependencies } from './history';
import { read, vread } from './read';
import { search } from './search';
import { originOf, type SubmitHandlerDependencies } from './submit';

export interface BatchDependencies extends SubmitHandlerDependencies, HistoryDependencies {
  /** Records what one entry asked for. */
  auditPart: (audited: Audited, exchange: Exchange, answer: { status: number }) => Promise<void>;
}

/** What the entries share. */
interface Course {
  exchange: Exchange;
  dependencies: BatchDependencies;
  stored: StoredEntry[];
  /** Audit records that are being written: the answer waits for them all. */
  records: Promise<void>[];
}

const MAX_ENTRIES = 1000;

export async function batch(
  exchange: Exchange,
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
  exchange.audit.interaction = 'batch';
  const course: Course = { exchange, dependencies, stored: [], records: [] };
  const parts: string[] = [];
  try {
    for (const [index, entry] of entries.entries())
      parts.push(await one(course, isObject(entry) ? entry : {}, index));
  } finally {
    await Promise.all(course.records);
  }
  const id = await keepBatch(decoded, course.stored, dependencies);
  exchange.audit.submissionId = id;
  // Its record has been committed together with it; a batch that came before has none yet of this time.
  exchange.audit.recorded = id === received.id;
  const head = stringify({
    resourceType: 'Bundle',
    id,
    type: 'batch-response',
    timestamp: received.receivedAt.toISOString(),
  });
  return {
    status: 200,
    headers: { 'X-Submission-ID': id },
    json: parts.length === 0 ? head : `${head.slice(0, -1)},"entry":[${parts.join(',')}]}`,
  };
}

/** One entry and its answer, as JSON text. A fault of one is no matter of the others. */
async function one(course: Course, entry: JsonObject, index: number): Promise<string> {
  const request = isObject(entry.request) ? entry.request : {};
  try {
    // The first is counted already: it is the batch itself.
    if (index > 0) counted(course, request);
    return request.method === 'GET' || request.method === 'HEAD'
      ? await readOne(course, request)
      : await writeOne(course, entry, request, index);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { category, issues } = error.failure;
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
    course.exchange.countPart?.();
  } catch (error) {
    record(course, { action: 'E', interaction: 'batch' }, partOf(course.exchange, request), 429);
    throw error;
  }
}

async function writeOne(
  course: Course,
  entry: JsonObject,
  request: JsonObject,
  index: number,
): Promise<string> {
  const { exchange, dependencies, stored } = course;
  if (!exchange.caller!.scopes.allows('Bundle', 'c')) {
    record(course, { action: 'C', interaction: 'batch' }, partOf(exchange, request), 403);
    throw outOfScope('Bundle', 'c');
  }
  const bytes = Buffer.from(stringify({ resourceType: 'Bundle', type: 'batch', entry: [entry] }));
  const submitted = await submit(
    {
      door: 'http',
      caller: exchange.caller!,
      reach: exchange.reach,
      bytes,
      contentType: 'application/fhir+json',
      format: 'json',
      handling: exchange.prefer.handling === 'strict' ? 'strict' : dependencies.handling,
      requestId: exchange.requestId,
      origin: originOf(exchange, 'batch'),
    },
    ['batch'],
    dependencies,
  );
  if (!submitted.ok) {
    const { category, issues } = submitted.refusal.failure;
    throw new Refused({
      category,
      issues: issues.map((issue) => ({ ...issue, ...placeOf(issue.expression, index) })),
    });
  }
  const { receipt } = submitted;
  stored.push(...receipt.stored.map((each) => ({ ...each, index })));
  const response = transactionResponse(receipt) as unknown as { entry: object[] };
  return stringify(response.entry[0] ?? { response: { status: '200 OK' } });
}

/** The exchange of one entry: the batch's, with what this entry asks and an audit of its own. */
function partOf(exchange: Exchange, { method, url }: JsonObject): Exchange {
  const { breakGlass } = exchange.audit;
  return {
    ...exchange,
    query: [],
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

function record({ dependencies, records }: Course, audited: Audited, part: Exchange, status: number): void {
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

const READ =
  /^\/?([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9\-.]{1,64}))?(?:\/(_history)(?:\/([0-9]{1,9}))?)?(?:\?(.*))?$/;

async function readOne(course: Course, request: JsonObject): Promise<string> {
  const part = partOf(course.exchange, request);
  const [, type = '', id, past, version, query = ''] = READ.exec(String(request.url)) ?? [];
  const audited = interactionOf(id, past, version);
  try {
    if (type === '' || (past !== undefined && id === undefined && version !== undefined)) {
      throw refused('bad-request', {
        code: 'invalid',
        rule: 'batch-url',
        text: 'The url of a read should be Type/id, Type/id/_history, Type/id/_history/version, Type/_history, or Type?search.',
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
    record(course, audited, part, answer.status);
    return textOf(answer, request.method === 'HEAD');
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

function textOf({ status, headers, json, resource }: Answer, isHead: boolean): string {
  const text = json ?? (resource && stringify(resource));
  const response = stringify({
    status: String(status),
    ...(headers?.ETag === undefined ? {} : { etag: headers.ETag }),
    ...(headers?.['Last-Modified'] === undefined
      ? {}
      : { lastModified: new Date(headers['Last-Modified']).toISOString() }),
  });
  return text === undefined || isHead
    ? `{"response":${response}}`
    : `{"resource":${text},"response":${response}}`;
}

function answerOf(
  exchange: Exchange,
  { id, past, version }: { id: string | undefined; past: string | undefined; version: string | undefined },
  dependencies: BatchDependencies,
): Promise<Answer> {
  if (id === undefined && past !== undefined) return historyOfType(exchange, dependencies);
  if (id === undefined) return search(exchange, Buffer.alloc(0), dependencies);
  if (version !== undefined) return vread(exchange, dependencies);
  if (past !== undefined) return history(exchange, dependencies);
  if (exchange.path.type === 'Binary') {
    return binary({ ...exchange, query: [...exchange.query, ['_format', 'json']] }, dependencies);
  }
  return read(exchange, dependencies);
}
