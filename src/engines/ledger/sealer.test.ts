import type { Database } from '../../platform/postgres';
import { createAnchors } from './anchors';
import type { LedgerKey } from './keys';
import type { NodeMemory } from './node-memory';
import { startSealer, type Sealer } from './sealer';

/** A sealer beside a database that answers so. */
function sealerOn(
  transaction: () => Promise<object>,
  { now, onProblem }: { now: () => Date; onProblem: (text: string) => void },
): Sealer {
  return startSealer({
    database: { transaction } as unknown as Database,
    key: {} as LedgerKey,
    tables: { types: {}, unlisted: [], shared: {} },
    now,
    memory: {
      last: () => undefined,
      refresh: async () => undefined,
      save: async () => undefined,
    } as unknown as NodeMemory,
    anchors: createAnchors(
      [],
      () => new Date(),
      () => undefined,
    ),
    isSigned: () => true,
    everyMillis: 2,
    onProblem,
    onAlarm: () => undefined,
  });
}

describe('a sealer', () => {
  it('tells since when it has failed, until it does no more; and says so once, not every second', async () => {
    let isAway = true;
    let tries = 0;
    const problems: string[] = [];
    let clock = 1_000;
    const sealer = sealerOn(
      async () => {
        tries += 1;
        if (isAway) throw new Error('away');
        return {};
      },
      { now: () => new Date((clock += 1_000)), onProblem: (text) => problems.push(text) },
    );
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await until(() => tries > 3);
    expect(problems).toEqual(['could not seal the ledger; the server tries again every second']);
    expect(sealer.failing()).toEqual({ since: new Date(2_000), isHarmed: false });
    isAway = false;
    await until(() => sealer.failing() === undefined);
    await sealer.stop();
  });

  it('tells since when nothing more is sealed, where no id tells since when a record waits', async () => {
    let looked = { waitingAfter: '7' };
    let looks = 0;
    const problems: string[] = [];
    let clock = 0;
    const sealer = sealerOn(
      async () => {
        looks += 1;
        clock += 10_000;
        return looked;
      },
      { now: () => new Date(clock), onProblem: (text) => problems.push(text) },
    );
    const afterLooks = async (count: number): Promise<Date | undefined> => {
      while (looks < count) await new Promise((resolve) => setTimeout(resolve, 2));
      return sealer.oldestUnsealed();
    };
    expect(await afterLooks(9)).toEqual(new Date(10_000));
    expect(problems.join()).toContain('waited for more than a minute');
    looked = { waitingAfter: '8' };
    expect((await afterLooks(looks + 2))!.getTime()).toBeGreaterThan(80_000);
    looked = {} as typeof looked;
    expect(await afterLooks(looks + 2)).toBeUndefined();
    await sealer.stop();
  });
});
