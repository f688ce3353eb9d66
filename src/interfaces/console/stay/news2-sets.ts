/**
 * The NEWS2 sets of a stay: each total as it was sent, with its sub-scores and the readings behind them. Nothing is
 * computed. A set is put together by references; a score that names no reading gets the one taken at the same time.
 */
import type { Charted, ChartedReading, OxygenScale, StayChart } from '../../../definitions/stay-chart';
import { isObject, listOf, type AnyResource, type Json } from '../../../fhir/types';
import { momentText, sortableMoment } from '../present/moments';
import { wholeValueText } from '../present/values';
import type { HeldResource } from './load-stay';

export interface SetCell {
  /** The reading as it was sent, such as `36.0 °C`; a finding in words. */
  reading: string;
  /** The sub-score as it was sent. */
  score: string | undefined;
  charted: ChartedReading | undefined;
}

export interface News2Set {
  at: Date;
  when: string;
  total: string | undefined;
  scale: OxygenScale | undefined;
  onOxygen: boolean | undefined;
  cells: ReadonlyMap<string, SetCell>;
  /** What checks said about a resource of the set. */
  remarks: readonly string[];
}

interface Seen {
  held: HeldResource;
  charted: Charted;
  at: number;
}

/** Statuses of readings that are not charted. */
export const NOT_CHARTED = ['entered-in-error', 'cancelled'];

export const whenOf = ({
  effectiveDateTime,
  effectiveInstant,
  effectivePeriod,
}: AnyResource): Json | undefined =>
  effectiveDateTime ?? effectiveInstant ?? (isObject(effectivePeriod) ? effectivePeriod.start : undefined);

/** @param remarksOn the sentences of checks about a resource, by `Type/id` */
export function news2Sets(
  observations: readonly HeldResource[],
  chart: StayChart,
  remarksOn: (reference: string) => readonly string[],
): News2Set[] {
  const all = observations
    .filter(({ resource }) => !NOT_CHARTED.includes(String(resource.status)))
    .map((held): Seen => ({
      held,
      charted: chart.read(held.resource),
      at: sortableMoment(whenOf(held.resource)),
    }));
  const byReference = new Map(all.map((seen) => [seen.held.reference, seen]));
  const byMoment = grouped(all);
  const used = new Set<Seen>();
  const sets = all
    .filter(({ charted }) => charted.total !== undefined)
    .map((total) => {
      const members = membersOf(total, byReference);
      for (const each of members) used.add(each);
      return setOf(total, members, byMoment.get(total.at) ?? [], remarksOn);
    });
  const orphans = all.filter((seen) => seen.charted.scores.length > 0 && !used.has(seen));
  for (const [, members] of grouped(orphans)) {
    const [first] = members;
    if (!first) continue;
    const withReadings = members.flatMap((each) => [each, ...linked(each, byReference)]);
    sets.push(setOf(first, new Set(withReadings), byMoment.get(first.at) ?? [], remarksOn));
  }
  return sets.sort((one, other) => one.at.getTime() - other.at.getTime());
}

function grouped(all: readonly Seen[]): Map<number, Seen[]> {
  const groups = new Map<number, Seen[]>();
  for (const seen of all) groups.set(seen.at, [...(groups.get(seen.at) ?? []), seen]);
  return groups;
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
      if (cells.get(parameter)?.score === undefined) put(parameter, { score });
      scale ??= ofScore;
    }
  for (const seen of [...members, ...atSameTime])
    for (const reading of seen.charted.readings) {
      const { parameter } = reading;
      if (parameter === undefined || cells.get(parameter)?.charted) continue;
      put(parameter, { reading: readingText(reading, seen), charted: reading });
    }
  return {
    at: new Date(first.at),
    when: momentText(whenOf(first.held.resource)) || 'Time not sent',
    total: [...members].find(({ charted }) => charted.total !== undefined)?.charted.total,
    scale,
    onOxygen: cells.get('airOrOxygen')?.charted?.onOxygen,
    cells,
    remarks: [...new Set([...members].flatMap(({ held }) => remarksOn(held.reference)))],
  };
}

/** `Oxygen, 2 L/min`, `Alert`, `36.0 °C`. */
function readingText({ words, parameter }: ChartedReading, { held }: Seen): string {
  const sent = wholeValueText(held.resource);
  if (words === undefined) return sent;
  const isFlow = parameter === 'airOrOxygen' && isObject(held.resource.valueQuantity) && words !== 'Air';
  return isFlow ? `${words}, ${sent}` : words;
}
