/**
 * `POST /FHIR/R4` with a `batch`: handles each entry separately, reads included. Each entry that writes is a submission
 * by itself (a batch of one), so that stored data can always be traced to the received bytes. The batch is stored too.
 * Each entry has its own audit record, as if it had been sent separately.
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
import { append } from '../../../fhir/long-lists';
import { inSlices } from '../../../platform/in-slices';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isInstant } from '../../../fhir/r4/dates';
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
import { batchTurns } from './batch-turns';
import type { MetadataDependencies } from './metadata';
import { originOf, withOutcome, type SubmitHandlerDependencies } from './submit';

export interface BatchDependencies extends SubmitHandlerDependencies {
  reading: ReadingDependencies;
  /** The CapabilityStatement, which an entry may request. */
  statement: MetadataDependencies;
  /** Records what one entry requested, and what was disclosed to it. */
  recordEntry: (asked: AuditedRequest, answer: AuditedAnswer) => Promise<void>;
}

/** The state that the entries of a batch share. */
interface BatchWork {
  context: RequestContext;
  dependencies: BatchDependencies;
  stored: StoredEntry[];
  /** Audit records that are being written. The answer is sent after all of them are durable. */
  records: Promise<void>[];
  /** Bytes left in the answer, without the bytes reserved for each entry to come. */
  room: number;
  keptBack: number;
  /** Why the caller lost its rights while the batch ran. Every later entry is refused for the same reason. */
  revoked?: Refused;
  /**
   * When the batch says that it was made: what is older does not turn newer content back, and an entry that a later batch
   * says again is applied again.
   */
  made: { meta?: { lastUpdated: string } };
  /** When the work for one request ends, on the clock of `performance.now()`. */
  until: number;
}

const MAX_ENTRIES = 1000;
/** The longest time for one batch; the client must send the entries that remain in another. */
const MAX_MILLIS = 60_000;
/** Bytes around the entries of the answer, and around one of them. */
const HEAD_BYTES = 300;
const PART_BYTES = 150;
/** So many audit records of a batch wait to be written at most: other requests have theirs behind them. */
const RECORDS_AT_ONCE = 20;
const inOwnTurn = batchTurns();
/** Bytes reserved for each entry, so that its refusal fits. */
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
    made: madeAt(bundle),
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
      const waiting = { millis: Math.max(0, work.until - performance.now()), signal: context.gone };
      await inOwnTurn(received.from.sender, waiting, async () => {
        if (!context.gone.aborted) parts.push(await one(work, isObject(entry) ? entry : {}, index));
      });
      if (work.records.length >= RECORDS_AT_ONCE) await Promise.all(work.records.splice(0));
      // Lets other requests run between two entries.
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
  // The sizes of the entries were estimated. The answer is sent even if it is a little too large, because it says what
  // was stored.
  return { ...answer, otherwise: answer };
}

/**
 * Stores the batch of a caller that may submit. A batch of reads by another caller is only recorded in the audit trail.
 */
async function keep(work: BatchWork, decoded: Decoded): Promise<{ id?: string }> {
  const { context, dependencies, stored } = work;
  if (!context.caller!.scopes.allows('Bundle', 'c')) return {};
  const id = await keepBatch(decoded, stored, dependencies);
  // A new batch's record was committed with it. A batch that was stored before has no record of this time yet.
  context.note({ submissionId: id, recorded: id === decoded.received.id });
  return { id };
}

/** Handles one entry, and returns its answer as JSON text. A fault in one entry does not affect the others. */
async function one(work: BatchWork, entry: JsonObject, index: number): Promise<string> {
  const request = isObject(entry.request) ? entry.request : {};
  const text = await textOfOne(work, entry, request, index);
  work.room += work.keptBack - expansionIn(work.context) * Buffer.byteLength(text);
  return text;
}

/** How many times larger than plain JSON the answer may become in the requested format. */
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
    // The first entry is already counted as the batch itself.
    if (index > 0) await counted(work, entry, request);
    refuseOddRequest(work, entry, request, index);
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
 * Counts an entry against the rate limit, and checks the caller's current rights: a thousand entries count as a
 * thousand requests.
 * @throws Refused when the entry exceeds the limit, or the caller has lost the right
 */
async function counted(work: BatchWork, entry: JsonObject, request: JsonObject): Promise<void> {
  try {
    if (work.revoked) throw work.revoked;
    await work.context.countPart?.();
    await stillAdmitted(work);
    if (performance.now() > work.until) throw outOfTime();
    if (work.room <= 0) throw new Refused(tooCostly(work.context.maxAnswerBytes).failure);
  } catch (error) {
    const status = error instanceof Refused ? statusOf[error.failure.category] : 429;
    const audited: Audited = { action: 'E', interaction: 'batch' };
    record(work, { audited, request, entry }, { status, disclosed: nothing });
    throw error;
  }
}

