/**
 * Finds every Reference in a resource, with its R4 element (`Observation.performer`), wherever R4 allows one: in
 * datatypes, extensions and contained resources, and in inner resources (`Parameters`, `Bundle`). It walks by R4's own
 * definitions and names no element.
 * @see https://hl7.org/fhir/R4/references.html
 */
import { isObject, isResource, type AnyResource, type Json, type JsonObject } from '../types';
import { isPrimitive, typeDefinition } from './definitions';

export interface MetReference {
  reference: JsonObject;
  /** The R4 element: `Observation.performer`, `Extension.value[x]`, `Annotation.author[x]`. */
  element: string;
  /** The place below the starting resource, in JSON names: `performer[0]`, `contained[1].patient`. */
  place: string;
  /** The types that R4 allows as its target; undefined when all are allowed. */
  targets: readonly string[] | undefined;
  /** The resource whose `contained` list `#…` leads into. */
  container: AnyResource;
}

/** A resource inside another that is not in a `contained` list: of a parameter, or of an entry. */
export interface CarriedResource {
  resource: AnyResource;
  place: string;
}

/** An Attachment with an address. */
export interface MetAttachment {
  url: string;
  place: string;
}

export interface References {
  references: readonly MetReference[];
  carried: readonly CarriedResource[];
  attachments: readonly MetAttachment[];
}

interface Property {
  /** `Observation.performer` */
  element: string;
  /** `Reference`, `Observation.component`, `Element` of a primitive's extensions. */
  type: string;
  targets: readonly string[] | undefined;
}

/**
 * The deepest level to visit: elements nest at most 100 levels, each of at most two steps. Deeper resources are refused
 * elsewhere.
 */
const MOST_STEPS = 200;

const plans = new Map<string, ReadonlyMap<string, Property>>();

/** The members of a type that contain objects, by JSON name. */
function planOf(type: string): ReadonlyMap<string, Property> {
  const known = plans.get(type);
  if (known) return known;
  const plan = new Map<string, Property>();
  for (const [name, { element, type: elementType }] of typeDefinition(type)?.byName ?? []) {
    const code = elementType?.code ?? element.children;
    if (code === undefined) continue;
    if (!isPrimitive(code))
      plan.set(name, { element: element.path, type: code, targets: elementType?.targets });
    // `_birthDate`: the extensions of a value.
    else plan.set(`_${name}`, { element: element.path, type: 'Element', targets: undefined });
  }
  plans.set(type, plan);
  return plan;
}

export function referencesIn(resource: AnyResource): References {
  const references: MetReference[] = [];
  const carried: CarriedResource[] = [];
  const attachments: MetAttachment[] = [];
  // Names and indexes; they are joined into a place only when something is found.
  const path: (string | number)[] = [];
  walk(resource, resource.resourceType, resource);
  return { references, carried, attachments };

  function walk(object: JsonObject, type: string, container: AnyResource): void {
    if (path.length > MOST_STEPS) return;
    const plan = planOf(type);
    for (const name in object) {
      const value = object[name];
      if (typeof value !== 'object' || value === null) continue;
      const property = plan.get(name);
      if (property === undefined) continue;
      path.push(name);
      if (!Array.isArray(value)) meet(value, property, container);
      else
        for (let index = 0; index < value.length; index += 1) {
          path.push(index);
          meet(value[index] as Json, property, container);
          path.pop();
        }
      path.pop();
    }
  }

  function meet(value: Json, { type, element, targets }: Property, container: AnyResource): void {
    if (!isObject(value)) return;
    if (type === 'Resource') {
      if (!isResource(value)) return;
      const isContained = element.endsWith('.contained');
      if (!isContained) carried.push({ resource: value, place: placeOf(path) });
      walk(value, value.resourceType, isContained ? container : value);
      return;
    }
    if (type === 'Reference')
      references.push({ reference: value, element, place: placeOf(path), targets, container });
    else if (type === 'Attachment' && typeof value.url === 'string')
      attachments.push({ url: value.url, place: placeOf(path) });
    walk(value, type, container);
  }
}

/** `contained[1].patient` */
function placeOf(path: readonly (string | number)[]): string {
  let place = '';
  for (const step of path) place += typeof step === 'number' ? `[${step}]` : place === '' ? step : `.${step}`;
  return place;
}
