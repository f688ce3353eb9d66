/**
 * Changes one thing in a Bundle, as a careless sender's program might: takes an element away, repeats it, gives it
 * another shape, type, name or value, or adds one that R4 has for its place. Chance decides what and where.
 */
import type { Random } from '../../src/demo/random';
import { numberOf } from '../../src/fhir/decimal';
import { isObject, isResource, type AnyResource, type Json, type JsonObject } from '../../src/fhir/types';
import { bad, badNames, itemFor, valueFor } from './make-value';
import { codesOf, concreteResources, elementsOf, type Element } from './tables';

/** An object of the Bundle, and the type that R4 has for it. */
interface Spot {
  object: JsonObject;
  type: string;
}

/** Changes the Bundle in place. @returns what was done, for whoever has to follow a case */
export function mutate(bundle: AnyResource, random: Random): string {
  const spots: Spot[] = [];
  gather(bundle, 'Bundle', spots, 0);
  for (let attempt = 0; attempt < 20; attempt++) {
    const spot = random.pick(spots);
    const [name, change] = random.pick(changes);
    const done = change(spot, random, spots);
    if (done !== undefined) return `${name} ${spot.type}.${done}`;
  }
  return 'nothing';
}

function gather(object: JsonObject, type: string, spots: Spot[], depth: number): void {
  if (depth > 20) return;
  spots.push({ object, type });
  const elements = elementsOf(type);
  for (const [key, value] of Object.entries(object)) {
    const inner = elements.get(key)?.type;
    if (inner === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!isObject(item)) continue;
      gather(item, inner === 'Resource' && isResource(item) ? item.resourceType : inner, spots, depth + 1);
    }
  }
}

type Change = (spot: Spot, random: Random, spots: readonly Spot[]) => string | undefined;

/** A key of the object, chosen by chance, that has a value. */
function keyOf({ object }: Spot, random: Random): string | undefined {
  const keys = Object.keys(object).filter((key) => key !== 'entry' || random.chance(0.1));
  return keys.length === 0 ? undefined : random.pick(keys);
}

/** Does something with one key of the object. */
const withKey =
  (change: (object: JsonObject, key: string, random: Random, spot: Spot) => boolean | void): Change =>
  (spot, random) => {
    const key = keyOf(spot, random);
    if (key === undefined) return undefined;
    return change(spot.object, key, random, spot) === false ? undefined : key;
  };

