/**
 * Limits how often a Bundle has the same organisation. Each is stored by itself, and whoever asks for the data of that
 * organisation is compared with each.
 */
import type { Failure } from '../steps';
import type { MatchedEntry } from './match-input';

/** A Bundle has the same organisation two or three times: as provider, as custodian. */
const MOST_OF_ONE = 20;

/** The fault of a Bundle with more than 20 Organizations with one key; of the first one that is too many. */
export function manyOfOne(entries: readonly MatchedEntry[]): Failure | undefined {
  const counts = new Map<string, number>();
  for (const { definition, request } of entries) {
    const { identity } = definition;
    if (identity?.idFollowsKey !== true) continue;
    for (const key of identity.keys(request.resource)) {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count > MOST_OF_ONE) return refused(definition.type, request.index);
    }
  }
  return undefined;
}

const refused = (type: string, index: number): Failure => ({
  category: 'invalid',
  issues: [
    {
      severity: 'error',
      code: 'duplicate',
      rule: 'submission-organisation-repeated',
      text: `More than ${MOST_OF_ONE} resources of type ${type} in this Bundle have the same identifier. Send each organisation once, and refer to that entry.`,
      expression: `Bundle.entry[${index}].resource`,
      source: 'Who is who',
    },
  ],
});
