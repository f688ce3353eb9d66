/**
 * A stay or reading number that is used again within what the law takes for one stay or reading, and a retraction that
 * nothing is known by: the sender is warned, and a person looks at it, whichever road it came.
 */
import { accepted, freshNhsNumber, freshSummary, told, type Sent } from '../semantics/sending';
import { rebuilt, reasons } from '../semantics/story';
import { aMessage, nextId, type Fields } from './messages';
import { receiverOfThisFile } from './receiving';

const { ask, call, homeward } = receiverOfThisFile();

const HEART_RATE = '8867-4^Heart rate^LN';
const SYSTOLIC = '8480-6^Systolic^LN';

const reading = ({
  code = HEART_RATE,
  value = '72',
  status = 'F',
  at = '20250228080000',
  number = '',
}): string =>
  `OBX|2|NM|${code}||${value}|${code === HEART_RATE ? '/min' : 'mmHg'}|||||${status}|||${at}|||||||${number}`;

interface Document {
  of: string;
  stay: string;
  sentAt?: string;
  pv1?: Fields;
  more?: readonly string[];
}

/** A document of a stay. @returns the warnings of the two kinds, and how many reasons there are to look at it */
async function document({ of, stay, sentAt, pv1, more }: Document): Promise<[string[], number]> {
  const answer = await ask(
    aMessage({
      ...(sentAt === undefined ? {} : { sentAt }),
      ...(more === undefined ? {} : { more }),
      fields: { PID: { 3: `${of}^^^NHS^NH` }, PV1: { 19: `${stay}^^^RR8^VN`, ...pv1 } },
    }),
  );
  expect(answer.text).toContain('MSA|AA|');
  const { json } = await call('GET', `/submissions/${answer.said}/outcome`);
  return [ofTheseKinds(json), await reasons(homeward(), { submissionId: answer.said } as Sent)];
}

const ofTheseKinds = (outcome: unknown): string[] =>
  told(outcome).filter((line) => /submission-(number-used-again|retracts-nothing)/.test(line));

const USED_AGAIN = [['warning submission-number-used-again Bundle.entry[4].resource'], 1];
const NOTHING = [[], 0];
const later = '20250302101500';

describe('A number of a reading that a second document of the stay uses', () => {
  it.each([
    ['another time', { at: '20250227080000' }, USED_AGAIN],
    ['another code', { code: SYSTOLIC, value: '124' }, USED_AGAIN],
    ['another value', { value: '75', status: 'C' }, NOTHING],
    ['a retraction', { status: 'W' }, NOTHING],
    ['the day alone', { at: '20250228' }, NOTHING],
  ])('for %s', async (_what, second, seen) => {
    const [of, stay, number] = [freshNhsNumber(), nextId(), nextId()];
    expect(await document({ of, stay, more: [reading({ number })] })).toEqual(NOTHING);
    expect(await document({ of, stay, sentAt: later, more: [reading({ number, ...second })] })).toEqual(seen);
  });

  it('is not reported in a correction, and over HTTP as over HL7 v2', async () => {
    const identifier = [{ system: 'https://trust.example.nhs.uk/reading', value: nextId() }];
    const first = freshSummary().with('Observation[0].identifier', identifier);
    await accepted(homeward(), first);
    const moved = first.with('Observation[0].effectiveDateTime', '2025-03-09T08:00:00Z');
    const correction = await accepted(homeward(), moved.correction(2));
    expect(ofTheseKinds(correction.json)).toEqual([]);
    const other = rebuilt(first.with('Observation[0].effectiveDateTime', '2025-03-09T09:00:00Z'), 'other');
    const again = await accepted(homeward(), other.with('Bundle.meta.lastUpdated', '2025-03-12T10:00:00Z'));
    expect(ofTheseKinds(again.json)).toEqual([
      expect.stringContaining('warning submission-number-used-again Bundle.entry['),
    ]);
    expect(await reasons(homeward(), again)).toBe(1);
  });
});

describe('A number of a stay (PV1-19) that a second document uses', () => {
  it.each([
    ['a year later', { 44: '20260220093000', 45: '20260301093000' }, 1],
    ['months later, by dates', { 44: '20250501', 45: '20250510' }, 1],
    ['for the same stay, by dates', { 44: '20250301', 45: '20250310' }, 0],
    ['for the same stay, which has no end yet', { 45: '' }, 0],
    ['for the same stay, which is longer', { 45: '20250302093000' }, 0],
  ])('%s', async (_what, pv1, count) => {
    const [of, stay] = [freshNhsNumber(), nextId()];
    await document({ of, stay });
    expect(await document({ of, stay, sentAt: '20260302101500', pv1 })).toEqual(
      count === 0 ? NOTHING : [['warning submission-number-used-again Bundle.entry[2].resource'], 1],
    );
  });
});

describe('A reading without a number that is said to be wrong', () => {
  it('retracts nothing of another document, and its sender is told so', async () => {
    const [of, stay] = [freshNhsNumber(), nextId()];
    await document({ of, stay, more: [reading({})] });
    expect(await document({ of, stay, sentAt: later, more: [reading({ status: 'W' })] })).toEqual([
      ['warning submission-retracts-nothing Bundle.entry[4].resource'],
      1,
    ]);
  });

  it('is retracted in a correction of its own summary', async () => {
    const first = freshSummary().without('Observation[0].identifier');
    await accepted(homeward(), first);
    const second = await accepted(
      homeward(),
      first.correction(2).with('Observation[0].status', 'entered-in-error'),
    );
    expect(ofTheseKinds(second.json)).toEqual([]);
    const elsewhere = rebuilt(first.with('Observation[0].status', 'entered-in-error'), 'elsewhere');
    const third = await accepted(
      homeward(),
      elsewhere.with('Bundle.meta.lastUpdated', '2025-03-12T10:00:00Z'),
    );
    expect(ofTheseKinds(third.json)).toEqual([
      expect.stringContaining('warning submission-retracts-nothing Bundle.entry['),
    ]);
  });
});
