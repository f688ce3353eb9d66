/**
 * Reports faults in scopes that a person has typed. (In a token, an unknown scope is not a fault; it grants nothing.)
 */
import { didYouMean } from '../../fhir/nearest';
import { isResourceType, resourceTypes } from '../../fhir/r4/definitions';
import { parseScope } from './scopes';

/** A sentence about the first scope that grants nothing; undefined when every scope grants something. */
export function faultOfScopes(text: string): string | undefined {
  const scopes = text.split(/\s+/).filter((scope) => scope !== '');
  if (scopes.length === 0)
    return 'it names no scope. Give at least one, for example system/Bundle.c or system/*.rs.';
  for (const scope of scopes) {
    const grant = parseScope(scope);
    if (grant === undefined)
      return `${shown(scope)} is not a scope that this server supports. Write system/TYPE.LETTERS, for example system/Bundle.c or system/*.rs.`;
    if (grant.type === '*' || isResourceType(grant.type)) continue;
    const meant = didYouMean(grant.type, resourceTypes());
    return `${shown(scope)} names ${shown(grant.type)}, which is not a resource type of R4.${meant}`;
  }
  return undefined;
}

const shown = (text: string): string => text.slice(0, 60).replace(/\p{Cc}/gu, ' ');
