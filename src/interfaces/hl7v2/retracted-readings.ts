/**
 * The readings that a retraction calls wrong (OBX-11 `W`, `D` or `X`), found in the summary that is stated again. A
 * retraction says nothing new: its other results are not taken, and are counted. Pure functions.
 */
import { isNumber, toNumber } from '../../fhir/decimal';
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { isWrong } from './content';
import { keyOf } from './identifiers';
import { observationsOf, type NewsCode } from './mapping/observations';
import { idsOf } from './mapping/resource-ids';
import type { Message } from './message';

export interface RetractedReadings {
  bundle: AnyResource;
  /** The entries, by index, that the message calls wrong. */
  wrong: ReadonlySet<number>;
  /** How many readings of the message were not called wrong, or are not in the summary. */
  notTaken: number;
  /** How many other results the message has. */
  leftOut: number;
  /** How many readings stay, where no document does. */
  staying: number;
}

export function withReadingsRetracted(
  earlier: AnyResource,
  message: Message,
  { odsCode, newsCode }: { odsCode: string; newsCode: NewsCode },
): RetractedReadings {
  const { observations, segments, leftOut } = observationsOf(
    message,
    undefined,
    idsOf(odsCode, ''),
    newsCode,
  );
  const entries = listOf<Json>(earlier.entry);
  const take = takerOf(entries);
  const statuses = new Map<number, Json>();
  observations.forEach((reading, at) => {
    const index = isWrong(segments[at]!) ? take(reading) : undefined;
    if (index !== undefined) statuses.set(index, reading.status ?? null);
  });
  const changed = entries.map((entry, index) => {
    const status = statuses.get(index);
    const resource = resourceIn(entry);
    return status !== undefined && resource && isObject(entry)
      ? { ...entry, resource: { ...resource, status } }
      : entry;
  });
  return {
    bundle: { ...earlier, entry: changed },
    wrong: new Set(statuses.keys()),
    notTaken: observations.length - statuses.size,
    leftOut,
    staying: stayingIn(changed),
  };
}

/** Finds each reading of the summary once: by its number or, where the message gives none, by code, time and value. */
function takerOf(entries: readonly Json[]): (reading: AnyResource) => number | undefined {
  const found = new Map<string, number[]>();
  // From the last one, because the end of a list is what leaves it in one step.
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const resource = resourceIn(entries[index]!);
    if (resource?.resourceType !== 'Observation') continue;
    for (const key of new Set([...numbersOf(resource), ...contentsOf(resource)])) {
      const known = found.get(key);
      if (known) known.push(index);
      else found.set(key, [index]);
    }
  }
  const taken = new Set<number>();
  return (reading) => {
    const numbers = numbersOf(reading);
    const [key] = numbers.length > 0 ? numbers : contentsOf(reading);
    const candidates = (key === undefined ? undefined : found.get(key)) ?? [];
    // What is taken leaves the list, so that each is looked at once.
    for (let index = candidates.pop(); index !== undefined; index = candidates.pop()) {
      if (taken.has(index)) continue;
      taken.add(index);
      return index;
    }
    return undefined;
  };
}

const numbersOf = ({ identifier }: AnyResource): string[] =>
  listOf<Json>(identifier).flatMap((each) => (isObject(each) ? [`number ${keyOf(each)!}`] : []));

/** One text for each code of the reading, the SNOMED CT one of a message first. */
function contentsOf({ code, effectiveDateTime, valueQuantity, valueInteger }: AnyResource): string[] {
  const value = isObject(valueQuantity) ? valueQuantity.value : valueInteger;
  const given = isNumber(value) ? toNumber(value) : null;
  return listOf<Json>(isObject(code) ? code.coding : undefined).flatMap((coding) =>
    isObject(coding) ? [`content ${JSON.stringify([codeIn(coding), effectiveDateTime ?? null, given])}`] : [],
  );
}

const codeIn = ({ system, code }: JsonObject): Json => [system ?? null, code ?? null];

/** These say nothing of the patient. */
const WITHOUT_VALUE: readonly unknown[] = ['entered-in-error', 'cancelled'];

function stayingIn(entries: readonly Json[]): number {
  const resources = entries.flatMap((entry) => resourceIn(entry) ?? []);
  const ofType = (type: string): AnyResource[] =>
    resources.filter(({ resourceType }) => resourceType === type);
  if (ofType('DocumentReference').some(({ status }) => status !== 'entered-in-error')) return 0;
  return ofType('Observation').filter(({ status }) => !WITHOUT_VALUE.includes(status)).length;
}

function resourceIn(entry: Json): AnyResource | undefined {
  const resource = isObject(entry) ? entry.resource : undefined;
  return isResource(resource) ? resource : undefined;
}
