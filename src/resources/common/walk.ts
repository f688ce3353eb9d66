/**
 * Walks over a resource by R4's tables, so that what is said of a datatype (a dateTime, a Coding, an Identifier) is
 * found wherever a resource has one. What R4 does not know at a place, and values of another shape than R4's, are
 * passed over. Contained resources are walked; the entries of a Bundle are not, since each is a resource of its own.
 */
import {
  isPrimitive,
  typeDefinition,
  type ElementType,
  type TypeDefinition,
} from '../../fhir/r4/definitions';
import { isObject, isResource, type AnyResource, type Json, type JsonObject } from '../../fhir/types';

export interface Visitor {
  /**
   * Each object of a known type, before what is in it. `path` is relative to the resource, '' for itself; `as` is what
   * its element says of it, such as the targets of a Reference.
   */
  object?(object: JsonObject, type: TypeDefinition, path: string, as: ElementType | undefined): void;
  /** Each primitive value, where it is held: `holder[key]`. */
  primitive?(
    value: Json,
    type: string,
    holder: JsonObject | Json[],
    key: string | number,
    path: string,
  ): void;
}

export function walk(resource: AnyResource, visitor: Visitor): void {
  const type = typeDefinition(resource.resourceType);
  if (type) walkObject(resource, type, '', undefined, visitor);
}

function walkObject(
  object: JsonObject,
  type: TypeDefinition,
  path: string,
  as: ElementType | undefined,
  visitor: Visitor,
): void {
  visitor.object?.(object, type, path, as);
  for (const key in object) {
    const value = object[key];
    if (value === undefined || value === null) continue;
    const known = type.byName.get(key);
    if (!known) continue;
    const code = known.type?.code ?? known.element.children;
    if (code === undefined || (type.name === 'Bundle.entry' && key === 'resource')) continue;
    const below = path === '' ? key : `${path}.${key}`;
    if (!Array.isArray(value)) walkValue(value, code, known.type, object, key, below, visitor);
    else {
      value.forEach((item, index) => {
        walkValue(item, code, known.type, value, index, `${below}[${index}]`, visitor);
      });
    }
  }
}

function walkValue(
  value: Json,
  code: string,
  as: ElementType | undefined,
  holder: JsonObject | Json[],
  key: string | number,
  path: string,
  visitor: Visitor,
): void {
  if (isPrimitive(code)) visitor.primitive?.(value, code, holder, key, path);
  else if (isObject(value)) {
    const type = typeDefinition(isResource(value) ? value.resourceType : code);
    if (type) walkObject(value, type, path, as, visitor);
  }
}

/** Puts a value where another stood. */
export function put(holder: JsonObject | Json[], key: string | number, value: Json): void {
  (holder as Record<string | number, Json>)[key] = value;
}
