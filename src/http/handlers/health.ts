/**
 * `/_ping` (the process listens) and `/_status` (it can serve), in the health+json form.
 * @see https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06
 */
import type { LedgerHealth } from '../../ledger/open-ledger';
import type { Queryable } from '../../platform/postgres';
import type { Answer } from '../exchange';
import { ledgerChecks } from './ledger-checks';

export async function ping(): Promise<Answer> {
  return { status: 200, bytes: { contentType: 'text/plain; charset=utf-8', body: Buffer.from('pong\n') } };
}

export interface HealthDependencies {
  database: Queryable;
  version: string;
  /** False while the server starts or stops. */
  isServing: () => boolean;
  /** How sealing, the chain and the anchors are. */
  ledger: () => LedgerHealth;
}

/** Whether the database answers: strangers may ask as often as they like, and it is asked once for all who wait. */
const asking = new WeakMap<Queryable, Promise<boolean>>();

function answersNow(database: Queryable): Promise<boolean> {
  const known = asking.get(database);
  if (known) return known;
  const answers = Promise.race([
    database.query({ name: 'health', text: 'SELECT 1' }).then(
      () => true,
      () => false,
    ),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 2_000).unref()),
  ]).finally(() => asking.delete(database));
  asking.set(database, answers);
  return answers;
}

export async function status(dependencies: HealthDependencies): Promise<Answer> {
  const { database, version, isServing, ledger } = dependencies;
  const startedAt = performance.now();
  const answers = await answersNow(database);
  const pass = answers && isServing();
  const ofTheLedger = ledgerChecks(ledger(), Date.now());
  const isSound = Object.values(ofTheLedger)
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
          status: answers ? 'pass' : 'fail',
          observedValue: Math.round(performance.now() - startedAt),
          observedUnit: 'ms',
          time: new Date().toISOString(),
        },
      ],
      ...ofTheLedger,
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
