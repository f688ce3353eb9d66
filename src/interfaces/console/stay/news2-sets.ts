/**
 * The NEWS2 sets of a stay: each total as it was sent, with its sub-scores and the readings behind them. Nothing is
 * computed. A set is put together by references; a score that names no reading gets the one taken at the same time.
 */
import type { Charted, ChartedReading, OxygenScale, StayChart } from '../../../definitions/stay-chart';
import { isObject, listOf, type Json } from '../../../fhir/types';
import { sentAsText, wholeValueText } from '../present/values';
import type { HeldResource, OlderReadings } from './load-stay';
import { takenOf, takenText, type Taken } from './times';

/** Between values of which nobody knows the right one. */
const OR = ' or ';

export interface SetCell {
  /** The reading as it was sent, such as `36.0 °C`; a finding in words. */
  reading: string;
  /** The sub-score as it was sent. */
  score: string | undefined;
  charted: ChartedReading | undefined;
}

export interface News2Set {
  taken: Taken;
  when: string;
  /** As it was sent, or why there is none. */
  total: string;
  /** False where `total` says why there is none. */
  hasTotal: boolean;
  scale: OxygenScale | undefined;
  onOxygen: boolean | undefined;
  cells: ReadonlyMap<string, SetCell>;
  /** What checks said about a resource of the set. */
  remarks: readonly string[];
}

const HOUR = 3_600_000;

interface Seen {
  held: HeldResource;
  charted: Charted;
  taken: Taken;
}

/** Statuses of readings that are not charted. */
export const NOT_CHARTED = ['entered-in-error', 'cancelled'];

/** @param remarksOn the sentences of checks about a resource, by `Type/id` */
export function news2Sets(
  observations: readonly HeldResource[],
  chart: StayChart,
  remarksOn: (reference: string) => readonly string[],
): News2Set[] {
  const seen = observations.map((held): Seen => ({
    held,
    charted: chart.read(held.resource),
    taken: takenOf(held.resource),
  }));
  const all = seen.filter((each) => leftOut(each) === undefined);
  const byReference = new Map(all.map((each) => [each.held.reference, each]));
  const byMoment = grouped(all);
  const used = new Set<Seen>();
  const sets = all
    .filter(({ charted }) => charted.total !== undefined)
    .map((total) => {
      const members = membersOf(total, byReference);
      for (const each of members) used.add(each);
      return setOf(total, members, takenWith(total, byMoment), remarksOn);
    });
  const orphans = all.filter(
    (each) => each.charted.scores.length > 0 && !used.has(each) && each.taken.hasTime,
  );
  const reasons = reasonsByMember(seen);
  for (const members of grouped(orphans).values()) {
    const [first] = members;
    if (!first) continue;
    const withReadings = members.flatMap((each) => [each, ...linked(each, byReference)]);
    const set = setOf(first, new Set(withReadings), takenWith(first, byMoment), remarksOn);
    const reason = members.map(({ held }) => reasons.get(held.reference)).find((each) => each !== undefined);
    sets.push(reason === undefined ? set : { ...set, total: reason });
  }
  return sets.sort((one, other) => one.taken.at - other.taken.at);
}

/** Why an Observation is in no set; undefined of one that may be. */
function leftOut({ held: { resource }, charted }: Seen): string | undefined {
  if (charted.isOfAnother) return 'not of the patient';
  const status = String(resource.status);
  return NOT_CHARTED.includes(status) ? status.replaceAll('-', ' ') : undefined;
}

/** Why the totals that name these Observations are not shown, by `Type/id`. */
function reasonsByMember(seen: readonly Seen[]): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const each of seen) {
    const reason = leftOut(each);
    if (reason === undefined) continue;
    for (const member of listOf<Json>(each.held.resource.hasMember))
      if (isObject(member) && typeof member.reference === 'string') reasons.set(member.reference, reason);
  }
  return reasons;
}

/** By their moment. Without a time of day nothing is known to have been taken together. */
function grouped(all: readonly Seen[]): Map<number, Seen[]> {
  const groups = new Map<number, Seen[]>();
  for (const seen of all) {
    if (!seen.taken.hasTime) continue;
    const group = groups.get(seen.taken.at);
    if (group) group.push(seen);
    else groups.set(seen.taken.at, [seen]);
  }
  return groups;
}

const takenWith = ({ taken }: Seen, byMoment: ReadonlyMap<number, Seen[]>): readonly Seen[] =>
  taken.hasTime ? (byMoment.get(taken.at) ?? []) : [];

