/**
 * `kill -9` at random under mixed load: for every answer that a client received there is an audit record, nothing that
 * was acknowledged is lost, and the ledger verifies at once after the restart. And where two nodes share a database,
 * the one that is left goes on sealing. A few rounds in the test command, many with `FAULTS=long`.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { sealedTables } from '../../src/app';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import { createVerifier } from '../../src/engines/ledger/verify';
import { secret } from '../../src/engines/store/secrets';
import { rsaKey, signJwt } from '../fixtures/tokens';
import type { AnyJson } from '../semantics/sending';
import { createTestDatabase } from '../support/database';
import { everything } from '../support/homeward';
import { untilSealed } from '../support/until-sealed';
import { notAudited } from './audit-of';
import { inconsistencies, lostBytes } from './inspect';
import { randomOf } from './load';
import { looking } from './looking';
import { CLIENT, startMixedLoad, type MixedLoad } from './mixed-load';
import { send, serverProcess, type ServerProcess } from './server-process';

const long = process.env.FAULTS === 'long';
const rounds = long ? { alone: 50, together: 20 } : { alone: 2, together: 1 };
const seed = Number(process.env.FAULTS_SEED ?? (long ? Date.now() % 1_000_000 : 9));
const random = randomOf(seed);
const key = rsaKey('of-a-client');

jest.setTimeout(long ? 3_600_000 : 180_000);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A folder for a server, with a registered client. */
function folder(): { dataDir: string; env: Record<string, string> } {
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-faults-'));
  const clients = join(dataDir, 'clients.json');
  const client = { clientId: CLIENT, name: 'A client', odsCode: 'RXX', scope: 'system/Patient.rs' };
  writeFileSync(clients, JSON.stringify([{ ...client, jwks: { keys: [key.jwk] } }]), { mode: 0o600 });
  return { dataDir, env: { CLIENTS_FILE: clients } };
}

function mixedLoad(nodes: readonly ServerProcess[], url: (client: number) => string): MixedLoad {
  const tokens = new Map<string, string>();
  return startMixedLoad({
    url,
    token: (ods, scope = everything) => {
      const name = `${ods} ${scope}`;
      const sandbox = nodes[0]!.sandbox;
      const token = tokens.get(name) ?? sandbox.token({ scope, ods, ttlSeconds: 7200, sub: `client-${ods}` });
      tokens.set(name, token);
      return token;
    },
    tokenRequest: (origin) => {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: CLIENT, sub: CLIENT, aud: `${origin}/oauth2/token`, jti: randomUUID() };
      return new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'system/Patient.rs',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: signJwt(key, { ...claims, iat: now, exp: now + 120 }, { alg: 'RS512' }),
      });
    },
    clients: long ? 6 : 4,
    pauseMs: long ? 0 : 20,
    seed,
  });
}

