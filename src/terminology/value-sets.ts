/**
 * Value sets without a terminology server: those of R4 itself, and those of loaded packages, as far as their codes can
 * be listed from what is loaded: concepts by name, whole code systems, hierarchies of one, other value sets. A value
 * set that asks for more (SNOMED CT expressions, properties of a code system elsewhere) has no list, and its bindings
 * are left alone.
 * @see https://hl7.org/fhir/R4/valueset.html#compositions
 */
import type { ValueSetCodes } from '../fhir/r4/definitions';
import { codeSystem as r4CodeSystem, valueSet as r4ValueSet } from '../fhir/r4/definitions';
import { profileValueSet } from '../fhir/r4/profiles';
import type { AnyResource, JsonObject } from '../fhir/types';
import { isObject, listOf } from '../fhir/types';

export interface ValueSets {
  /** The codes by code system, for a url with or without `|version`; undefined where they cannot be listed. */
  codesOf(url: string): ValueSetCodes | undefined;
}

/** code → the codes above it. */
type Hierarchy = ReadonlyMap<string, ReadonlySet<string>>;

const MAX_IMPORTS = 20;

/** @param resources the CodeSystems and ValueSets of loaded packages; other resources are passed over */
export function createValueSets(resources: readonly AnyResource[]): ValueSets {
  const lister = new ValueSetLister(resources);
  return { codesOf: (url) => lister.codesOf(url) };
}

/** Lists the codes of value sets, each once: what was listed is kept. */
class ValueSetLister {
  private readonly definitions = new Map<string, AnyResource>();
  private readonly systems = new Map<string, AnyResource>();
  private readonly expanded = new Map<string, ValueSetCodes | undefined>();
  private readonly hierarchies = new Map<string, Hierarchy | undefined>();

  constructor(resources: readonly AnyResource[]) {
    for (const resource of resources) {
      if (typeof resource.url !== 'string') continue;
      if (resource.resourceType === 'ValueSet') this.definitions.set(resource.url, resource);
      if (resource.resourceType === 'CodeSystem') this.systems.set(resource.url, resource);
    }
  }

  codesOf(canonical: string, depth = 0): ValueSetCodes | undefined {
    const [url = ''] = canonical.split('|', 1);
    if (this.expanded.has(url)) return this.expanded.get(url);
    if (depth > MAX_IMPORTS) return undefined;
    const definition = this.definitions.get(url);
    const codes = definition ? this.expand(definition, depth) : (r4ValueSet(url) ?? profileValueSet(url));
    this.expanded.set(url, codes);
    return codes;
  }

  private expand(definition: AnyResource, depth: number): ValueSetCodes | undefined {
    const { compose, expansion } = definition;
    if (!isObject(compose)) return isObject(expansion) ? codesOfExpansion(expansion) : undefined;
    const result = new Map<string, Set<string>>();
    for (const part of objectsOf(compose.include)) {
      const codes = this.codesOfPart(part, depth);
      if (!codes) return undefined;
      for (const [system, some] of codes) addAll(result, system, some);
    }
    for (const part of objectsOf(compose.exclude)) {
      const codes = this.codesOfPart(part, depth);
      if (!codes) return undefined;
      for (const [system, some] of codes) for (const code of some) result.get(system)?.delete(code);
    }
    return result;
  }

  private codesOfPart(part: JsonObject, depth: number): ValueSetCodes | undefined {
    let result: Map<string, Set<string>> | undefined;
    if (typeof part.system === 'string') {
      const codes = this.codesOfSystem(part.system, part);
      if (!codes) return undefined;
      result = new Map([[part.system, codes]]);
    }
    for (const imported of listOf(part.valueSet)) {
      const other = typeof imported === 'string' ? this.codesOf(imported, depth + 1) : undefined;
      if (!other) return undefined;
      result = result ? common(result, other) : copyOf(other);
    }
    return result;
  }

  private codesOfSystem(system: string, part: JsonObject): Set<string> | undefined {
    if (part.concept !== undefined) {
      return new Set(objectsOf(part.concept).flatMap(({ code }) => (typeof code === 'string' ? [code] : [])));
    }
    const filters = objectsOf(part.filter);
    if (filters.length === 0) {
      const own = this.hierarchyOf(system);
      const known = own ? own.keys() : r4CodeSystem(system);
      return known && new Set(known);
    }
    const hierarchy = this.hierarchyOf(system);
    if (!hierarchy) return undefined;
    let codes = [...hierarchy.keys()];
    for (const { property, op, value } of filters) {
      if (property !== 'concept' || typeof value !== 'string' || (op !== 'is-a' && op !== 'descendent-of'))
        return undefined;
      codes = codes.filter(
        (code) => hierarchy.get(code)?.has(value) === true || (op === 'is-a' && code === value),
      );
    }
    return new Set(codes);
  }

  private hierarchyOf(system: string): Hierarchy | undefined {
    if (this.hierarchies.has(system)) return this.hierarchies.get(system);
    const definition = this.systems.get(system);
    const hierarchy = definition?.content === 'complete' ? ancestorsIn(definition) : undefined;
    this.hierarchies.set(system, hierarchy);
    return hierarchy;
  }
}

function ancestorsIn(definition: AnyResource): Hierarchy {
  const result = new Map<string, ReadonlySet<string>>();
  const walk = (concepts: JsonObject[], above: readonly string[]): void => {
    for (const concept of concepts) {
      if (typeof concept.code !== 'string' || above.length > 100) continue;
      result.set(concept.code, new Set(above));
      walk(objectsOf(concept.concept), [...above, concept.code]);
    }
  };
  walk(objectsOf(definition.concept), []);
  return result;
}

function codesOfExpansion(expansion: JsonObject): ValueSetCodes {
  const result = new Map<string, Set<string>>();
  const walk = (contains: JsonObject[], depth: number): void => {
    for (const item of contains) {
      if (typeof item.system === 'string' && typeof item.code === 'string' && item.abstract !== true) {
        addAll(result, item.system, [item.code]);
      }
      if (depth < 100) walk(objectsOf(item.contains), depth + 1);
    }
  };
  walk(objectsOf(expansion.contains), 0);
  return result;
}

function addAll(map: Map<string, Set<string>>, system: string, codes: Iterable<string>): void {
  const known = map.get(system) ?? new Set<string>();
  for (const code of codes) known.add(code);
  map.set(system, known);
}

function common(some: ValueSetCodes, other: ValueSetCodes): Map<string, Set<string>> {
  return new Map(
    [...some].map(([system, codes]) => [
      system,
      new Set([...codes].filter((code) => other.get(system)?.has(code))),
    ]),
  );
}

function copyOf(codes: ValueSetCodes): Map<string, Set<string>> {
  return new Map([...codes].map(([system, some]) => [system, new Set(some)]));
}

function objectsOf(value: JsonObject[string]): JsonObject[] {
  return listOf(value).filter(isObject);
}
