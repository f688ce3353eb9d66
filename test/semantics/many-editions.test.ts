/** What was said of a patient before hundreds of submissions is not known, and nobody is to suffer from that. */
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber } from './sending';
import { alive, at, dead, deathReasons, of, patientWith, phone } from './statements';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

describe('300 submissions hide what was said before them', () => {
  it('alive of the 9th, then 305 editions of another, then a late death of the 7th', async () => {
    const n = freshNhsNumber();
    const s = of(n);
    await accepted(homeward, at(alive(of(n)), '09'), { as: 'RX1' });
    for (let i = 0; i < 305; i += 1)
      await accepted(
        homeward,
        at(phone(String(100 + i))(s), new Date(Date.UTC(2025, 4, 9, 13) + i * 900_000)),
      );
    const c = await accepted(homeward, at(dead(of(n)), '07'), { as: 'RX2' });
    const { deceasedBoolean } = await patientWith(homeward, n);
    expect(deceasedBoolean === false || (await deathReasons(homeward, c)).length > 0).toBe(true);
  }, 120_000);
  it('dead of the 9th, then 305 editions of another, then a late alive of the 7th: the death stays', async () => {
    const n = freshNhsNumber();
    const s = of(n);
    await accepted(homeward, at(dead(of(n)), '09'), { as: 'RX1' });
    for (let i = 0; i < 305; i += 1)
      await accepted(
        homeward,
        at(phone(String(100 + i))(s), new Date(Date.UTC(2025, 4, 9, 13) + i * 900_000)),
      );
    await accepted(homeward, at(alive(of(n)), '07'), { as: 'RX2' });
    expect((await patientWith(homeward, n)).deceasedBoolean).toBe(true);
  }, 120_000);
});
