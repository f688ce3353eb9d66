/** Gives the metrics what the server itself knows of its state. Roads add their own gauges when they are opened. */
import { status, type HealthDependencies } from '../interfaces/http/handlers/health';
import type { EndedSubmission, Metrics, Reading } from '../platform/metrics/metrics';
import type { ConnectionUse } from '../platform/postgres';
import type { Received, Submitted } from '../use-cases/submitting/steps';

/** The node's state is asked for once for all gauges of one answer. */
export function watchServer(
  metrics: Pick<Metrics, 'watch'>,
  health: HealthDependencies,
  build: { version: string; mode: string },
): void {
  const { ledger, node, roads } = health;
  metrics.watch('homeward_build_info', () => [{ labels: build, value: 1 }]);
  metrics.watch('homeward_ready', async () => [{ value: (await status(health)).status === 200 ? 1 : 0 }]);
  metrics.watch('homeward_ledger_unsealed_seconds', () => {
    const { oldestUnsealed } = ledger();
    return [{ value: oldestUnsealed === undefined ? 0 : secondsSince(oldestUnsealed) }];
  });
  metrics.watch('homeward_ledger_alarms', () => {
    const { alarms, shape } = ledger();
    return [{ value: alarms.length + shape.length }];
  });
  metrics.watch('homeward_road_up', () =>
    roads().map(({ name, status: state }) => ({ labels: { road: name }, value: state === 'pass' ? 1 : 0 })),
  );
  metrics.watch('homeward_disk_free_bytes', async () =>
    (await node()).disks.flatMap(({ path, free }) =>
      free === undefined ? [] : [{ labels: { path }, value: free }],
    ),
  );
}

/** Each process of a node has its own connections. */
export function watchConnections(metrics: Pick<Metrics, 'watch'>, use: () => ConnectionUse): void {
  metrics.watch('homeward_database_connections', () => {
    const { most, used, waiting } = use();
    return statesOf({ used, free: Math.max(0, most - used), waiting });
  });
}

const statesOf = (states: Record<string, number>): Reading[] =>
  Object.entries(states).map(([state, value]) => ({ labels: { state }, value }));

const secondsSince = (moment: Date): number => Math.max(0, (Date.now() - moment.getTime()) / 1000);

/** An ODS code, or the client of a token without one. Anything else was taken from a message of a stranger. */
const KNOWN_SENDER = /^([A-Z0-9][A-Z0-9._-]{0,31}|client:.+)$/s;

/** Counts each submission, and what was found in a new one. */
export function countSubmissions(
  metrics: Pick<Metrics, 'submissionEnded'>,
): (received: Pick<Received, 'door' | 'from'>, submitted: Submitted) => void {
  return ({ door, from: { sender } }, submitted) =>
    metrics.submissionEnded({
      door,
      sender: KNOWN_SENDER.test(sender) ? sender : 'unknown',
      ...endOf(submitted),
    });
}

function endOf(submitted: Submitted): Pick<EndedSubmission, 'outcome' | 'findings'> {
  if (!submitted.ok) return { outcome: 'refused', findings: submitted.refusal.failure.issues };
  const { outcome, issues } = submitted.receipt;
  return outcome === 'resent' ? { outcome, findings: [] } : { outcome: 'accepted', findings: issues };
}
