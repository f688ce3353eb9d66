/**
 * The rules for links between Observations: total —hasMember→ sub-score —derivedFrom→ reading, without circles (section 3.4.6,
 * hasMember and derivedFrom).
 */
import { always, stricter, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { withNews2, withNews2Components } from './news2-example';
import { news2Of, type Seen } from './news2-group';
import { nearbyOf } from './news2-nearby';

const totalNamesItsSubscores: Rule = {
  id: 'vw-obs-23',
  severity: stricter('information', 'warning'),
  code: 'incomplete',
  guidance: '3.4.6 Observation.hasMember',
  claim: 'A NEWS2 total refers to its sub-scores in hasMember, if they were sent.',
  *check(observation, context): Iterable<Finding> {
    const group = news2Of(context).groupOf(observation);
    if (group === undefined || group.fromComponents.length + group.fromMembers.length > 0) return;
    if (!nearbyOf(group.total, context).scores) return;
    yield {
      element: 'hasMember',
      text: 'Sub-scores with a similar time were sent, but this total refers to none. Refer to each of its sub-scores in hasMember.',
    };
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total }) => {
      delete total.hasMember;
    }),
  },
};

const subscoreNamesItsReading: Rule = {
  id: 'vw-obs-25',
  severity: always('information'),
  code: 'incomplete',
  guidance: '3.4.6 Observation.derivedFrom',
  claim: 'A NEWS2 sub-score refers to the readings that it was scored from.',
  *check(observation, context): Iterable<Finding> {
    const seen = news2Of(context).seen(observation);
    if (seen === undefined || !seen.scores.some(({ element }) => element === '')) return;
    if (observation.derivedFrom !== undefined) return;
    yield {
      element: 'derivedFrom',
      text: 'This NEWS2 sub-score refers to no reading. In derivedFrom, refer to the readings that it was scored from.',
    };
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ scores }) => {
      delete scores.pulse.derivedFrom;
    }),
  },
};

const linksMakeNoCircle: Rule = {
  id: 'vw-obs-27',
  severity: stricter('warning', 'error'),
  code: 'invariant',
  guidance: '3.4.6 Observation.hasMember, Observation.derivedFrom',
  claim:
    'No Observation is a member of itself or derived from itself, directly or through other Observations.',
  *check(observation, context): Iterable<Finding> {
    const seen = news2Of(context).seen(observation);
    if (seen === undefined || seen.links.length === 0) return;
    const circular = circularOf(context);
    if (!circular.has(seen)) return;
    for (const { element, target } of seen.links) {
      if (!circular.has(target)) continue;
      yield {
        element,
        text:
          target === seen
            ? 'This Observation refers to itself. Leave the reference out.'
            : 'This reference is part of a circle of Observations that refer to each other. Refer from totals to sub-scores, and from sub-scores to readings.',
      };
    }
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total }) => {
      total.hasMember = [...(total.hasMember as []), { reference: `urn:uuid:${total.id}` }];
    }),
  },
};

function circularOf(context: RuleContext): ReadonlySet<Seen> {
  return context.once(circularOf, () => findCircles(news2Of(context).observations));
}

/**
 * The Observations on a circle, or between two circles: what is left when those without incoming links, and those
 * without outgoing links, are removed again and again. It does not recurse, so a long chain cannot exhaust the stack.
 */
function findCircles(observations: readonly Seen[]): ReadonlySet<Seen> {
  const forward = new Map(observations.map((seen) => [seen, seen.links.map(({ target }) => target)]));
  const backward = new Map<Seen, Seen[]>(observations.map((seen) => [seen, []]));
  for (const [from, targets] of forward) for (const target of targets) backward.get(target)?.push(from);
  const left = peel(new Set(observations), forward, backward);
  return peel(left, backward, forward);
}

/** Removes nodes that no remaining node points to, until there are none. */
function peel(
  nodes: Set<Seen>,
  outgoing: ReadonlyMap<Seen, readonly Seen[]>,
  incoming: ReadonlyMap<Seen, readonly Seen[]>,
): Set<Seen> {
  const counts = new Map(
    [...nodes].map((node) => [node, (incoming.get(node) ?? []).filter((from) => nodes.has(from)).length]),
  );
  const bare = [...nodes].filter((node) => counts.get(node) === 0);
  for (let node = bare.pop(); node !== undefined; node = bare.pop()) {
    nodes.delete(node);
    for (const next of outgoing.get(node) ?? []) {
      if (!nodes.has(next)) continue;
      const remaining = (counts.get(next) ?? 0) - 1;
      counts.set(next, remaining);
      if (remaining === 0) bare.push(next);
    }
  }
  return nodes;
}

const scoresAreObservations: Rule = {
  id: 'vw-obs-28',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.6 Observation.hasMember',
  claim:
    'Sub-scores are separate Observations. Sub-scores sent as components of the total, as in UK Core, are read in the same way.',
  *check(observation, context): Iterable<Finding> {
    const group = news2Of(context).groupOf(observation);
    if (group === undefined || group.fromComponents.length === 0) return;
    yield {
      element: 'component',
      text: 'The sub-scores are components of the total, as in UK Core. The guidance asks for separate Observations. The server reads both in the same way.',
    };
  },
  examples: { keeps: withNews2(), breaks: withNews2Components() },
};

export const linkRules: readonly Rule[] = [
  totalNamesItsSubscores,
  subscoreNamesItsReading,
  linksMakeNoCircle,
  scoresAreObservations,
];
