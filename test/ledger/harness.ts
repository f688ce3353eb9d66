/**
 * What the tests of the ledger have in common: a server with some history, waiting until it is sealed, verifying it with
 * nothing known from elsewhere, and doing things to its tables that are undone again.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { sealedTables } from '../../src/app';
import { exportLedger } from '../../src/engines/ledger/export';
import type { SignedHead } from '../../src/engines/ledger/head';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import type { SealedTables } from '../../src/engines/ledger/sealed-tables';
import { createVerifier, type Verification } from '../../src/engines/ledger/verify';
import { secret } from '../../src/engines/store/secrets';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { accepted, freshSummary, send, type AnyJson } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { untilSealed } from '../support/until-sealed';

export interface Sealed {
  homeward: Homeward;
  /** The bytes of `first`. */
  bytes: Buffer;
  first: string;
  corrected: string;
  refused: string;
  /** Where heads are anchored. */
  anchor: string;
  /** The file in which the server remembers heads and alarms. */
  memory(): string;
  /** The environment for a command beside this server. */
  env(): NodeJS.ProcessEnv;
  /** What verification and export need beside the database. */
  known: { publicKey: string; auditKey: Buffer; tables: SealedTables };
  query(text: string, values?: unknown[]): Promise<AnyJson[]>;
  /** Does something when the server's clock is so far ahead; it goes on from there. @param work is given the time that it has then */
  ahead<T>(millis: number, work: (now: Date) => Promise<T>): Promise<T>;
  /** Waits until everything committed so far is sealed. */
  sealed(): Promise<void>;
  verify(knownHeads?: SignedHead[]): Promise<Verification>;
  /** @returns the file's path */
  exportTo(name: string): Promise<string>;
  /** Does something to these tables and puts them back, while nothing is sealed. */
  undone<T>(tables: string[], work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A server whose ledger holds a correction, a refusal, a withdrawal, a review mark and some reads, in several seals. */
export async function startSealed(settings: NodeJS.ProcessEnv = {}): Promise<Sealed> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-ledger-'));
  const anchor = join(folder, 'anchor.jsonl');
  const dataDir = join(folder, 'data');
  let aheadMillis = 0;
  const homeward = await startHomeward(
    { LEDGER_ANCHOR: anchor, DATA_DIR: dataDir, ...settings },
    undefined,
    () => new Date(Date.now() + aheadMillis),
  );
  const { database } = homeward.app;
  const { publicKey } = await openLedgerKey(database);
  const auditKey = await secret(database, 'audit');
  const known = { publicKey, auditKey, tables: sealedTables };
  const common = { database, ...known };
  const query = (text: string, values: unknown[] = []): Promise<AnyJson[]> =>
    database.query<Record<string, unknown>>({ text }, values);

  const sealed = (): Promise<void> => untilSealed(database);

  const summary = freshSummary().pdf(minimalPdf('a page of some length '.repeat(200)));
  const bytes = summary.bytes();
  const first = (await accepted(homeward, bytes)).submissionId;
  await sealed();
  const correction = summary.correction(2).without('Observation[2]').with('Observation[0].status', 'amended');
  const corrected = (await accepted(homeward, correction)).submissionId;
  await sealed();
  const refused = (await send(homeward, freshSummary().without('Encounter'))).submissionId;
  await accepted(homeward, freshSummary());
  await homeward.call('POST', `/submissions/${first}/review`, {
    body: { note: 'Seen.' },
    headers: { 'Content-Type': 'application/json' },
  });
  await homeward.call('GET', '/FHIR/R4/Observation?_count=5');
  await sealed();

  return {
    homeward,
    bytes,
    first,
    corrected,
    refused,
    anchor,
    memory: () =>
      join(
        dataDir,
        readdirSync(dataDir).find((name) => /^ledger-head-\d+-\d+\.json$/.test(name))!,
      ),
    env: () => ({ DATABASE_URL: urlOf(database.pool.options), DATA_DIR: dataDir, LEDGER_ANCHOR: anchor }),
    known,
    query,
    ahead: async (millis, work) => {
      aheadMillis = Math.max(aheadMillis, millis);
      return work(new Date(Date.now() + millis));
    },
    sealed,
    verify: (knownHeads = []) =>
      createVerifier({ ...common, known: async () => ({ heads: knownHeads, alarms: [] }) }).verify(),
    exportTo: async (name) => {
      const path = join(folder, name);
      const lines: string[] = [];
      for await (const line of exportLedger({ ...common, now: () => new Date() })) lines.push(line);
      writeFileSync(path, `${lines.join('\n')}\n`);
      return path;
    },
    undone: async (tables, work) => {
      const guard = await database.pool.connect();
      try {
        await guard.query("SELECT pg_advisory_lock(hashtext('homeward.ledger'))");
        for (const table of tables) await guard.query(`CREATE TABLE saved_${table} AS TABLE "${table}"`);
        try {
          return await work();
        } finally {
          await guard.query('SET session_replication_role = replica');
          for (const table of tables) {
            await guard.query(`DELETE FROM "${table}"`);
            await guard.query(`INSERT INTO "${table}" SELECT * FROM saved_${table}`);
            await guard.query(`DROP TABLE saved_${table}`);
          }
        }
      } finally {
        // Ends the connection, and with it the lock and the setting.
        guard.release(true);
      }
    },
    close: async () => {
      await homeward.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A server on a socket has its folder as `host`. */
export function urlOf({ connectionString, host, port, user, password, database }: PoolConfig): string {
  if (connectionString) return connectionString;
  const at = new URL(`postgres://localhost/${database}`);
  at.username = user ?? '';
  at.password = String(password ?? '');
  at.searchParams.set('host', host ?? '');
  at.searchParams.set('port', String(port));
  return at.toString();
}
