import type { LedgerHealth } from '../../../engines/ledger/open-ledger';
import type { Replication } from '../../../platform/replication';
import type { ReplicaHealth } from '../../../platform/read-replica';
import { status, type HealthDependencies } from './health';
import { nodeChecks, type NodeHealth } from './node-checks';

const there = async (): Promise<Replication> => ({ state: 'synchronous' });
const away = async (): Promise<never> => Promise.reject(new Error('away'));

const whole: LedgerHealth = { alarms: [], anchors: [], shape: [] };
const node = async (): Promise<NodeHealth> => ({
  connections: { most: 8, used: 3, waiting: 0 },
  disks: [{ path: '/data', free: 50_000_000_000 }],
});
const before = (millis: number): Date => new Date(Date.now() - millis);

const sound: HealthDependencies = {
  replication: there,
  wantsStandby: false,
  version: '1.0.0',
  isServing: () => true,
  ledger: () => whole,
  reindex: () => ({ tables: [] }),
  roads: () => [],
  node,
};

async function told(
  replication: () => Promise<Replication>,
  isServing: boolean,
  ledger: LedgerHealth = whole,
  wantsStandby = false,
): Promise<unknown> {
  const answer = await status({
    ...sound,
    replication,
    wantsStandby,
    isServing: () => isServing,
    ledger: () => ledger,
  });
  const { status: overall, checks } = JSON.parse(String(answer.bytes?.body)) as {
    status: string;
    checks: Record<string, { status: string }[]>;
  };
  const ofOthers = Object.entries(checks).filter(
    ([name]) => !/^(database:connections|disk:free)$/.test(name),
  );
  return [answer.status, overall, ...ofOthers.map(([, [check]]) => check?.status)];
}

/** The ledger's checks that do not pass, with what they say. */
async function saidOf(ledger: LedgerHealth): Promise<unknown> {
  const answer = await status({
    replication: there,
    wantsStandby: false,
    version: '1.0.0',
    isServing: () => true,
    ledger: () => ledger,
    reindex: () => ({ tables: [] }),
    roads: () => [],
    node,
  });
  const { status: overall, checks } = JSON.parse(String(answer.bytes?.body)) as {
    status: string;
    checks: Record<string, { status: string; output?: string }[]>;
  };
  const wrong = Object.entries(checks).flatMap(([name, list]) =>
    list
      .filter((check) => check.status !== 'pass')
      .map((check) => `${name} ${check.status}: ${check.output}`),
  );
  return [answer.status, overall, ...wrong];
}

