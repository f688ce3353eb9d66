/**
 * `/_ping` (the process listens) and `/_status` (it can serve), in the health+json form.
 * @see https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06
 */
import type { LedgerHealth } from '../../../engines/ledger/open-ledger';
import type { Replication } from '../../../platform/replication';
import type { ReplicaHealth } from '../../../platform/read-replica';
import type { Answer } from '../request-context';
import { ledgerChecks } from './ledger-checks';
import { nodeChecks, type NodeHealth } from './node-checks';
import { roadChecks, type RoadHealth } from './road-checks';
import { reindexChecks, type ReindexHealth } from './reindex-checks';

export async function ping(): Promise<Answer> {
  return { status: 200, bytes: { contentType: 'text/plain; charset=utf-8', body: Buffer.from('pong\n') } };
}

export interface HealthDependencies {
  /** Whether the database accepts writes, and has a standby. @throws when it does not accept them */
  replication: () => Promise<Replication>;
  /** Whether to warn about a database without a standby; false for test data. */
  wantsStandby: boolean;
  version: string;
  /** The state of the read replica, where one is configured. */
  replica?: (() => Promise<ReplicaHealth>) | undefined;
  /** False while the server starts or stops. */
  isServing: () => boolean;
  /** The state of sealing, the chain and the anchors. */
  ledger: () => LedgerHealth;
  /** The state of reindexing. */
  reindex: () => ReindexHealth;
  /** The state of the other roads in and on. */
  roads: () => RoadHealth[];
  /** Of a worker process: asks the first process of the node, which answers for all. */
  ofNode?: () => Promise<string>;
  /** The state of connections and disks. */
  node: () => Promise<NodeHealth>;
}

/** Unauthenticated callers may request this without limit, so all that wait share one query of the database. */
const asking = new WeakMap<object, Promise<unknown>>();

const ANSWERS_WITHIN_MILLIS = 2_000;

/** Undefined when the question fails or is not answered in time: the database is not available, or accepts no writes. */
function answerNow<T>(ask: () => Promise<T>): Promise<T | undefined> {
  const known = asking.get(ask);
  if (known) return known as Promise<T | undefined>;
  const answer = Promise.race([
    ask().catch(() => undefined),
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ANSWERS_WITHIN_MILLIS).unref()),
  ]).finally(() => asking.delete(ask));
  asking.set(ask, answer);
  return answer;
}

async function replicaChecks(ask: () => Promise<ReplicaHealth>): Promise<Record<string, Check[]>> {
  const found = (await answerNow(ask)) ?? { status: 'warn', output: 'The read replica does not answer.' };
  return { 'database:replica': [{ componentType: 'datastore', ...found }] };
}

interface Check extends ReplicaHealth {
  componentType: string;
}

type Level = 'pass' | 'warn' | 'fail';

function levelOf({ state }: Replication): Level {
  if (state === 'missing') return 'fail';
  return state === 'none' ? 'warn' : 'pass';
}

/** The answer of the node's first process; undefined when there is none, or it does not answer in time. */
async function ofFirstProcess({ ofNode }: HealthDependencies): Promise<Answer | undefined> {
  if (!ofNode) return undefined;
  const late = new Promise<undefined>((resolve) =>
    setTimeout(() => resolve(undefined), 2 * ANSWERS_WITHIN_MILLIS).unref(),
  );
  const text = await Promise.race([ofNode().catch(() => undefined), late]);
  return text === undefined ? undefined : fromText(text);
}

/** For another process of the node. */
export const asText = ({ status: code, headers, bytes }: Answer): string =>
  JSON.stringify({ code, headers, contentType: bytes?.contentType, body: bytes?.body.toString('utf8') });

function fromText(text: string): Answer {
  const { code, headers, contentType, body } = JSON.parse(text) as {
    code: number;
    headers: Record<string, string>;
    contentType: string;
    body: string;
  };
  return { status: code, headers, bytes: { contentType, body: Buffer.from(body) } };
}

export async function status(dependencies: HealthDependencies): Promise<Answer> {
  const first = dependencies.isServing() ? await ofFirstProcess(dependencies) : undefined;
  if (first) return first;
  const { replication: ask, wantsStandby, version, isServing, ledger, reindex, roads, node } = dependencies;
  const startedAt = performance.now();
  const replication = await answerNow(ask);
  const standby =
    replication && (wantsStandby || replication.state === 'missing') ? levelOf(replication) : 'pass';
  const pass = replication !== undefined && standby !== 'fail' && isServing();
  const others = {
    ...(replication && dependencies.replica ? await replicaChecks(dependencies.replica) : {}),
    ...ledgerChecks(ledger(), Date.now()),
    ...reindexChecks(reindex()),
    ...roadChecks(roads()),
    ...nodeChecks(await node()),
  };
  const isSound =
    standby === 'pass' &&
    Object.values(others)
      .flat()
      .every((check) => check.status === 'pass');
  const body = {
    status: pass ? (isSound ? 'pass' : 'warn') : 'fail',
    version: '1',
    releaseId: version,
    description: 'Homeward, a FHIR R4 receiver for virtual ward summaries',
    checks: {
      'postgresql:responseTime': [
        {
          componentType: 'datastore',
          status: replication ? 'pass' : 'fail',
          observedValue: Math.round(performance.now() - startedAt),
          observedUnit: 'ms',
          time: new Date().toISOString(),
        },
      ],
      ...(replication &&
        (wantsStandby || standby !== 'pass') && {
          'database:replication': [
            {
              componentType: 'datastore',
              status: standby,
              ...(replication.sentence !== undefined && { output: replication.sentence }),
            },
          ],
        }),
      ...others,
    },
  };
  return {
    status: pass ? 200 : 503,
    headers: pass ? {} : { 'Retry-After': '2' },
    bytes: {
      contentType: 'application/health+json; charset=utf-8',
      body: Buffer.from(`${JSON.stringify(body, null, 2)}\n`),
    },
  };
}
