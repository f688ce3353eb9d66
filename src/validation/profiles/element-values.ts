/**
 * The values of an element in an instance, by R4's definition of the type that they are in: a list, a lone value, or
 * whichever of the types of a choice is there; each with its type and its place.
 */
import { typeDefinition } from '../../fhir/r4/definitions';
import type { Json, JsonObject } from '../../fhir/types';
import { isObject, isResource } from '../../fhir/types';

export interface ElementValue {
  /** Undefined where only extensions stand in place of a primitive value. */
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

/** @param segment the name in a differential: `name`, `value[x]`, `valueQuantity`
 * @returns undefined where the type has no such element */
export function valuesOf(object: JsonObject, type: string, segment: string): FoundValues | undefined {
  const definition = typeDefinition(type);
  if (!definition) return undefined;
  const isChoice = segment.endsWith('[x]');
  const direct = isChoice ? undefined : definition.byName.get(segment);
  if (direct)
    return {
      values: read(
        object,
        direct.json,
        typeNameOf(direct.element.children ?? direct.type?.code),
        direct.element.name,
      ),
      min: direct.element.isChoice ? 0 : direct.element.min,
      name: direct.element.name,
    };
  if (!isChoice) return undefined;
  const name = segment.slice(0, -3);
  const values: ElementValue[] = [];
  let min: number | undefined;
  for (const option of definition.byName.values()) {
    if (option.element.name !== name || !option.element.isChoice) continue;
    min = option.element.min;
    values.push(...read(object, option.json, typeNameOf(option.type?.code), name));
  }
  return min === undefined ? undefined : { values, min, name };
}

function typeNameOf(code: string | undefined): string {
  return code ?? 'Element';
}

function read(object: JsonObject, json: string, type: string, name: string): ElementValue[] {
  const value = object[json];
  const companion = object[`_${json}`];
  if (Array.isArray(value) || Array.isArray(companion)) {
    const items = Array.isArray(value) ? value : [];
    const extensions = Array.isArray(companion) ? companion : [];
    return Array.from({ length: Math.max(items.length, extensions.length) }, (_none, index) => ({
      value: items[index] ?? undefined,
      type: ofResource(items[index], type),
      at: `${name}[${index}]`,
    }));
  }
  if (value === undefined && !isObject(companion)) return [];
  return [{ value: value ?? undefined, type: ofResource(value, type), at: name }];
}

function ofResource(value: Json | undefined, type: string): string {
  return type === 'Resource' && isResource(value) ? value.resourceType : type;
}
