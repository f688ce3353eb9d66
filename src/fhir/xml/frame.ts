/**
 * One open XML element while a document is read. Adds a finished child to its parent's JSON: lists where R4 has lists,
 * the `_name` member for ids and extensions of primitives, `null` for gaps. A repeated element becomes a list even if
 * R4 allows one only, so that the structure check can report its place.
 * @see https://hl7.org/fhir/R4/json.html#primitive
 */
import { typeDefinition } from '../r4/definitions';
import type { Json, JsonObject } from '../types';
import type { XmlElements, XmlKind } from './xml-elements';
import { xmlElementsOf } from './xml-elements';

export interface Frame {
  parent: Frame | undefined;
  /** The JSON name under the parent; '' for a resource, which adds no step to the path. */
  name: string;
  kind: XmlKind;
  /** The R4 type whose elements are allowed here; '' for an element that R4 does not have. */
  type: string;
  elements: XmlElements;
  isList: boolean;
  isResource: boolean;
  /** Its index among the siblings of its name. */
  index: number;
  value: JsonObject;
  /** The `value` attribute. */
  attribute: string | undefined;
  hasChildren: boolean;
  /** R4's position of the latest child, and its name, to notice a child out of order. */
  lastOrder: number;
  lastName: string;
  warnedOfOrder: boolean;
}

export function frame(
  parent: Frame | undefined,
  name: string,
  kind: XmlKind,
  type: string,
  isList: boolean,
): Frame {
  return {
    parent,
    name,
    kind,
    type,
    elements: elementsUnder(kind, type),
    isList,
    isResource: false,
    index: parent === undefined || name === '' ? 0 : countOf(parent.value, name),
    value: {},
    attribute: undefined,
    hasChildren: false,
    lastOrder: -1,
    lastName: '',
    warnedOfOrder: false,
  };
}

function elementsUnder(kind: XmlKind, type: string): XmlElements {
  if (kind === 'complex') return xmlElementsOf(type);
  return xmlElementsOf(kind === 'primitive' ? 'Element' : '');
}

/** The frame of a resource, even of one that R4 does not have, so that the structure check can report it. */
export function resourceFrame(parent: Frame | undefined, resourceType: string): Frame {
  const opened = frame(parent, '', 'complex', typeDefinition(resourceType) ? resourceType : '', false);
  opened.isResource = true;
  opened.value.resourceType = resourceType;
  return opened;
}

/** How many children of this name the object has already. */
function countOf(object: JsonObject, name: string): number {
  return Math.max(lengthOf(own(object, name)), lengthOf(own(object, `_${name}`)));
}

function lengthOf(value: Json | undefined): number {
  if (value === undefined) return 0;
  return Array.isArray(value) ? value.length : 1;
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Puts a finished child into its parent: the value, and for a primitive the object of its id and extensions. */
export function put(parent: JsonObject, child: Frame, value: Json | undefined, twin?: JsonObject): void {
  const { name, index } = child;
  if (!child.isList && index === 0) {
    if (value !== undefined) parent[name] = value;
    if (twin) parent[`_${name}`] = twin;
    return;
  }
  putIntoList(parent, name, index, value);
  putIntoList(parent, `_${name}`, index, twin);
}

function putIntoList(parent: JsonObject, name: string, index: number, value: Json | undefined): void {
  const present = own(parent, name);
  if (value === undefined && present === undefined) return;
  const list = Array.isArray(present) ? present : (parent[name] = present === undefined ? [] : [present]);
  while (list.length < index) list.push(null);
  list.push(value ?? null);
}

/** The FHIRPath of an open element, from the root resource. */
export function expressionOf(place: Frame): string {
  if (place.parent === undefined) return String(place.value.resourceType);
  const before = expressionOf(place.parent);
  if (place.name === '') return before;
  return `${before}.${place.name}${place.isList || place.index > 0 ? `[${place.index}]` : ''}`;
}
