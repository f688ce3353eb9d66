/**
 * The metrics of this process, in a registry that `app.ts` opens. The parts of the server record what happened, or give
 * a function that is asked when Prometheus asks. No label holds patient data.
 *
 * @example a road that reports its queue
 * metrics.watch('homeward_deliveries', () => [{ labels: { state: 'waiting', name: 'gp-records' }, value: 3 }]);
 * @see docs/metrics.md
 */
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';
import { within } from '../wait-at-most';
import { limitedSeries, type Admit, type Labels } from './limited-series';
import { methodLabel, ownMetrics, type OwnMetric, type OwnName } from './own-metrics';

/** A request that was answered, as its log line names it. */
export interface AnsweredRequest {
  method: string;
  /** The template of the path, such as `/FHIR/R4/Observation/:id`. */
  route: string;
  status: number;
  seconds: number;
}

const OUTCOMES = ['accepted', 'resent', 'refused'] as const;

/** A submission that was stored, refused or answered again. */
export interface EndedSubmission {
  door: string;
  outcome: (typeof OUTCOMES)[number];
  sender: string;
  /** What was found in it, unless it is a resend. */
  findings: readonly { rule: string; severity: string }[];
}

/** One value of a gauge, with its labels. */
export interface Reading {
  labels?: Labels;
  value: number;
}

/** Reads a gauge when Prometheus asks. It must answer at once, from what is known: a slow one delays all others. */
export type ReadGauge = () => readonly Reading[] | Promise<readonly Reading[]>;

/** The values of one process, in a form that can be sent to another process. */
export type Dump = MetricObjectWithValues<MetricValue<string>>[];

export type GaugeName = {
  [N in OwnName]: (typeof ownMetrics)[N]['kind'] extends 'gauge' ? N : never;
}[OwnName];

export interface Metrics {
  requestAnswered(request: AnsweredRequest): void;
  submissionEnded(submission: EndedSubmission): void;
  /**
   * Begins the counts of a sender at 0, for each outcome. Prometheus’s `increase()` leaves out the first value of a
   * series: without the 0, refusals before the first scrape would not count.
   */
  senderKnown(door: string, sender: string): void;
  /** Counts a read where there is a read replica. @param why the state of the replica */
  readAnswered(database: 'replica' | 'primary', why: string): void;
  auditWritten(seconds: number): void;
  /** Adds a reader of a gauge. A gauge shows the readings of all its readers; without any it has no series. */
  watch(name: GaugeName, read: ReadGauge): void;
  contentType: string;
  /** The values of this process in Prometheus’s text format. */
  text(): Promise<string>;
  /** The values of this process, for `textOf`. */
  dump(): Promise<Dump>;
  /** The values of several processes of one node together. The limit on series holds for the node. */
  textOf(dumps: readonly Dump[]): Promise<string>;
}

export function openMetrics(): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const admit = admissions();
  const readers = new Map<string, ReadGauge[]>();
  const common = (
    name: OwnName,
  ): { name: string; help: string; labelNames: string[]; registers: Registry[] } => ({
    name,
    help: ownMetrics[name].help,
    labelNames: [...ownMetrics[name].labels],
    registers: [register],
  });
  const durations = new Histogram({
    ...common('homeward_http_request_duration_seconds'),
    buckets: ownMetrics.homeward_http_request_duration_seconds.buckets,
  });
  const submissions = new Counter(common('homeward_submissions_total'));
  const findings = new Counter(common('homeward_rule_findings_total'));
  const reads = new Counter(common('homeward_reads_total'));
  const writes = new Histogram({
    ...common('homeward_audit_write_seconds'),
    buckets: ownMetrics.homeward_audit_write_seconds.buckets,
  });
  for (const name of gaugeNames()) {
    new Gauge({
      ...common(name),
      aggregator: ownMetrics[name].together,
      async collect() {
        const readings = await Promise.all((readers.get(name) ?? []).map(readSafely));
        this.reset();
        // A gauge without labels has a value from the start, which would be wrong while nothing reads it.
        if (!readers.has(name) && ownMetrics[name].labels.length === 0) this.remove();
        for (const { labels = {}, value } of readings.flat()) add(this, admit[name](labels), value);
      },
    });
  }
  const senderKnown = (door: string, sender: string): void => {
    for (const outcome of OUTCOMES)
      submissions.inc(admit.homeward_submissions_total({ door, outcome, sender }), 0);
  };
  const together = admissions();
  return {
    requestAnswered: ({ method, route, status, seconds }) =>
      durations.observe(
        admit.homeward_http_request_duration_seconds({
          ...{ method: methodLabel(method), route, status: String(status) },
        }),
        seconds,
      ),
    senderKnown,
    submissionEnded: ({ door, outcome, sender, findings: found }) => {
      senderKnown(door, sender);
      submissions.inc(admit.homeward_submissions_total({ door, outcome, sender }));
      for (const { rule, severity } of found)
        findings.inc(admit.homeward_rule_findings_total({ rule, severity }));
    },
    readAnswered: (database, why) => reads.inc(admit.homeward_reads_total({ database, why })),
    auditWritten: (seconds) => writes.observe(seconds),
    watch: (name, read) => void readers.set(name, [...(readers.get(name) ?? []), read]),
    contentType: register.contentType,
    text: () => register.metrics(),
    dump: () => register.getMetricsAsJSON(),
    textOf: (dumps) => AggregatorRegistry.aggregate(dumps.map((dump) => limited(dump, together))).metrics(),
  };
}

function admissions(): Record<OwnName, Admit> {
  return Object.fromEntries(
    Object.entries(ownMetrics).map(([name, { limit }]) => [name, limitedSeries(limit)]),
  ) as Record<OwnName, Admit>;
}

const gaugeNames = (): GaugeName[] =>
  (Object.entries(ownMetrics) as [GaugeName, OwnMetric][])
    .filter(([, { kind }]) => kind === 'gauge')
    .map(([name]) => name);

/** How long one gauge may take. Prometheus waits 10 s for all of them. */
const PATIENCE_MILLIS = 3_000;

/** A reading that fails, or waits for a database that is away, must not hide all other metrics. */
async function readSafely(read: ReadGauge): Promise<readonly Reading[]> {
  let readings: readonly Reading[] = [];
  const done = Promise.resolve()
    .then(read)
    .then(
      (known) => {
        readings = known;
      },
      () => undefined,
    );
  await within(done, PATIENCE_MILLIS);
  return readings;
}

/** Adds to the value, because several readings above the limit have the same labels. */
function add(gauge: Gauge, labels: Labels, value: number): void {
  if (Object.keys(labels).length === 0) gauge.set(value);
  else gauge.inc(labels, value);
}

/** The values of a process, with the label sets that the node has room for. */
function limited(dump: Dump, admit: Record<string, Admit | undefined>): Dump {
  return dump.map((metric) => {
    const admitHere = admit[metric.name];
    if (!admitHere) return metric;
    return {
      ...metric,
      values: metric.values.map((each) => {
        const { le, ...labels } = each.labels as Record<string, string>;
        return { ...each, labels: { ...admitHere(labels), ...(le === undefined ? {} : { le }) } };
      }),
    };
  });
}
