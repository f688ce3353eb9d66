/**
 * Which readings a clinician sees as the patient's, and which as the latest: every one is in the table, and what a chart
 * or a line cannot show is told beside it.
 */
import type { AnyResource, Json } from '../../src/fhir/types';
import type { Homeward } from '../support/homeward';
import { aReading, aStayWith, scored } from './readings';
import { aClinician, type Visitor } from './visitor';

let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  ({ homeward, visitor } = await aClinician());
});
afterAll(() => homeward.close());

const plain = (text: string): string =>
  text
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ');

let stays = 20;

interface Seen {
  patient: string;
  /** The lines of the table of all readings, in its order. */
  readings: string[];
  /** The rows of the NEWS2 table. */
  news2: string[];
  /** What stands for each drawing of a trend, and what is beside it. */
  trends: { label: string; caption: string }[];
  text: string;
}

/** The page of a stay of its own that has these readings alone. */
async function pageOf(readings: readonly AnyResource[]): Promise<Seen> {
  stays += 1;
  const number = '9990000018';
  const body = aStayWith(stays, readings).bytes();
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
  expect([reply.status, reply.status === 201 ? undefined : reply.json]).toEqual([201, undefined]);
  const submission = reply.headers.get('x-submission-id')!;
  const { json } = await homeward.call('GET', `/submissions/${submission}`);
  const { id } = json.stored.find(({ type }: { type: string }) => type === 'Encounter');
  const found = await homeward.call('GET', `/FHIR/R4/Patient?identifier=${number}`);
  const { text, status } = await visitor.get(`/console/stays/${id}`);
  expect(status).toBe(200);
  const rowsOf = (caption: RegExp): string[] => {
    const table =
      [...text.matchAll(/<table[\s\S]*?<\/table>/g)].find(([each]) => caption.test(each))?.[0] ?? '';
    return [...table.matchAll(/<tr[\s\S]*?<\/tr>/g)].slice(1).map(([row]) => plain(row).trim());
  };
  return {
    patient: found.json.entry[0].resource.id,
    readings: rowsOf(/\d+ readings, newest first/),
    news2: rowsOf(/NEWS2 readings, with/),
    trends: [...text.matchAll(/<figure class="app-trend">([\s\S]*?)<svg[^>]*aria-label="([^"]*)"/g)].map(
      ([, caption = '', label = '']) => ({ caption: plain(caption).trim(), label: plain(label) }),
    ),
    text,
  };
}

const focus: Json = [{ display: 'Unborn child' }];
const NINE = '2025-03-05T09:00:00+00:00';
const TEN = '2025-03-06T10:00:00+00:00';
const ELEVEN = '2025-03-07T11:00:00+00:00';

describe('a reading with a focus, which is of somebody else', () => {
  let seen: Seen;
  beforeAll(async () => {
    seen = await pageOf([
      ...scored(NINE),
      aReading('pulse', 150, NINE, { focus }),
      aReading('pulse', 155, TEN, { focus }),
      aReading('total', 12, ELEVEN, { focus }),
      aReading('weight', 3.1, NINE, { focus }),
      aReading('weight', 3.2, TEN, { focus }),
    ]);
  });

  it('is in no NEWS2 set, though it was taken at the same time', () => {
    expect(seen.news2.find((row) => row.startsWith('Pulse'))).toBe('Pulse (0)');
    expect(seen.news2.find((row) => row.startsWith('Total'))).toMatch(/^Total 0$/);
  });

  it('is in no trend', () => {
    expect(seen.trends).toEqual([]);
  });

  it('is in the table, marked, with of whom it is', () => {
    const pulses = seen.readings.filter((line) => line.includes('/min') && line.includes('Pulse'));
    expect(pulses).toEqual([
      expect.stringMatching(/Not of the patient .*Pulse.* 155 \/min Of: Unborn child$/),
      expect.stringMatching(/Not of the patient .*Pulse.* 150 \/min Of: Unborn child$/),
    ]);
  });

  it('is not what $lastn gives, unless focus is asked for', async () => {
    const last = async (more: string): Promise<string[]> => {
      const { json } = await homeward.call(
        'GET',
        `/FHIR/R4/Observation/$lastn?patient=${seen.patient}&code=27113001${more}`,
      );
      expect(JSON.stringify(json.link)).not.toContain('focus%3Amissing');
      return (json.entry ?? []).map(({ resource }: { resource: AnyResource }) =>
        JSON.stringify(resource.focus),
      );
    };
    expect(await last('')).toEqual([]);
    expect(await last('&focus:missing=false')).toEqual([JSON.stringify(focus)]);
  });

  it('is no total that a search by score finds', async () => {
    const { json } = await homeward.call(
      'GET',
      `/FHIR/R4/Observation?patient=${seen.patient}&news2-total=12`,
    );
    expect(json.total).toBe(0);
  });

  it('is named in the narrative of the stay as of somebody else', async () => {
    const [, id] = /href="\/console\/patients\/([0-9a-f-]+)"/.exec(seen.text)!;
    const found = await homeward.call('GET', `/FHIR/R4/Observation?patient=${id}&focus:missing=false`);
    const encounter = found.json.entry[0].resource.encounter.reference;
    const { json } = await homeward.call('GET', `/FHIR/R4/${encounter}/$summary`);
    expect(JSON.stringify(json)).toContain('Not of the patient, but of: Unborn child; 155');
  });
});

