/** `POST /FHIR/R4` and `POST /FHIR/R4/Bundle`: how senders submit over HTTP. */
import type { Slices } from '../../../fhir/slices';
import { inSlices } from '../../../platform/in-slices';
import { operationOutcome } from '../../../fhir/operation-outcome';
import { isObject, listOf, type AnyResource } from '../../../fhir/types';
import { refersToWhatIsStored } from '../../../use-cases/submitting/resolve/refers-to-what-is-stored';
import { transactionResponse } from '../../../use-cases/submitting/acknowledge';
import { decode } from '../../../use-cases/submitting/decode';
import type { SubmitDependencies } from '../../../use-cases/submitting/dependencies';
import { receive } from '../../../use-cases/submitting/receive';
import type {
  BundleKind,
  DecodedBundle,
  Incoming,
  Origin,
  Receipt,
  Received,
  Result,
  StoredEntry,
} from '../../../use-cases/submitting/steps';
import { submit, type Submitted } from '../../../use-cases/submitting/submit';
import { type Answer, type RequestContext, Refused } from '../request-context';
import { noteRules } from '../request-line';
import type { PlainHandler } from '../route';
import { bodyFormatOf } from '../request-format';

export interface SubmitHandlerDependencies extends SubmitDependencies {
  /** `HANDLING`: the handling of submissions that do not request one. */
  handling: 'default' | 'strict';
  /** The submission as a FHIR Bundle, for `Prefer: return=representation`. */
  bundleOf: (submissionId: string) => Promise<AnyResource | undefined>;
  /** The stored versions that a transaction wrote, for `Prefer: return=representation`. */
  contentsOf: (stored: readonly StoredEntry[]) => Promise<(entry: StoredEntry) => AnyResource | undefined>;
}

export function submitHandler(
  accepts: readonly BundleKind[],
  dependencies: SubmitHandlerDependencies,
): PlainHandler {
  return async (context, body) => {
    const { received, decoded } = await receivedAndDecoded(context, body, dependencies);
    const submitted = await submitNoted(context, received, decoded, accepts, dependencies);
    return answerOf(context, submitted, decoded, dependencies);
  };
}

/** Submits, and notes the result for the audit record of the request. */
export async function submitNoted(
  context: RequestContext,
  received: Received,
  decoded: Result<DecodedBundle>,
  accepts: readonly BundleKind[],
  dependencies: SubmitHandlerDependencies,
): Promise<Submitted> {
  const submitted = await submit(received, decoded, accepts, dependencies);
  noteSubmitted(context, submitted);
  return submitted;
}

/** Notes the result of a submission for the audit record of the request, which is committed already. */
export function noteSubmitted(context: RequestContext, submitted: Submitted): void {
  if (submitted.ok) {
    const { submissionId, kind } = submitted.receipt;
    context.note({ submissionId, bundleType: kind, recorded: true });
  } else {
    const { submissionId, bundleType, failure } = submitted.refusal;
    context.note({ submissionId, ...(bundleType === undefined ? {} : { bundleType }), recorded: true });
    noteRules(context, failure.issues);
  }
}

/** The first two steps: what was received, and its Bundle. */
export async function receivedAndDecoded(
  context: RequestContext,
  bytes: Buffer,
  dependencies: Pick<SubmitHandlerDependencies, 'handling' | 'newId' | 'tracing'>,
  interaction?: Origin['interaction'],
): Promise<{ received: Received; decoded: Result<DecodedBundle> }> {
  const { step } = dependencies.tracing;
  const received = await step('receive', () =>
    inSlices(receivedFrom(context, bytes, dependencies, interaction)),
  );
  return { received, decoded: await step('decode', () => inSlices(decode(received))) };
}

