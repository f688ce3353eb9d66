/**
 * Makes the plan of a submission: reads stored data, and matches, resolves and finds the next versions. Repeats until
 * all the locks that the plan needs are held, and until the patient of each entry is known.
 */
import { append } from '../../fhir/long-lists';
import { inSlices } from '../../platform/in-slices';
import type { Queryable } from '../../platform/postgres';
import type { Tracing } from '../../platform/tracing';
import { tellUnreadAlike } from './conditions/kept-unread';
import type { SubmitDependencies } from './dependencies';
import { patientLocks } from './locks/first-locks';
import { lockOn, takeLocks } from './locks/take-locks';
import { match } from './match/match';
import type { MatchInput } from './match/match-input';
import { missingEntries } from './match/missing-entries';
import { patientKeysIn } from './match/patient-by-key';
import { remarkOnChangesOfOther } from './next-version/changes-of-other';
import { remarkOnLeft } from './next-version/left-by-retraction';
import { nextVersions } from './next-version/next-versions';
import { remarkOnOtherSummary } from './next-version/other-summary';
import type { Plan } from './next-version/plan';
import { remarkOnReferences } from './next-version/refers-to-withdrawn';
import { remarkOnStatedElsewhere } from './next-version/retracted-of-other';
import { remarkOnStoredAgain } from './next-version/stores-again';
import { fileByReferences, type Filed } from './one-patient/file-by-references';
import { leadsNowhere } from './one-patient/refer-nowhere';
import { onePatient } from './one-patient/one-patient';
import { mayActFor } from './permit/may-act-for';
import type { PreparedSubmission } from './prepare';
import { isAlike } from './recognise/compare-with-lineage';
import type { Earlier } from './recognise/earlier-submissions';
import { resolveConditionalReferences } from './resolve/conditional-references';
import { resolve } from './resolve/resolve';
import { isRetraction } from './patient-statement';
import { failure, type EntryRequest, type Result } from './steps';
import { madeAt } from './stored-before/read-origins';
import { storedBefore, type StoredBefore } from './stored-before/stored-before';

/** @param held the locks that are held; those that the plan needs are taken and added */
export async function makePlan(
  tx: Queryable,
  submission: PreparedSubmission,
  earlier: readonly Earlier[],
  held: Set<string>,
  dependencies: SubmitDependencies,
): Promise<Result<Plan>> {
  const { validated, edition } = submission;
  const { received } = validated;
  const { definitions, tracing } = dependencies;
  const forConditions = { ...dependencies.match, ...definitions };
  const literal = await resolveConditionalReferences(tx, validated.requests, received, forConditions);
  if (!literal.ok) return literal;
  const requests = literal.value;
  if (requests !== validated.requests) await takeMissing(tx, patientLocks(requests, definitions), held);
  const isSummary = definitions.isSummary(validated.bundle);
  const made = madeAt(edition.lastUpdated, received.receivedAt);
  const about = { received, requests, isSummary, madeAt: made, identifier: edition.identifier, earlier };
  const checked = async (plan: Plan, input: MatchInput): Promise<Result<Plan>> => {
    const missing = missingEntries(plan.entries, input);
    if (!isSummary) append(missing, await leadsNowhere(tx, plan, received, forConditions));
    if (missing.length > 0) return failure('invalid', missing);
    const alike = await tellUnreadAlike(tx, plan, input.before.found, received, forConditions);
    const remarked = await remarkOnReferences(tx, alike, received.from.sender, definitions);
    const sent = { received, isFirst: earlier.length === 0 };
    const left = await remarkOnLeft(tx, remarked, sent, definitions);
    const stated = await remarkOnStatedElsewhere(tx, left, input, edition.identifier, definitions);
    const changed = await remarkOnChangesOfOther(tx, stated, input, edition.identifier, definitions);
    const since = await remarkOnStoredAgain(tx, changed, input, definitions);
    const told = isSummary ? await remarkOnOtherSummary(tx, since, sent, definitions) : since;
    return tracing.step('one patient', () => onePatient(tx, told, validated, forConditions));
  };
  let led: Filed = new Map();
  for (;;) {
    const read = { ...about, led };
    const before = await tracing.step('stored before', () => storedBefore(tx, read, dependencies));
    if (!before.ok) return before;
    const [newest] = earlier;
    const input = {
      ...inputOf(submission, requests, before.value, dependencies),
      lastUpdated: made,
      saysTheSame: newest !== undefined && isAlike(edition, newest),
      led,
    };
    const planned = await planFrom(input, tracing);
    if (!planned.ok) return planned;
    if (await takeMissing(tx, planned.value.locks, held)) continue;
    const filed = await fileByReferences(tx, planned.value, led, received, forConditions);
    if (!filed.ok) return filed;
    if (isSame(filed.value, led)) return checked(planned.value, input);
    led = filed.value;
    const isRead = [...led.values()].every((id) => isKnown(id, planned.value, input));
    const locks = [...led.values()].map((id) => lockOn('3-patient', id));
    if ((await takeMissing(tx, locks, held)) || !isRead) continue;
    const again = await planFrom({ ...input, led }, tracing);
    if (!again.ok) return again;
    if (await takeMissing(tx, again.value.locks, held)) continue;
    return checked(again.value, input);
  }
}

