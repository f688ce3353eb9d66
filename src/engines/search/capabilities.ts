/**
 * Describes what the searches of a type can do, for the CapabilityStatement. It is derived from the definitions, so
 * that it is always true.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
import type { SearchParameter } from '../../definitions/table';
import type { Stored } from '../indexing/columns';
import { isFollowed } from './include-spec';

export interface SearchCapability {
  type: string;
  searchParam: { name: string; definition?: string; type: SearchParameter['type']; documentation?: string }[];
  searchInclude: string[];
  searchRevInclude: string[];
}

/** Of each type, in the order of the definitions. */
export function searchCapabilities(definitions: readonly Stored[]): SearchCapability[] {
  return definitions.map(({ type, searchParameters }) => ({
    type,
    searchParam: searchParameters.map((parameter) => ({
      name: parameter.code,
      ...(parameter.url === undefined ? {} : { definition: parameter.url }),
      type: parameter.type,
      documentation: sentence(parameter),
    })),
    searchInclude: ['*', ...references(searchParameters).map(({ code }) => `${type}:${code}`)],
    searchRevInclude: definitions.flatMap((other) =>
      references(other.searchParameters)
        .filter(({ targets }) => targets?.includes(type) !== false)
        .map(({ code }) => `${other.type}:${code}`),
    ),
  }));
}

function references(parameters: readonly SearchParameter[]): SearchParameter[] {
  return parameters.filter(isFollowed);
}

function sentence(parameter: SearchParameter): string {
  const modifiers = modifiersOf(parameter);
  const words = parameter.documentation.replace(/\.?$/, '.');
  return modifiers.length === 0 ? words : `${words} Modifiers: ${modifiers.join(', ')}.`;
}

/** The modifiers that src/engines/indexing/ supports for the parameter. */
function modifiersOf({ type, stored, targets, code, canonical }: SearchParameter): string[] {
  if (stored === 'id') return [];
  switch (type) {
    case 'token':
      if (stored === 'plain') return [':missing', ':not'];
      return [':missing', ':not', ':text', ...(code.endsWith('identifier') ? [':of-type'] : [])];
    case 'string':
      return [':missing', ':exact', ':contains'];
    case 'reference':
      if (canonical === true) return [':missing'];
      return [':missing', ':identifier', ...(targets === undefined || targets.length > 1 ? [':[type]'] : [])];
    case 'uri':
      return [':missing', ':above', ':below'];
    case 'composite':
      return [];
    default:
      return [':missing'];
  }
}
