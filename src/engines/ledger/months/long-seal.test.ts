/** A seal of many records. Each takes milliseconds; what is quadratic in their number would take minutes. */
import { newId } from '../../../platform/ids';
import { withoutDropped } from '../examine';
import { recordsOf, type LedgerRecord } from '../records';

const MONTH = '2026-03';
const digest = Buffer.alloc(32);
const records = Array.from({ length: 400_000 }, (): LedgerRecord => ({
  kind: 'audit',
  id: newId(undefined, Date.UTC(2026, 2, 10)),
  digest,
}));
const half = new Set(records.flatMap(({ id }, index) => (index % 2 === 0 ? [id] : [])));
const left = records.filter(({ id }) => !half.has(id));

/** @returns what the work returns, and the seconds of CPU that it took */
function measured<T>(work: () => T): { done: T; seconds: number } {
  const started = process.cpuUsage();
  const done = work();
  const { user, system } = process.cpuUsage(started);
  return { done, seconds: (user + system) / 1e6 };
}

describe('the records of a month under a long seal', () => {
  it('are told from those that were removed', () => {
    const other: LedgerRecord = { kind: 'submission', id: records[0]!.id, digest };
    const { done, seconds } = measured(() => recordsOf(MONTH, [other, ...records], half));
    expect(seconds).toBeLessThan(10);
    expect([done.here.length, done.gone.length]).toEqual([left.length, half.size]);
    expect(done.here[0]).toBe(left[0]);
    expect(done.gone.every((id) => half.has(id))).toBe(true);
    expect(recordsOf('2026-04', [other, ...records.slice(0, 9)])).toEqual({ here: [], gone: [] });
  });

  it('are explained by the drop of their month', () => {
    const examined = {
      seal: 7,
      upto: '8',
      head: '',
      signature: '',
      sealed: records,
      bytes: Buffer.alloc(0),
      found: [],
      removed: half,
      ofDropped: new Map(),
      shapeKnown: true,
    };
    const dropped = new Map([[MONTH, { firstSeal: 7, lastSeal: 7 }]]);
    const { done, seconds } = measured(() => withoutDropped(examined, dropped));
    expect(seconds).toBeLessThan(10);
    expect([...done.ofDropped.keys()]).toEqual([MONTH]);
    expect(done.ofDropped.get(MONTH)).toHaveLength(left.length);
    expect(done.removed.size).toBe(records.length);
  });
});
