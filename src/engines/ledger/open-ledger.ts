/** Opens the ledger of a running node, which seals, verifies and proves. `app.ts` calls it once. */
import { access, constants, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database } from '../../platform/postgres';
import type { ReadOutside } from './check-tables';
import type { ReadMonthFile } from './months/check-months';
import { openAnchor, type Anchor } from './anchor';
import { createAnchors, type AnchorState } from './anchors';
import type { Fault } from './fault';
import { openLedgerKey, readPublicKey } from './keys';
import { calledIn, databaseName, openNodeMemory, type NodeMemory } from './node-memory';
import { proofOf, type Proof } from './proof';
import { startSealer, type Sealer } from './sealer';
import type { SealOptions } from './seal';
import type { SealedTables } from './sealed-tables';
import { createVerifier, type Verification } from './verify';
import { createWitness, type Witness } from './witness';
import { watchSchema, type SchemaWatch } from './watch-schema';

export interface LedgerOptions {
  database: Database;
  auditKey: Buffer;
  tables: SealedTables;
  /** Returns the types whose derived columns are being rebuilt. */
  pending: () => Promise<readonly string[]>;
  readOutside: ReadOutside;
  readMonthFile: ReadMonthFile;
  now: () => Date;
  /** The folder where this node remembers the last head that it has seen. */
  dataDir: string;
  isSandbox: boolean;
  /** `LEDGER_ANCHOR` */
  anchor: string | undefined;
  /** False for a worker process: it only compares what it wrote with what is sealed. */
  seals: boolean;
  onProblem: (text: string, error: unknown) => void;
  onAlarm: (alarm: Fault) => void;
}

/** The state of the ledger for `/_status`. */
export interface LedgerHealth {
  /** Since when this node fails to seal; `isHarmed` when a table or column of the ledger is missing. */
  failing?: { since: Date; isHarmed: boolean };
  /** When the oldest unsealed record was made. */
  oldestUnsealed?: Date;
  /** The faults that the node has found and an operator has not accepted yet. */
  alarms: readonly Fault[];
  anchors: readonly AnchorState[];
  /** Differences between the definitions of the database and those of this version. */
  shape: readonly Fault[];
}

export interface Ledger {
  /** Remembers what this node writes, and compares it with what is sealed. */
  witness: Witness;
  /** Starts sealing. */
  start(): void;
  stop(): Promise<void>;
  health(): LedgerHealth;
  /** The id of the key that signs: the SHA-256 of its public part, base64url. */
  keyId: string;
  verify(budgetMillis?: number): Promise<Verification>;
  proofOf(submissionId: string): Promise<Proof | 'pending' | 'broken' | undefined>;
}

export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { database, auditKey, tables, now, dataDir, onProblem, onAlarm } = options;
  const key = await openLedgerKey(database);
  const memory = await openNodeMemory(
    dataDir,
    await databaseName(database),
    key.id,
    await calledIn(database, options.isSandbox),
  );
  const external = options.anchor === undefined ? [] : [openAnchor(options.anchor)];
  const anchors = createAnchors([asAnchor(memory), ...external], now, onProblem);
  await tryToWrite(dataDir, options.anchor, onProblem);
  for (const alarm of memory.alarms()) onAlarm(alarm);
  let sealer: Sealer | undefined;
  let schema: SchemaWatch | undefined;
  const verifier = createVerifier({
    database,
    publicKey: key.publicKey,
    auditKey,
    tables,
    pending: options.pending,
    readOutside: options.readOutside,
    readMonthFile: options.readMonthFile,
    known: async () => {
      const { heads } = await memory.read();
      const anchored = await Promise.all(external.map((anchor) => anchor.heads()));
      return { heads: [...memory.heads(), ...heads, ...anchored.flat()], alarms: memory.alarms() };
    },
  });
  const isSigned = readPublicKey(key.publicKey)?.isSigned ?? (() => false);
  const witness = createWitness(tables, isSigned);
  const raise = (alarm: Fault): void => {
    if (memory.raise(alarm)) onAlarm(alarm);
  };
  const compare: SealOptions['compare'] = async (tx, upto, sealed) => {
    for (const fault of await witness.compare(tx, upto, sealed)) raise(fault);
  };
  return {
    witness,
    start: () => {
      const sealing = { database, key, tables, now, compare, seals: options.seals };
      sealer ??= startSealer({ ...sealing, memory, anchors, isSigned, onProblem, onAlarm });
      if (options.seals) schema ??= watchSchema(database, onAlarm);
    },
    stop: async () => {
      await schema?.stop();
      await sealer?.stop();
    },
    health: () => {
      const failing = sealer?.failing();
      const oldestUnsealed = sealer?.oldestUnsealed();
      return {
        ...(failing ? { failing } : {}),
        ...(oldestUnsealed ? { oldestUnsealed } : {}),
        alarms: memory.alarms(),
        anchors: anchors.states(),
        shape: schema?.faults() ?? [],
      };
    },
    keyId: key.id,
    verify: (budgetMillis) => verifier.verify(budgetMillis),
    proofOf: (submissionId) => proofOf(database, key, tables, submissionId),
  };
}

/** Uses the node's memory as an anchor, so that writing it is tried again until it succeeds. */
function asAnchor(memory: NodeMemory): Anchor {
  return { name: memory.name, keep: () => memory.save(), heads: async () => (await memory.read()).heads };
}

/** Reports at start when heads cannot be stored, before the first is made. */
async function tryToWrite(
  dataDir: string,
  anchor: string | undefined,
  onProblem: (text: string, error: unknown) => void,
): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    onProblem(
      `cannot write to DATA_DIR ${dataDir}, so this node cannot record the heads of the ledger`,
      error,
    );
  }
  if (anchor === undefined || /^https?:/i.test(anchor)) return;
  const path = openAnchor(anchor).name;
  try {
    await mkdir(dirname(path), { recursive: true });
    await (await open(path, 'a')).close();
  } catch (error) {
    onProblem(`cannot write to LEDGER_ANCHOR ${path}, so the ledger is not anchored there`, error);
  }
}
