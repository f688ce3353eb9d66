import type { Database } from '../platform/postgres';
import type { LedgerKey } from './keys';
import { startSealer } from './sealer';

describe('a sealer', () => {
  it('tells since when it has failed, until it does no more', async () => {
    let isAway = true;
    const problems: string[] = [];
    const database = {
      transaction: async () => {
        if (isAway) throw new Error('away');
        return undefined;
      },
    } as unknown as Database;
    let clock = 1_000;
    const sealer = startSealer({
      database,
      key: {} as LedgerKey,
      tables: { types: {}, unlisted: [] },
      now: () => new Date((clock += 1_000)),
      anchors: [],
      everyMillis: 5,
      onProblem: (text) => problems.push(text),
    });
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await until(() => problems.length > 2);
    expect(sealer.failingSince()).toEqual(new Date(2_000));
    isAway = false;
    await until(() => sealer.failingSince() === undefined);
    await sealer.stop();
  });
});