/** What the server itself says of its ledger: where ten seconds are not enough, it goes on when it is asked again. */
async function verifiedBy(node: ServerProcess): Promise<AnyJson> {
  const token = node.sandbox.token({
    scope: 'system/AuditEvent.rs',
    ods: 'RR8',
    ttlSeconds: 600,
    sub: 'auditor',
  });
  for (let tries = 0; ; tries += 1) {
    const response = await fetch(`${node.url}/ledger/verify`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const verification: AnyJson = await response.json();
    if (verification.complete !== false || verification.status !== 'pass' || tries === 9) return verification;
  }
}

/** Everything answered since the last time is in the trail, and everything acknowledged in the store. */
async function nothingIsMissing(
  connection: PoolConfig,
  load: MixedLoad,
  since: { answered: number; log: number },
): Promise<void> {
  const wrong = await looking(connection, async (database) => {
    const { publicKey } = await openLedgerKey(database);
    const options = { database, publicKey, auditKey: await secret(database, 'audit'), tables: sealedTables };
    const { faults } = await createVerifier({
      ...options,
      known: async () => ({ heads: [], alarms: [] }),
    }).verify();
    return [
      ...faults.map(({ text }) => text),
      ...(await notAudited(database, load.answered.slice(since.answered))),
      ...(await inconsistencies(database)),
      ...(await lostBytes(database, load.log.slice(since.log))),
    ];
  });
  expect({ wrong, faults: load.faults }).toEqual({ wrong: [], faults: [] });
}

async function untilAnswered(load: MixedLoad, more = 30): Promise<void> {
  const before = load.answered.length;
  for (const began = Date.now(); load.answered.length < before + more; await sleep(10))
    if (Date.now() - began > 60_000) throw new Error('nothing is answered any more');
}

const intact = { status: 'pass', faults: [], complete: true };

it(`kill -9 under mixed load, ${rounds.alone} times: every answer is audited, nothing is lost, the ledger is whole at once`, async () => {
  const { dataDir, env } = folder();
  const server = await serverProcess(env, dataDir);
  let load: MixedLoad | undefined;
  try {
    await server.start();
    load = mixedLoad([server], () => server.url);
    let inFlight = 0;
    let seals = 0;
    for (let round = 0; round < rounds.alone; round += 1) {
      const since = { answered: load.answered.length, log: load.log.length };
      await untilAnswered(load);
      await sleep(random() * (long ? 2500 : 700));
      inFlight += load.inFlight();
      const ended = server.end('SIGKILL');
      // Every fourth time in the long form its PostgreSQL with it.
      if (long && round % 4 === 3) for (const pid of server.postgresPids()) send(pid, 'SIGKILL');
      await ended;
      await load.hold();
      await server.start();
      const verification = await verifiedBy(server);
      expect(verification).toMatchObject(intact);
      expect(verification.heads).toBeGreaterThanOrEqual(seals);
      seals = verification.heads;
      await nothingIsMissing(server.connection(), load, since);
      load.go();
    }
    await untilAnswered(load);
    await load.finish();
    await nothingIsMissing(server.connection(), load, { answered: 0, log: 0 });
    report({ rounds: rounds.alone, inFlight, seals }, load);
  } finally {
    await load?.finish();
    await server.remove();
  }
});

it(`of two nodes on a database one is killed, ${rounds.together} times: the other goes on sealing, and every answer is audited`, async () => {
  const database = await createTestDatabase();
  const { dataDir, env } = folder();
  const shared = { ...env, DATABASE_URL: urlOf(database.connection) };
  const nodes = [await serverProcess(shared, dataDir), await serverProcess(shared, dataDir)];
  let load: MixedLoad | undefined;
  try {
    await Promise.all(nodes.map((node) => node.start()));
    let alive = [...nodes];
    load = mixedLoad(nodes, (client) => alive[client % alive.length]!.url);
    for (let round = 0; round < rounds.together; round += 1) {
      const since = { answered: load.answered.length, log: load.log.length };
      await untilAnswered(load);
      await sleep(random() * 700);
      const victim = nodes[round % 2]!;
      const left = nodes[(round + 1) % 2]!;
      alive = [left];
      await victim.end('SIGKILL');
      expect(await verifiedBy(left)).toMatchObject(intact);
      await untilAnswered(load);
      await load.hold();
      await looking(database.connection, untilSealed);
      expect(await verifiedBy(left)).toMatchObject(intact);
      await nothingIsMissing(database.connection, load, since);
      // In the long form it comes back under load.
      if (long) load.go();
      await victim.start();
      alive = [...nodes];
      expect(await verifiedBy(victim)).toMatchObject(intact);
      load.go();
    }
    await load.finish();
    await nothingIsMissing(database.connection, load, { answered: 0, log: 0 });
    report({ rounds: rounds.together }, load);
  } finally {
    await load?.finish();
    for (const node of nodes) await node.remove();
    await database.drop();
  }
});

/** The address of a test's database, for another process. */
function urlOf({ connectionString, host, port, user, password, database }: PoolConfig): string {
  if (connectionString) return connectionString;
  const query = new URLSearchParams({ host: host ?? '', port: String(port ?? 5432) });
  // The folder of the socket is no host that could stand in a URL.
  return `postgres://${user}:${String(password)}@localhost/${database}?${query}`;
}

function report(figures: object, load: MixedLoad): void {
  if (!long) return;
  const statuses: Record<string, number> = {};
  for (const { what, status } of load.answered)
    statuses[`${what} ${status}`] = (statuses[`${what} ${status}`] ?? 0) + 1;
  console.log(
    JSON.stringify({
      seed,
      ...figures,
      answered: load.answered.length,
      unanswered: load.unanswered(),
      stored: load.log.length,
      statuses,
    }),
  );
}
