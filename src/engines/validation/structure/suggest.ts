/**
 * Which element a property that R4 does not know was probably meant to be: the same name in another case, without a
 * stray character at its end, in the plural or singular, without its type, or a letter off.
 */
import { bareName, isNear } from '../../../fhir/nearest';
import type { CompiledType, Property } from './compiled-type';

export interface Suggestion {
  /** What to write. */
  suggestion?: string;
  /** The element, which is then not reported as missing as well. */
  property?: Property;
}

export function meantProperty(type: CompiledType, key: string): Suggestion {
  if (key.length > 64) return {};
  const bare = bareName(key);
  for (const [name, property] of type.properties) {
    if (bareName(name) === bare && name.startsWith('_') === key.startsWith('_'))
      return { suggestion: name, property };
  }
  const choice = [...type.properties.values()].filter(
    (property) => property.element.isChoice && bareName(property.element.name) === bare,
  );
  if (choice.length > 0) return ofChoice(choice);
  for (const [name, property] of type.properties) {
    if (property.isCompanion) continue;
    if (isNear(bareName(name), bare)) return { suggestion: name, property };
  }
  return {};
}

function ofChoice(properties: Property[]): Suggestion {
  const names = properties.filter((property) => !property.isCompanion).map((property) => property.json);
  const [property] = properties as [Property];
  return {
    suggestion:
      names.length <= 4 ? names.join(' or ') : `${property.name} followed by its type, as in ${names[0]}`,
    property,
  };
}
