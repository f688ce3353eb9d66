/**
 * `homeward reindex`: rebuilds derived columns while a server runs.
 * @see docs/decisions/0043-facts-and-derivations.md
 */
import { indexedResources } from '../../app/indexed-resources';
import { bringIndexUpToDate } from '../../app/indexing';
import type { Config } from '../../config';
import { askToReindex, readReindexing, type Reindexing } from '../../engines/store/index-state';
import type { IndexedTable } from '../../engines/indexing/indexed-table';
import { reindexTable, type Batch } from '../../engines/store/reindex';
import { reindexAlone } from '../../engines/store/reindex-alone';
import { nearestName } from '../../fhir/nearest';
import type { Database, Session } from '../../platform/postgres';
import { defineCommand, failed, usageFault } from './command';
import { openCommandDatabase } from './open-database';
import { showProgress, type Output } from './progress';
import { recordAct } from './record-act';
import { settings } from './settings';

const RESOURCES_AT_ONCE = 250;

export const reindex = defineCommand({
  name: 'reindex',
  purpose: 'write every search and analyst column again, while the server runs',
  about: [
    'The submitted data does not change. The columns are computed from it, and only rows that differ are written. Rows in the wrong table for their type are moved. Submissions and searches continue.',
    'The server does this by itself after an upgrade that needs it. Use this command if homeward ledger verify names a derived column. An interrupted run continues where it stopped.',
    'One re-index runs at a time. Another one waits for it.',
  ],
  operands: {
    name: 'TYPE',
    many: true,
    meaning: 'a resource type, such as Observation',
    unlessGiven: 'all',
  },
  options: {
    'no-wait': { meaning: 'end with exit code 69 if another re-index is running' },
  },
  examples: ['npx homeward reindex', 'npx homeward reindex Patient Observation'],
  run: async ({ values, operands }, env, stop) => {
    const { tableOf } = indexedResources();
    const strange = operands.find((type) => !tableOf.has(type));
    if (strange !== undefined) return notIndexed(strange, [...tableOf.keys()]);
    const config = settings(env);
    if (!config) return 78;
    const types = operands.length > 0 ? [...new Set(operands)] : [...tableOf.keys()];
    const { database, close } = await openCommandDatabase(config, { stop });
    try {
      return await run(database, config, {
        types,
        isAll: operands.length === 0,
        waits: !values['no-wait'],
        stop,
      });
    } finally {
      await close();
    }
  },
});

function notIndexed(given: string, types: readonly string[]): number {
  const shown = given.slice(0, 40).replace(/\p{Cc}/gu, ' ');
  if (given === 'AuditEvent')
    return usageFault(
      'the columns of the audit trail are sealed, so they cannot be computed again.',
      'reindex',
    );
  const near = nearestName(given, new Set(types));
  return usageFault(
    `This server does not store the resource type ${shown}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    'reindex',
  );
}

interface Run {
  types: readonly string[];
  isAll: boolean;
  waits: boolean;
  stop: AbortSignal | undefined;
}

async function run(database: Database, config: Config, given: Run): Promise<number> {
  const { types, isAll, waits, stop } = given;
  const indexed = indexedResources();
  const say = (message: string): void => void process.stderr.write(`homeward: ${message}\n`);
  const what = isAll ? 'all types' : types.join(', ');
  const record = (remark: string): Promise<void> =>
    recordAct(database, config, '$reindex', remark, {
      action: 'U',
      target: `homeward reindex${isAll ? '' : ` ${types.join(' ')}`}`,
    });
  const onWait = (): void => say('another re-index is running; waiting for it');
  const { isMine } = await reindexAlone(database, { waits, onWait, stop }, async () => undefined);
  if (!isMine) return failed('Another re-index is running. Try again when it is done.', 69);
  await record(`begun: ${what}`);
  await bringIndexUpToDate({ database, indexed, say, stop });
  const done = await reindexAlone(database, { waits: true, onWait, stop }, (session) =>
    reindexTypes(session, given),
  );
  const written = done.isMine ? done.result : 0;
  await record(`done: ${what}, ${written} rows written`);
  return 0;
}

type Counts = Record<'looked' | 'written', number>;

/**
 * Rebuilds the types table by table. Prints a line for each type that was named or that has stored rows.
 * @returns how many rows were written
 */
async function reindexTypes(session: Session, { types, isAll, stop }: Run): Promise<number> {
  const { tables, fingerprints } = indexedResources();
  let written = 0;
  for (const table of tables) {
    const own = types.filter((type) => table.definitions.has(type));
    if (own.length === 0) continue;
    await askToReindex(session, table, Object.fromEntries(own.map((type) => [type, fingerprints[type]!])));
    const asked = (await readReindexing(session)).find((each) => each.table === table.name);
    if (asked === undefined) continue;
    const counts = await reindexWithProgress(session, table, asked, stop);
    for (const type of own) {
      const { looked, written: ofType } = counts.get(type) ?? { looked: 0, written: 0 };
      written += ofType;
      if (looked > 0 || !isAll)
        process.stdout.write(`${type}: ${looked} versions checked, ${ofType} written\n`);
    }
  }
  return written;
}

async function reindexWithProgress(
  session: Session,
  table: IndexedTable,
  asked: Reindexing,
  stop: AbortSignal | undefined,
): Promise<Map<string, Counts>> {
  const counts = new Map<string, Counts>();
  const out: Output = process.stdout.isTTY ? process.stdout : silent;
  const progress = showProgress(out, `versions of ${table.name}`, asked.total);
  progress.advance(asked.done);
  const onProgress = ({ looked, byType }: Batch): void => {
    for (const [type, more] of byType) {
      const before = counts.get(type) ?? { looked: 0, written: 0 };
      counts.set(type, { looked: before.looked + more.looked, written: before.written + more.written });
    }
    progress.advance(looked);
  };
  try {
    await reindexTable({ database: session, table, atOnce: RESOURCES_AT_ONCE, stop, onProgress }, asked);
  } finally {
    progress.finish();
  }
  return counts;
}

const silent: Output = { write: () => undefined };