/** A time that is none says nothing, and is no fault of an entry. */
function madeAt({ meta }: AnyResource): BatchWork['made'] {
  const lastUpdated = isObject(meta) ? meta.lastUpdated : undefined;
  return typeof lastUpdated === 'string' && isInstant(lastUpdated) ? { meta: { lastUpdated } } : {};
}

/** @throws Refused when the method or the URL of an entry is not a string */
function refuseOddRequest(work: BatchWork, entry: JsonObject, request: JsonObject, index: number): void {
  for (const name of ['method', 'url']) {
    if (request[name] === undefined || typeof request[name] === 'string') continue;
    const audited: Audited = { action: 'E', interaction: 'batch' };
    record(work, { audited, request, entry }, { status: 400, disclosed: nothing });
    throw refused('bad-request', {
      code: 'invalid',
      rule: 'batch-url',
      text: `The ${name} of this entry is not a string. Send a string.`,
      expression: `Bundle.entry[${index}].request.${name}`,
    });
  }
}

/** Checks the caller's rights again. A caller that has lost them gets no further entry of this batch. */
async function stillAdmitted(work: BatchWork): Promise<void> {
  try {
    await work.context.admitAgain?.();
  } catch (error) {
    if (error instanceof Refused) work.revoked = error;
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
  const bundle: AnyResource = { resourceType: 'Bundle', ...work.made, type: 'batch', entry: [entry] };
  const received = await dependencies.tracing.step('receive', () =>
    inSlices(
      receive(
        {
          door: 'http',
          caller: context.caller!,
          reach: context.reachToWrite,
          bytes: Buffer.from(stringify(bundle)),
          contentType: 'application/fhir+json',
          format: 'json',
          handling: context.prefer.handling === 'strict' ? 'strict' : dependencies.handling,
          requestId: context.requestId,
          origin: originOf(context, 'batch'),
        },
        dependencies.newId,
        dependencies.now(),
      ),
    ),
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
  append(
    stored,
    receipt.stored.map((each) => ({ ...each, index })),
  );
  const issues = receipt.issues.map((issue) => ({ ...issue, ...placeOf(issue.expression, index) }));
  const here = receipt.stored.map((each) => ({ ...each, index }));
  const response = withOutcome(transactionResponse(receipt), { ...receipt, stored: here, issues });
  const [answered] = (response.entry ?? []) as object[];
  return stringify(answered ?? { response: { status: '200 OK' } });
}

/** Runs one read, and records it as if it had been sent separately. @throws Refused for its failure */
async function readOne(work: BatchWork, request: JsonObject): Promise<string> {
  const { context, dependencies, room } = work;
  const { audited, query, reply } = await readEntry(
    context,
    typeof request.url === 'string' ? request.url : '',
    {
      maxBytes: Math.max(0, Math.floor(room / expansionIn(context)) - PART_BYTES),
      isHead: request.method === 'HEAD',
      ...dependencies,
    },
  );
  const status = reply.ok ? 200 : statusOf[reply.failure.category];
  if (audited) record(work, { audited, request, query }, { status, disclosed: reply.disclosed });
  if (!reply.ok) throw new Refused(reply.failure);
  return reply.answer;
}

/** Records one entry: what it requested, and what was disclosed to it. */
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
  if (breakGlass !== undefined && audited.action !== 'C') note({ breakGlass });
  const write = async (): Promise<void> => {
    // An entry that was refused before it ran: only its body says which patients it was about.
    if (entry) note(await namedIn(Buffer.from(stringify(entry)), dependencies.definitions.patients));
    const request = {
      ...auditedRequestOf(audited, context),
      method: typeof method === 'string' && /^[A-Z]{1,10}$/.test(method) ? method : 'GET',
      url: `/FHIR/R4/${typeof url === 'string' ? url.replace(/^\//, '') : ''}`,
      query,
      notes,
    };
    await dependencies.recordEntry(request, answer);
  };
  const written = write();
  // The failure is reported by the code that awaits `records` later. This handler avoids an unhandled rejection until
  // then.
  written.catch(() => undefined);
  records.push(written);
}

/** Changes entry 0 of a batch of one into the entry's index in the sender's batch. */
function placeOf(expression: string | undefined, index: number): { expression?: string } {
  return expression === undefined
    ? {}
    : { expression: expression.replace(/^Bundle\.entry\[0\]/, `Bundle.entry[${index}]`) };
}
