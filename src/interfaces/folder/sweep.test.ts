import { setTimeout as sleep } from 'node:timers/promises';
import type { Listed, WaitingFile } from './list-files';
import type { Sweep } from './sweep';

/** A sweep whose files each take 600 ms, and are gone then. */
function slowSweep(taken: string[]): Sweep {
  let sweep!: Sweep;
  jest.isolateModules(() => {
    jest.doMock('./submit-file', () => ({
      AlreadyHandled: class extends Error {},
      endingsIn: () => ({ of: () => undefined }),
      submitFile: async (_inbox: unknown, { odsCode }: WaitingFile): Promise<undefined> => {
        taken.push(odsCode);
        await sleep(600);
      },
    }));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the module is made anew
    const { openSweep } = require('./sweep') as typeof import('./sweep');
    sweep = openSweep({ root: '', id: 'the id' }, {} as never, {} as never);
  });
  return sweep;
}

const ORGANISATIONS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF', 'GGG', 'HHH', 'JJJ'];

const fileOf = (odsCode: string, index: number): WaitingFile => ({
  ...{ odsCode, name: `${index}.json`, path: `/in/${odsCode}/${index}.json`, identity: String(index) },
  ...{ isLink: false, changedNs: 1n, modifiedNs: 1n },
});

describe('organisations with many files', () => {
  it('take turns, also beyond one reading of the folder, which is read again soon', async () => {
    const queues = ORGANISATIONS.map((odsCode) =>
      Array.from({ length: 20 }, (_, index) => fileOf(odsCode, index)),
    );
    const listed: Listed = { queues, waiting: 180, longestMillis: 0, tookMillis: 1, unreadable: [] };
    const taken: string[] = [];
    const sweep = slowSweep(taken);
    const { signal } = new AbortController();
    const startedAt = performance.now();
    await sweep.run(listed, signal);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(taken).toHaveLength(8);
    await sweep.run(listed, signal);
    expect(taken).toHaveLength(16);
    expect(new Set(taken.slice(0, 9)).size).toBe(9);
  });
});
