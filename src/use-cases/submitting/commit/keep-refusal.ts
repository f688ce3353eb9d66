/** A refused submission is kept whole, with its outcome: for the sender's and the reviewer's eyes. */
import type { AnyResource } from '../../../fhir/types';
import { commit } from '../../../engines/store/commit';
import { bundleTypeOf, lineageOf } from './bundle-facts';
import { patientsNamedIn } from './patients-named-in';
import { split } from '../../../engines/store/submission-body';
import type { SubmitDependencies } from '../dependencies';
import type { Failure, Received } from '../steps';
import { submissionRows } from '../decompose/decompose';

export async function keepRefusal(
  received: Received,
  bundle: AnyResource | undefined,
  failure: Failure,
  dependencies: SubmitDependencies,
): Promise<void> {
  const { nhsNumbers, patients, isAll } = await patientsNamedIn(bundle, dependencies);
  const httpStatus = dependencies.statusOf(failure.category);
  const rows = submissionRows(
    {
      id: received.id,
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
      submissionId: received.id,
      httpStatus,
      patients,
      nhsNumbers,
      ...(isAll ? {} : { namedMore: true }),
      stored: [],
    }) ?? [];
  const others = [...rows, ...audit];
  await commit(
    dependencies.database,
    { writes: [], withdrawals: [], documents: [], others },
    dependencies.witness,
  );
}
