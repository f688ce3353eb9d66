/** The page of a stay with very many readings: what it costs, and what it has. */
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { aSummary } from '../fixtures/summary';
import { IN_PROPORTION } from '../support/growth';
import { startHomeward, type Homeward } from '../support/homeward';
import { aReading, aStayWith, scored } from './readings';
import { plain, Visitor } from './visitor';

/** The first ones are slower, before the code is compiled. */
const TRIES = 15;

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** The page of the patient's only stay. */
async function find(number: string): Promise<{ clinician: Visitor; path: string }> {
  const clinician = new Visitor(homeward);
  await clinician.signIn('clinician');
  await clinician.get('/console/patients');
  const { location } = await clinician.post('/console/patients', { 'nhs-number': number });
  const [, path = ''] = /href="(\/console\/stays\/[0-9a-f-]+)"/.exec((await clinician.get(location!)).text)!;
  return { clinician, path };
}

describe('the page of a stay', () => {
  /** @returns how long it takes to draw it, in milliseconds of the processor */
  async function cost(readings: number, number: number): Promise<number> {
    const body = aSummary().stay(number).nhsNumber(nhsNumberOf(number)).observations(readings).bytes();
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
    const { clinician, path } = await find(nhsNumberOf(number));
    const { text } = await clinician.get(path);
    const [, shown] = /(\d+) readings, newest first/.exec(text)!;
    expect(Number(shown)).toBeGreaterThanOrEqual(readings);
    let quickest = Infinity;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const before = process.cpuUsage();
      await clinician.get(path);
      const { user, system } = process.cpuUsage(before);
      quickest = Math.min(quickest, (user + system) / 1000);
    }
    return quickest;
  }

  it('is drawn in proportion to its readings', async () => {
    const few = await cost(150, 41);
    expect((await cost(600, 42)) / few).toBeLessThan(IN_PROPORTION);
  });
});

/** As many as the page has, and some more. */
const [SHOWN, OLDER] = [5_000, 120];
const EVERY_MS = 96_000;
const START = Date.UTC(2025, 2, 3, 10);

describe('a stay with more readings than its page has', () => {
  let text: string;
  const timeOf = (index: number): string => new Date(START + index * EVERY_MS).toISOString();
  const isLast = (index: number): boolean => index >= SHOWN + OLDER - 40;
  beforeAll(async () => {
    const pulses = Array.from({ length: SHOWN + OLDER - 8 }, (_, index) =>
      aReading('pulse', isLast(index) ? 140 : 70 + (index % 5), timeOf(index)),
    );
    // A set among what is missing, one at its edge, one in the first hour after it, and one later.
    const sets = [1, OLDER, OLDER + 10, OLDER + 100].flatMap((index) => scored(timeOf(index)));
    // The newest come first in the Bundle, and the oldest last: what is stored first is not what is newest.
    const body = aStayWith(31, [...sets, ...pulses].reverse())
      .nhsNumber('9990000026')
      .bytes();
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
    const { clinician, path } = await find('9990000026');
    ({ text } = await clinician.get(path));
  }, 120_000);

  /** The page is too long to be printed where one of these is missing. */
  const lacks = (...sentences: string[]): string[] => {
    const words = plain(text);
    return sentences.filter((each) => !words.includes(each));
  };

  it('has the newest, in the table and in the trends', () => {
    const [first] = /<tbody[\s\S]*?<\/tr>/.exec(text.slice(text.indexOf('readings, newest first')))!;
    expect(plain(first)).toMatch(/9 March 2025, .* 140 \/min/);
    expect(lacks(`${SHOWN} readings, newest first`, 'Pulse (/min) latest 140 /min')).toEqual([]);
  });

  it('says at the top, at the trends and in the caption from when to when readings are missing', () => {
    const missing = 'Older readings, from 3 March 2025, 10:00 to 3 March 2025, 13:08, are not shown.';
    expect(
      lacks(
        `This page has ${SHOWN} readings of this stay, the newest ones. ${missing}`,
        `pause for a long time. ${missing}`,
        `${SHOWN} readings, newest first. ${missing}`,
      ),
    ).toEqual([]);
    expect(text.indexOf(missing)).toBeLessThan(text.indexOf('nhsuk-summary-list'));
  });

  it('has no NEWS2 set of which a part may be among those', () => {
    expect(/NEWS2 chart: \d+ set/.exec(text)?.[0]).toBe('NEWS2 chart: 1 set');
    expect(lacks('brackets. Sets from before 3 March 2025, 14:08 are not shown.')).toEqual([]);
  });

  it('has all else that was sent', () => {
    expect(lacks('Download PDF')).toEqual([]);
    expect(lacks('More was sent than this page shows')).toHaveLength(1);
  });
});
