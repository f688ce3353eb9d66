/**
 * The walk over a resource: each property is looked up in the compiled table of its type, and its check is run at its
 * place. Everything that is wrong is reported; what follows from a fault that is reported already is not.
 */
import { MOST_LEVELS } from '../../../fhir/json/scan-json';
import { nearestName } from '../../../fhir/nearest';
import type { Slices } from '../../../fhir/slices';
import type { AnyResource, Json, JsonObject } from '../../../fhir/types';
import { isObject } from '../../../fhir/types';
import { inconsistenciesOf } from '../../../fhir/r4/consistency';
import { isResourceType, resourceTypes } from '../../../fhir/r4/definitions';
import { checkBundle } from './bundle-rules';
import { viewOf } from './bundle-view';
import type { CompiledType, Property, TypeTable } from './compiled-type';
import { checkContained, containedOf } from './contained';
import { checkExtension } from './extensions';
import { checkInvariants } from './invariants';
import { meantProperty } from './suggest';
import type { Visit } from './visit';
import { report, safeName } from './visit';

/** Nobody reads more of them, and each takes a look at every element of the type. */
const MAX_SUGGESTIONS = 200;

/** Checks a resource at the beginning of a walk. The entries of a Bundle are checked in a slice each. */
export function* checkInSlices(table: TypeTable, resource: AnyResource, visit: Visit): Slices<void> {
  const later: (() => void)[] = [];
  visit.later = resource.resourceType === 'Bundle' ? later : undefined;
  const finish = beginResource(table, resource, visit, false);
  visit.later = undefined;
  for (const check of later) {
    yield;
    check();
  }
  finish?.();
}

/** Checks a value that must be a resource. */
export function checkResource(table: TypeTable, value: Json, visit: Visit, isContained: boolean): void {
  beginResource(table, value, visit, isContained)?.();
}

/** @returns what is to be checked when all of its elements are; undefined where it is no resource */
function beginResource(
  table: TypeTable,
  value: Json,
  visit: Visit,
  isContained: boolean,
): (() => void) | undefined {
  if (!isObject(value)) {
    report(visit, 'r4-type', 'A resource is required. Send a JSON object with a resourceType.');
    return undefined;
  }
  const { resourceType } = value;
  if (typeof resourceType !== 'string') {
    report(visit, 'r4-type', 'The resource has no resourceType. Add it.', {
      at: 'resourceType',
      code: 'required',
    });
    return undefined;
  }
  if (!isResourceType(resourceType)) {
    const near = nearestName(resourceType, resourceTypes());
    const meant =
      near === undefined ? 'Send one of https://hl7.org/fhir/R4/resourcelist.html.' : `Did you mean ${near}?`;
    report(visit, 'r4-type', `${safeName(resourceType) ?? 'This'} is not a resource type of R4. ${meant}`, {
      at: 'resourceType',
    });
    return undefined;
  }
  const resource = value as AnyResource;
  const before = { ...visit };
  visit.resource = resource;
  visit.elementIds = undefined;
  if (isContained) {
    visit.insideContained = typeof resource.id === 'string' ? resource.id : '';
  } else {
    visit.container = resource;
    visit.insideContained = undefined;
    visit.contained = containedOf(resource);
  }
  const view = resourceType === 'Bundle' ? viewOf(resource) : undefined;
  if (view) {
    visit.bundle = view;
    visit.entryDepth = -1;
  }
  checkElement(table.get(resourceType) as CompiledType, resource, visit);
  return () => {
    if (!isContained) checkContained(resource, visit);
    if (view) checkBundle(resource, view, visit);
    for (const { at, text } of inconsistenciesOf(resource)) report(visit, 'r4-definition', text, { at });
    Object.assign(visit, before);
  };
}

/** Checks a value that must be an object of the type. */
export function checkElement(type: CompiledType, value: Json, visit: Visit): void {
  if (!isObject(value)) {
    report(
      visit,
      'r4-type',
      `Send ${Array.isArray(value) ? 'a single' : 'a'} JSON object: ${typeName(type)}.`,
    );
    return;
  }
  // Each name and each index of the place is an object or a list around the value.
  if (visit.path.length + visit.above >= MOST_LEVELS) {
    report(
      visit,
      'r4-depth',
      `Objects and lists are nested more than ${MOST_LEVELS} deep, as JSON counts them. Send fewer levels.`,
    );
    return;
  }
  checkMembers(type, value, visit);
}

