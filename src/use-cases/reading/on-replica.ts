/**
 * Lets a use case that reads run on the read replica, where there is one. All its statements then run on one connection,
 * so that they read one standby. If it fails there, it runs again on the primary, so it must only read.
 *
 * @example
 * export const history = onReplica(historyIn);
 *
 * @see docs/decisions/0064-read-replicas.md
 */
import type { Answered } from '../call/answered';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

type UseCase<Q, A> = (reader: Reader, question: Q, dependencies: ReadingDependencies) => Promise<Answered<A>>;

export function onReplica<Q, A>(useCase: UseCase<Q, A>): UseCase<Q, A> {
  return async (reader, question, dependencies) => {
    const { replica, ...others } = dependencies;
    if (replica === undefined) return useCase(reader, question, dependencies);
    return replica.read((database) => useCase(reader, question, { ...others, database }));
  };
}
