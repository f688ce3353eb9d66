/** A batch is kept as it came, with what its entries stored; its entries are submissions of their own. */
import { commit } from '../../../engines/store/commit';
import { split } from '../../../engines/store/submission-body';
import type { SubmitDependencies } from '../dependencies';
import { lockOn, takeLocks } from '../locks/locks';
import type { Decoded, StoredEntry } from '../steps';
import { findSameBytes } from '../stored-before/stored-before';
import { submissionRows } from '../decompose/decompose';

/** @returns the batch's submission id: the first one's, where the very same bytes came before */
export async function keepBatch(
  { received }: Decoded,
  stored: readonly StoredEntry[],
  dependencies: SubmitDependencies,
): Promise<string> {
  const { sender, clientId, userName } = received.from;
  const body = await split(received.bytes, []);
  return dependencies.database.transaction(async (tx) => {
    await takeLocks(tx, new Set([lockOn('1-bytes', sender, received.sha256.toString('hex'))]));
    const before = await findSameBytes(tx, sender, received.sha256);
    if (before) return before.id;
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
        contentSha256: undefined,
        lineagePosition: undefined,
        replaces: undefined,
        nhsNumber: undefined,
        patientId: undefined,
        patients: [],
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
        patients: [],
        nhsNumbers: [],
        stored,
        interaction: 'batch',
      }) ?? [];
    const others = [...rows, ...audit];
    await commit(tx, { writes: [], withdrawals: [], documents: [], others }, dependencies.witness);
    return received.id;
  });
}
