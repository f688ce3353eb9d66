/**
 * The NEWS2 groups of a Bundle: each total with its sub-scores and their readings, read in the same way from both
 * models: the guidance's (total `hasMember` sub-score `derivedFrom` reading) and UK Core's (sub-scores as components of
 * the total, the total `derivedFrom` the readings). Built once per validation and shared by every NEWS2 rule; nothing
 * is inferred from times.
 */
import { append } from '../../fhir/long-lists';
import type { EntryView, RuleContext } from '../../definitions/rule';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import {
  isPaediatricCode,
  isTotalCode,
  parameterOfCode,
  subscoreParameter,
  type Reading,
  type Subscore,
} from './news2/news2';
import { codingsOf, snomedCodesOf } from '../common/codings';
import { spanOf, type Span } from '../common/span';
import { hasFocus } from './of-others';
import { scoreValueOf, type ScoreValue } from './score-value';

/** An Observation, or one of its components, with a NEWS2 score or a reading that NEWS2 uses. */
interface Part {
  observation: Seen;
  /** '' for the Observation itself, or `component[2]`. */
  element: string;
  node: JsonObject;
}

export interface Score extends Part {
  subscore: Subscore;
  value: ScoreValue;
}

export interface RawReading extends Part {
  reading: Reading;
}

/** A `hasMember` or `derivedFrom` that points to another Observation of the Bundle. */
export interface Link {
  kind: 'hasMember' | 'derivedFrom';
  /** `hasMember[0]` */
  element: string;
  target: Seen;
}

/** An Observation as the NEWS2 rules see it. */
export interface Seen {
  entry: EntryView;
  resource: AnyResource;
  /** False if its status shows that it is not reliable. It is then left out of every sum and comparison. */
  counts: boolean;
  isTotal: boolean;
  /** True where it is, or holds, a score for children. */
  isPaediatric: boolean;
  /** Its own score, or those of its components. */
  scores: Score[];
  readings: RawReading[];
  links: Link[];
  at: Span | undefined;
}

export interface Group {
  total: Seen;
  value: ScoreValue;
  fromComponents: readonly Score[];
  fromMembers: readonly Score[];
  readings: readonly RawReading[];
  /** Every Observation of the group, the total first. */
  members: readonly Seen[];
}

export interface News2 {
  observations: readonly Seen[];
  groups: readonly Group[];
  seen(observation: AnyResource): Seen | undefined;
  groupOf(total: AnyResource): Group | undefined;
  groupsWith(observation: AnyResource): readonly Group[];
  /** The group that an Observation's scores belong to: its own where it is a total, else the first that has it. */
  homeOf(observation: AnyResource): Group | undefined;
  /** The readings that a score refers to, or the readings of its group if it refers to none. */
  readingsOf(score: Score): readonly RawReading[];
  /** The one reading of another kind that was taken at the very same time; undefined where none or several were. */
  takenWith(reading: RawReading, wanted: Reading): RawReading | undefined;
}

export function news2Of(context: RuleContext): News2 {
  return context.once(news2Of, () => build(context));
}

const RELIABLE: readonly unknown[] = ['final', 'amended', 'corrected'];

/** False of an Observation whose status shows that it is not reliable. */
export const isReliable = ({ status }: AnyResource): boolean => RELIABLE.includes(status);

function build(context: RuleContext): News2 {
  const observations = context.entriesOf('Observation').map(see);
  const byResource = new Map(observations.map((seen) => [seen.resource, seen]));
  for (const seen of observations) seen.links = linksOf(seen, context, byResource);
  const groups = observations.filter(({ isTotal }) => isTotal).map(groupOf);
  const byTotal = new Map(groups.map((group) => [group.total.resource, group]));
  const byMember = new Map<AnyResource, Group[]>();
  for (const group of groups) {
    for (const { resource } of group.members) {
      const known = byMember.get(resource);
      if (known === undefined) byMember.set(resource, [group]);
      else known.push(group);
    }
  }
  const homeOf = (observation: AnyResource): Group | undefined =>
    byTotal.get(observation) ?? byMember.get(observation)?.[0];
  const byTime = new Map<string, RawReading[]>();
  for (const { at, readings } of observations) {
    if (!at?.hasTime) continue;
    for (const each of readings) {
      const key = `${each.reading} ${at.from} ${at.until}`;
      const known = byTime.get(key);
      if (known === undefined) byTime.set(key, [each]);
      else known.push(each);
    }
  }
  return {
    observations,
    groups,
    takenWith: ({ observation: { at } }, wanted) => {
      const found = at && byTime.get(`${wanted} ${at.from} ${at.until}`);
      return found?.length === 1 ? found[0] : undefined;
    },
    seen: (observation) => byResource.get(observation),
    groupOf: (total) => byTotal.get(total),
    groupsWith: (observation) => byMember.get(observation) ?? [],
    homeOf,
    readingsOf: (score) => {
      const own = score.element === '' ? readingsBehind(score.observation) : [];
      return own.length > 0 ? own : (homeOf(score.observation.resource)?.readings ?? []);
    },
  };
}

