/** The checks of reindexing for `/_status`; none when all derived columns match the definitions. */

export interface ReindexHealth {
  /** Tables in which types are being indexed anew, or wait for it. */
  tables: readonly { types: readonly string[]; done: number; total: number }[];
  /** Since when it fails. */
  failing?: Date;
}

export interface ReindexCheck {
  componentType: 'datastore';
  /** The types of one table. */
  componentId: string;
  status: 'pass' | 'warn';
  /** Versions that were looked at. */
  observedValue: number;
  observedUnit: string;
  output: string;
}

export function reindexChecks({ tables, failing }: ReindexHealth): Record<string, ReindexCheck[]> {
  if (tables.length === 0) return {};
  const checks = tables.map(({ types, done, total }): ReindexCheck => {
    const all = Math.max(done, total);
    return {
      componentType: 'datastore',
      componentId: types.join(' '),
      status: failing ? 'warn' : 'pass',
      observedValue: done,
      observedUnit: 'versions',
      output: failing
        ? `re-indexing has failed since ${failing.toISOString()}, after ${done} of ${all} versions; see the log`
        : `being re-indexed: ${done} of ${all} versions; until this is done, searches find earlier data by its old columns`,
    };
  });
  return { 'index:derived': checks };
}
