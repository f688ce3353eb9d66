/**
 * `homeward audit-months list | export | drop | verify`: closed months of the audit trail, as files outside of the
 * database. @see docs/audit-months.md
 */
import { join } from 'node:path';
import { sealedTables } from '../../app/what-is-stored';
import type { Config } from '../../config';
import { openAnchor } from '../../engines/ledger/anchor';
import { openLedgerKey } from '../../engines/ledger/keys';
import type { ExportedMonth } from '../../engines/ledger/months/month-records';
import { MonthFault } from '../../engines/ledger/months/read-month';
import { verifyMonthFile, type MonthVerification } from '../../engines/ledger/months/verify-month-file';
import { SealingHeldBack } from '../../engines/ledger/seal-through';
import { runAlone } from '../../engines/store/run-alone';
import { secret } from '../../engines/store/secrets';
import { newId } from '../../platform/ids';
import { openToRead } from '../../platform/open-to-read';
import { isMonth } from '../../platform/months';
import { dropMonth } from '../../use-cases/auditing/months/drop-month';
import { exportMonth, type ExportOptions } from '../../use-cases/auditing/months/export-month';
import { listMonths, type MonthState } from '../../use-cases/auditing/months/list-months';
import { AUDIT_SECRET } from '../../use-cases/auditing/open-trail';
import { defineCommand, failed, usageFault } from './command';
import { ANCHOR, anchorFault, faultLines, isReadable, KEY, keyIn } from './ledger-options';
import { openCommandDatabase } from './open-database';
import { recordAct } from './record-act';
import { settings } from './settings';

const MONTH = { name: 'MONTH', meaning: 'a month such as 2026-03' } as const;

export const auditMonthsList = defineCommand({
  name: 'audit-months list',
  purpose: 'show where each month of the audit trail is',
  options: {},
  examples: ['npx homeward audit-months list'],
  run: (_given, env, stop) =>
    withMonths(env, stop, async (options) => {
      const states = await listMonths(options);
      process.stdout.write(states.map((state) => `${lineOf(state)}\n`).join('') || 'no audit records\n');
      return 0;
    }),
});

export const auditMonthsExport = defineCommand({
  name: 'audit-months export',
  purpose: 'write closed months of the audit trail to files outside of the database',
  about: [
    'Each file goes to the first place of AUDIT_MONTHS_STORE. It has the records of a month with the seals that prove them, and can be verified without the database. It is read back and verified before the ledger records the export. Nothing is removed.',
    'An interrupted run can be started again. A month that has not changed is not exported twice.',
  ],
  operands: { ...MONTH, many: true, unlessGiven: 'every closed month that is not exported yet' },
  options: {},
  examples: ['npx homeward audit-months export', 'npx homeward audit-months export 2026-03'],
  run: async ({ operands }, env, stop) => {
    const wrong = operands.find((month) => !isMonth(month));
    if (wrong !== undefined) return notAMonth(wrong, 'audit-months export');
    return withMonths(env, stop, async (options, record) => {
      const months = operands.length > 0 ? operands : toExport(await listMonths(options));
      if (months.length === 0) process.stdout.write('every closed month is exported\n');
      for (const month of months) {
        stop?.throwIfAborted();
        const { exported, isNew } = await exportMonth(options, month);
        if (isNew) await record('$export-audit-month', 'E', sentenceOf(exported));
        process.stdout.write(`${sentenceOf(exported)}${isNew ? '' : ' (it was exported before)'}\n`);
      }
      return 0;
    });
  },
});

export const auditMonthsDrop = defineCommand({
  name: 'audit-months drop',
  purpose: 'remove an exported month of the audit trail from the database',
  about: [
    'Before that, the file is read from AUDIT_MONTHS_STORE and verified, and the database is compared with it. The ledger keeps what proves the month. The access report reads the month from the file.',
    'All nodes must run a version that knows this command.',
  ],
  operands: MONTH,
  options: {},
  examples: ['npx homeward audit-months drop 2026-03'],
  run: async ({ operands: [month = ''] }, env, stop) => {
    if (!isMonth(month)) return notAMonth(month, 'audit-months drop');
    return withMonths(env, stop, async (options, record) => {
      await record('$drop-audit-month', 'D', `${month}: begun`);
      const { exported, isNew } = await dropMonth(options, month);
      const { records, file } = exported;
      const done = `${month}: ${records} records ${isNew ? 'dropped' : 'were dropped before'}, they are in ${file}`;
      await record('$drop-audit-month', 'D', done);
      process.stdout.write(`${done}\n`);
      return 0;
    });
  },
});

export const auditMonthsVerify = defineCommand({
  name: 'audit-months verify',
  purpose: 'check the file of an exported month, without a database',
  about: [
    'Checks that every record in the file was sealed under a signed head, that none is missing, and that the ledger’s key has signed the file as it is. It needs no settings.',
    'Exit code: 0 if the file verifies, 1 if it does not.',
  ],
  operands: { name: 'FILE', meaning: 'the file, such as audit-2026-03-5be1c0a4d2f7e893.jsonl.gz' },
  options: {
    key: { ...KEY, unlessGiven: 'the key in the file' },
    anchor: { ...ANCHOR, unlessGiven: 'no heads are compared' },
    json: { meaning: 'print the verification as JSON' },
  },
  examples: ['npx homeward audit-months verify audit-2026-03-5be1c0a4d2f7e893.jsonl.gz --key key.pem'],
  run: async ({ values, operands: [file = ''] }, _env, stop) => {
    const publicKey = values.key === undefined ? undefined : await keyIn(values.key, stop);
    if (publicKey === null)
      return failed(`${values.key} holds no public key of a ledger (Ed25519, PEM).`, 66);
    if (!(await isReadable(file))) return failed(`${file} cannot be read.`, 66);
    const fault = await anchorFault(values.anchor, 'audit-months verify');
    if (fault !== undefined) return fault;
    const anchors = values.anchor.map(openAnchor);
    const knownHeads = (await Promise.all(anchors.map((anchor) => anchor.heads()))).flat();
    const anchored = anchors.length === 0 ? undefined : knownHeads.length;
    const verification = await verifyMonthFile(await openToRead(file, stop), { publicKey, knownHeads });
    if (!verification) return failed(`${file} is not an exported month of the audit trail.`, 66);
    process.stdout.write(
      values.json
        ? `${JSON.stringify(verification, null, 2)}\n`
        : verdictOf(verification, publicKey !== undefined, anchored),
    );
    return verification.status === 'pass' ? 0 : 1;
  },
});

