/** The checks that need the whole ledger, after its seals were read. Verification and export end with them. */
import type { Database } from '../../platform/postgres';
import { checkKey } from './check-key';
import { checkTables, type ReadOutside } from './check-tables';
import { checkUnsealed, type Unsealed } from './check-unsealed';
import type { Faults } from './fault';
import { harmless } from './missing-table';
import {
  checkDrops,
  checkMonths,
  type MonthAccounts,
  type MonthTurn,
  type ReadMonthFile,
} from './months/check-months';
import { checkTombstones } from './removed';
import { currentShape } from './sealed-columns';
import type { SealedTables } from './sealed-tables';

/** Where the records of the ledger are, and what is outside of the database. */
export interface LedgerSources {
  database: Database;
  /** PEM of the ledger's public key. */
  publicKey: string;
  auditKey: Buffer;
  tables: SealedTables;
  /** Returns the types whose derived columns are being rebuilt, or wait for it. */
  pending?: () => Promise<readonly string[]>;
  /** Reads the documents that are outside of the database. */
  readOutside?: ReadOutside;
  /** Reads the files of dropped months. */
  readMonthFile?: ReadMonthFile | undefined;
}

/** What the reading of the seals has counted. */
interface ReadSeals {
  /** Everything before this transaction is sealed. */
  upto: string;
  /** How many versions of each type the sealed submissions contain. */
  rows: ReadonlyMap<string, number>;
  months: MonthAccounts;
  turn?: MonthTurn;
  faults: Faults;
}

/**
 * @param thorough false to skip what runs long
 * @returns `complete`: false when something was skipped
 */
export async function checkWhole(
  { database, publicKey, auditKey, tables, ...outside }: LedgerSources,
  { upto, rows, months, turn, faults }: ReadSeals,
  thorough: boolean,
): Promise<{ complete: boolean; unsealed: Unsealed; monthsNotCompared: string[] }> {
  const { readOutside = async () => undefined, readMonthFile: readFile = async () => 'unset' } = outside;
  const shape = await currentShape(database);
  const complete = await harmless(faults, true, () =>
    checkTables({ database, tables, upto, rows, thorough, readOutside, faults }),
  );
  await harmless(faults, undefined, () => checkKey(database, publicKey, faults));
  await harmless(faults, undefined, () => checkTombstones(database, auditKey, faults));
  await harmless(faults, undefined, () => checkDrops(database, auditKey, faults));
  const monthsNotCompared = await checkMonths(months, { readFile, publicKey, thorough, turn, faults });
  const unsealed = await harmless(faults, { records: 0, since: null }, () =>
    checkUnsealed({ database, shape, tables, upto, auditKey, faults }),
  );
  return { complete, unsealed, monthsNotCompared };
}