function see(entry: EntryView): Seen {
  const { resource } = entry;
  // A reading with a focus is about someone else, so it is not scored and no score uses it.
  const isOfAnother = hasFocus(resource);
  const seen: Seen = {
    entry,
    resource,
    counts: isReliable(resource),
    isTotal: !isOfAnother && snomedCodesOf(resource.code).some(isTotalCode),
    isPaediatric: false,
    scores: [],
    readings: [],
    links: [],
    at: timeOf(resource),
  };
  if (isOfAnother) return seen;
  look(seen, resource, '');
  listOf<Json>(resource.component).forEach((component, index) => {
    if (isObject(component)) look(seen, component, `component[${index}]`);
  });
  return seen;
}

function look(seen: Seen, node: JsonObject, element: string): void {
  const part: Part = { observation: seen, element, node };
  for (const code of snomedCodesOf(node.code)) {
    if (isPaediatricCode(code)) seen.isPaediatric = true;
    const subscore = subscoreParameter(code);
    if (subscore !== undefined) {
      seen.scores.push({ ...part, subscore, value: scoreValueOf(node) });
      return;
    }
  }
  const reading = readingOf(node);
  if (reading !== undefined) seen.readings.push({ ...part, reading });
}

function readingOf(node: JsonObject): Reading | undefined {
  for (const { system, code } of codingsOf(node.code)) {
    if (typeof system !== 'string' || typeof code !== 'string') continue;
    const reading = parameterOfCode(system, code);
    if (reading !== undefined) return reading;
  }
  return undefined;
}

/** When it was taken: from its `effective[x]`; for a period, its start. */
function timeOf(observation: AnyResource): Span | undefined {
  const { effectiveDateTime, effectiveInstant, effectivePeriod } = observation;
  return spanOf(
    effectiveDateTime ?? effectiveInstant ?? (isObject(effectivePeriod) ? effectivePeriod.start : undefined),
  );
}

function linksOf(seen: Seen, context: RuleContext, byResource: ReadonlyMap<AnyResource, Seen>): Link[] {
  return (['hasMember', 'derivedFrom'] as const).flatMap((kind) =>
    listOf<Json>(seen.resource[kind]).flatMap((reference, index) => {
      if (!isObject(reference)) return [];
      const resolution = context.resolve(reference, seen.entry, ['Observation']);
      const target =
        resolution.outcome === 'resolved' ? byResource.get(resolution.entry.resource) : undefined;
      return target === undefined ? [] : [{ kind, element: `${kind}[${index}]`, target }];
    }),
  );
}

/** More than any real NEWS2 set has. Further Observations are not compared, so that no Bundle makes the check slow. */
const MOST_LINKS = 100;

function groupOf(total: Seen): Group {
  const members = new Set<Seen>([total]);
  const fromMembers: Score[] = [];
  const readings = new Set<RawReading>(total.readings);
  for (const { kind, target } of total.links.slice(0, MOST_LINKS)) {
    if (members.has(target)) continue;
    members.add(target);
    if (kind === 'hasMember' && !target.isTotal) append(fromMembers, target.scores);
    for (const reading of target.readings) readings.add(reading);
  }
  for (const { observation } of fromMembers) {
    for (const reading of readingsBehind(observation)) {
      members.add(reading.observation);
      readings.add(reading);
    }
  }
  return {
    total,
    value: scoreValueOf(total.resource),
    fromComponents: total.scores,
    fromMembers,
    readings: [...readings],
    members: [...members],
  };
}

function readingsBehind(observation: Seen): RawReading[] {
  return observation.links
    .slice(0, MOST_LINKS)
    .flatMap(({ kind, target }) => (kind === 'derivedFrom' ? target.readings : []));
}
