/** Stores a refused submission whole, with its outcome, for its sender and for reviewers. */
import type { AnyResource } from '../../../fhir/types';
import { bucketOf, inBucket } from '../../../platform/ids';
import { textOfBody } from '../../../platform/text-of-body';
import { commit } from '../../../engines/store/commit';
import { split } from '../../../engines/store/submission-body';
import type { SubmitDependencies } from '../dependencies';
import { bundleTypeOf, lineageOf } from '../recognise/bundle-facts';
import type { Failure, Received } from '../steps';
import { patientsNamedIn } from './patients-named-in';
import { recordOf } from './record-of';

/** How many bytes are searched for NHS numbers when the body could not be read as a Bundle. */
const MOST_LOOKED_THROUGH = 1024 * 1024;

const unread = ({ bytes }: Received): string => textOfBody(bytes.subarray(0, MOST_LOOKED_THROUGH));

/**
 * @param bundle undefined when the body could not be decoded
 * @returns the id of the stored refusal; it has the bucket of the patient that the body names, if it names one
 */
export async function keepRefusal(
  received: Received,
  bundle: AnyResource | undefined,
  failure: Failure,
  dependencies: SubmitDependencies,
): Promise<string> {
  const { database, commit: committing } = dependencies;
  const { nhsNumbers, patients, isAll } = await patientsNamedIn(bundle ?? unread(received), dependencies);
  const [named, ...more] = patients;
  const isOfOne = named !== undefined && more.length === 0;
  const submissionId = isOfOne ? inBucket(received.id, bucketOf(named)) : received.id;
  const others = recordOf(
    {
      submissionId,
      received,
      body: await split(received.bytes, []),
      end: failure.category,
      bundleType: bundleTypeOf(bundle),
      patients,
      nhsNumbers,
      namedMore: !isAll,
      edition: { identifier: lineageOf(bundle?.identifier) },
      issues: failure.issues,
      bundle,
    },
    committing,
  );
  await commit(database, { writes: [], withdrawals: [], documents: [], others }, committing.witness);
  return submissionId;
}
