/**
 * Takes in a Bundle: the one way in, whichever interface it comes through. This file is the table of contents; each step is a
 * file of its own.
 *
 * receive → recognise → decode → repair → validate → permit → [one transaction: match → resolve → write] → acknowledge.
 *
 * What a sender can cause is a value (a `Refusal`), and is kept with the bytes that came; an exception is a bug or a
 * lost database, and leaves nothing behind.
 */
import type { Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import { asksForAnotherTry } from '../../platform/postgres';
import { idsIn } from '../../engines/store/owners';
import { split } from '../../engines/store/submission-body';
import { answeredAgain } from './acknowledge';
import { bundleTypeOf } from './commit/bundle-facts';
import { validate } from './validate/validate';
import { conditionsIn } from './conditions/conditions-in';
import { keepRefusal } from './commit/keep-refusal';
import { storeSubmission, type StoreOutcome } from './store-submission';
import { permit } from './permit/permit';
import type { SubmitDependencies } from './dependencies';
import type {
  BundleKind,
  DecodedBundle,
  Failure,
  Receipt,
  Received,
  Refusal,
  Result,
  Validated,
} from './steps';
import { refusedAsTooCostly } from './too-costly';
import { findSameBytes, type Earlier } from './stored-before/stored-before';

export type Submitted = { ok: true; receipt: Receipt } | { ok: false; refusal: Refusal };

/**
 * @param received what came, with its id and its time: `receive`
 * @param decoded its Bundle, or why it has none: `decode`. What cannot be decoded is kept too
 * @param accepts the Bundle types that the interface takes, such as `atTheBase`
 * @example the whole of an interface that takes files from a folder
 * const received = receive(
 *   {
 *     door: 'folder',
 *     caller,
 *     reach: readRestriction(caller),
 *     bytes,
 *     contentType: 'application/fhir+json',
 *     format: formatOfContent(bytes),
 *     handling: 'default',
 *   },
 *   newId,
 *   now(),
 * );
 * const submitted = await submit(received, decode(received), atTheBase, dependencies);
 */
export async function submit(
  received: Received,
  decoded: Result<DecodedBundle>,
  accepts: readonly BundleKind[],
  dependencies: SubmitDependencies,
): Promise<Submitted> {
  const same = await findSameBytes(dependencies.database, received.from.sender, received.sha256);
  if (same) return resent(same, dependencies, received);

  if (!decoded.ok) return refuse(received, undefined, decoded.failure, [], dependencies);
  const { bundle } = decoded.value;
  await noteConditions(received, bundle, dependencies);
  const checked = validate({ received, ...decoded.value }, accepts, dependencies);
  if (!checked.ok) return refuse(received, bundle, checked.failure, [], dependencies);

  const { validated, issues } = checked.value;
  const forbidden = await permit(validated, dependencies);
  if (forbidden) return refuse(received, bundle, forbidden, issues, dependencies);
  const filed = await storeSafely(validated, issues, dependencies);
  if (!filed.ok) return refuse(received, bundle, filed.failure, issues, dependencies);
  if (filed.value.outcome === 'resent')
    return resent(filed.value.of, dependencies, received, filed.value.positions);
  return { ok: true, receipt: filed.value.receipt };
}

/** For the audit record, whatever becomes of the submission: what its conditions ask, and of whom. */
async function noteConditions(
  { asked }: Received,
  bundle: AnyResource,
  { patientsBehind }: SubmitDependencies,
): Promise<void> {
  asked.conditions.push(...conditionsIn(bundle));
  for (const id of await patientsBehind(idsIn(asked.conditions))) asked.patients.add(id);
}

/** A deadlock or a serialization failure rolled everything back: the transaction is begun again, as if for the first time. */
async function storeSafely(
  validated: Validated,
  issues: readonly Issue[],
  dependencies: SubmitDependencies,
): Promise<Result<StoreOutcome>> {
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
      return await storeSubmission(validated, issues, body, dependencies);
    } catch (error) {
      if (attempt >= 5 || !asksForAnotherTry(error))
        return refusedAsTooCostly(error, validated, dependencies.database);
      await new Promise((resolve) => setTimeout(resolve, 5 * attempt * (1 + Math.random())));
    }
  }
}

async function resent(
  of: Earlier,
  dependencies: SubmitDependencies,
  received: Received,
  positions?: readonly number[],
): Promise<Submitted> {
  await dependencies.onResend?.(of, received);
  return {
    ok: true,
    receipt: {
      submissionId: of.id,
      outcome: 'resent',
      kind: of.kind,
      receivedAt: of.receivedAt,
      ...answeredAgain(of, positions),
    },
  };
}

async function refuse(
  received: Received,
  bundle: AnyResource | undefined,
  why: Failure,
  remarks: readonly Issue[],
  dependencies: SubmitDependencies,
): Promise<Submitted> {
  const told: Failure = {
    category: why.category,
    issues: dependencies.presentable([...why.issues, ...remarks]),
  };
  const submissionId = await keepRefusal(received, bundle, told, dependencies);
  const bundleType = bundleTypeOf(bundle);
  return { ok: false, refusal: { submissionId, bundleType, failure: told } };
}
