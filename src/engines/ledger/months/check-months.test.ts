/** A check that must not run long looks at some months: each has its turn. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { Faults } from '../fault';
import { checkMonths, type MonthAccounts, type MonthTurn } from './check-months';

const MONTHS = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05'];
const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const none = createHash('sha256');
const record = (month: string) => ({
  ...{
    id: month,
    month,
    act: 'dropped' as const,
    file: month,
    sha256: Buffer.alloc(32),
    bytes: 0,
    records: 0,
  },
  ...{ leaves: none.copy().digest(), firstSeal: 1, lastSeal: 1, exported: null, madeAt: new Date(0) },
  ...{ xid: 1n, sealedUpto: 2n, genuine: true },
});
const accounts: MonthAccounts = new Map(
  MONTHS.map((month) => [
    month,
    { record: record(month), leaves: none.copy(), records: 0, present: 0, isWhole: true },
  ]),
);

/** Short checks, one after another. @param seconds how long a file takes @returns the months that each compared */
async function compared(checks: number, seconds: (month: string) => number): Promise<string[][]> {
  let now = 0;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
  const turn: MonthTurn = {};
  const found: string[][] = [];
  try {
    for (let check = 0; check < checks; check += 1) {
      const notCompared = await checkMonths(accounts, {
        publicKey,
        thorough: false,
        turn,
        faults: new Faults(),
        readFile: async (month) => {
          now += seconds(month) * 1_000;
          return (async function* () {
            yield Buffer.from('no file of a month');
          })();
        },
      });
      found.push(MONTHS.filter((month) => !notCompared.includes(month)));
    }
  } finally {
    clock.mockRestore();
  }
  return found;
}

it('goes on with the month at which the time was up', async () => {
  expect(await compared(6, () => 3)).toEqual([...MONTHS, '2026-01'].map((month) => [month]));
});

it('looks at the others although the file of one takes too long', async () => {
  const found = await compared(5, (month) => (month === '2026-02' ? 6 : 2));
  expect(new Set(found.flat())).toEqual(new Set(MONTHS.filter((month) => month !== '2026-02')));
});

it('compares all where there is time', async () => {
  expect(await compared(2, () => 1)).toEqual([MONTHS, MONTHS]);
});
