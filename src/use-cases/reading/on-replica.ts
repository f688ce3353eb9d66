/**
 * Lets a use case that reads run in the reader's share of the connections, and on the read replica where there is one. All its statements then run on one connection,
 * so that they read one standby. If it fails there, it runs again on the primary, so it must only read.
 *
 * @example
 * export const history = onReplica(historyIn);
 *
 * @see docs/decisions/0064-read-replicas.md
 */
import type { Answered } from '../call/answered';
import type { Reader } from '../call/reader';
import { unshared } from '../../platform/shares';
import type { ReadingDependencies } from './dependencies';
import { databaseInShare, inShare } from './in-share';

export type UseCase<Q, A> = (
  reader: Reader,
  question: Q,
  dependencies: ReadingDependencies,
) => Promise<Answered<A>>;

export function onReplica<Q, A>(useCase: UseCase<Q, A>): UseCase<Q, A> {
  return async (reader, question, dependencies) => {
    const { replica, database, ...others } = dependencies;
    const share = { holder: reader.caller.sender, ...dependencies.shares };
    // What it calls is in the share already.
    const inside = { ...others, shares: { ...dependencies.shares, shares: unshared } };
    if (replica === undefined)
      return useCase(reader, question, { ...inside, database: databaseInShare(database, share) });
    return inShare(share, () =>
      replica.read((lent) => useCase(reader, question, { ...inside, database: lent })),
    );
  };
}
