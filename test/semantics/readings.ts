/** Summaries whose readings are known by identifiers, for tests of what another summary contains, too. */
import type { SummaryBuilder } from '../fixtures/summary';
import type { AnyJson } from './sending';

export const READING_SYSTEM = 'https://trust.example.nhs.uk/reading';
let summaries = 0;
/** A summary whose first readings have these identifiers, under the first fullUrls. */
export function withReadings(summary: SummaryBuilder, ...values: string[]): SummaryBuilder {
  return summary.changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const readings = entries.filter(({ resource }) => resource.resourceType === 'Observation');
    const others = entries.filter(({ resource }) => resource.resourceType !== 'Observation');
    const single = readings.filter(({ resource }) => !resource.hasMember && !resource.derivedFrom);
    bundle.entry = [
      ...others,
      ...values.map((value, at) => ({
        ...single[at],
        resource: {
          ...structuredClone(single[0].resource),
          id: single[at].resource.id,
          identifier: [{ system: READING_SYSTEM, value }],
          effectiveDateTime: `2025-03-05T09:${String(value.charCodeAt(0) % 60).padStart(2, '0')}:00Z`,
        },
      })),
    ] as never;
  });
}
/** Values that no other test uses. */
export function names(...letters: string[]): string[] {
  summaries += 1;
  return letters.map((letter) => `${letter} ${summaries}`);
}

/** The search that finds the reading with this identifier. */
export const searchOf = (value: string): string =>
  `Observation?identifier=${encodeURIComponent(`${READING_SYSTEM}|${value}`)}`;