describe('a reading of a device, not of the patient', () => {
  it('is in no trend, and marked', async () => {
    const { readings } = await pageOf([
      aReading('temperature', 21.4, NINE, { focus: [{ reference: 'Device/1' }] }),
    ]);
    expect(readings).toEqual([expect.stringMatching(/Not of the patient .* 21.4 °C Of: Device$/)]);
  });
});

describe('the latest reading', () => {
  it('is the newest, whatever name its unit has', async () => {
    const { trends } = await pageOf([
      aReading('respiration', 16, NINE),
      aReading('respiration', 17, TEN),
      aReading('respiration', 29, ELEVEN, {}, { unit: 'breaths/min', code: '{breaths}/min' }),
    ]);
    expect(trends).toEqual([
      {
        caption: 'Respiration rate (/min) latest 29 breaths/min',
        label: expect.stringMatching(/^Respiration rate: 3 readings .* latest 29 breaths\/min\.$/),
      },
    ]);
  });

  it('is told where it is in another unit, and is not in the line', async () => {
    const { trends } = await pageOf([
      aReading('saturation', 97, NINE),
      aReading('saturation', 96, TEN),
      aReading('saturation', 0.86, ELEVEN, {}, { unit: 'fraction', code: '1' }),
    ]);
    expect(trends).toEqual([
      {
        caption:
          'Oxygen saturation (%) latest 0.86 fraction (7 March 2025, 11:00) Not in this line: 0.86 fraction (7 March 2025, 11:00).',
        label: expect.stringMatching(
          /^Oxygen saturation: 2 readings .*latest 0\.86 fraction .*Not in this line/,
        ),
      },
    ]);
  });

  it('is the same in the lines of two units, and only the chart’s unit has its colours', async () => {
    const fahrenheit = { unit: '°F', code: '[degF]' };
    const { trends, text } = await pageOf([
      aReading('temperature', 102.6, '2025-03-04T08:00:00+00:00', {}, fahrenheit),
      aReading('temperature', 36.8, NINE),
      aReading('temperature', 36.9, TEN),
      aReading('temperature', 103, ELEVEN, {}, fahrenheit),
    ]);
    expect(trends.map(({ caption }) => caption)).toEqual([
      expect.stringMatching(
        /^Temperature \(°C\) latest 103 °F \(7 March 2025, 11:00\) Not in this line: 103 °F/,
      ),
      expect.stringMatching(/^Temperature \(°F\) latest 103 °F Not in this line: 36\.9 °C/),
    ]);
    const [, , second] = text.split('<figure class="app-trend">');
    expect(second).not.toContain('app-score-');
  });

  it('has no time in the future, and is no result that is only registered; both are told', async () => {
    const [registered, unknown] = [{ status: 'registered' }, { status: 'unknown' }];
    const { trends, readings } = await pageOf([
      aReading('pulse', 70, NINE),
      aReading('pulse', 72, TEN, unknown),
      aReading('pulse', 150, ELEVEN, registered),
      aReading('pulse', 160, '2099-03-07T11:00:00+00:00'),
    ]);
    expect(trends.map(({ caption }) => caption)).toEqual([
      'Pulse (/min) latest 72 /min (status unknown) Not in this line: 160 /min (7 March 2099, 11:00, in the future); 150 /min (7 March 2025, 11:00, registered).',
    ]);
    expect(readings[0]).toMatch(/160 \/min The time is in the future$/);
  });

  it('is found by code, whatever name was sent with it; names that several codes share have the code', async () => {
    const named = (code: string, display: string): { code: Json } => ({
      code: { coding: [{ system: 'http://snomed.info/sct', code, display }], text: display },
    });
    const { trends } = await pageOf([
      aReading('weight', 81, NINE, named('27113001', 'Weight')),
      aReading('weight', 82, TEN, named('27113001', 'Body weight')),
      aReading('weight', 60, NINE, named('735395000', 'Body weight')),
      aReading('weight', 61, TEN, named('735395000', 'Body weight')),
    ]);
    expect(trends.map(({ caption }) => caption).sort()).toEqual([
      'Body weight, code 27113001 (kg) latest 82 kg',
      'Body weight, code 735395000 (kg) latest 61 kg',
    ]);
  });

  it.each([
    [
      'less than a number',
      { valueQuantity: { value: 90, comparator: '<', unit: '%' } },
      '< 90 % (7 March 2025, 11:00)',
    ],
    ['a text', { valueString: 'unrecordable' }, 'unrecordable (7 March 2025, 11:00)'],
    [
      'a range',
      { valueRange: { low: { value: 80, unit: '%' }, high: { value: 85, unit: '%' } } },
      /Low: 80 %, High: 85 %/,
    ],
  ])('is told where it is %s', async (_what, value, told) => {
    const reading = aReading('saturation', 1, ELEVEN);
    delete reading.valueQuantity;
    const { trends } = await pageOf([
      aReading('saturation', 97, NINE),
      aReading('saturation', 96, TEN),
      Object.assign(reading, value),
    ]);
    expect(trends[0]?.caption).toEqual(
      typeof told === 'string'
        ? expect.stringContaining(`latest ${told} Not in this line: ${told}`)
        : expect.stringMatching(told),
    );
  });

  it('is the last one with a value; one without is told beside the line', async () => {
    const reading = aReading('pulse', 1, ELEVEN);
    delete reading.valueQuantity;
    const reason = {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'error' }],
    };
    const { trends } = await pageOf([
      aReading('pulse', 70, NINE),
      aReading('pulse', 71, TEN),
      Object.assign(reading, { dataAbsentReason: reason }),
    ]);
    expect(trends[0]?.caption).toBe(
      'Pulse (/min) latest 71 /min Not in this line: No value: error (7 March 2025, 11:00).',
    );
  });

  it('may be one of a day without a time, which has no place in the line', async () => {
    const { trends } = await pageOf([
      aReading('pulse', 70, NINE),
      aReading('pulse', 71, TEN),
      aReading('pulse', 130, '2025-03-06'),
    ]);
    expect(trends[0]?.caption).toBe(
      'Pulse (/min) latest 71 /min or 130 /min (6 March 2025) Not in this line: 130 /min (6 March 2025).',
    );
  });

  it('may be two of one time', async () => {
    const { trends } = await pageOf([
      aReading('pulse', 70, NINE),
      aReading('pulse', 71, TEN),
      aReading('pulse', 131, TEN),
    ]);
    expect(trends[0]?.caption).toMatch(/latest (71 \/min or 131 \/min|131 \/min or 71 \/min)$/);
  });

  it('is by the moment, not by the digits of its time', async () => {
    const { trends, readings } = await pageOf([
      aReading('pulse', 70, '2025-03-05T12:30:00+02:00'),
      aReading('pulse', 71, '2025-03-05T11:00:00Z'),
    ]);
    expect(trends[0]?.caption).toBe('Pulse (/min) latest 71 /min');
    expect(readings[0]).toMatch(/11:00 .* 71 \/min$/);
  });

  it('leaves out what was retracted, which the table has with its status', async () => {
    const { trends, readings } = await pageOf([
      aReading('pulse', 70, NINE),
      aReading('pulse', 71, TEN),
      aReading('pulse', 140, ELEVEN, { status: 'entered-in-error' }),
    ]);
    expect(trends[0]?.caption).toBe('Pulse (/min) latest 71 /min');
    expect(readings[0]).toMatch(/140 \/min entered in error$/);
  });
});

