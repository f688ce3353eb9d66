/** The sentence for a modifier that a kind of search parameter does not have, with the one that was meant. */
import { didYouMean } from '../../fhir/nearest';

/**
 * @param offered without the colon; `<Type>` stands for the names of types
 * @param types the types that `<Type>` stands for
 * @returns such as `the modifier :exct is not offered for a string. Did you mean :exact? Offered: :exact, :missing`
 */
export function notOffered(
  modifier: string,
  kind: string,
  offered: readonly string[],
  types: readonly string[] = [],
): string {
  const meant = didYouMean(modifier, [...offered, ...types], (name) => `:${name}`);
  const sentence = `the modifier :${modifier} is not offered for a ${kind}.${meant}`;
  return `${sentence} Offered: ${offered.map((name) => `:${name}`).join(', ')}`;
}