const notAMonth = (given: string, command: string): 64 =>
  usageFault(
    `${given.slice(0, 40).replace(/\p{Cc}/gu, ' ')} is not a month. Write the year and the month: 2026-03.`,
    command,
  );

type RecordIt = (interaction: `$${string}`, action: 'D' | 'E', remark: string) => Promise<void>;

/** Does the work on one session. Another command that exports or drops waits for it. */
async function withMonths(
  env: NodeJS.ProcessEnv,
  stop: AbortSignal | undefined,
  work: (options: ExportOptions, record: RecordIt) => Promise<number>,
): Promise<number> {
  const config = settings(env);
  if (!config) return 78;
  const { database, monthFiles: files, close } = await openCommandDatabase(config, { stop });
  try {
    const common = {
      files,
      auditKey: await secret(database, AUDIT_SECRET),
      key: await openLedgerKey(database),
      tables: sealedTables,
      now: () => new Date(),
      newId: () => newId(),
      workFolder: join(config.dataDir, 'audit-months'),
    };
    const onWait = (): void =>
      void process.stderr.write('homeward: another audit-months command is running; waiting for it\n');
    const done = await runAlone(database, 'homeward.audit-months', { waits: true, onWait, stop }, (session) =>
      work({ ...common, session }, (interaction, action, remark) =>
        recordAct(session, config, interaction, remark, { action, target: targetOf(interaction) }),
      ),
    );
    return done.isMine ? done.result : 69;
  } catch (error) {
    if (error instanceof MonthFault) return failed(error.message, 1);
    if (error instanceof SealingHeldBack)
      return failed(
        'the record could not be sealed within a minute. Look for a transaction that has been open for a long time (pg_stat_activity, pg_prepared_xacts), then run this command again.',
        69,
      );
    return unwritable(error, config);
  } finally {
    await close();
  }
}

const targetOf = (interaction: string): string =>
  interaction === '$drop-audit-month' ? 'homeward audit-months drop' : 'homeward audit-months export';

/** The error of a folder that cannot be written, as a sentence. @throws every other error */
function unwritable(error: unknown, { dataDir }: Pick<Config, 'dataDir'>): number {
  const { code, syscall, path = dataDir } = error as NodeJS.ErrnoException;
  if (syscall === undefined || !/^(EACCES|EROFS|ENOSPC|ENOTDIR|EDQUOT|EPERM)$/.test(code ?? '')) throw error;
  return failed(
    `${path} cannot be written (${code}). The file of a month needs room in DATA_DIR first, and then in AUDIT_MONTHS_STORE.`,
    66,
  );
}

const toExport = (states: readonly MonthState[]): string[] =>
  states.flatMap(({ month, isClosed, exported, inDatabase }) =>
    isClosed && !exported && inDatabase > 0 ? [month] : [],
  );

const sentenceOf = ({ month, records, file, bytes }: ExportedMonth): string =>
  `${month}: ${records} records in ${file} (${bytes} bytes)`;

function lineOf({ month, inDatabase, isClosed, exported, isDropped }: MonthState): string {
  const here = `${inDatabase} records in the database`;
  if (!exported) return `${month}  ${here}, ${isClosed ? 'not exported' : 'not closed yet'}`;
  const there = `${exported.records} in ${exported.file}`;
  if (!isDropped) return `${month}  ${here}, ${there}`;
  return `${month}  ${inDatabase === 0 ? 'dropped' : `dropped, but ${here} again`}, ${there}`;
}

/** @param anchored how many heads the anchors have, where one is named */
function verdictOf(found: MonthVerification, isKeyGiven: boolean, anchored: number | undefined): string {
  const { status, month, records, removed, seals, firstSeal, lastSeal, key } = found;
  const lines = [
    `${status === 'pass' ? 'PASS' : 'FAIL'}: ${month}, ${records} records under ${seals} seals (${firstSeal} to ${lastSeal})`,
    ...(removed > 0 ? [`${removed} more had been removed by homeward retention before the export`] : []),
    `key ${key.id}${isKeyGiven ? '' : ' (compare it with the one you noted; --key FILE checks the file against it)'}`,
    ...(anchored === undefined ? [] : [comparedLine(found, anchored)]),
    ...faultLines(found),
  ];
  return `${lines.join('\n')}\n`;
}

function comparedLine({ headsCompared }: MonthVerification, anchored: number): string {
  if (headsCompared > 0)
    return `${headsCompared} anchored ${headsCompared === 1 ? 'head' : 'heads'} compared`;
  return `no head was compared: --anchor gives ${anchored} ${anchored === 1 ? 'head' : 'heads'}, none of these seals`;
}
