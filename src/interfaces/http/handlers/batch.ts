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
import { namedIn } from '../named-in-body';
import { takeNotes } from '../request-notes';
import { type Answer, type RequestContext, Refused, refused } from '../request-context';
import { nothing } from '../../../use-cases/call/disclosed';
import { tooCostly } from '../../../use-cases/call/failures';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { auditedRequestOf, type AuditedAnswer, type AuditedRequest } from '../audit-facts-of';
import { abandoned, outOfScope } from '../refusals';
import { renderingOf } from '../rendering';
import { noteRules } from '../request-line';
import type { Audited } from '../route';
import { statusOf } from '../status';
import { readEntry } from './batch-read';
import type { MetadataDependencies } from './metadata';
import { originOf, withOutcome, type SubmitHandlerDependencies } from './submit';

export interface BatchDependencies extends SubmitHandlerDependencies {
  reading: ReadingDependencies;
  /** The CapabilityStatement, which an entry may ask for. */
  statement: MetadataDependencies;
  /** Records what one entry asked for, and what was disclosed to it. */
  recordEntry: (asked: AuditedRequest, answer: AuditedAnswer) => Promise<void>;
}

/** What the entries share. */
interface BatchWork {
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
      text: `The batch has more than ${MAX_ENTRIES} entries. Send several batches.`,
      expression: 'Bundle.entry',
    });
  }
  context.note({ interaction: 'batch', bundleType: 'batch' });
  const { maxAnswerBytes } = context;
  const keptBack = Math.min(expansionIn(context) * REFUSAL_BYTES, maxAnswerBytes / 2 / (entries.length || 1));
  const work: BatchWork = {
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
      parts.push(await one(work, isObject(entry) ? entry : {}, index));
      // Others are served between two entries, however many there are.
      await nextTurn();
    }
  } finally {
    await Promise.all(work.records);
  }
  const kept = await keep(work, decoded);
  if (context.gone.aborted) throw abandoned();
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
async function keep(work: BatchWork, decoded: Decoded): Promise<{ id?: string }> {
  const { context, dependencies, stored } = work;
  if (!context.caller!.scopes.allows('Bundle', 'c')) return {};
  const id = await keepBatch(decoded, stored, dependencies);
  // Its record has been committed together with it; a batch that came before has none yet of this time.
  context.note({ submissionId: id, recorded: id === decoded.received.id });
  return { id };
}

/** One entry and its answer, as JSON text. A fault of one is no matter of the others. */
async function one(work: BatchWork, entry: JsonObject, index: number): Promise<string> {
  const request = isObject(entry.request) ? entry.request : {};
  const text = await textOfOne(work, entry, request, index);
  work.room += work.keptBack - expansionIn(work.context) * Buffer.byteLength(text);
  return text;
}

/** How much larger than its JSON an answer may be that is not plain JSON. */
function expansionIn(context: RequestContext): number {
  const { format, pretty } = renderingOf(context);
  return format === 'json' && !pretty ? 1 : 3;
}

async function textOfOne(
  work: BatchWork,
  entry: JsonObject,
  request: JsonObject,
  index: number,
): Promise<string> {
  try {
    // The first is counted already: it is the batch itself.
    if (index > 0) await counted(work, entry, request);
    return request.method === 'GET' || request.method === 'HEAD'
      ? await readOne(work, request)
      : await writeOne(work, entry, request, index);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { category, issues } = error.failure;
    noteRules(work.context, issues);
    const placed = issues.map((issue) => ({
      ...issue,
      expression: issue.expression ?? `Bundle.entry[${index}].request`,
    }));
    return stringify({ response: { status: String(statusOf[category]), outcome: operationOutcome(placed) } });
  }
}

/**
 * A thousand entries are a thousand requests, and are judged by the rights of their moment.
 * @throws Refused where this one is one too many, or is allowed no more
 */
async function counted(work: BatchWork, entry: JsonObject, request: JsonObject): Promise<void> {
  try {
    work.context.countPart?.();
    await work.context.admitAgain?.();
    if (performance.now() > work.until) throw outOfTime();
    if (work.room <= 0) throw new Refused(tooCostly(work.context.maxAnswerBytes).failure);
  } catch (error) {
    const status = error instanceof Refused ? statusOf[error.failure.category] : 429;
    const audited: Audited = { action: 'E', interaction: 'batch' };
    record(work, { audited, request, entry }, { status, disclosed: nothing });
    throw error;
  }
}

const outOfTime = (): Refused =>
  refused('throttled', {
    code: 'throttled',
    rule: 'batch-time',
    text: `The entries before this one took ${MAX_MILLIS / 1000} seconds, the limit for one batch. Send this entry and the later entries in another batch.`,
  });

async function writeOne(
  work: BatchWork,
  entry: JsonObject,
  request: JsonObject,
  index: number,
): Promise<string> {
  const { context, dependencies, stored } = work;
  if (!context.caller!.scopes.allows('Bundle', 'c')) {
    const audited: Audited = { action: 'C', interaction: 'batch' };
    record(work, { audited, request, entry }, { status: 403, disclosed: nothing });
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

/** One read, recorded as if it had come alone. @throws Refused for its failure */
async function readOne(work: BatchWork, request: JsonObject): Promise<string> {
  const { context, dependencies, room } = work;
  const { audited, query, reply } = await readEntry(context, String(request.url), {
    maxBytes: Math.max(0, Math.floor(room / expansionIn(context)) - PART_BYTES),
    isHead: request.method === 'HEAD',
    ...dependencies,
  });
  const status = reply.ok ? 200 : statusOf[reply.failure.category];
  if (audited) record(work, { audited, request, query }, { status, disclosed: reply.disclosed });
  if (!reply.ok) throw new Refused(reply.failure);
  return reply.answer;
}

/** Records one entry: what it asked, and what was disclosed to it. */
function record(
  { context, dependencies, records }: BatchWork,
  {
    audited,
    request: { method, url },
    entry,
    query = [],
  }: { audited: Audited; request: JsonObject; entry?: JsonObject; query?: AuditedRequest['query'] },
  answer: AuditedAnswer,
): void {
  const { breakGlass } = context.notes;
  const { notes, note } = takeNotes();
  if (breakGlass !== undefined) note({ breakGlass });
  // Refused before it was worked on: whom it was about is in it, and nowhere else.
  if (entry) note(namedIn(Buffer.from(stringify(entry)), dependencies.definitions.patients));
  const written = dependencies.recordEntry(
    {
      ...auditedRequestOf(audited, context),
      method: /^[A-Z]{1,10}$/.test(String(method)) ? String(method) : 'GET',
      url: `/FHIR/R4/${String(url).replace(/^\//, '')}`,
      query,
      notes,
    },
    answer,
  );
  // Whoever waits for it is answered with its failure; until then it is nobody's to catch.
  written.catch(() => undefined);
  records.push(written);
}

/** A batch of one entry speaks of entry 0; the batch's sender knows it by its own place. */
function placeOf(expression: string | undefined, index: number): { expression?: string } {
  return expression === undefined
    ? {}
    : { expression: expression.replace(/^Bundle\.entry\[0\]/, `Bundle.entry[${index}]`) };
}
