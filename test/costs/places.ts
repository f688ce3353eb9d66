/** The places of a resource type that may be made long: elements that repeat, and texts. From R4's tables. */
import { elementsOf, kindOf, type Element } from '../fuzz/tables';

export interface Place {
  /** From the resource down to the element. */
  steps: readonly Element[];
}

/** Under an Extension there may be any value; an identifier of a reference may have an assigner with a reference. */
const NOT_ENTERED = new Set(['Extension', 'Resource', 'Meta']);

export const nameOf = (type: string, { steps }: Place): string =>
  [type, ...steps.map(({ json }) => json)].join('.');

/** All places of a type down to a depth, each type of a choice apart. */
export function placesOf(type: string, depth: number, above: readonly string[] = []): Place[] {
  const places: Place[] = [];
  for (const element of elementsOf(type).values()) {
    if (element.json === 'id' && above.length > 0) continue;
    places.push({ steps: [element] });
    const enters = kindOf(element.type) !== 'primitive' && !NOT_ENTERED.has(element.type);
    if (!enters || depth <= 1 || above.includes(element.type)) continue;
    if (element.json === 'extension' || element.json === 'modifierExtension') continue;
    for (const { steps } of placesOf(element.type, depth - 1, [...above, element.type]))
      places.push({ steps: [element, ...steps] });
  }
  return places;
}

export const repeats = ({ steps }: Place): boolean => steps.at(-1)!.max > 1;

/** A text, or a number or time, which has as many digits as its sender likes. */
export const isText = ({ steps }: Place): boolean => {
  const { type } = steps.at(-1)!;
  return kindOf(type) === 'primitive' && type !== 'boolean';
};
