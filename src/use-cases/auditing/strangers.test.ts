import type { AuditFacts } from './audit-facts';
import { createStrangers, type Strangers } from './strangers';

let clock = 0;
let recorded: AuditFacts[] = [];
let isAway = false;
let strangers: Strangers;
beforeEach(() => {
  jest.useFakeTimers();
  clock = 0;
  recorded = [];
  isAway = false;
  strangers = createStrangers({
    perMinute: 3,
    record: (facts) => {
      if (isAway) return Promise.reject(new Error('away'));
      recorded.push(facts);
      return Promise.resolve();
    },
    observer: () => 'here',
    newId: () => 'id',
    now: () => clock,
    onProblem: () => undefined,
  });
});
afterEach(async () => {
  await strangers.stop();
  jest.useRealTimers();
});

const admitted = (address: string, requests: number): number =>
  Array.from({ length: requests }, () => strangers.admits(address)).filter(Boolean).length;
const pass = async (millis: number): Promise<void> => {
  clock += millis;
  await jest.advanceTimersByTimeAsync(millis);
};
const told = (): (string | undefined)[][] =>
  recorded.map(({ address, remark }) => [address, remark?.split(' ')[0]]);

describe('the requests of strangers', () => {
  it('have a record each up to so many a minute, and one that counts the others', async () => {
    expect(admitted('10.0.0.1', 10)).toBe(3);
    await pass(30_000);
    expect(recorded).toEqual([]);
    await pass(35_000);
    expect(told()).toEqual([['10.0.0.1', '7']]);
    expect(admitted('10.0.0.1', 1)).toBe(1);
  });

  it('are counted for each address, and for a whole network of IPv6', () => {
    expect([admitted('10.0.0.1', 5), admitted('10.0.0.2', 5)]).toEqual([3, 3]);
    expect([admitted('2001:db8::1', 2), admitted('2001:db8:0:0:ffff::2', 5)]).toEqual([2, 1]);
  });

  it('from very many addresses are bounded together, and counted together', async () => {
    const addresses = Array.from({ length: 1_000 }, (_, at) => `10.1.${at >> 8}.${at & 255}`);
    expect(addresses.map((address) => admitted(address, 1)).reduce((sum, each) => sum + each)).toBe(15);
    await pass(65_000);
    expect(told()).toEqual([[undefined, '985']]);
  });

  it('stay counted while nothing can be recorded, and are recorded when the server stops', async () => {
    admitted('10.0.0.1', 10);
    isAway = true;
    await pass(65_000);
    isAway = false;
    await strangers.stop();
    expect(told()).toEqual([['10.0.0.1', '7']]);
  });
});
