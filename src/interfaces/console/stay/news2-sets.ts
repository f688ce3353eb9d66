/**
 * The NEWS2 sets of a stay: each total as it was sent, with its sub-scores and the readings behind them. Nothing is
 * computed. A set is put together by references; a score that names no reading gets the one taken at the same time, and one
 * that no total names joins the total of its moment.
 */
import type { OxygenScale, StayChart } from '../../../definitions/stay-chart';
import { isObject, listOf, type Json } from '../../../fhir/types';
import type { HeldResource, LoadedStay, OlderReadings } from './load-stay';
import { cellsOf, type Seen, type SetCell, type SetParts } from './news2-readings';
import { joined, type Owner } from './news2-scores';
import { takenOf, takenText, type Taken } from './times';

/** The oxygen scale of which a score was sent; `both` where nobody knows which one applies. */
export type SetScale = OxygenScale | 'both' | undefined;

export interface News2Set {
  taken: Taken;
  when: string;
  /** As it was sent, or why there is none. */
  total: string;
  /** False where `total` says why there is none. */
  hasTotal: boolean;
  scale: SetScale;
  onOxygen: boolean | undefined;
  cells: ReadonlyMap<string, SetCell>;
  /** What checks said about a resource of the set. */
  remarks: readonly string[];
}

const HOUR = 3_600_000;

/** Statuses of readings that are not charted. */
export const NOT_CHARTED = ['entered-in-error', 'cancelled'];

/** What a set is put together with. */
export interface SetContext {
  chart: StayChart;
  /** The sentences of checks about a resource, by `Type/id`. */
  remarksOn: (reference: string) => readonly string[];
  now: Date;
}

export function news2Sets(
  { readings, elsewhere }: Pick<LoadedStay, 'readings' | 'elsewhere'>,
  context: SetContext,
): News2Set[] {
  const { chart } = context;
  const seen = seenOf(readings, chart, false);
  const all = seen.filter((each) => leftOut(each) === undefined);
  const ofAnother = seenOf(elsewhere, chart, true).filter((each) => leftOut(each) === undefined);
  const byReference = new Map([...all, ...ofAnother].map((each) => [each.held.reference, each]));
  const byMoment = grouped(all);
  const owners = all
    .filter(({ charted }) => charted.total !== undefined)
    .map((total): Owner => ({ total, members: membersOf(total, byReference) }));
  const used = new Set(owners.flatMap(({ members }) => [...members]));
  const orphans = all.filter(
    (each) => each.charted.scores.length > 0 && !used.has(each) && each.taken.hasTime,
  );
  const reasonOf = reasonsOf(seen, owners);
  const joining = joined(
    orphans.filter((each) => reasonOf(each) === undefined),
    owners,
  );
  const sets = owners.map(({ total, members }) => {
    const scores = joining.get(total) ?? [];
    for (const each of scores) {
      used.add(each);
      for (const member of [each, ...linked(each, byReference)]) members.add(member);
    }
    const parts = { taken: total.taken, members, atSameTime: takenWith([total, ...scores], byMoment) };
    return setOf(parts, context);
  });
  for (const group of grouped(orphans.filter((each) => !used.has(each))).values()) {
    const [first] = group;
    if (!first) continue;
    const members = new Set(group.flatMap((each) => [each, ...linked(each, byReference)]));
    const atSameTime = takenWith([first], byMoment);
    const set = setOf({ taken: first.taken, members, atSameTime }, context);
    const reason = group.map(reasonOf).find((each) => each !== undefined);
    sets.push(reason === undefined ? set : { ...set, total: reason });
  }
  return sets.sort((one, other) => one.taken.at - other.taken.at);
}

const seenOf = (held: readonly HeldResource[], chart: StayChart, isElsewhere: boolean): Seen[] =>
  held.map((each) => ({
    held: each,
    charted: chart.read(each.resource),
    taken: takenOf(each.resource),
    isElsewhere,
  }));

/** Why an Observation is in no set; undefined of one that may be. */
function leftOut({ held: { resource }, charted }: Seen): string | undefined {
  if (charted.isOfAnother) return 'not of the patient';
  const status = String(resource.status);
  return NOT_CHARTED.includes(status) ? status.replaceAll('-', ' ') : undefined;
}

/**
 * Why the total of a score is not shown: it names the score, or it names none and is the only one of its moment.
 * Undefined where there is no such total.
 */
function reasonsOf(seen: readonly Seen[], owners: readonly Owner[]): (score: Seen) => string | undefined {
  const byMember = new Map<string, string>();
  const byMoment = new Map<number, string>();
  for (const each of seen) {
    const reason = leftOut(each);
    if (reason === undefined) continue;
    const members = listOf<Json>(each.held.resource.hasMember);
    for (const member of members)
      if (isObject(member) && typeof member.reference === 'string') byMember.set(member.reference, reason);
    const { total, scores } = each.charted;
    if (total !== undefined && scores.length + members.length === 0 && each.taken.hasTime)
      byMoment.set(each.taken.at, reason);
  }
  for (const { total } of owners) byMoment.delete(total.taken.at);
  return ({ held, taken }) => byMember.get(held.reference) ?? byMoment.get(taken.at);
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

/** All that was taken at the very moments of these. */
function takenWith(these: readonly Seen[], byMoment: ReadonlyMap<number, Seen[]>): Seen[] {
  const moments = new Set(these.flatMap(({ taken }) => (taken.hasTime ? [taken.at] : [])));
  return [...moments].flatMap((moment) => byMoment.get(moment) ?? []);
}

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

function setOf(parts: SetParts, context: SetContext): News2Set {
  const { taken, members } = parts;
  const { cells, scales } = cellsOf(parts);
  const total = [...members].find(({ charted }) => charted.total !== undefined)?.charted.total;
  const [scale, another] = scales;
  return {
    taken,
    when: takenText(taken) || 'Time not sent',
    total: total ?? 'not sent',
    hasTotal: total !== undefined && total !== 'not sent',
    scale: another === undefined ? scale : 'both',
    onOxygen: cells.get('airOrOxygen')?.charted?.onOxygen,
    cells,
    remarks: [...caveatsOf(parts, context.now), ...remarksOf(members, context)],
  };
}

/** What a reader of the chart has to know of the set itself, whatever the checks said. */
function caveatsOf({ taken, members, atSameTime }: SetParts, now: Date): string[] {
  const parts = [...members, ...atSameTime.filter(({ charted }) => charted.readings.length > 0)];
  return [
    ...(taken.at > now.getTime() ? ['The time of this set is in the future.'] : []),
    ...(parts.some(({ held }) => held.resource.status === 'preliminary')
      ? ['Not all of this set is final: a part of it is preliminary.']
      : []),
  ];
}

/**
 * What the checks said of its parts. Whether the total is the sum of its scores is asked again of what is shown: the
 * parts may be of several submissions, and those of HL7 v2 messages name no scores.
 */
function remarksOf(members: ReadonlySet<Seen>, { remarksOn, chart }: SetContext): string[] {
  const said = new Set([...members].flatMap(({ held }) => remarksOn(held.reference)));
  const check = chart.sumCheck([...members].map(({ held }) => held.resource));
  if (check?.holds === true) said.delete(check.text);
  if (check?.holds === false) said.add(check.text);
  return [...said];
}
