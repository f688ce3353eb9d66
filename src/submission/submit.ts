/**
 * Takes in a Bundle: the one way in, whichever door it came by. This file is the table of contents; each step is a
 * file of its own.
 *
 * receive → recognise → decode → repair → validate → permit → [one transaction: match → resolve → write] → acknowledge.
 *
 * What a sender can cause is a value (a `Refusal`), and is kept with the bytes that came; an exception is a bug or a
 * lost database, and leaves nothing behind.
 */
import type { EntryView } from '../definitions/rule';
import type { Issue } from '../fhir/issue';
import { isResourceType } from '../fhir/r4/definitions';
import { isFault } from '../fhir/issue';
import { asksForAnotherTry } from '../platform/postgres';
import { entriesOf } from '../validation/entries';
import { inDocumentOrder } from '../validation/outcome';
import { split } from '../store/submission-body';
import { decode } from './decode';
import { intentsOf } from './intents';
import { keepRefusal } from './keep-refusal';
import { file, type Filed } from './file';
import { permit } from './permit';
import { receive } from './receive';
import type { SubmitDependencies } from './dependencies';
import type {
  BundleKind,
  Decoded,
  Failure,
  Incoming,
  Receipt,
  Received,
  Refusal,
  Result,
  Validated,
} from './steps';
import { failure, success } from './steps';
import { findSameBytes, type Earlier } from './world';

export type Submitted = { ok: true; receipt: Receipt } | { ok: false; refusal: Refusal };

/** @param accepts the Bundle types that this door takes */
export async function submit(
  incoming: Incoming,
  accepts: readonly BundleKind[],
  dependencies: SubmitDependencies,
): Promise<Submitted> {
  const received = receive(incoming, dependencies.newId, dependencies.now());
  const same = await findSameBytes(dependencies.database, received.from.sender, received.sha256);
  if (same) return resent(same, dependencies, received);

  const decoded = decode(received);
  if (!decoded.ok) return refuse(received, undefined, decoded.failure, [], dependencies);
  const checked = check(decoded.value, accepts, dependencies);
  if (!checked.ok) return refuse(received, decoded.value, checked.failure, [], dependencies);

  const { validated, issues } = checked.value;
  const forbidden = await permit(validated, dependencies);
  if (forbidden) return refuse(received, decoded.value, forbidden, issues, dependencies);
  const filed = await fileSafely(validated, issues, dependencies);
  if (!filed.ok) return refuse(received, decoded.value, filed.failure, issues, dependencies);
  if (filed.value.outcome === 'resent') return resent(filed.value.of, dependencies, received);
  return { ok: true, receipt: filed.value.receipt };
}

/** Repairs, then validates: every fault at once. */
function check(
  decoded: Decoded,
  accepts: readonly BundleKind[],
  { validator, definitionOf }: SubmitDependencies,
): Result<{ validated: Validated; issues: Issue[] }> {
  const { bundle, received, kind } = decoded;
  const { handling } = received;
  const unwelcome = doorIssue(decoded, accepts);
  if (unwelcome) return failure('invalid', unwelcome);
  const repaired = validator.repair(bundle, handling);
  const entries = entriesOf(bundle);
  const { intents, issues: requestIssues } = intentsOf(bundle, kind, entries);
  requestIssues.push(...notTaken(entries, definitionOf));
  const validation = validator.validateBundle(repaired.mended, {
    handling,
    now: received.receivedAt,
    repaired: repaired.issues,
  });
  const issues = inDocumentOrder(bundle, [...decoded.issues, ...validation.issues, ...requestIssues]);
  if (issues.some(isFault)) return failure('invalid', ...issues);
  return success({
    issues,
    validated: {
      ...decoded,
      entries,
      repairs: repaired.repairs,
      review: [...new Set([...repaired.review, ...validation.review])],
      intents,
    },
  });
}

/** Types that a sender can't send: those that this server alone writes. A name that is no type is told elsewhere. */
function notTaken(entries: readonly EntryView[], definitionOf: SubmitDependencies['definitionOf']): Issue[] {
  return entries.flatMap(({ index, resource }) => {
    const sentence = isResourceType(resource.resourceType) && definitionOf(resource.resourceType).notTaken;
    if (!sentence) return [];
    const issue: Issue = {
      severity: 'error',
      code: 'not-supported',
      rule: 'submission-type',
      text: sentence,
      expression: `Bundle.entry[${index}].resource`,
    };
    return [issue];
  });
}

/** A Bundle that is fine in itself may have come by the wrong door. */
function doorIssue({ bundle, kind }: Decoded, accepts: readonly BundleKind[]): Issue | undefined {
  if (accepts.includes(kind) || bundle.type !== kind) return undefined;
  return {
    severity: 'error',
    code: 'value',
    rule: 'submission-door',
    text:
      kind === 'transaction' || kind === 'batch'
        ? `A ${kind} is posted to the FHIR base itself (POST /FHIR/R4).`
        : `This path takes ${accepts.map((each) => `a ${each}`).join(' or ')}.`,
    expression: 'Bundle.type',
    source: 'https://hl7.org/fhir/R4/http.html#transaction',
  };
}

/** A deadlock or a serialization failure rolled everything back: the transaction is begun again, as if for the first time. */
async function fileSafely(
  validated: Validated,
  issues: readonly Issue[],
  dependencies: SubmitDependencies,
): Promise<Result<Filed>> {
  const documents = dependencies.documentsIn(validated.bundle);
  const stored = await split(validated.received.bytes, documents);
  const cuts = new Set(stored.documents.map(({ sha256 }) => sha256));
  const cut = [...new Map(documents.map((each) => [each.sha256.toString('hex'), each]))];
  const body = {
    ...stored,
    cut: cut.filter(([sha256]) => cuts.has(sha256)).map(([, document]) => document),
    inline: documents,
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await file(validated, issues, body, dependencies);
    } catch (error) {
      if (attempt >= 5 || !asksForAnotherTry(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 * attempt * (1 + Math.random())));
    }
  }
}

async function resent(of: Earlier, dependencies: SubmitDependencies, received: Received): Promise<Submitted> {
  await dependencies.onResend?.(of, received);
  return {
    ok: true,
    receipt: {
      submissionId: of.id,
      outcome: 'resent',
      kind: of.kind,
      receivedAt: of.receivedAt,
      issues: of.issues,
      stored: of.stored,
    },
  };
}

async function refuse(
  received: Received,
  decoded: Decoded | undefined,
  why: Failure,
  remarks: readonly Issue[],
  dependencies: SubmitDependencies,
): Promise<Submitted> {
  const told: Failure = {
    category: why.category,
    issues: dependencies.presentable([...why.issues, ...remarks]),
  };
  await keepRefusal(received, decoded?.bundle, told, dependencies);
  return { ok: false, refusal: { submissionId: received.id, failure: told } };
}
