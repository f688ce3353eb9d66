/** Finds contained resources by id. A long list is read once, so that thousands of references to it cost little. */
import { isObject, type Json, type JsonObject } from './types';

/** Shorter lists are looked through. */
const LONG = 100;

/** The places of each id, by the list itself. */
const remembered = new WeakMap<readonly Json[], ReadonlyMap<string, readonly number[]>>();

/** The contained resources that have this id: one, unless the resource is faulty. */
export function containedWith(id: string, { contained }: JsonObject): JsonObject[] {
  if (!Array.isArray(contained)) return [];
  const items =
    contained.length < LONG ? contained : placesIn(contained, id).map((index) => contained[index]);
  return items.filter((item): item is JsonObject => isObject(item) && item.id === id);
}

function placesIn(contained: readonly Json[], id: string): readonly number[] {
  const known = remembered.get(contained) ?? indexOf(contained);
  remembered.set(contained, known);
  return known.get(id) ?? [];
}

function indexOf(contained: readonly Json[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  contained.forEach((item, index) => {
    if (!isObject(item) || typeof item.id !== 'string') return;
    const same = places.get(item.id);
    if (same) same.push(index);
    else places.set(item.id, [index]);
  });
  return places;
}
