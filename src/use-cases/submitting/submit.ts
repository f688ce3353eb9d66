/**
 * Takes in a Bundle: the one way in, whichever interface it comes through. This file is the table of contents; each
 * step is a file or a folder of its own.
 *
 * receive → decode → recognise → repair → validate → permit →
 * [one transaction: match → resolve → next version → decompose → commit] → acknowledge.
 *
 * What a sender can cause is a value (a `Refusal`), and is kept with the bytes that came; an exception is a bug or a
 * lost database, and leaves nothing behind.
 */
import type { Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import { idsIn } from '../../engines/store/owners';
import { kindFault } from './accepted-kinds';
import { acknowledgeAgain } from './acknowledge';
import { keepRefusal } from './commit/keep-refusal';
import { conditionsIn } from './conditions/conditions-in';
import type { SubmitDependencies } from './dependencies';
import { permit } from './permit/permit';
import { bundleTypeOf } from './recognise/bundle-facts';
import type { Earlier } from './recognise/earlier-submissions';
import { recognise } from './recognise/recognise';
import { repair } from './repair';
import type { BundleKind, DecodedBundle, Failure, Receipt, Received, Refusal, Result } from './steps';
import { storeSubmission } from './store-submission';
import { prepare } from './prepare';
import { validate } from './validate/validate';

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
  const earlier = await recognise(dependencies.database, received);
  if (earlier) return resent(received, earlier, undefined, dependencies);

  if (!decoded.ok) return refuse(received, undefined, decoded.failure, dependencies);
  const { bundle } = decoded.value;
  const refused = (why: Failure, remarks: readonly Issue[] = []): Promise<Submitted> =>
    refuse(received, bundle, { ...why, issues: [...why.issues, ...remarks] }, dependencies);
  await noteConditions(received, bundle, dependencies);
  const unwelcome = kindFault(decoded.value, accepts);
  if (unwelcome) return refused(unwelcome);

  const forValidating = { ...dependencies.validate, ...dependencies.definitions };
  const repaired = repair({ received, ...decoded.value }, forValidating);
  const checked = validate(repaired, forValidating);
  if (!checked.ok) return refused(checked.failure);

  const { validated, issues } = checked.value;
  const forbidden = await permit(validated, dependencies);
  if (forbidden) return refused(forbidden, issues);

  const stored = await storeSubmission(await prepare(validated, issues, dependencies), dependencies);
  if (!stored.ok) return refused(stored.failure, issues);
  const { value } = stored;
  return value.outcome === 'resent'
    ? resent(received, value.of, value.positions, dependencies)
    : { ok: true, receipt: value.receipt };
}

/** For the audit record, whatever becomes of the submission: what its conditions ask, and of whom. */
async function noteConditions(
  { asked }: Received,
  bundle: AnyResource,
  { match: { patientsBehind } }: SubmitDependencies,
): Promise<void> {
  asked.conditions.push(...conditionsIn(bundle));
  for (const id of await patientsBehind(idsIn(asked.conditions))) asked.patients.add(id);
}

/** Sent before: the first answer is given again, and nothing is written but the audit record. */
async function resent(
  received: Received,
  of: Earlier,
  positions: readonly number[] | undefined,
  { commit }: SubmitDependencies,
): Promise<Submitted> {
  await commit.onResend?.(of, received);
  return { ok: true, receipt: acknowledgeAgain(of, positions) };
}

/** The refusal is kept with the bytes, and what the sender is answered is what is kept. */
async function refuse(
  received: Received,
  bundle: AnyResource | undefined,
  { category, issues }: Failure,
  dependencies: SubmitDependencies,
): Promise<Submitted> {
  const failure: Failure = { category, issues: dependencies.validate.presentable(issues) };
  const submissionId = await keepRefusal(received, bundle, failure, dependencies);
  return { ok: false, refusal: { submissionId, bundleType: bundleTypeOf(bundle), failure } };
}
