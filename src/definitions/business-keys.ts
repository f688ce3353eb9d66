/** Business identifiers as tokens `system|value`, which show whether two resources are the same. */
import { isObject, listOf } from '../fhir/types';
import { isCurrent } from '../fhir/current-identifier';
import { tokenPair } from './token-text';

/**
 * The tokens of current Identifiers that have both a system and a value; of the one system where it is given.
 * @param at the moment at which they identify, in milliseconds since 1970; now unless given
 */
export function businessKeys(identifiers: unknown, system?: string, at?: number): string[] {
  const keys: string[] = [];
  for (const identifier of listOf(identifiers)) {
    if (!isObject(identifier) || !isCurrent(identifier, at)) continue;
    const { system: given, value } = identifier;
    if (typeof given !== 'string' || typeof value !== 'string') continue;
    if (system === undefined || system === given) keys.push(tokenPair(given, value));
  }
  return keys.length < 2 ? keys : [...new Set(keys)];
}