describe('a NEWS2 set', () => {
  it('shows both of two readings of its time of which no score names one', async () => {
    const { news2 } = await pageOf([
      ...scored(NINE),
      aReading('pulse', 72, NINE),
      aReading('pulse', 140, NINE),
    ]);
    expect(news2.find((row) => row.startsWith('Pulse'))).toMatch(
      /^Pulse (72 \/min or 140 \/min|140 \/min or 72 \/min) \(0\)$/,
    );
  });

  it('has no time that was not sent, and no reading of another time of its day', async () => {
    const { news2, text } = await pageOf([
      ...scored('2025-03-05'),
      aReading('pulse', 140, '2025-03-05'),
      aReading('pulse', 141, '2025-03-05T00:00:00+00:00'),
    ]);
    expect(news2.find((row) => row.startsWith('Pulse'))).toBe('Pulse (0)');
    expect(text).toMatch(/scope="col">5 Mar<br>no time</);
  });

  it('says that its total was retracted, and does not say that none was sent', async () => {
    const [total, ...scores] = scored(NINE);
    const { news2 } = await pageOf([Object.assign(total!, { status: 'entered-in-error' }), ...scores]);
    expect(news2.find((row) => row.startsWith('Total'))).toBe('Total entered in error');
  });

  it('shows a total as it was sent, with the sign before it, and in no colour where it cannot be one', async () => {
    const [total, ...scores] = scored(NINE);
    delete total!.valueInteger;
    const seen = await pageOf([
      Object.assign(total!, { valueQuantity: { value: 7, comparator: '>', unit: '{ScoreOf}' } }),
      ...scores,
      aReading('total', 5, TEN),
      aReading('total', -3, ELEVEN),
    ]);
    expect(seen.news2.find((row) => row.startsWith('Total'))).toMatch(/^Total > 7.* 5.* -3/);
    expect(seen.text).toMatch(/app-risk-none"><strong>-3</);
    expect(seen.trends[0]?.caption).toMatch(
      /^NEWS2 total latest -3 Not in this line: > 7 \(5 March 2025, 09:00\)\.$/,
    );
  });
});

describe('a panel', () => {
  it('is drawn by its components, each by its own code', async () => {
    const panel = (value: number, weight: number, at: string): AnyResource => ({
      ...aReading('weight', weight, at),
      component: [
        {
          code: aReading('pulse', value, at).code!,
          valueQuantity: aReading('pulse', value, at).valueQuantity!,
        },
      ],
    });
    const { trends } = await pageOf([panel(70, 81, NINE), panel(72, 82, TEN)]);
    expect(trends.map(({ caption }) => caption)).toEqual([
      'Pulse (/min) latest 72 /min',
      'Body weight (kg) latest 82 kg',
    ]);
  });
});

describe('a reading over a time', () => {
  it('is shown from its start to its end', async () => {
    const reading = aReading('pulse', 70, NINE);
    delete reading.effectiveDateTime;
    const { readings } = await pageOf([
      Object.assign(reading, { effectivePeriod: { start: NINE, end: '2025-03-05T09:30:00Z' } }),
    ]);
    expect(readings).toEqual([expect.stringMatching(/^5 March 2025, 09:00 to 5 March 2025, 09:30 Pulse/)]);
  });
});

describe('a reading with a body site and a method', () => {
  it('has both in the table', async () => {
    const { readings } = await pageOf([
      aReading('temperature', 37.4, TEN, { bodySite: { text: 'Left ear' }, method: { text: 'Infrared' } }),
    ]);
    expect(readings[0]).toMatch(/37\.4 °C Body site: Left ear; Method: Infrared$/);
  });
});