const changes: readonly (readonly [string, Change])[] = [
  ['removes', withKey((object, key) => void delete object[key])],
  ['spoils', withKey((object, key, random) => void (object[key] = bad(random)))],
  ['wraps in a list', withKey((object, key) => void (object[key] = [object[key] as Json]))],
  [
    'takes out of its list',
    withKey((object, key) => {
      const value = object[key];
      if (!Array.isArray(value) || value[0] === undefined) return false;
      object[key] = value[0];
    }),
  ],
  [
    'repeats in its list',
    withKey((object, key) => {
      const value = object[key];
      if (!Array.isArray(value) || value[0] === undefined) return false;
      value.push(structuredClone(value[value.length - 1] as Json));
    }),
  ],
  [
    'reverses',
    withKey((object, key) => {
      const value = object[key];
      if (!Array.isArray(value) || value.length < 2) return false;
      value.reverse();
    }),
  ],
  [
    'puts null into',
    withKey((object, key, random) => {
      const value = object[key];
      if (!Array.isArray(value)) return false;
      value.splice(random.integer(0, value.length), 0, null);
    }),
  ],
  [
    'writes as text',
    withKey((object, key) => {
      const value = object[key];
      if (typeof value !== 'number' && typeof value !== 'boolean') return false;
      object[key] = String(value);
    }),
  ],
  [
    'writes as a number',
    withKey((object, key) => {
      const value = object[key];
      if (typeof value !== 'string' || !/^\d+$/.test(value)) return false;
      object[key] = numberOf(value);
    }),
  ],
  [
    'changes a letter of',
    withKey((object, key, random) => {
      const value = object[key];
      if (typeof value !== 'string' || value === '' || value.length > 5000) return false;
      const at = random.integer(0, value.length - 1);
      const other = random.pick(['', ' ', 'X', '0', '-', 'é', '\u00a0', '\t', '|', '#']);
      object[key] = value.slice(0, at) + other + value.slice(at + random.integer(0, 1));
    }),
  ],
  [
    'renames',
    withKey((object, key, random) => {
      const name = random.pick([`${key}:`, key.toUpperCase(), `_${key}`, `${key}s`, ...badNames]);
      if (name === '__proto__')
        Object.defineProperty(object, name, {
          value: object[key],
          enumerable: true,
          configurable: true,
          writable: true,
        });
      else object[name] = object[key];
      delete object[key];
    }),
  ],
  ['adds an element to', addElement],
  ['adds an element to', addElement],
  ['adds an element to', addElement],
  ['makes anew', remake],
  ['makes anew', remake],
  ['changes the code of', anotherCode],
  [
    'adds an extension to',
    withKey((object, key, random, { type }) => {
      const element = elementsOf(type).get(key);
      if (!element || typeof object[key] === 'object') return false;
      const extension = itemFor(elementsOf('Element').get('extension') as Element, random);
      object[`_${key}`] = { extension: [extension] };
    }),
  ],
  [
    'adds an id to',
    (spot, random) => {
      spot.object.id = random.pick(['a', 'a', 'b', 'a b', '']);
      return 'id';
    },
  ],
  [
    'swaps with another',
    withKey((object, key, random, { type }) => {
      const others = [...elementsOf(type).keys()].filter((other) => other !== key);
      if (others.length === 0) return false;
      const other = random.pick(others);
      const value = object[key] as Json;
      if (object[other] === undefined) delete object[key];
      else object[key] = object[other];
      object[other] = value;
    }),
  ],
  [
    'nests deeply',
    withKey((object, key, random) => {
      let value: Json = object[key] as Json;
      const isList = random.chance(0.5);
      for (let level = 0; level < random.pick([2, 60, 600]); level++)
        value = isList ? [value] : { extension: [value] };
      object[key] = value;
    }),
  ],
  [
    'copies from elsewhere into',
    (spot, random, spots) => {
      const { object } = random.pick(spots);
      const keys = Object.keys(object).filter((key) => key !== 'entry');
      if (keys.length === 0) return undefined;
      const key = random.pick(keys);
      spot.object[key] = structuredClone(object[key] as Json);
      return key;
    },
  ],
  [
    'changes the type of',
    ({ object }, random) => {
      if (!isResource(object)) return undefined;
      object.resourceType = random.pick([...concreteResources, 'Element', 'DomainResource', 'patient', '']);
      return 'resourceType';
    },
  ],
  [
    'contains a resource in',
    ({ object }, random) => {
      if (!isResource(object)) return undefined;
      const type = random.pick(concreteResources);
      object.contained = [{ resourceType: type, ...(random.chance(0.8) && { id: 'inside' }) }];
      if (random.chance(0.5))
        object.extension = [{ url: 'http://example.org/e', valueReference: { reference: '#inside' } }];
      return 'contained';
    },
  ],
];

/** An element that R4 has for the place and that is not there yet. */
function addElement({ object, type }: Spot, random: Random): string | undefined {
  const free = [...elementsOf(type).values()].filter(
    ({ json, name }) => object[json] === undefined && name !== 'contained',
  );
  if (free.length === 0) return undefined;
  const element = random.pick(free);
  object[element.json] = valueFor(element, random);
  return element.json;
}

function remake(spot: Spot, random: Random): string | undefined {
  const key = keyOf(spot, random);
  const element = key === undefined ? undefined : elementsOf(spot.type).get(key);
  if (!element || element.type === 'Resource' || element.json === 'entry') return undefined;
  spot.object[element.json] = valueFor(element, random);
  return element.json;
}

function anotherCode({ object, type }: Spot, random: Random): string | undefined {
  const bound = [...elementsOf(type).values()].filter(
    ({ json, required }) => required && object[json] !== undefined,
  );
  if (bound.length === 0) return undefined;
  const element = random.pick(bound);
  const codes = codesOf(element.required as string);
  object[element.json] =
    codes && random.chance(0.6)
      ? random.pick([...random.pick([...codes.values()])])
      : random.pick(['FINAL', 'final ', 'nonsense', '', 'finäl']);
  return element.json;
}
