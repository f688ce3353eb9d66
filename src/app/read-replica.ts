/** Opens the read replica, and counts which database answered each read. */
import type { Database } from '../platform/postgres';
import { openReadReplica, type ReadReplica } from '../platform/read-replica';
import type { Store } from './open-store';
import type { AppParts } from './parts';

export function replicaOf(
  { database: standby, label }: NonNullable<Store['standby']>,
  primary: Database,
  { log, metrics }: Pick<AppParts, 'log' | 'metrics'>,
): ReadReplica {
  return openReadReplica({
    primary,
    standby,
    label,
    log,
    onRead: (state) => metrics.readAnswered(state === 'current' ? 'replica' : 'primary', state),
  });
}
