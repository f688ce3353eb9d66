/** Functions that remember their results, because the parts of a page ask for the same thing again and again. */
import type { OxygenScale, StayChart } from '../../../definitions/stay-chart';
import type { AnyResource } from '../../../fhir/types';

/** A chart that reads each resource once. It keeps what it has read: make one for each page. */
export const readingOnce = (chart: StayChart): StayChart => ({
  ...chart,
  parameters: remembering((scale: OxygenScale) => chart.parameters(scale)),
  read: remembering((resource: AnyResource) => chart.read(resource)),
});

/** The function with its results by key. */
export function remembering<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    if (known.has(key)) return known.get(key) as V;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}
