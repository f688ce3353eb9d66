/**
 * Submits a Bundle. Every interface uses this one function. It calls the steps in order; each step is a file or a
 * folder.
 *
 * receive → decode → recognise → repair → validate → permit →
 * [one transaction: match → resolve → next version → decompose → commit] → acknowledge.
 *
 * A fault of the sender is a value (a `Refusal`), and is stored with the received bytes. An exception is a bug or a
 * lost database, and nothing is stored.
 */
import { append } from '../../fhir/long-lists';
import { inSlices } from '../../platform/in-slices';
import type { Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import { idsIn } from '../../engines/store/owners';
import { kindFault } from './accepted-kinds';
import { acknowledgeAgain } from './acknowledge';
import { keepRefusal } from './commit/keep-refusal';
import { keepResend } from './commit/keep-resend';
import { conditionsIn } from './conditions/conditions-in';
import type { SubmitDependencies } from './dependencies';
import { permit } from './permit/permit';
import { bundleTypeOf } from './recognise/bundle-facts';
import type { Earlier } from './recognise/earlier-submissions';
import { recognise } from './recognise/recognise';
import { repair } from './repair';
import type { BundleKind, DecodedBundle, Failure, Received, Result, Submitted } from './steps';
import { storeSubmission } from './store-submission';
import { prepare } from './prepare';
import { validate } from './validate/validate';

export type { Submitted } from './steps';

/**
 * @param received the received body, with its id and time, from `receive`
 * @param decoded its Bundle, or the fault, from `decode`. A body that cannot be decoded is stored too
 * @param accepts the Bundle types that the interface accepts, such as `atTheBase`
 * @example the whole of an interface that takes files from a folder
 * const received = await inSlices(
 *   receive(
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
  const submitted = await judgeAndStore(received, decoded, accepts, dependencies);
  dependencies.onEnded?.(received, submitted);
  return submitted;
}

async function judgeAndStore(
  received: Received,
  decoded: Result<DecodedBundle>,
  accepts: readonly BundleKind[],
  dependencies: SubmitDependencies,
): Promise<Submitted> {
  const { database, tracing } = dependencies;
  const earlier = await tracing.step('recognise', () => recognise(database, received));
  if (earlier) return resent(received, earlier, undefined, dependencies);

  if (!decoded.ok) return keepRefused(received, undefined, decoded.failure, dependencies);
  const { bundle } = decoded.value;
  const refused = (why: Failure, remarks: readonly Issue[] = []): Promise<Submitted> =>
    keepRefused(received, bundle, { ...why, issues: [...why.issues, ...remarks] }, dependencies);
  await noteConditions(received, bundle, dependencies);
  const unwelcome = kindFault(decoded.value, accepts);
  if (unwelcome) return refused(unwelcome);

  const forValidating = { ...dependencies.validate, ...dependencies.definitions };
  const whole = { received, ...decoded.value };
  // What the rules and the rows need of the documents is remembered: it takes long, and is done in slices here.
  await tracing.step('documents', () => inSlices(dependencies.decompose.documentsIn(bundle)));
  const repaired = await tracing.step('repair', () => inSlices(repair(whole, forValidating)));
  const checked = await tracing.step('validate', () => inSlices(validate(repaired, forValidating)));
  if (!checked.ok) return refused(checked.failure);

  const { validated, issues } = checked.value;
  const forbidden = await tracing.step('permit', () => permit(validated, dependencies));
  if (forbidden) return refused(forbidden, issues);

  const prepared = await tracing.step('prepare', () => prepare(validated, issues, dependencies));
  const stored = await storeSubmission(prepared, dependencies);
  if (!stored.ok) return refused(stored.failure, issues);
  const { value } = stored;
  return value.outcome === 'resent'
    ? resent(received, value.of, value.positions, dependencies)
    : { ok: true, receipt: value.receipt };
}

/** Notes the conditions and the patients that they ask about, for the audit record of every outcome. */
async function noteConditions(
  { asked }: Received,
  bundle: AnyResource,
  { match: { patientsBehind } }: SubmitDependencies,
): Promise<void> {
  append(asked.conditions, conditionsIn(bundle));
  const { patients } = await patientsBehind(idsIn(asked.conditions));
  for (const id of patients) asked.patients.add(id);
}

/** Answers a resend: repeats the first answer, and writes only the audit record. */
async function resent(
  received: Received,
  of: Earlier,
  positions: readonly number[] | undefined,
  { database, commit }: SubmitDependencies,
): Promise<Submitted> {
  const receipt = acknowledgeAgain(of, positions);
  if (received.alongside === undefined) await commit.onResend?.(of, received);
  else await keepResend(database, of, received, receipt.issues, commit);
  return { ok: true, receipt };
}

/**
 * Refuses what an interface does not accept: too large, of an unknown sender, to be answered at an address that is not
 * allowed.
 * @param bundle absent when it was not decoded
 */
export async function refuse(
  received: Received,
  why: Failure,
  dependencies: SubmitDependencies,
  bundle?: AnyResource,
): Promise<Submitted> {
  const submitted = await keepRefused(received, bundle, why, dependencies);
  dependencies.onEnded?.(received, submitted);
  return submitted;
}

/** Stores the refusal with the bytes and with the answer that the sender gets. */
async function keepRefused(
  received: Received,
  bundle: AnyResource | undefined,
  { category, issues }: Failure,
  dependencies: SubmitDependencies,
): Promise<Submitted> {
  const failure: Failure = { category, issues: dependencies.validate.presentable(issues) };
  const submissionId = await dependencies.tracing.step('keep refusal', () =>
    keepRefusal(received, bundle, failure, dependencies),
  );
  return { ok: false, refusal: { submissionId, bundleType: bundleTypeOf(bundle), failure } };
}
