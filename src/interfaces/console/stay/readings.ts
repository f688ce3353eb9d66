/** Every reading of a stay as a line of a table, newest first, with values and units as they were sent. */
import { listOf, isObject, type AnyResource, type Json } from '../../../fhir/types';
import type { StayChart } from '../../../definitions/stay-chart';
import { elementInWords } from '../../../use-cases/reading/narrative';
import { momentText, sortableMoment } from '../present/moments';
import { wholeValueText } from '../present/values';
import type { HeldResource } from './load-stay';
import { whenOf } from './news2-sets';
import { remembering } from './once';

export interface ReadingLine {
  when: string;
  /** For sorting. */
  at: number;
  what: string;
  value: string;
  status: string;
  note: string;
}

const USUAL = 'final';

export function readingLines(observations: readonly HeldResource[], chart: StayChart): ReadingLine[] {
  const momentOf = remembering((when: Json | undefined) => ({
    when: momentText(when) || 'not sent',
    at: sortableMoment(when),
  }));
  return observations
    .map(({ resource }) => ({ ...momentOf(whenOf(resource)), ...lineOf(resource, chart) }))
    .sort((one, other) => other.at - one.at || one.what.localeCompare(other.what));
}

function lineOf(resource: AnyResource, chart: StayChart): Omit<ReadingLine, 'when' | 'at'> {
  const { words, onOxygen } = chart.read(resource).readings[0] ?? {};
  const sent = wholeValueText(resource);
  const notes = listOf<Json>(resource.note)
    .filter(isObject)
    .map(({ text }) => elementInWords(text));
  return {
    what: shortName(elementInWords(resource.code)) || 'Reading without a code',
    value: sent || (onOxygen === undefined ? '' : (words ?? '')),
    status: resource.status === USUAL ? '' : elementInWords(resource.status).replaceAll('-', ' '),
    note: [elementInWords(resource.interpretation), ...notes].filter((text) => text !== '').join('; '),
  };
}

/** The names of the scores in SNOMED CT are long: `… (National Early Warning Score 2) - pulse score`. */
const shortName = (name: string): string =>
  name.replace(/^Royal College of Physicians NEWS2 \(National Early Warning Score 2\)(?: - )?\s*/, 'NEWS2 ');
