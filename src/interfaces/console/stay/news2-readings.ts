/**
 * What a NEWS2 set says of each parameter: the scores and readings as they were sent. Nothing is chosen: where readings
 * differ, all are told, and none has a mark on the chart. One that was taken at another time is told with its time.
 */
import type { Charted, ChartedReading, OxygenScale } from '../../../definitions/stay-chart';
import { isObject } from '../../../fhir/types';
import { instantOf } from '../present/moments';
import { sentAsText, wholeValueText } from '../present/values';
import type { HeldResource } from './load-stay';
import { takenText, type Taken } from './times';

/** One Observation, as the chart reads it. */
export interface Seen {
  held: HeldResource;
  charted: Charted;
  taken: Taken;
  /** True of a reading of another stay, which only a reference leads to. */
  isElsewhere: boolean;
}

export interface SetCell {
  /** The reading as it was sent, such as `36.0 °C`; a finding in words; several where they differ. */
  reading: string;
  /** The sub-score as it was sent. */
  score: string | undefined;
  /** The reading that has a mark on the chart: the only one, and of the time of the set. */
  charted: ChartedReading | undefined;
}

export interface SetParts {
  taken: Taken;
  /** The total or scores, and what these name. */
  members: ReadonlySet<Seen>;
  /** What was taken at the very moment of the set, whether a score names it or not. */
  atSameTime: readonly Seen[];
}

/** Between values of which nobody knows the right one. */
const OR = ' or ';
/** Readings of one parameter that are told; of more, how many there are. */
const MOST_TOLD = 5;
/** The Observations of a set were taken within so much of its time, as the checks have it. */
export const NEAR_MS = 15 * 60_000;

/** The cells by parameter, and the oxygen scales of which a score was sent. */
export function cellsOf(parts: SetParts): { cells: Map<string, SetCell>; scales: Set<OxygenScale> } {
  const { scores, scales } = scoresOf(parts.members);
  const cells = new Map<string, SetCell>();
  for (const [parameter, texts] of scores)
    cells.set(parameter, { reading: '', score: [...texts].join(OR), charted: undefined });
  for (const [parameter, told] of readingsOf(parts)) {
    const all = [...told.values()];
    const [only, ...more] = all;
    const isCharted = more.length === 0 && only?.isOfItsTime === true;
    cells.set(parameter, {
      reading: listed(all.map(({ text }) => text)),
      score: cells.get(parameter)?.score,
      charted: isCharted ? only.reading : undefined,
    });
  }
  return { cells, scales };
}

function listed(texts: readonly string[]): string {
  const more = texts.length - MOST_TOLD;
  return `${texts.slice(0, MOST_TOLD).join(OR)}${more > 0 ? ` and ${more} more` : ''}`;
}

function scoresOf(members: ReadonlySet<Seen>): {
  scores: Map<string, Set<string>>;
  scales: Set<OxygenScale>;
} {
  const scores = new Map<string, Set<string>>();
  const scales = new Set<OxygenScale>();
  for (const { charted } of members)
    for (const { parameter, score, scale } of charted.scores) {
      scores.set(parameter, (scores.get(parameter) ?? new Set()).add(score));
      if (scale !== undefined) scales.add(scale);
    }
  return { scores, scales };
}

interface Told {
  reading: ChartedReading;
  text: string;
  isOfItsTime: boolean;
}

/** What was read, by parameter, each value once: what the scores name, and what was taken at the same moment. */
function readingsOf({ taken, members, atSameTime }: SetParts): Map<string, Map<unknown, Told>> {
  const found = new Map<string, Map<unknown, Told>>();
  const put = (seen: Seen): void => {
    const isOfItsTime = !seen.isElsewhere && isNear(seen.taken, taken);
    for (const reading of seen.charted.readings) {
      const { parameter, words, value } = reading;
      if (parameter === undefined) continue;
      const sent = readingText(reading, seen);
      const ofParameter = found.get(parameter) ?? new Map<unknown, Told>();
      found.set(parameter, ofParameter);
      const key = words ?? value ?? sent;
      const known = ofParameter.get(key);
      if (known && (known.isOfItsTime || !isOfItsTime)) continue;
      ofParameter.set(key, { reading, isOfItsTime, text: isOfItsTime ? sent : withTime(sent, seen) });
    }
  };
  for (const each of members) put(each);
  for (const named of found.values()) giveWay(named);
  for (const each of atSameTime) if (!members.has(each)) put(each);
  return found;
}

/** A reading whose value does not confirm its code gives way to one that says something. */
function giveWay(named: Map<unknown, Told>): void {
  const isUnconfirmed = ({ reading }: Told): boolean => reading.sentAs !== undefined;
  if ([...named.values()].every(isUnconfirmed)) return;
  for (const [key, told] of named) if (isUnconfirmed(told)) named.delete(key);
}

/** True of what was taken within fifteen minutes of the other. A day without a time is near that same day alone. */
export function isNear(one: Taken, other: Taken): boolean {
  if (!one.hasTime || !other.hasTime)
    return one.hasTime === other.hasTime && one.at === other.at && one.until === other.until;
  return one.at <= endOf(other) + NEAR_MS && other.at <= endOf(one) + NEAR_MS;
}

const endOf = ({ at, to }: Taken): number => Math.max(at, instantOf(to)?.getTime() ?? at);

/** `128 mmHg (4 March 2025, 10:00)`, of what was not taken at the time of the set. */
function withTime(sent: string, { taken, isElsewhere }: Seen): string {
  const when = takenText(taken) || 'no time sent';
  return `${sent} (${isElsewhere ? 'another stay, ' : ''}${when})`;
}

/** `Oxygen, 2 L/min`, `Alert`, `36.0 °C`, `Sent as Patient on oxygen with value no`. */
function readingText({ words, parameter, sentAs }: ChartedReading, { held }: Seen): string {
  if (sentAs !== undefined) return sentAsText(sentAs, held.resource);
  const sent = wholeValueText(held.resource);
  if (words === undefined) return sent;
  const isFlow = parameter === 'airOrOxygen' && isObject(held.resource.valueQuantity) && words !== 'Air';
  return isFlow ? `${words}, ${sent}` : words;
}
