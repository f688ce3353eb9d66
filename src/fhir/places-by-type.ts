/** Lists places by the type of what is there: `AllergyIntolerance (Bundle.entry[20]), Observation (…)`. */

/** The most places that are named of each type. */
const MOST_NAMED = 3;

export function placesByType(found: readonly { type: string; place: string }[]): string {
  const byType = new Map<string, string[]>();
  for (const { type, place } of found) {
    const places = byType.get(type);
    if (places) places.push(place);
    else byType.set(type, [place]);
  }
  return [...byType]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, places]) => {
      const more = places.length > MOST_NAMED ? ` and ${places.length - MOST_NAMED} more` : '';
      return `${type} (${places.slice(0, MOST_NAMED).join(', ')}${more})`;
    })
    .join(', ');
}
