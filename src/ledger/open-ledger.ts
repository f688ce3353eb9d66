/** The ledger of a running node: it seals, verifies and proves. Opened once, by the composition root. */
import type { Database } from '../platform/postgres';
import { databaseName, lastHeadFile, openAnchor, type Anchor } from './anchor';
import { openLedgerKey } from './keys';
import { proofOf, type Proof } from './proof';
import { startSealer, type Sealer } from './sealer';
import type { SealedTables } from './shape';
import { createVerifier, type Verification } from './verify';

export interface LedgerOptions {
  database: Database;
  auditKey: Buffer;
  tables: SealedTables;
  now: () => Date;
  /** Where this node remembers the last head it has seen. */
  dataDir: string;
  /** `LEDGER_ANCHOR` */
  anchor: string | undefined;
  onProblem: (text: string, error: unknown) => void;
}

export interface Ledger {
  /** Begins to seal. */
  start(): void;
  stop(): Promise<void>;
  /** Since when sealing fails on this node; undefined while it does not. */
  failingSince(): Date | undefined;
  verify(budgetMillis?: number): Promise<Verification>;
  proofOf(submissionId: string): Promise<Proof | 'pending' | 'broken' | undefined>;
}

export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { database, auditKey, tables, now, onProblem } = options;
  const key = await openLedgerKey(database);
  const anchors: Anchor[] = [lastHeadFile(options.dataDir, await databaseName(database))];
  if (options.anchor !== undefined) anchors.push(openAnchor(options.anchor));
  let sealer: Sealer | undefined;
  const verifier = createVerifier({
    database,
    publicKey: key.publicKey,
    auditKey,
    tables,
    knownHeads: async () => {
      const last = sealer?.lastHead();
      const anchored = await Promise.all(anchors.map((anchor) => anchor.heads()));
      return [...(last ? [last] : []), ...anchored.flat()];
    },
  });
  return {
    start: () => {
      sealer ??= startSealer({ database, key, tables, now, anchors, onProblem });
    },
    stop: async () => {
      await sealer?.stop();
    },
    failingSince: () => sealer?.failingSince(),
    verify: (budgetMillis) => verifier.verify(budgetMillis),
    proofOf: (submissionId) => proofOf(database, key, submissionId),
  };
}
