/**
 * `homeward retention`: removes data whose retention period has ended, and leaves tombstones in the ledger.
 * @see docs/ledger.md
 */
import { openPatients, sealedTables } from '../../app/what-is-stored';
import { AUDIT_SECRET } from '../../use-cases/auditing/open-trail';
import { applyRetention, type RetentionResult } from '../../use-cases/auditing/retention';
import { SHORTEST_DAYS } from '../../engines/ledger/removed';
import { SealingHeldBack } from '../../engines/ledger/seal-through';
import { newId } from '../../platform/ids';
import { secret } from '../../engines/store/secrets';
import { lockOn, takeLocks } from '../../use-cases/submitting/locks/take-locks';
import { defineCommand, failed, usageFault } from './command';
import { openCommandDatabase } from './open-database';
import { recordAct } from './record-act';
import { settings } from './settings';

const DAY_MILLIS = 86_400_000;

export const retention = defineCommand({
  name: 'retention',
  purpose: 'remove data after its retention period, and leave tombstones in the ledger',
  about: [
    `Removes patients whose last submission is older than the given age, with all their data, and audit records of that age. The ledger still verifies afterwards. It cannot be undone: look at --dry-run first. At least ${SHORTEST_DAYS} days are kept.`,
  ],
  options: {
    'older-than': { value: 'AGE', meaning: 'a number of years or days: 8y, 3000d', required: true },
    'dry-run': { meaning: 'show what would be removed, and remove nothing' },
  },
  examples: ['npx homeward retention --older-than 8y --dry-run', 'npx homeward retention --older-than 8y'],
  run: async ({ values }, env, stop) => {
    const olderThan = values['older-than'];
    const dryRun = values['dry-run'];
    const days = daysOf(olderThan);
    if (days === undefined)
      return usageFault(
        `--older-than must be a number of years or days, for example 8y or 3000d, and at least ${SHORTEST_DAYS}d.`,
        'retention',
      );
    const config = settings(env);
    if (!config) return 78;
    const { database, close } = await openCommandDatabase(config, { stop });
    try {
      const now = new Date();
      const auditKey = await secret(database, AUDIT_SECRET);
      const patients = await openPatients(database);
      const requestId = newId();
      const record = (remark: string): Promise<void> =>
        recordAct(database, config, '$retention', remark, {
          action: 'D',
          requestId,
          target: `homeward retention --older-than ${olderThan}`,
        });
      // Record the run before it removes the first row, because an interrupted run has removed something too.
      if (!dryRun) await record('begun');
      const result = await applyRetention({
        database,
        tables: { ...sealedTables, patients },
        auditKey,
        olderThanMillis: days * DAY_MILLIS,
        now,
        newId,
        lockPatients: (tx, ids) => takeLocks(tx, new Set(ids.map((id) => lockOn('3-patient', id)))),
        dryRun,
      });
      if (!dryRun) await record(sentenceOf(result));
      process.stdout.write(`${dryRun ? 'would remove' : 'removed'} ${sentenceOf(result)}\n`);
      if (dryRun)
        process.stdout.write(
          'the documents and audit records that would also be removed are not counted here\n',
        );
      return 0;
    } catch (error) {
      if (!(error instanceof SealingHeldBack)) throw error;
      return failed(
        'nothing was removed, because the record of this run could not be sealed within a minute. Look for a transaction that has been open for a long time (pg_stat_activity, pg_prepared_xacts), then run this command again.',
        69,
      );
    } finally {
      await close();
    }
  },
});

/** `8y` or `3000d`, as days. */
function daysOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([yd])$/.exec(text) ?? [];
  if (count === undefined) return undefined;
  const days = unit === 'y' ? Math.ceil(Number(count) * 365.25) : Number(count);
  return days < SHORTEST_DAYS ? undefined : days;
}

function sentenceOf(result: RetentionResult): string {
  const { patients, submissions, rows, documents, documentBytes, auditRecords, heldBack } = result;
  return [
    `${patients} patients, ${submissions} submissions, ${rows} rows of what they stored`,
    `${documents} documents (${documentBytes} bytes), ${auditRecords} audit records`,
    ...(heldBack > 0 ? [`${heldBack} patients kept: a submission is about other patients too`] : []),
    ...(result.monthsDropped.length > 0
      ? [`${result.monthsDropped.length} months of the audit trail dropped`]
      : []),
  ].join('; ');
}
