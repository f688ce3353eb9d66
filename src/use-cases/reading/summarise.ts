/**
 * Implements `_summary` and `_elements`: returns part of a resource. Keeps the elements that R4 marks as summary (Σ)
 * and those that are mandatory or modify the meaning, and tags the part SUBSETTED.
 * @see https://hl7.org/fhir/R4/search.html#summary
 * @see https://hl7.org/fhir/R4/search.html#elements
 */
import { stringify } from '../../fhir/decimal';
import { readStored } from '../../fhir/json';
import { madeOnce } from '../../fhir/once';
import { typeDefinition, type ElementName } from '../../fhir/r4/definitions';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { narrativeOf } from './narrative';

/**
 * Which part: the summary elements, the narrative, everything except the narrative, or named elements. Named elements
 * take precedence.
 */
export interface Subset {
  summary?: 'true' | 'text' | 'data';
  /** Names of elements of the resource, or `Patient.name` for one type alone. */
  elements?: readonly string[];
}

const SUBSETTED: JsonObject = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
  display: 'subsetted',
};

/**
 * Returns part of a resource that is stored as JSON text. The server wrote the text, so text that is not JSON is a bug.
 */
export function summariseText(content: string, subset: Subset): string {
  const resource = readStored(content);
  if (resource === undefined) throw new Error('a stored resource is not JSON');
  return stringify(summarise(resource as AnyResource, subset));
}

export function summarise(resource: AnyResource, { summary, elements }: Subset): AnyResource {
  const { resourceType: type } = resource;
  if (elements !== undefined) {
    const named = namesFor(type, elements);
    if (named === undefined) return resource;
    return tagged(topLevel(resource, ({ json, element }) => named.has(json) || named.has(element.name)));
  }
  if (summary === 'true') return tagged(marked(resource, type) as AnyResource);
  if (summary === 'text') return tagged(topLevel(withNarrative(resource), ({ json }) => json === 'text'));
  if (summary === 'data') {
    const { text: _text, ...rest } = resource;
    return tagged(rest as AnyResource);
  }
  return resource;
}

/** The resource with its narrative, or with one made from its elements when it has none. */
function withNarrative(resource: AnyResource): AnyResource {
  const canHaveOne = typeDefinition(resource.resourceType)?.byName.has('text') === true;
  if (!canHaveOne || (isObject(resource.text) && typeof resource.text.div === 'string')) return resource;
  return { ...resource, text: narrativeOf(resource) };
}

/** The element names of a request, by type; those that apply to every type are under `''`. */
const namesByType = new WeakMap<readonly string[], Map<string, Set<string>>>();

/**
 * The element names for a type: `name` applies to every type, `Patient.name` to one. Undefined when no name applies to
 * the type. They are sorted by type once for a page, and not for each of its resources.
 */
function namesFor(type: string, elements: readonly string[]): Pick<Set<string>, 'has'> | undefined {
  const byType = madeOnce(namesByType, elements, inTypes);
  const [every, own] = [byType.get(''), byType.get(type)];
  if (every === undefined || own === undefined) return every ?? own;
  return { has: (name) => every.has(name) || own.has(name) };
}

function inTypes(elements: readonly string[]): Map<string, Set<string>> {
  const byType = new Map<string, Set<string>>();
  const add = (type: string, name: string): void => {
    const names = byType.get(type) ?? new Set();
    byType.set(type, names.add(name));
  };
  for (const element of elements) {
    const [first = '', second] = element.split('.');
    if (!/^[A-Z]/.test(first)) add('', first);
    else if (second !== undefined) add(first, second);
  }
  return byType;
}

/** Elements that every part keeps: the id, and those without which the part could be misread. */
const isAlwaysKept = ({ json, element }: ElementName): boolean =>
  json === 'id' || json === 'meta' || element.min > 0 || element.isModifier;

function topLevel(resource: AnyResource, keep: (name: ElementName) => boolean): AnyResource {
  const definition = typeDefinition(resource.resourceType);
  const kept: AnyResource = { resourceType: resource.resourceType };
  for (const [key, value] of Object.entries(resource)) {
    const name = definition?.byName.get(key.startsWith('_') ? key.slice(1) : key);
    if (name && (isAlwaysKept(name) || keep(name))) kept[key] = value;
  }
  return kept;
}

/** Keeps the marked elements at every depth. Keeps the extensions of a primitive only when it has no value. */
function marked(value: JsonObject, type: string): JsonObject {
  const definition = typeDefinition(type);
  if (!definition) return value;
  const kept: JsonObject = {};
  if (typeof value.resourceType === 'string') kept.resourceType = value.resourceType;
  for (const [key, item] of Object.entries(value)) {
    const isExtended = key.startsWith('_');
    const json = isExtended ? key.slice(1) : key;
    const name = definition.byName.get(json);
    if (!name || item === undefined) continue;
    const { element, type: of } = name;
    if (!element.isSummary && element.min === 0 && !element.isModifier) continue;
    if (isExtended) {
      if (lacksAValue(value[json])) kept[key] = item;
    } else {
      const part = markedItem(item, element.children ?? of?.code ?? '');
      if (part !== undefined) kept[key] = part;
    }
  }
  return kept;
}

/** @returns undefined when nothing remains, because FHIR has no empty objects */
function markedItem(item: Json, type: string): Json | undefined {
  if (Array.isArray(item)) {
    const parts = item.map((each) => markedItem(each, type)).filter((each) => each !== undefined);
    return parts.length > 0 ? parts : undefined;
  }
  // An extension is kept whole: part of one would have no meaning, and only those that modify the meaning are kept.
  if (!isObject(item) || type === 'Extension') return item;
  const part = marked(item, type === 'Resource' ? String(item.resourceType) : type);
  return Object.keys(part).length > 0 ? part : undefined;
}

const lacksAValue = (value: Json | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.includes(null));

function tagged(resource: AnyResource): AnyResource {
  const { resourceType, id, meta, ...rest } = resource;
  const { tag, ...others } = isObject(meta) ? meta : {};
  const tags = Array.isArray(tag) ? tag : [];
  const isTagged = tags.some((each) => isObject(each) && each.code === SUBSETTED.code);
  return {
    resourceType,
    ...(id === undefined ? {} : { id }),
    meta: { ...others, tag: isTagged ? tags : [...tags, SUBSETTED] },
    ...rest,
  };
}
