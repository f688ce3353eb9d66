/**
 * `POST /FHIR/R4` with a `batch`: entries for themselves, reads included. Each entry that writes is a submission of its
 * own (a batch of one), so that what is stored can always be traced to the bytes that came; the batch itself is
 * kept too. @see https://hl7.org/fhir/R4/http.html#transaction
 */
import { stringify } from '../../fhir/decimal';
import { operationOutcome } from '../../fhir/operation-outcome';
import { isObject, type JsonObject } from '../../fhir/types';
import { keepBatch } from '../../submission/batch';
import { transactionResponse } from '../../submission/acknowledge';
import type { Decoded, StoredEntry } from '../../submission/steps';
import { submit } from '../../submission/submit';
import { type Answer, type Exchange, Refused, refused } from '../exchange';
import { pairsOf } from '../request-head';
import { statusOf } from '../status';
import { binary } from './binary';
import { history, historyOfType, type HistoryDependencies } from './history';
import { read, vread } from './read';
import { search } from './search';
import { originOf, senderOf, type SubmitHandlerDependencies } from './submit';

export type BatchDependencies = SubmitHandlerDependencies & HistoryDependencies;

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
  const stored: StoredEntry[] = [];
  const parts: string[] = [];
  for (const [index, entry] of entries.entries()) {
    parts.push(await one(exchange, isObject(entry) ? entry : {}, index, stored, dependencies));
  }
  const id = await keepBatch(decoded, stored, dependencies);
  exchange.audit.submissionId = id;
  exchange.audit.interaction = 'batch';
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
async function one(
  exchange: Exchange,
  entry: JsonObject,
  index: number,
  stored: StoredEntry[],
  dependencies: BatchDependencies,
): Promise<string> {
  try {
    const request = isObject(entry.request) ? entry.request : {};
    return request.method === 'GET' || request.method === 'HEAD'
      ? await readOne(exchange, request, dependencies)
      : await writeOne(exchange, entry, index, stored, dependencies);
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

async function writeOne(
  exchange: Exchange,
  entry: JsonObject,
  index: number,
  stored: StoredEntry[],
  dependencies: BatchDependencies,
): Promise<string> {
  if (!exchange.caller!.scopes.allows('Bundle', 'c')) throw forbidden('Bundle', 'c');
  const bytes = Buffer.from(stringify({ resourceType: 'Bundle', type: 'batch', entry: [entry] }));
  const submitted = await submit(
    {
      door: 'batch',
      from: senderOf(exchange),
      bytes,
      contentType: 'application/fhir+json',
      format: 'json',
      handling: exchange.prefer.handling === 'strict' ? 'strict' : dependencies.handling,
      requestId: exchange.requestId,
      origin: originOf(exchange),
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

/** A batch of one entry speaks of entry 0; the batch's sender knows it by its own place. */
function placeOf(expression: string | undefined, index: number): { expression?: string } {
  return expression === undefined
    ? {}
    : { expression: expression.replace(/^Bundle\.entry\[0\]/, `Bundle.entry[${index}]`) };
}

const READ =
  /^\/?([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9\-.]{1,64}))?(?:\/(_history)(?:\/([0-9]{1,9}))?)?(?:\?(.*))?$/;

async function readOne(
  exchange: Exchange,
  request: JsonObject,
  dependencies: BatchDependencies,
): Promise<string> {
  const [, type = '', id, past, version, query = ''] = READ.exec(String(request.url)) ?? [];
  if (type === '' || (past !== undefined && id === undefined && version !== undefined)) {
    throw refused('bad-request', {
      code: 'invalid',
      rule: 'batch-url',
      text: 'The url of a read should be Type/id, Type/id/_history, Type/id/_history/version, Type/_history, or Type?search.',
    });
  }
  const interaction = id === undefined && past === undefined ? 's' : 'r';
  if (!exchange.caller!.scopes.allows(type, interaction)) throw forbidden(type, interaction);
  const inner: Exchange = {
    ...exchange,
    path: { type, ...(id === undefined ? {} : { id }), ...(version === undefined ? {} : { version }) },
    query: pairsOf(query),
  };
  const asked = query === '' ? [] : [`${type}?${query}`];
  if (asked.length > 0) exchange.audit.query = [exchange.audit.query ?? [], asked].flat().join('\n');
  const answer = await answerOf(inner, { id, past, version }, dependencies);
  const resource = answer.json ?? (answer.resource && stringify(answer.resource));
  const response = stringify({
    status: String(answer.status),
    ...(answer.headers?.ETag === undefined ? {} : { etag: answer.headers.ETag }),
    ...(answer.headers?.['Last-Modified'] === undefined
      ? {}
      : { lastModified: new Date(answer.headers['Last-Modified']).toISOString() }),
  });
  return resource === undefined || request.method === 'HEAD'
    ? `{"response":${response}}`
    : `{"resource":${resource},"response":${response}}`;
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

function forbidden(type: string, interaction: string): Refused {
  return refused('forbidden', {
    code: 'forbidden',
    rule: 'http-scope',
    text: `The token’s scopes do not allow this; it takes system/${type}.${interaction}.`,
  });
}
