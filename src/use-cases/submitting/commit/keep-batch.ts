/** Stores a batch as it was received, with the results of its entries. Each entry is also a submission by itself. */
import { commit } from '../../../engines/store/commit';
import { split } from '../../../engines/store/submission-body';
import type { SubmitDependencies } from '../dependencies';
import { lockOn, takeLocks } from '../locks/take-locks';
import { findKeptBatch } from '../recognise/earlier-submissions';
import type { Decoded, StoredEntry } from '../steps';
import { patientsNamedIn } from './patients-named-in';
import { recordOf, type Ended } from './record-of';

/**
 * The most patients that the record of a batch names. A reader of the batch sees all of its entries, so the record
 * names the patients of all of them.
 */
const MOST_OF_A_BATCH = 10_000;

/** @returns the batch's submission id; if the same bytes were stored before, the id of that first batch */
export async function keepBatch(
  { received, bundle }: Decoded,
  stored: readonly StoredEntry[],
  dependencies: SubmitDependencies,
): Promise<string> {
  const { database, match, commit: committing } = dependencies;
  const { sender } = received.from;
  const body = await split(received.bytes, []);
  const named = await patientsNamedIn(bundle, dependencies, MOST_OF_A_BATCH);
  const ofStored = await match.patientsBehind(stored.map(({ id }) => id));
  // A batch has no content hash. `findSameBytes` uses this to distinguish it from an entry with the same bytes.
  const ended: Ended = {
    submissionId: received.id,
    received,
    body,
    end: 'ok',
    bundleType: 'batch',
    patients: [...new Set([...ofStored.patients, ...named.patients])],
    nhsNumbers: named.nhsNumbers,
    namedMore: !named.isAll || !ofStored.isAll,
    stored,
    interaction: 'batch',
  };
  return database.transaction(async (tx) => {
    await takeLocks(tx, new Set([lockOn('1-bytes', sender, received.sha256.toString('hex'))]));
    const before = await findKeptBatch(tx, sender, received.sha256);
    if (before !== undefined) return before;
    const others = recordOf(ended, committing);
    await commit(tx, { writes: [], withdrawals: [], documents: [], others }, committing.witness);
    return received.id;
  });
}