function typeName(type: CompiledType): string {
  const { name, kind } = type.definition;
  return kind === 'backbone'
    ? 'the child elements'
    : name === 'Element'
      ? 'id and extension'
      : `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

function checkMembers(type: CompiledType, object: JsonObject, visit: Visit): void {
  const isResource = type.definition.kind === 'resource';
  // `_birthDate` may have only an id, because its value is in `birthDate`.
  const isCompanion = type.definition.name === 'Element';
  // A StructureDefinition's snapshot and differential name the same elements.
  const hasUniqueIds = !isResource && type.definition.name !== 'ElementDefinition';
  const errorsBefore = visit.errors;
  let choices: Property[] | undefined;
  let excused: Set<Property['element']> | undefined;
  let content = 0;
  for (const key in object) {
    const value = object[key] as Json;
    const property = type.properties.get(key);
    if (property === undefined) {
      if (isResource && key === 'resourceType') continue;
      const meant = reportUnknown(type, key, visit);
      if (meant) (excused ??= new Set()).add(meant.element);
      content += 1;
      continue;
    }
    if (key !== 'id' || isCompanion) content += 1;
    if (key === 'id' && hasUniqueIds) noteElementId(value, visit);
    if (property.element.isChoice) {
      for (const other of choices ?? []) {
        if (other.element !== property.element || other.json === property.json) continue;
        report(
          visit,
          'r4-choice',
          `${property.name}[x] appears twice, as ${other.json} and as ${property.json}. Send one of them.`,
          {
            at: property.name,
          },
        );
      }
      (choices ??= []).push(property);
    }
    checkProperty(property, value, visit, object);
  }
  if (content === 0 && !isResource) {
    report(
      visit,
      'r4-cardinality',
      'The element has no value and no children (R4 ele-1). Add one, or leave the element out.',
    );
    return;
  }
  for (const { element, names } of type.required) {
    if (excused?.has(element) || names.some((name) => object[name] !== undefined)) continue;
    report(visit, 'r4-required', requiredText(type, names, element), { at: element.name });
  }
  if (type.definition.name === 'Extension') checkExtension(object, visit);
  // Invariants are judged on well-formed content: on the rest they would only echo its faults.
  const isWellFormed = visit.errors === errorsBefore;
  if (type.invariants.length > 0 && (isWellFormed || isResource))
    checkInvariants(type.invariants, object, visit);
}

function requiredText(type: CompiledType, names: readonly string[], element: Property['element']): string {
  const owner = type.definition.name;
  if (!element.isChoice) return `${owner}.${element.name} is missing. R4 requires it.`;
  const options = names.filter((name) => !name.startsWith('_'));
  return options.length > 8
    ? `${owner}.${element.name}[x] is missing. R4 requires it, with one of its types.`
    : `${owner}.${element.name}[x] is missing. R4 requires one of ${options.join(', ')}.`;
}

function noteElementId(value: Json, visit: Visit): void {
  if (typeof value !== 'string') return;
  const ids = (visit.elementIds ??= new Set());
  if (ids.has(value))
    report(
      visit,
      'r4-value',
      'Another element of this resource has the same id. Give each element its own id.',
      { at: 'id' },
    );
  ids.add(value);
}

function reportUnknown(type: CompiledType, key: string, visit: Visit): Property | undefined {
  const meant = visit.issues.length < MAX_SUGGESTIONS ? meantProperty(type, key) : {};
  const name = safeName(key.replace(/:$/, ''));
  const owner = type.definition.name;
  const start =
    name === undefined
      ? `A property is not an element of ${owner} in R4`
      : `"${key}" is not an element of ${owner} in R4`;
  const hint = meant.suggestion === undefined ? '.' : `. Did you mean ${meant.suggestion}?`;
  report(visit, 'r4-unknown-element', start + hint, name === undefined ? {} : { at: name.replace(/^_/, '') });
  return meant.property;
}

function checkProperty(property: Property, value: Json, visit: Visit, owner: JsonObject): void {
  const { path } = visit;
  path.push(property.name);
  if (value === null) {
    report(visit, 'r4-value', 'null is not a value. If there is no value, leave the element out.');
  } else if (property.isList) {
    if (Array.isArray(value)) {
      checkItems(property, value, visit, owner);
    } else {
      report(visit, 'r4-cardinality', 'This element is a list, even for one value. Put the value in [ ].');
      property.check(value, visit, owner);
    }
  } else if (Array.isArray(value)) {
    report(visit, 'r4-cardinality', 'This element has one value, not a list. Send the value without [ ].');
    for (const item of value) if (item !== null) property.check(item, visit, owner);
  } else {
    property.check(value, visit, owner);
  }
  path.pop();
}

function checkItems(property: Property, items: Json[], visit: Visit, owner: JsonObject): void {
  if (items.length === 0) {
    report(
      visit,
      'r4-cardinality',
      'An empty list is not allowed. If there is no value, leave the element out.',
    );
    return;
  }
  const { path } = visit;
  if (items.length > property.element.max) {
    report(visit, 'r4-cardinality', `R4 allows at most ${property.element.max} of this element.`);
  }
  const isEntry = property.element.path === 'Bundle.entry';
  const later = isEntry ? visit.later : undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] as Json;
    if (later) {
      later.push(() => {
        path.push(property.name, index);
        if (item === null) checkNullItem(property, index, visit, owner);
        else checkEntry(property, item, index, visit, owner);
        path.length = 0;
      });
      continue;
    }
    path.push(index);
    if (item === null) checkNullItem(property, index, visit, owner);
    else if (isEntry) checkEntry(property, item, index, visit, owner);
    else property.check(item, visit, owner);
    path.pop();
  }
}

function checkEntry(property: Property, item: Json, index: number, visit: Visit, owner: JsonObject): void {
  const { bundle } = visit;
  if (bundle) bundle.entry = index;
  visit.entryDepth = visit.path.length;
  property.check(item, visit, owner);
  visit.entryDepth = -1;
}

/** null keeps the place of a value that has only extensions, or of an extension that only later values have. */
function checkNullItem(property: Property, index: number, visit: Visit, owner: JsonObject): void {
  const other = property.isPrimitive
    ? owner[property.isCompanion ? property.json : `_${property.json}`]
    : undefined;
  const counterpart = Array.isArray(other) ? other[index] : undefined;
  if (counterpart !== undefined && counterpart !== null) return;
  // The check of the values reports a null at the same position in both lists.
  if (property.isCompanion && Array.isArray(other) && index < other.length) return;
  report(
    visit,
    'r4-value',
    property.isPrimitive
      ? `null is allowed only where _${property.json} has extensions at the same position.`
      : 'null is not a value. Leave the item out.',
  );
}
