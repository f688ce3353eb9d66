/**
 * Which element a property that R4 does not know was probably meant to be: the same name in another case, without a
 * stray character at its end, in the plural or singular, without its type, or a letter off.
 */
import type { CompiledType, Property } from './compiled-type';

export interface Suggestion {
  /** What to write. */
  suggestion?: string;
  /** The element, which is then not reported as missing as well. */
  property?: Property;
}

export function meantProperty(type: CompiledType, key: string): Suggestion {
  if (key.length > 64) return {};
  const bare = plain(key);
  for (const [name, property] of type.properties) {
    if (plain(name) === bare && name.startsWith('_') === key.startsWith('_'))
      return { suggestion: name, property };
  }
  const choice = [...type.properties.values()].filter(
    (property) => property.element.isChoice && plain(property.element.name) === bare,
  );
  if (choice.length > 0) return ofChoice(choice);
  for (const [name, property] of type.properties) {
    if (property.isCompanion) continue;
    const known = plain(name);
    if (`${known}s` === bare || known === `${bare}s` || (known.length > 4 && isOneOff(known, bare)))
      return { suggestion: name, property };
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

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** True where one insertion, deletion, change or swap makes the one the other. */
function isOneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  const restA = a.slice(start);
  const restB = b.slice(start);
  if (restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1)) return true;
  return (
    restA.length > 1 && restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
  );
}
