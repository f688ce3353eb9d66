/** Functions that remember their results, because the parts of a page ask for the same thing again and again. */
import type { StayChart } from '../../../definitions/stay-chart';
import type { AnyResource } from '../../../fhir/types';

/** A chart that reads each resource once. */
export function readingOnce(chart: StayChart): StayChart {
  const known = new WeakMap<AnyResource, ReturnType<StayChart['read']>>();
  const parameters = new Map<number, ReturnType<StayChart['parameters']>>();
  return {
    ...chart,
    parameters: (scale) => {
      const found = parameters.get(scale) ?? chart.parameters(scale);
      parameters.set(scale, found);
      return found;
    },
    read: (resource) => {
      const found = known.get(resource) ?? chart.read(resource);
      known.set(resource, found);
      return found;
    },
  };
}

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
