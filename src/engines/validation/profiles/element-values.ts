/**
 * The values of an element in an instance, by R4's definition of the type that they are in: a list, a lone value, or
 * whichever of the types of a choice is there; each with its type and its place.
 */
import { typeDefinition } from '../../../fhir/r4/definitions';
import type { Json, JsonObject } from '../../../fhir/types';
import { isObject, isResource } from '../../../fhir/types';

export interface ElementValue {
  /** Undefined if a primitive has only extensions and no value. */
  value: Json | undefined;
  /** The type, or the path of a backbone, that says what its children are. */
  type: string;
  /** The place below the object: `name[0]`, `value`. */
  at: string;
}

export interface FoundValues {
  values: ElementValue[];
  /** The cardinality that R4 itself gives. */
  min: number;
  name: string;
}

interface ElementName {
  json: string;
  /** The name of the property with the extensions of a primitive: `_birthDate`. */
  companion: string;
  type: string;
}

/** The JSON names that an element may have, and what each holds. */
interface ElementNames {
  names: readonly ElementName[];
  min: number;
  name: string;
}

const remembered = new Map<string, Map<string, ElementNames | undefined>>();

/**
 * @param segment the name in a differential: `name`, `value[x]`, `valueQuantity`
 * @returns undefined where the type has no such element
 */
export function valuesOf(object: JsonObject, type: string, segment: string): FoundValues | undefined {
  const element = namesOf(type, segment);
  if (!element) return undefined;
  const { names, min, name } = element;
  const values: ElementValue[] = [];
  const [only] = names;
  if (names.length === 1 && only) {
    if (object[only.json] !== undefined || object[only.companion] !== undefined)
      read(object, only, name, values);
    return { values, min, name };
  }
  // A choice has up to fifty names, an object a few: so its own are looked at.
  for (const key in object) {
    if (!key.startsWith(name) && !key.startsWith(`_${name}`)) continue;
    const held = names.find(
      ({ json, companion }) => key === json || (key === companion && object[json] === undefined),
    );
    if (held) read(object, held, name, values);
  }
  return { values, min, name };
}

/** What a definition says is remembered: types and segments come from definitions, and are few. */
function namesOf(type: string, segment: string): ElementNames | undefined {
  let segments = remembered.get(type);
  if (!segments) remembered.set(type, (segments = new Map()));
  if (!segments.has(segment)) segments.set(segment, findNames(type, segment));
  return segments.get(segment);
}

function findNames(type: string, segment: string): ElementNames | undefined {
  const definition = typeDefinition(type);
  if (!definition) return undefined;
  if (!segment.endsWith('[x]')) {
    const direct = definition.byName.get(segment);
    if (!direct) return undefined;
    const { element } = direct;
    return {
      names: [
        {
          json: direct.json,
          companion: `_${direct.json}`,
          type: typeNameOf(element.children ?? direct.type?.code),
        },
      ],
      min: element.isChoice ? 0 : element.min,
      name: element.name,
    };
  }
  const name = segment.slice(0, -3);
  const options = [...definition.byName.values()].filter(
    ({ element }) => element.name === name && element.isChoice,
  );
  const [first] = options;
  return (
    first && {
      names: options.map(({ json, type: option }) => ({
        json,
        companion: `_${json}`,
        type: typeNameOf(option?.code),
      })),
      min: first.element.min,
      name,
    }
  );
}

function typeNameOf(code: string | undefined): string {
  return code ?? 'Element';
}

function read(
  object: JsonObject,
  { json, companion: twin, type }: ElementName,
  name: string,
  values: ElementValue[],
): void {
  const value = object[json];
  const companion = object[twin];
  if (Array.isArray(value) || Array.isArray(companion)) {
    const items = Array.isArray(value) ? value : [];
    const length = Math.max(items.length, Array.isArray(companion) ? companion.length : 0);
    for (let index = 0; index < length; index += 1) {
      const item = items[index] ?? undefined;
      values.push({ value: item, type: ofResource(item, type), at: `${name}[${index}]` });
    }
  } else if (value !== undefined || isObject(companion)) {
    values.push({ value: value ?? undefined, type: ofResource(value, type), at: name });
  }
}

function ofResource(value: Json | undefined, type: string): string {
  return type === 'Resource' && isResource(value) ? value.resourceType : type;
}
