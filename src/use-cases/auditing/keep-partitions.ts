/** Keeps the audit trail's partitions in order while a node runs: once at start, then every hour. */
import type { Database } from '../../platform/postgres';
import { ensureAuditPartitions, indexClosedMonths } from '../../engines/store/audit-partitions';

export interface PartitionKeeper {
  stop(): void;
}

const HOUR_MILLIS = 3_600_000;

/**
 * @param onProblem called when it fails; the next run tries again, and until then records go to the default partition
 */
export async function keepPartitions(
  database: Database,
  now: () => Date,
  onProblem: (error: unknown) => void,
): Promise<PartitionKeeper> {
  const tend = async (): Promise<void> => {
    try {
      await ensureAuditPartitions(database, now());
    } catch (error) {
      onProblem(error);
    }
  };
  await tend();
  const timer = setInterval(() => {
    void tend()
      .then(() => indexClosedMonths(database, now()))
      .catch(onProblem);
  }, HOUR_MILLIS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