const isSame = (one: Filed, other: Filed): boolean =>
  one.size === other.size && [...one].every(([index, id]) => other.get(index) === id);

/** True when the patient is stored and was read, or is an entry. */
const isKnown = (id: string, { entries }: Plan, { before, patients }: MatchInput): boolean =>
  before.resources.has(`${patients.type}/${id}`) ||
  entries.some((each) => each.id === id && each.definition.type === patients.type);

/** Match, resolve, next versions: pure functions of what was sent and what is stored. */
async function planFrom(input: MatchInput, { step }: Pick<Tracing, 'step'>): Promise<Result<Plan>> {
  const matched = await step('match', () => inSlices(match(input)));
  if (!matched.ok) return matched;
  const resolved = await step('resolve', () => inSlices(resolve(matched.value.entries, input)));
  return step('next version', () => inSlices(nextVersions(resolved, matched.value, input)));
}

function inputOf(
  { validated }: PreparedSubmission,
  requests: readonly EntryRequest[],
  before: StoredBefore,
  { definitions, permit, newId, idOfKey, fhirBase }: SubmitDependencies,
): Omit<MatchInput, 'lastUpdated' | 'saysTheSame' | 'led'> {
  const { received, entries, bundle } = validated;
  return {
    requests,
    views: new Map(entries.map((view) => [view.index, view])),
    sender: received.from.sender,
    isSummary: definitions.isSummary(bundle),
    restates: received.restates,
    isRetraction: isRetraction(requests, definitions.patients, received.restates?.except),
    emptied: received.emptied,
    before,
    mayActFor: (odsCode) => mayActFor(odsCode, received, permit),
    resolve: definitions.resolverOf(entries),
    fhirBase: fhirBase(),
    definitionOf: definitions.definitionOf,
    patients: definitions.patients,
    people: definitions.people,
    patientIndexes: requests
      .filter(({ resource }) => resource.resourceType === definitions.patients.type)
      .map(({ index }) => index),
    patientKeys: patientKeysIn(requests, definitions.patients.type),
    newId,
    idOfKey,
  };
}

/** @returns whether locks were missing. Then what was read before must be read again. */
async function takeMissing(tx: Queryable, locks: Iterable<string>, held: Set<string>): Promise<boolean> {
  const missing = new Set([...locks].filter((lock) => !held.has(lock)));
  if (missing.size === 0) return false;
  await takeLocks(tx, missing);
  for (const lock of missing) held.add(lock);
  return true;
}
