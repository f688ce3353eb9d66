#!/usr/bin/env node
/**
 * Makes `src/fhir/r4/definitions.json` from the definitions that HL7 publishes with FHIR R4 (4.0.1): every type and
 * resource with its elements in order, the invariants of severity error, and the value sets of required and
 * extensible bindings with the code systems they draw on.
 *
 *   node scripts/r4-definitions.mjs FOLDER
 *
 * FOLDER holds profiles-types.json, profiles-resources.json, valuesets.json, v2-tables.json and v3-codesystems.json,
 * as in https://hl7.org/fhir/R4/definitions.json.zip. The result is committed, so nobody needs FOLDER to build. Copies
 * that libraries carry will not do: some have elements of their own in them (`Meta.project`, `Binary.url`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { URL } from 'node:url';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node scripts/r4-definitions.mjs FOLDER');
  process.exit(2);
}

const HL7 = 'http://hl7.org/fhir/StructureDefinition/';
/** Value sets with more codes than this are left out where their binding is only extensible. */
const MAX_EXTENSIBLE_CODES = 400;

const read = (file) =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.map((entry) => entry.resource);
const structures = [...read('profiles-types.json'), ...read('profiles-resources.json')].filter(
  (resource) =>
    resource.resourceType === 'StructureDefinition' &&
    resource.derivation !== 'constraint' &&
    resource.kind !== 'logical' &&
    resource.fhirVersion === '4.0.1',
);
const terminology = [...read('valuesets.json'), ...read('v3-codesystems.json'), ...read('v2-tables.json')];

// ---- types ---------------------------------------------------------------------------------------------------------

const constraints = [];
const constraintIndex = new Map();
const bound = new Map();
const types = {};

for (const definition of structures) {
  const own = definition.snapshot.element;
  const base = definition.baseDefinition?.slice(HL7.length);
  types[definition.type] = {
    kind:
      definition.kind === 'primitive-type'
        ? 'primitive'
        : definition.kind === 'resource'
          ? 'resource'
          : 'complex',
    ...(definition.abstract && { abstract: true }),
    ...(base && { base }),
    ...constraintsOf(own[0], definition.url),
    elements: [],
  };
  if (definition.kind === 'primitive-type') {
    const pattern = extensionOf(
      own.find((element) => element.path.endsWith('.value'))?.type?.[0],
      `${HL7}regex`,
    );
    if (pattern) types[definition.type].pattern = pattern;
    delete types[definition.type].elements;
    continue;
  }
  const parents = new Map([[definition.type, types[definition.type]]]);
  for (const element of own.slice(1)) {
    const cut = element.path.lastIndexOf('.');
    const parent = parents.get(element.path.slice(0, cut));
    const isBackbone = element.type?.length === 1 && /^(BackboneElement|Element)$/.test(element.type[0].code);
    if (isBackbone) {
      types[element.path] = { kind: 'backbone', base: element.type[0].code, elements: [] };
      parents.set(element.path, types[element.path]);
    }
    const inherited = (element.base?.path ?? element.path) !== element.path;
    if (!inherited) parent.elements.push(compact(element, element.path.slice(cut + 1), isBackbone));
  }
}

function compact(element, name, isBackbone) {
  const kept = {
    n: name,
    ...(isBackbone
      ? {}
      : element.contentReference
        ? { r: element.contentReference.slice(1) }
        : { t: typesOf(element) }),
  };
  if (element.min) kept.min = element.min;
  if (element.max !== '1') kept.max = element.max === '*' ? '*' : Number(element.max);
  if (element.isModifier) kept.m = true;
  if (element.isSummary) kept.s = true;
  const strength = element.binding?.strength;
  if ((strength === 'required' || strength === 'extensible') && element.binding.valueSet) {
    const url = element.binding.valueSet.split('|')[0];
    kept.b = [strength, url];
    bound.set(url, bound.get(url) === 'required' ? 'required' : strength);
  }
  return { ...kept, ...constraintsOf(element) };
}

function typesOf(element) {
  if (element.path === 'Resource.id') return ['id'];
  return (element.type ?? []).map((type) => {
    const code = type.code.startsWith('http://hl7.org/fhirpath/')
      ? (extensionOf(type, `${HL7}structuredefinition-fhir-type`) ?? 'string')
      : type.code;
    const targets = (type.targetProfile ?? [])
      .map((profile) => profile.slice(HL7.length))
      .filter((t) => t !== 'Resource');
    if (targets.length > 0) return `${code}(${targets.join('|')})`;
    if (type.profile?.[0] === `${HL7}SimpleQuantity`) return 'Quantity(SimpleQuantity)';
    return code;
  });
}

/** The invariants that this element itself states: not those that its type repeats on every element of that type. */
function constraintsOf(element) {
  const indexes = [];
  for (const constraint of element.constraint ?? []) {
    if (constraint.severity !== 'error' || constraint.key === 'ext-1' || constraint.key === 'sqty-1')
      continue;
    const stated = constraint.source?.slice(HL7.length) ?? element.path.split('.')[0];
    if (constraint.key === 'ele-1' && element.path !== 'Element') continue;
    if (!element.path.includes('.') && stated !== element.path) continue;
    const identity = `${constraint.key} ${constraint.expression}`;
    if (!constraintIndex.has(identity)) {
      constraintIndex.set(identity, constraints.length);
      constraints.push([constraint.key, constraint.human, constraint.expression]);
    }
    indexes.push(constraintIndex.get(identity));
  }
  return indexes.length > 0 ? { c: indexes } : {};
}

