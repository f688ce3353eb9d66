/** Every reading of a stay as a line of a table, newest first, with values and units as they were sent. */
import { compareTexts } from '../../../fhir/normal-form';
import { listOf, isObject, type AnyResource, type Json } from '../../../fhir/types';
import type { StayChart } from '../../../definitions/stay-chart';
import { elementInWords, inWords } from '../../../use-cases/reading/narrative';
import { momentText } from '../present/moments';
import { wholeValueText } from '../present/values';
import type { HeldResource, LoadedStay } from './load-stay';
import { wholeAfter } from './news2-sets';
import { takenOf, takenText, type Taken } from './times';

export interface ReadingLine {
  when: string;
  /** For sorting. */
  at: number;
  what: string;
  value: string;
  status: string;
  /** True of a reading of somebody else. */
  isOfAnother: boolean;
  note: string;
}

const USUAL = 'final';

export function readingLines(
  observations: readonly HeldResource[],
  chart: StayChart,
  now: Date,
): ReadingLine[] {
  const texts = new Map<string, string>();
  const textOf = (taken: Taken): string => {
    const key = `${String(taken.from)} ${String(taken.to)}`;
    const text = texts.get(key) ?? (takenText(taken) || 'not sent');
    texts.set(key, text);
    return text;
  };
  return observations
    .map(({ resource }) => {
      const taken = takenOf(resource);
      const line = { when: textOf(taken), at: taken.at, ...lineOf(resource, chart) };
      if (taken.at <= now.getTime()) return line;
      return {
        ...line,
        note: ['The time is in the future', line.note].filter((each) => each !== '').join('; '),
      };
    })
    .sort((one, other) => other.at - one.at || compareTexts(one.what, other.what));
}

/** What a page lacks of the readings of a stay, in words. */
export interface MissingReadings {
  heading: string;
  whole: string;
  /** For captions. */
  short: string;
  /** For the NEWS2 sets, the first of which may have parts among what is missing. */
  sets: string;
}

/** Undefined where the page has all readings. */
export function missingInWords({
  readings,
  older,
}: Pick<LoadedStay, 'readings' | 'older'>): MissingReadings | undefined {
  if (!older) return undefined;
  const shown = `This page has ${readings.length} readings of this stay`;
  const place = 'They are not in the tables, the NEWS2 chart or the trends. The API has all readings.';
  if (!older.from || !older.until) {
    const short = 'Some readings without a time are not shown.';
    const heading = 'Readings without a time are not all shown';
    return { heading, whole: `${shown}. ${short} ${place}`, short, sets: '' };
  }
  const short = `Older readings, from ${takenText(older.from)} to ${takenText(older.until)}, are not shown.`;
  return {
    heading: 'Older readings are not shown',
    whole: `${shown}, the newest ones. ${short} ${place}`,
    short,
    sets: `Sets from before ${momentText(new Date(wholeAfter(older.until)))} are not shown.`,
  };
}

function lineOf(resource: AnyResource, chart: StayChart): Omit<ReadingLine, 'when' | 'at'> {
  const { readings, isOfAnother = false } = chart.read(resource);
  const { words, onOxygen } = readings[0] ?? {};
  const sent = wholeValueText(resource);
  const notes = listOf<Json>(resource.note)
    .filter(isObject)
    .map(({ text }) => elementInWords(text));
  return {
    what: shortName(elementInWords(resource.code)) || 'Reading without a code',
    value: sent || (onOxygen === undefined ? '' : (words ?? '')),
    status: resource.status === USUAL ? '' : elementInWords(resource.status).replaceAll('-', ' '),
    isOfAnother,
    note: [
      isOfAnother ? whoseOf(resource) : '',
      elementInWords(resource.interpretation),
      named('Body site', resource.bodySite),
      named('Method', resource.method),
      ...notes,
    ]
      .filter((text) => text !== '')
      .join('; '),
  };
}

/** `Body site: Left upper arm`; empty where it was not sent. */
function named(name: string, element: Json | undefined): string {
  const words = elementInWords(element);
  return words === '' ? '' : `${name}: ${words}`;
}

/** Of whom or what it is: `Of: Unborn child`; empty where only the address of a resource was sent. */
function whoseOf({ focus, subject }: AnyResource): string {
  const named = listOf<Json>(focus).length > 0 ? listOf<Json>(focus) : [subject];
  const texts = named.filter(isObject).map(({ reference, ...rest }) => {
    const [, type = ''] = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec(String(reference)) ?? [];
    return elementInWords(rest) || inWords({ resourceType: type }).what;
  });
  const known = texts.filter((text) => text !== '');
  return known.length === 0 ? '' : `Of: ${known.join(', ')}`;
}

/** The names of the scores in SNOMED CT are long: `… (National Early Warning Score 2) - pulse score`. */
const shortName = (name: string): string =>
  name.replace(/^Royal College of Physicians NEWS2 \(National Early Warning Score 2\)(?: - )?\s*/, 'NEWS2 ');
