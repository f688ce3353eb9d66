/** `POST /FHIR/R4` and `POST /FHIR/R4/Bundle`: the doors by which senders submit over HTTP. */
import { operationOutcome } from '../../fhir/operation-outcome';
import type { AnyResource } from '../../fhir/types';
import { transactionResponse } from '../../submission/acknowledge';
import type { SubmitDependencies } from '../../submission/dependencies';
import { receive } from '../../submission/receive';
import type {
  BundleKind,
  Decoded,
  Incoming,
  Origin,
  Receipt,
  Received,
  Result,
  StoredEntry,
} from '../../submission/steps';
import { submitReceived, type Submitted } from '../../submission/submit';
import { type Answer, type Exchange, Refused } from '../exchange';
import { noteRules } from '../request-line';
import type { Route } from '../route';
import { bodyFormatOf } from '../request-format';

export interface SubmitHandlerDependencies extends SubmitDependencies {
  /** `HANDLING`: what senders get who ask for nothing. */
  handling: 'default' | 'strict';
  /** The submission as a FHIR Bundle, for `Prefer: return=representation`. */
  bundleOf: (submissionId: string) => Promise<AnyResource | undefined>;
  /** The stored versions that a transaction wrote, for `Prefer: return=representation`. */
  contentsOf: (stored: readonly StoredEntry[]) => Promise<(entry: StoredEntry) => AnyResource | undefined>;
}

/** The bundle types that each path takes. */
export const atTheBase: readonly BundleKind[] = ['collection', 'document', 'message', 'transaction'];
export const atBundle: readonly BundleKind[] = ['collection', 'document', 'message'];

export function submitHandler(
  accepts: readonly BundleKind[],
  dependencies: SubmitHandlerDependencies,
): Route['handler'] {
  return async (exchange, body) => {
    const incoming = incomingOf(exchange, body, dependencies);
    const received = receive(incoming, dependencies.newId, exchange.now);
    return answerOf(exchange, await takenIn(exchange, received, accepts, dependencies), dependencies);
  };
}

/**
 * Hands the body to the one way in.
 * @param read what has been made of the body already
 */
export async function takenIn(
  exchange: Exchange,
  received: Received,
  accepts: readonly BundleKind[],
  dependencies: SubmitHandlerDependencies,
  read?: Result<Decoded>,
): Promise<Submitted> {
  const submitted = await submitReceived(received, accepts, dependencies, read);
  const { audit } = exchange;
  if (submitted.ok) {
    audit.submissionId = submitted.receipt.submissionId;
    audit.bundleType = submitted.receipt.kind;
  } else {
    const { submissionId, bundleType, failure } = submitted.refusal;
    audit.submissionId = submissionId;
    if (bundleType !== undefined) audit.bundleType = bundleType;
    noteRules(exchange, failure.issues);
  }
  audit.recorded = true;
  return submitted;
}

/** What an HTTP request hands to the one way in. */
export function incomingOf(
  exchange: Exchange,
  bytes: Buffer,
  { handling }: Pick<SubmitHandlerDependencies, 'handling'>,
  interaction?: Origin['interaction'],
): Incoming {
  return {
    door: 'http',
    caller: exchange.caller!,
    reach: exchange.reach,
    bytes,
    contentType: String(exchange.request.headers['content-type']),
    format: bodyFormatOf(exchange.request),
    handling: exchange.prefer.handling === 'strict' ? 'strict' : handling,
    requestId: exchange.requestId,
    origin: originOf(exchange, interaction),
  };
}

/** What the audit record of a submission is to know of the request that brought it. */
export function originOf({ request, address }: Exchange, interaction?: Origin['interaction']): Origin {
  return {
    ...(interaction === undefined ? {} : { interaction }),
    ...(address === undefined ? {} : { address }),
    target: `${request.method} ${request.originalUrl.split('?')[0]}`,
  };
}

export async function answerOf(
  exchange: Exchange,
  submitted: Submitted,
  dependencies: SubmitHandlerDependencies,
): Promise<Answer> {
  if (!submitted.ok) throw new Refused(submitted.refusal.failure);
  const { receipt } = submitted;
  const headers: Record<string, string> = { 'X-Submission-ID': receipt.submissionId };
  if (receipt.kind === 'transaction') {
    const representation = exchange.prefer.return === 'representation';
    const contentOf = representation ? await dependencies.contentsOf(shownTo(exchange, receipt)) : undefined;
    const minimal = { status: 200, headers, resource: transactionResponse(receipt) };
    return exchange.prefer.return === 'minimal'
      ? minimal
      : {
          status: 200,
          headers,
          resource: withOutcome(transactionResponse(receipt, contentOf), receipt),
          otherwise: minimal,
        };
  }
  headers.Location = `${exchange.fhirBase}/Bundle/${receipt.submissionId}/_history/1`;
  headers.ETag = 'W/"1"';
  headers['Last-Modified'] = receipt.receivedAt.toUTCString();
  const status = receipt.outcome === 'stored' ? 201 : 200;
  return {
    status,
    headers,
    ...(await bodyOf(exchange, receipt, dependencies)),
    // It is stored: an answer that would be too large gives way to a smaller one.
    otherwise: { status, headers, ...outcomeOf(receipt) },
  };
}

const outcomeOf = (receipt: Receipt): Partial<Answer> => ({
  resource: operationOutcome(receipt.issues) as unknown as AnyResource,
});

/** What a sender is shown of a transaction: what it has made, and what it may read; not what a condition found. */
function shownTo({ caller, reach }: Exchange, { stored }: Receipt): StoredEntry[] {
  const mayRead = (type: string): boolean =>
    reach.kind === 'all' &&
    caller!.scopes.allows(type, 'r') &&
    caller!.scopes.restrictions(type, 'r') === null;
  return stored.filter(({ created, type }) => created || mayRead(type));
}

async function bodyOf(
  exchange: Exchange,
  receipt: Receipt,
  dependencies: SubmitHandlerDependencies,
): Promise<Partial<Answer>> {
  if (exchange.prefer.return === 'minimal') return {};
  if (exchange.prefer.return === 'representation') {
    const bundle = await dependencies.bundleOf(receipt.submissionId);
    if (bundle) return { resource: bundle };
  }
  return outcomeOf(receipt);
}

/** What there is to say of a transaction: with the entry that it is about, and with the first one where with none. */
export function withOutcome(response: AnyResource, receipt: Receipt): AnyResource {
  if (receipt.issues.length === 0) return response;
  const entries = (response.entry ?? []) as { response: { outcome?: unknown } }[];
  receipt.stored.forEach((stored, position) => {
    const mine = receipt.issues.filter(({ expression = '' }) =>
      expression.startsWith('Bundle.entry[')
        ? expression.startsWith(`Bundle.entry[${stored.index}]`)
        : position === 0,
    );
    const entry = entries[position];
    if (mine.length > 0 && entry) entry.response.outcome = operationOutcome(mine);
  });
  return response;
}
