/**
 * Every metric of Homeward, with its labels and the number of its series, which is at most 2,000 for all together. The
 * dashboard and the alert rules in `deploy/` are tested against this list.
 * @see docs/metrics.md
 */
import type { SeriesLimit } from './limited-series';

/** How the values of several processes of one node become one value. */
export type Together = 'sum' | 'max' | 'min';

export interface OwnMetric {
  kind: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
  limit: SeriesLimit & {
    /** How many label sets `other` can return. */
    others: number;
  };
  together: Together;
  /** The upper bounds of a histogram, in seconds. */
  buckets?: number[];
}

/** From a read of some milliseconds to 20 s, the longest wait for a database. */
const ANSWER_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 20];
/** A record is usually durable after some milliseconds, and every answer waits for it. */
const WRITE_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

/** The label under which the rest is counted. */
const OTHER = 'other';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** The statuses that stay visible among the requests of `route="other"`. */
const STATUSES = [200, 201, 304, 400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500, 503];
const visible = new Set(STATUSES.map(String));

/** The method of a request as a label: one of HTTP's, because a caller can invent others. */
export const methodLabel = (method: string): string => (METHODS.has(method) ? method : OTHER);

/** The label sets of a metric without labels. */
const single = { most: { all: 1 }, other: () => ({}), others: 0 };

const gauge = <const L extends string>(
  help: string,
  labels: readonly L[],
  most: number,
  together: Together,
): OwnMetric & { kind: 'gauge' } => ({
  kind: 'gauge',
  help,
  labels,
  limit:
    labels.length === 0
      ? single
      : {
          most: { all: most },
          other: () => Object.fromEntries(labels.map((label) => [label, OTHER])),
          others: 1,
        },
  together,
});

export const ownMetrics = {
  homeward_http_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the head of a request until its answer is handed over, by method, route and status.',
    labels: ['method', 'route', 'status'],
    limit: {
      // Anyone can cause 4xx answers on every route. They must not use up the room of the others.
      most: { served: 50, refused: 32 },
      groupOf: ({ status = '' }) => (status.startsWith('4') ? 'refused' : 'served'),
      other: ({ status = '' }) => ({
        method: OTHER,
        route: OTHER,
        status: visible.has(status) ? status : OTHER,
      }),
      others: STATUSES.length + 1,
    },
    together: 'sum',
    buckets: ANSWER_BUCKETS,
  },
  homeward_submissions_total: {
    kind: 'counter',
    help: 'Submissions by the way they came in, how they ended (accepted, resent, refused) and their sender.',
    labels: ['door', 'outcome', 'sender'],
    limit: {
      most: { all: 315 },
      other: ({ door = '', outcome = '' }) => ({ door, outcome, sender: OTHER }),
      others: 15,
    },
    together: 'sum',
  },
  homeward_rule_findings_total: {
    kind: 'counter',
    help: 'Errors, warnings and remarks about new submissions, by rule and severity.',
    labels: ['rule', 'severity'],
    limit: {
      most: { all: 316 },
      other: ({ severity = '' }) => ({ rule: OTHER, severity }),
      others: 4,
    },
    together: 'sum',
  },
  homeward_reads_total: {
    kind: 'counter',
    help: 'Reads and searches by the database that answered, and why. Only with a read replica.',
    labels: ['database', 'why'],
    limit: { most: { all: 5 }, other: () => ({ database: OTHER, why: OTHER }), others: 1 },
    together: 'sum',
  },
  homeward_audit_write_seconds: {
    kind: 'histogram',
    help: 'Time until a record of the audit trail is durable. Answers wait for it.',
    labels: [],
    limit: single,
    together: 'sum',
    buckets: WRITE_BUCKETS,
  },
  // Read before the other gauges, which use connections themselves.
  homeward_database_connections: gauge(
    'Connections to PostgreSQL that are used and free, and requests that wait for one.',
    ['state'],
    3,
    'sum',
  ),
  homeward_ledger_unsealed_seconds: gauge(
    'Age of the oldest record that the ledger has not sealed yet; 0 if all are sealed.',
    [],
    1,
    'max',
  ),
  homeward_ledger_alarms: gauge(
    'Faults of the ledger that this node has found and an operator has not accepted yet.',
    [],
    1,
    'max',
  ),
  homeward_ready: gauge('1 while the server can answer requests, 0 while it cannot.', [], 1, 'min'),
  homeward_disk_free_bytes: gauge('Free space on the disks with the data of this node.', ['path'], 3, 'min'),
  homeward_mesh_inbox: gauge('Messages in the inbox of a MESH mailbox.', ['mailbox'], 29, 'max'),
  homeward_deliveries: gauge(
    'Deliveries to other systems by their state and the name of their destination.',
    ['state', 'name'],
    59,
    'max',
  ),
  homeward_road_up: gauge(
    '1 while a road in or on (MESH, folder, HL7 v2, deliveries) works, 0 while it reports a problem.',
    ['road'],
    59,
    'min',
  ),
  homeward_build_info: gauge(
    '1, with the version and the mode of the server.',
    ['version', 'mode'],
    1,
    'max',
  ),
} satisfies Record<string, OwnMetric>;

export type OwnName = keyof typeof ownMetrics;

export const MOST_SERIES = 2_000;

/** How many series a metric may have: a histogram has one for each bucket, `+Inf`, its sum and its count. */
export function mostSeries({ kind, limit, buckets = [] }: OwnMetric): number {
  const labelSets = Object.values(limit.most).reduce((sum, each) => sum + each, limit.others);
  return kind === 'histogram' ? labelSets * (buckets.length + 3) : labelSets;
}