function extensionOf(holder, url) {
  const found = holder?.extension?.find((extension) => extension.url === url);
  return found?.valueUrl ?? found?.valueString;
}

// ---- terminology ---------------------------------------------------------------------------------------------------

const codeSystems = new Map();
const valueSets = new Map();
for (const resource of terminology) {
  const table =
    resource.resourceType === 'CodeSystem'
      ? codeSystems
      : resource.resourceType === 'ValueSet'
        ? valueSets
        : undefined;
  if (table && !table.has(resource.url)) table.set(resource.url, resource);
}

const conceptTables = new Map();
/** code → its ancestors (by nesting, and by the v3 `subsumedBy` property), for a complete code system. */
function conceptsOf(url) {
  if (conceptTables.has(url)) return conceptTables.get(url);
  const system = codeSystems.get(url);
  let table;
  if (system?.content === 'complete' && system.concept) {
    const parents = new Map();
    const walk = (concepts, parent) => {
      for (const concept of concepts) {
        const above = (concept.property ?? []).filter((p) => p.code === 'subsumedBy').map((p) => p.valueCode);
        parents.set(concept.code, [
          ...(parents.get(concept.code) ?? []),
          ...above,
          ...(parent ? [parent] : []),
        ]);
        walk(concept.concept ?? [], concept.code);
      }
    };
    walk(system.concept);
    const ancestors = (code, seen = new Set()) => {
      for (const parent of parents.get(code) ?? []) {
        if (!seen.has(parent)) ancestors(parent, seen.add(parent));
      }
      return seen;
    };
    table = new Map([...parents.keys()].map((code) => [code, ancestors(code)]));
  }
  conceptTables.set(url, table);
  return table;
}

/** system → Set of codes, or undefined where a part cannot be listed from what HL7 publishes. */
function expand(url, trail = []) {
  const set = valueSets.get(url.split('|')[0]);
  if (!set?.compose || trail.includes(url)) return undefined;
  const result = new Map();
  for (const include of set.compose.include ?? []) {
    const part = expandPart(include, [...trail, url]);
    if (!part) return undefined;
    for (const [system, codes] of part)
      result.set(system, new Set([...(result.get(system) ?? []), ...codes]));
  }
  for (const exclude of set.compose.exclude ?? []) {
    const part = expandPart(exclude, [...trail, url]);
    if (!part) return undefined;
    for (const [system, codes] of part) for (const code of codes) result.get(system)?.delete(code);
  }
  return result;
}

function expandPart(part, trail) {
  let result;
  if (part.system) {
    let codes = part.concept?.map((concept) => concept.code);
    if (!codes) {
      const table = conceptsOf(part.system);
      if (!table) return undefined;
      codes = [...table.keys()];
      for (const { op, property, value } of part.filter ?? []) {
        if (property !== 'concept' || (op !== 'is-a' && op !== 'descendent-of')) return undefined;
        codes = codes.filter((code) => table.get(code).has(value) || (op === 'is-a' && code === value));
      }
    }
    result = new Map([[part.system, new Set(codes)]]);
  }
  for (const imported of part.valueSet ?? []) {
    const other = expand(imported, trail);
    if (!other) return undefined;
    if (!result) result = new Map(other);
    else
      for (const [system, codes] of result) {
        result.set(system, new Set([...codes].filter((code) => other.get(system)?.has(code))));
      }
  }
  return result;
}

const keptSets = {};
const keptSystems = {};
for (const [url, strength] of [...bound].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const expansion = expand(url);
  if (!expansion) continue;
  const total = [...expansion.values()].reduce((sum, codes) => sum + codes.size, 0);
  if (total === 0 || (strength === 'extensible' && total > MAX_EXTENSIBLE_CODES)) continue;
  keptSets[url] = {};
  for (const [system, codes] of expansion) {
    const all = conceptsOf(system);
    const isWhole = all !== undefined && all.size === codes.size;
    if (isWhole) keptSystems[system] = [...all.keys()].join(' ');
    keptSets[url][system] = isWhole ? '*' : [...codes].join(' ');
    if ([...codes].some((code) => /\s/.test(code))) throw new Error(`a code of ${system} has a space`);
  }
}

const output = { fhirVersion: '4.0.1', types, constraints, valueSets: keptSets, codeSystems: keptSystems };
const lines = Object.entries(output).map(([key, value]) =>
  typeof value === 'string'
    ? `${JSON.stringify(key)}: ${JSON.stringify(value)}`
    : Array.isArray(value)
      ? `${JSON.stringify(key)}: [\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]`
      : `${JSON.stringify(key)}: {\n${Object.entries(value)
          .map(([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`)
          .join(',\n')}\n}`,
);
writeFileSync(new URL('../src/fhir/r4/definitions.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`);
const missing = [...bound]
  .filter(([url, strength]) => strength === 'required' && !keptSets[url])
  .map(([url]) => url);
console.log(
  `${Object.keys(types).length} types, ${constraints.length} invariants, ${Object.keys(keptSets).length} value sets`,
);
console.log(`required but not enumerable: ${missing.join(', ')}`);