describe('the status', () => {
  it('has the state of the read replica, and warns where it does not answer reads', async () => {
    const ofReplica = async (replica: () => Promise<ReplicaHealth>): Promise<unknown> => {
      const answer = await status({ ...sound, replica });
      const { status: overall, checks } = JSON.parse(String(answer.bytes?.body));
      return [answer.status, overall, checks['database:replica'][0].status];
    };
    expect(await ofReplica(async () => ({ status: 'pass' }))).toEqual([200, 'pass', 'pass']);
    expect(await ofReplica(async () => ({ status: 'warn', output: 'It is behind.' }))).toEqual([
      ...[200, 'warn', 'warn'],
    ]);
    expect(await ofReplica(away)).toEqual([200, 'warn', 'warn']);
  });

  it('passes while the database answers', async () => {
    expect(await told(there, true)).toEqual([200, 'pass', 'pass', 'pass', 'pass', 'pass']);
  });

  it('fails while the database is not available, and while the server starts or stops', async () => {
    expect(await told(away, true)).toEqual([503, 'fail', 'fail', 'pass', 'pass', 'pass']);
    expect(await told(there, false)).toEqual([503, 'fail', 'pass', 'pass', 'pass', 'pass']);
  });

  it('warns where the ledger could not be sealed for a minute', async () => {
    const failing = (since: Date): LedgerHealth => ({ ...whole, failing: { since, isHarmed: false } });
    expect(await saidOf(failing(before(5_000)))).toEqual([200, 'pass']);
    expect(await saidOf(failing(before(90_000)))).toEqual([
      200,
      'warn',
      expect.stringMatching(/^ledger:sealing warn: fails since .*; see the log$/),
    ]);
  });

  it('warns at once where a table of the ledger is missing', async () => {
    const since = before(1_000);
    expect(await saidOf({ ...whole, failing: { since, isHarmed: true } })).toEqual([
      200,
      'warn',
      expect.stringMatching(/^ledger:sealing warn: .*a table or column of the ledger is missing/),
    ]);
  });

  it('warns where records have waited to be sealed for a minute', async () => {
    expect(await saidOf({ ...whole, oldestUnsealed: before(5_000) })).toEqual([200, 'pass']);
    expect(await saidOf({ ...whole, oldestUnsealed: before(61_000) })).toEqual([
      200,
      'warn',
      expect.stringMatching(
        /^ledger:sealing warn: records have waited to be sealed since .*open since then$/,
      ),
    ]);
  });

  it('warns of a chain that is not as the node remembers it', async () => {
    expect(
      await saidOf({ ...whole, alarms: [{ kind: 'cut', seal: 7, text: 'Seal 7 is missing.' }] }),
    ).toEqual([200, 'warn', 'ledger:chain fail: Seal 7 is missing.']);
  });

  it('warns of an anchor that cannot be written, by its path', async () => {
    const failingSince = before(2_000);
    expect(
      await saidOf({ ...whole, anchors: [{ name: '/data/head.json' }, { name: '/mnt/worm', failingSince }] }),
    ).toEqual([
      200,
      'warn',
      `ledger:anchor warn: not writable since ${failingSince.toISOString()}: /mnt/worm`,
    ]);
  });

  it('warns where no standby has what is acknowledged, unless the data is for tests', async () => {
    const replication = async (): Promise<Replication> => ({ state: 'none', sentence: 'One server only.' });
    expect(await told(replication, true, whole, true)).toEqual([
      200,
      'warn',
      'pass',
      'warn',
      'pass',
      'pass',
      'pass',
    ]);
    expect(await told(replication, true)).toEqual([200, 'pass', 'pass', 'pass', 'pass', 'pass']);
  });

  it('fails where commits wait for a standby that is not there', async () => {
    const replication = async (): Promise<Replication> => ({ state: 'missing', sentence: 'Commits wait.' });
    expect(await told(replication, true)).toEqual([503, 'fail', 'pass', 'fail', 'pass', 'pass', 'pass']);
  });
});

describe('what the status says of the node', () => {
  it('is how many connections are used and free, how many requests wait, and the room of each disk', () => {
    const { 'database:connections': connections = [], 'disk:free': disks } = nodeChecks({
      connections: { most: 8, used: 3, waiting: 1 },
      disks: [{ path: '/data', free: 2 * 1024 ** 3 }],
    });
    expect(
      connections.map(({ componentId, observedValue, status: each }) => [componentId, observedValue, each]),
    ).toEqual([
      ['used', 3, 'pass'],
      ['free', 5, 'pass'],
      ['waiting', 1, 'pass'],
    ]);
    expect(disks).toEqual([
      {
        componentType: 'system',
        componentId: '/data',
        status: 'pass',
        observedValue: 2 * 1024 ** 3,
        observedUnit: 'bytes',
      },
    ]);
  });

  it.each<[string, NodeHealth, RegExp]>([
    [
      'more requests wait than there are connections',
      { connections: { most: 8, used: 8, waiting: 9 }, disks: [] },
      /^9 requests wait for 8 connections/,
    ],
    [
      'a disk is nearly full, by its path',
      { connections: { most: 8, used: 0, waiting: 0 }, disks: [{ path: '/data', free: 1000 }] },
      /\/data/,
    ],
    [
      'the room cannot be found out, by its path',
      { connections: { most: 8, used: 0, waiting: 0 }, disks: [{ path: '/data', free: undefined }] },
      /\/data/,
    ],
  ])('warns where %s', (_what, health, said) => {
    const warnings = Object.values(nodeChecks(health))
      .flat()
      .filter((check) => check.status === 'warn');
    expect(warnings).toEqual([expect.objectContaining({ output: expect.stringMatching(said) })]);
  });
});