/** The input of a submission, from an HTTP request. */
function receivedFrom(
  context: RequestContext,
  bytes: Buffer,
  { handling, newId }: Pick<SubmitHandlerDependencies, 'handling' | 'newId'>,
  interaction?: Origin['interaction'],
): Slices<Received> {
  const incoming: Incoming = {
    door: 'http',
    caller: context.caller!,
    reach: context.reachToWrite,
    bytes,
    contentType: String(context.request.headers['content-type']),
    format: bodyFormatOf(context.request),
    handling: context.prefer.handling === 'strict' ? 'strict' : handling,
    requestId: context.requestId,
    origin: originOf(context, interaction),
  };
  return receive(incoming, newId, context.now);
}

/** The facts of the request for the audit record of its submission. */
export function originOf({ request, address }: RequestContext, interaction?: Origin['interaction']): Origin {
  return {
    ...(interaction === undefined ? {} : { interaction }),
    ...(address === undefined ? {} : { address }),
    target: `${request.method} ${request.originalUrl.split('?')[0]}`,
  };
}

export async function answerOf(
  context: RequestContext,
  submitted: Submitted,
  decoded: Result<DecodedBundle>,
  dependencies: SubmitHandlerDependencies,
): Promise<Answer> {
  if (!submitted.ok) throw new Refused(submitted.refusal.failure);
  const { receipt } = submitted;
  const headers: Record<string, string> = { 'X-Submission-ID': receipt.submissionId };
  if (receipt.kind === 'transaction') {
    const representation = context.prefer.return === 'representation';
    const contentOf = representation
      ? await dependencies.contentsOf(shownTo(context, receipt, decoded))
      : undefined;
    const minimal = { status: 200, headers, resource: transactionResponse(receipt) };
    return context.prefer.return === 'minimal'
      ? minimal
      : {
          status: 200,
          headers,
          resource: withOutcome(transactionResponse(receipt, contentOf), receipt),
          otherwise: minimal,
        };
  }
  headers.Location = `${context.fhirBase}/Bundle/${receipt.submissionId}/_history/1`;
  headers.ETag = 'W/"1"';
  headers['Last-Modified'] = receipt.receivedAt.toUTCString();
  const status = receipt.outcome === 'stored' ? 201 : 200;
  return {
    status,
    headers,
    ...(await bodyOf(context, receipt, dependencies)),
    // The submission is stored, so an answer that would be too large is replaced by a smaller one.
    otherwise: { status, headers, ...outcomeOf(receipt) },
  };
}

const outcomeOf = (receipt: Receipt): Partial<Answer> => ({
  resource: operationOutcome(receipt.issues) as unknown as AnyResource,
});

/**
 * The entries of a transaction whose content the sender may see: those that it may read, and those that it created only
 * from what it sent. Not what a condition found, and not a resource whose references were looked up, because they
 * disclose stored data and its id.
 */
function shownTo(
  { caller, reachToWrite: reach }: RequestContext,
  { stored }: Receipt,
  decoded: Result<DecodedBundle>,
): StoredEntry[] {
  const entries = decoded.ok ? listOf(decoded.value.bundle.entry) : [];
  const mayRead = (type: string): boolean =>
    reach.kind === 'all' &&
    caller!.scopes.allows(type, 'r') &&
    caller!.scopes.restrictions(type, 'r') === null;
  return stored.filter(({ created, type, index }) => {
    const sent = entries[index];
    return mayRead(type) || (created && isObject(sent) && !refersToWhatIsStored(sent.resource));
  });
}

async function bodyOf(
  context: RequestContext,
  receipt: Receipt,
  dependencies: SubmitHandlerDependencies,
): Promise<Partial<Answer>> {
  if (context.prefer.return === 'minimal') return {};
  if (context.prefer.return === 'representation') {
    const bundle = await dependencies.bundleOf(receipt.submissionId);
    if (bundle) return { resource: bundle };
  }
  return outcomeOf(receipt);
}

/** Adds the issues of a transaction: each to the entry that it is about, or to the first entry. */
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
