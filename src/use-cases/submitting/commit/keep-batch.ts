/** A batch is kept as it came, with what its entries stored; its entries are submissions of their own. */
import { commit } from '../../../engines/store/commit';
import { split } from '../../../engines/store/submission-body';
import type { SubmitDependencies } from '../dependencies';
import { lockOn, takeLocks } from '../locks/locks';
import type { Decoded, StoredEntry } from '../steps';
import { findKeptBatch } from '../stored-before/stored-before';
import { submissionRows } from '../decompose/decompose';
import { patientsNamedIn } from './patients-named-in';

/** Whoever reads a batch is shown all of its entries, so that its record names the patients of all. */
const MOST_OF_A_BATCH = 10_000;

/** @returns the batch's submission id: the first one's, where the very same bytes came before */
export async function keepBatch(
  { received, bundle }: Decoded,
  stored: readonly StoredEntry[],
  dependencies: SubmitDependencies,
): Promise<string> {
  const { sender, clientId, userName } = received.from;
  const body = await split(received.bytes, []);
  const named = await patientsNamedIn(bundle, dependencies, MOST_OF_A_BATCH);
  const ofStored = await dependencies.patientsBehind(stored.map(({ id }) => id));
  const patients = [...new Set([...ofStored, ...named.patients])];
  return dependencies.database.transaction(async (tx) => {
    await takeLocks(tx, new Set([lockOn('1-bytes', sender, received.sha256.toString('hex'))]));
    const before = await findKeptBatch(tx, sender, received.sha256);
    if (before !== undefined) return before;
    const rows = submissionRows(
      {
        id: received.id,
        sender,
        clientId,
        userName,
        door: received.door,
        receivedAt: received.receivedAt,
        status: 'accepted',
        httpStatus: dependencies.statusOf('ok'),
        sha256: received.sha256,
        size: received.bytes.length,
        contentType: received.contentType,
        requestId: received.requestId,
        bundleType: 'batch',
        bundleIdentifier: undefined,
        bundleVersion: undefined,
        bundleLastUpdated: undefined,
        // What tells it apart from an entry with the same bytes: see `findSameBytes`.
        contentSha256: undefined,
        lineagePosition: undefined,
        replaces: undefined,
        nhsNumber: named.nhsNumbers[0],
        patientId: undefined,
        patients,
        issues: [],
        repairs: [],
        review: [],
        stored,
        withdrawn: [],
      },
      body,
    );
    const audit =
      dependencies.auditRows?.({
        received,
        submissionId: received.id,
        httpStatus: dependencies.statusOf('ok'),
        patients,
        nhsNumbers: named.nhsNumbers,
        ...(named.isAll ? {} : { namedMore: true }),
        stored,
        interaction: 'batch',
      }) ?? [];
    const others = [...rows, ...audit];
    await commit(tx, { writes: [], withdrawals: [], documents: [], others }, dependencies.witness);
    return received.id;
  });
}
