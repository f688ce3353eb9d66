/** A refused submission is kept whole, with its outcome: for the sender's and the reviewer's eyes. */
import type { AnyResource } from '../../../fhir/types';
import { bucketOf, inBucket } from '../../../platform/ids';
import { commit } from '../../../engines/store/commit';
import { bundleTypeOf, lineageOf } from './bundle-facts';
import { patientsNamedIn } from './patients-named-in';
import { split } from '../../../engines/store/submission-body';
import type { SubmitDependencies } from '../dependencies';
import type { Failure, Received } from '../steps';
import { submissionRows } from '../decompose/decompose';

/** @returns the id that the submission is kept under: in the bucket of the patient whom it names, where it names one */
export async function keepRefusal(
  received: Received,
  bundle: AnyResource | undefined,
  failure: Failure,
  dependencies: SubmitDependencies,
): Promise<string> {
  const { nhsNumbers, patients, isAll } = await patientsNamedIn(bundle, dependencies);
  const [named, ...others] = patients;
  const isOfOne = named !== undefined && others.length === 0;
  const submissionId = isOfOne ? inBucket(received.id, bucketOf(named)) : received.id;
  const httpStatus = dependencies.statusOf(failure.category);
  const rows = submissionRows(
    {
      id: submissionId,
      sender: received.from.sender,
      clientId: received.from.clientId,
      userName: received.from.userName,
      door: received.door,
      receivedAt: received.receivedAt,
      status: 'refused',
      httpStatus,
      sha256: received.sha256,
      size: received.bytes.length,
      contentType: received.contentType,
      requestId: received.requestId,
      bundleType: bundleTypeOf(bundle),
      bundleIdentifier: lineageOf(bundle?.identifier),
      bundleVersion: undefined,
      bundleLastUpdated: undefined,
      contentSha256: undefined,
      lineagePosition: undefined,
      replaces: undefined,
      nhsNumber: nhsNumbers[0],
      patientId: undefined,
      patients,
      issues: failure.issues,
      repairs: [],
      review: [],
      stored: [],
      withdrawn: [],
    },
    await split(received.bytes, []),
  );
  const audit =
    dependencies.auditRows?.({
      received,
      submissionId,
      httpStatus,
      patients,
      nhsNumbers,
      ...(isAll ? {} : { namedMore: true }),
      stored: [],
    }) ?? [];
  const writes = [...rows, ...audit];
  await commit(
    dependencies.database,
    { writes: [], withdrawals: [], documents: [], others: writes },
    dependencies.witness,
  );
  return submissionId;
}