function linked({ held: { resource } }: Seen, byReference: ReadonlyMap<string, Seen>): Seen[] {
  return [...listOf<Json>(resource.hasMember), ...listOf<Json>(resource.derivedFrom)].flatMap((each) => {
    const target =
      isObject(each) && typeof each.reference === 'string' ? byReference.get(each.reference) : undefined;
    return target ? [target] : [];
  });
}

/** The total, what it names, and what that names. */
function membersOf(total: Seen, byReference: ReadonlyMap<string, Seen>): Set<Seen> {
  const members = new Set([total]);
  for (const member of linked(total, byReference)) {
    members.add(member);
    for (const reading of linked(member, byReference)) members.add(reading);
  }
  return members;
}

/** The parts of a set are taken within an hour: all of a later set are newer than the readings that are not shown. */
export const wholeAfter = (until: Taken): number => until.until + HOUR;

/** The sets of which no part is among readings that are not shown. */
export const wholeSets = (sets: readonly News2Set[], older: OlderReadings | undefined): News2Set[] =>
  sets.filter(({ taken }) => older?.until === undefined || taken.at >= wholeAfter(older.until));

function setOf(
  first: Seen,
  members: ReadonlySet<Seen>,
  atSameTime: readonly Seen[],
  remarksOn: (reference: string) => readonly string[],
): News2Set {
  const cells = new Map<string, SetCell>();
  let scale: OxygenScale | undefined;
  const put = (parameter: string, given: Partial<SetCell>): void => {
    const known = cells.get(parameter) ?? { reading: '', score: undefined, charted: undefined };
    cells.set(parameter, { ...known, ...given });
  };
  for (const { charted } of members)
    for (const { parameter, score, scale: ofScore } of charted.scores) {
      const known = cells.get(parameter)?.score;
      if (known?.split(OR).includes(score) !== true)
        put(parameter, { score: known === undefined ? score : `${known}${OR}${score}` });
      scale ??= ofScore;
    }
  for (const seen of members)
    for (const reading of seen.charted.readings) {
      const { parameter } = reading;
      const known = parameter === undefined ? undefined : cells.get(parameter)?.charted;
      // A reading whose value does not confirm its code gives way to one that says something.
      const givesWay = known?.sentAs !== undefined && reading.sentAs === undefined;
      if (parameter === undefined || (known && !givesWay)) continue;
      put(parameter, { reading: readingText(reading, seen), charted: reading });
    }
  const known = new Set([...cells].flatMap(([parameter, { charted }]) => (charted ? [parameter] : [])));
  for (const [parameter, taken] of takenTogether(atSameTime))
    if (!known.has(parameter)) put(parameter, taken);
  const total = [...members].find(({ charted }) => charted.total !== undefined)?.charted.total;
  return {
    taken: first.taken,
    when: takenText(first.taken) || 'Time not sent',
    total: total ?? 'not sent',
    hasTotal: total !== undefined && total !== 'not sent',
    scale,
    onOxygen: cells.get('airOrOxygen')?.charted?.onOxygen,
    cells,
    remarks: [...new Set([...members].flatMap(({ held }) => remarksOn(held.reference)))],
  };
}

/**
 * The readings of one moment that no score names, by parameter. Where several of one parameter differ, nobody knows which
 * of them was scored: all are told, and none has a mark on the chart.
 */
function takenTogether(seen: readonly Seen[]): Map<string, Partial<SetCell>> {
  const found = new Map<string, Map<unknown, { reading: ChartedReading; text: string }>>();
  for (const each of seen) {
    for (const reading of each.charted.readings) {
      const { parameter, words, value } = reading;
      if (parameter === undefined) continue;
      const text = readingText(reading, each);
      const ofParameter =
        found.get(parameter) ?? new Map<unknown, { reading: ChartedReading; text: string }>();
      const key = words ?? value ?? text;
      if (!ofParameter.has(key)) ofParameter.set(key, { reading, text });
      found.set(parameter, ofParameter);
    }
  }
  return new Map(
    [...found].map(([parameter, readings]) => {
      const [one, ...more] = readings.values();
      const texts = [...readings.values()].map(({ text }) => text);
      return [
        parameter,
        { reading: texts.join(OR), ...(more.length === 0 ? { charted: one!.reading } : {}) },
      ];
    }),
  );
}

/** `Oxygen, 2 L/min`, `Alert`, `36.0 °C`, `Sent as Patient on oxygen with value no`. */
function readingText({ words, parameter, sentAs }: ChartedReading, { held }: Seen): string {
  if (sentAs !== undefined) return sentAsText(sentAs, held.resource);
  const sent = wholeValueText(held.resource);
  if (words === undefined) return sent;
  const isFlow = parameter === 'airOrOxygen' && isObject(held.resource.valueQuantity) && words !== 'Air';
  return isFlow ? `${words}, ${sent}` : words;
}
