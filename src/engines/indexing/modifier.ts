/**
 * Writes the sentence for a modifier that a type of search parameter does not have, with the one that was probably
 * meant.
 */
import { didYouMean } from '../../fhir/nearest';

/**
 * @param offered without the colon; `<Type>` represents the names of types
 * @param types the types that `<Type>` represents
 * @returns such as `the modifier :exct is not supported for a string. Did you mean :exact? Supported: :exact, :missing`
 */
export function notOffered(
  modifier: string,
  kind: string,
  offered: readonly string[],
  types: readonly string[] = [],
): string {
  const meant = didYouMean(modifier, [...offered, ...types], (name) => `:${name}`);
  const sentence = `the modifier :${modifier} is not supported for a ${kind}.${meant}`;
  return `${sentence} Supported: ${offered.map((name) => `:${name}`).join(', ')}`;
}
