/** Writes a plan in one statement: the rows, their history, the documents, the submission and its audit record. */
import type { Slices } from '../../../fhir/slices';
import { inSlices } from '../../../platform/in-slices';
import { commit as writeInOneStatement } from '../../../engines/store/commit';
import { isInError } from '../../../fhir/in-error';
import type { AnyResource } from '../../../fhir/types';
import { bucketOf, inBucket } from '../../../platform/ids';
import type { Queryable } from '../../../platform/postgres';
import { acknowledge } from '../acknowledge';
import { decompose, type Written } from '../decompose/decompose';
import type { SubmissionDefinitions, SubmitDependencies } from '../dependencies';
import type { Plan } from '../next-version/plan';
import type { StoredResource } from '../stored-before/stored-resource';
import type { Earlier } from '../recognise/earlier-submissions';
import type { Receipt } from '../steps';
import type { PreparedSubmission } from '../prepare';
import { recordOf } from './record-of';

/** @param earlier the submissions of its lineage, newest first: it corrects the first one */
export async function commit(
  tx: Queryable,
  plan: Plan,
  submission: PreparedSubmission,
  earlier: readonly Earlier[],
  dependencies: SubmitDependencies,
): Promise<Receipt> {
  const { validated, edition, body } = submission;
  const { received, kind, bundle } = validated;
  const [corrected] = earlier;
  // The id was made at receipt, before the patient was known. A submission about one patient now gets that patient's
  // bucket.
  const submissionId =
    plan.patientId === null ? received.id : inBucket(received.id, bucketOf(plan.patientId));
  const written = await dependencies.tracing.step('decompose', () =>
    inSlices(decomposed(submissionId, plan, submission, dependencies)),
  );
  const { presentable } = dependencies.validate;
  const issues = presentable([...submission.issues, ...plan.issues]);
  const before = submissionsBefore(plan, earlier);
  const passedOnBefore =
    before.length === 0 ? [] : ((await dependencies.commit.passedOnTo?.(tx, before)) ?? []);
  const record = recordOf(
    {
      submissionId,
      received,
      body,
      end: kind === 'transaction' || kind === 'batch' ? 'ok' : 'created',
      bundleType: kind,
      patients: [...plan.patients.keys()],
      nhsNumbers: nhsNumbersOf(plan, bundle, dependencies.definitions),
      patientId: plan.patientId,
      edition,
      lineagePosition: edition.identifier === undefined ? undefined : (corrected?.position ?? 0) + 1,
      replaces: corrected?.id,
      issues,
      repairs: validated.repairs,
      review: [...new Set([...validated.review, ...plan.review])],
      stored: written.stored,
      bundle,
      withdrawn: plan.withdrawn.map(({ type, id, version }) => ({ type, id, version: version + 1 })),
      takenBack: takenBackBy(plan).map(({ type, id }) => ({ type, id })),
      passedOnBefore,
    },
    dependencies.commit,
  );
  const kept = new Set(written.commit.documents.map(({ sha256 }) => sha256.toString('hex')));
  const documents = [
    ...written.commit.documents,
    ...body.cut.filter(({ sha256 }) => !kept.has(sha256.toString('hex'))),
  ];
  const others = [...written.commit.others, ...record];
  // Outside of the database first: a row is never without its object.
  const placed = await dependencies.documents.put(tx, documents);
  const whole = { ...written.commit, documents: placed, others };
  await writeInOneStatement(tx, whole, dependencies.commit.witness);
  return acknowledge({ submissionId, received, kind, issues, stored: written.stored });
}

/** The submissions that brought what this one corrects, changes or withdraws. */
function submissionsBefore({ entries, withdrawn }: Plan, earlier: readonly Earlier[]): string[] {
  const changed = entries.flatMap(({ write, stored }) => (write && stored ? [stored] : []));
  const wrote = [...changed, ...withdrawn].map((each) => each.contentFrom ?? each.submissionId);
  return [...new Set([...earlier.map(({ id }) => id), ...wrote])];
}

const SUPERSEDED = 'superseded';

/** What was valid before, and is withdrawn, entered in error or superseded. What is history only takes nothing back. */
function takenBackBy({ entries, withdrawn }: Plan): StoredResource[] {
  const retracted = entries.flatMap(({ write, stored, lateAfter, resource }) =>
    write && stored && lateAfter === undefined && isNoLonger(stored.content, resource) ? [stored] : [],
  );
  return [...retracted, ...withdrawn.filter(({ content }) => !isInError(content))];
}

const isNoLonger = (before: AnyResource, now: AnyResource): boolean =>
  (isInError(now) && !isInError(before)) || (now.status === SUPERSEDED && before.status !== SUPERSEDED);

/** The NHS numbers in the Bundle, and those of every other patient concerned. */
function nhsNumbersOf(
  plan: Plan,
  bundle: AnyResource,
  { patients }: Pick<SubmissionDefinitions, 'patients'>,
): string[] {
  const concerned = [...plan.patients.values()].filter((nhsNumber) => nhsNumber !== undefined);
  return [...new Set([...patients.nhsNumbersIn(bundle), ...concerned])];
}

function decomposed(
  submissionId: string,
  plan: Plan,
  { validated, edition }: PreparedSubmission,
  dependencies: SubmitDependencies,
): Slices<Written> {
  const { received, kind, bundle } = validated;
  const { definitions, decompose: parts, newId } = dependencies;
  const { sender } = received.from;
  const lastUpdated = dependencies.now();
  return decompose({
    plan,
    submissionId,
    sender,
    lastUpdated,
    newId,
    ...(kind === 'transaction' ? { positions: edition.positions } : {}),
    definitionOf: definitions.definitionOf,
    bundleHeadOf: ([first]) => parts.bundleHeadOf(bundle, first?.index === 0 ? first : undefined),
    provenanceOf: (written) => parts.provenanceOf({ submissionId, sender, recorded: lastUpdated, written }),
  });
}
