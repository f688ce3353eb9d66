/**
 * The resources of a page as `_summary` and `_elements` wish them: names of elements are those of the matches.
 * @see https://hl7.org/fhir/R4/search.html#elements
 */
import { summariseText, type Subset } from './summarise';

/** @param subset undefined where the whole is asked for */
export function cut<T extends { content: string }>(resources: readonly T[], subset: Subset | undefined): T[] {
  return resources.map((each) =>
    subset === undefined ? each : { ...each, content: summariseText(each.content, subset) },
  );
}

/** The subset for included resources: of the elements, only those that name a type. */
export function ofIncluded(subset: Subset): Subset {
  return subset.elements === undefined
    ? subset
    : { elements: subset.elements.filter((name) => name.includes('.')) };
}
