/**
 * Repairs of known faults of senders in an Encounter (the guidance's defects def-04, def-05).
 */
import type { Repair, RepairContext, Repaired } from '../../definitions/rule';
import { leastAndMost } from '../../fhir/long-lists';
import { isObject, type Json, type JsonObject } from '../../fhir/types';
import { changing, referenceTo, unchanged } from '../common/example';

/** The R4 status for each word. The full examples in the guidance have `final`. */
const MEANT_STATUS: Readonly<Record<string, string>> = {
  final: 'finished',
  completed: 'finished',
  discharged: 'finished',
  inprogress: 'in-progress',
};

const statusFinalMeansFinished: Repair = {
  norm: 'enc-status-final',
  stage: 'meanings',
  defect: 'def-04',
  guidance: '3.4.4 Encounter.status',
  claim:
    'The server reads the status final, completed or discharged as finished, and inprogress as in-progress.',
  *repair(encounter) {
    const before = encounter.status;
    if (typeof before !== 'string' || !Object.hasOwn(MEANT_STATUS, before)) return;
    const after = MEANT_STATUS[before] as string;
    encounter.status = after;
    yield {
      element: 'status',
      text: `"${before}" is not an Encounter status in R4. It was read as "${after}". Send "${after}".`,
      before,
      after,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.status = 'final';
    }),
  },
};

const serviceProviderIsOneReference: Repair = {
  norm: 'shape-array-to-object',
  stage: 'shapes',
  defect: 'def-05',
  guidance: '3.4.4 Encounter.serviceProvider',
  claim:
    'The server reads a serviceProvider that was sent as a list as the single Reference that R4 requires.',
  *repair(encounter, context): Iterable<Repaired> {
    const before = encounter.serviceProvider;
    if (!Array.isArray(before)) return;
    if (before.length === 0) {
      delete encounter.serviceProvider;
      yield {
        element: 'serviceProvider',
        text: 'serviceProvider was an empty list. It was read as missing. Leave it out, or send one Reference.',
        before,
        after: null,
      };
      return;
    }
    if (!before.every(isObject)) return;
    const kept = before.length === 1 ? 0 : firstInBundle(before, context);
    const after = before[kept] as JsonObject;
    encounter.serviceProvider = after;
    const others = before.map((_, index) => `serviceProvider[${index}]`).filter((_, index) => index !== kept);
    yield {
      element: 'serviceProvider',
      text:
        others.length === 0
          ? 'serviceProvider was a list of one Reference. It was read as that Reference. Send an object, not a list.'
          : `serviceProvider was a list of ${before.length}, but R4 allows one. serviceProvider[${kept}] was kept, and ${others.join(', ')} left out. Send one Reference, as an object.`,
      before,
      after,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter, summary) => {
      encounter.serviceProvider = [referenceTo(summary, 'Organization')];
    }),
  },
};

/** The index of the reference to the Organization that comes first in the Bundle, or 0 if none points to one. */
function firstInBundle(references: readonly JsonObject[], context: RepairContext): number {
  const places = new Map<Json | undefined, number>();
  for (const [index, { reference }] of references.entries())
    if (!places.has(reference)) places.set(reference, index);
  for (const { fullUrl, resource } of context.entries) {
    if (resource.resourceType !== 'Organization') continue;
    const { id } = resource;
    const names = [fullUrl, ...(id === undefined ? [] : [id, `Organization/${id}`])];
    const found = names.flatMap((name) => (name === undefined ? [] : (places.get(name) ?? [])));
    if (found.length > 0) return leastAndMost(found).least;
  }
  return 0;
}

export const repairs: readonly Repair[] = [statusFinalMeansFinished, serviceProviderIsOneReference];
