/** What changed from version to version of the parts of a stay: each element with its old and its new value. */
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';
import type { Reader } from '../../../use-cases/call/reader';
import { nothing, together, type Disclosed } from '../../../use-cases/call/disclosed';
import { elementInWords, inWords } from '../../../use-cases/reading/narrative';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { history } from '../../../use-cases/reading/history';
import { momentText } from '../present/moments';
import { resourceOf } from '../resource-of';
import type { HeldResource } from './load-stay';

export interface ChangedVersion {
  what: string;
  version: number;
  when: string;
  changes: readonly { element: string; before: string; after: string }[];
}

/** Resources whose versions are shown, of those with a change to show. */
const MOST_RESOURCES = 30;
/** Resources whose history is read for it: a summary that is sent again makes versions without such a change. */
const MOST_READ = 500;
const MOST_CHANGES = 50;

export async function versionsOf(
  reader: Reader,
  held: readonly HeldResource[],
  reading: ReadingDependencies,
): Promise<{ versions: ChangedVersion[]; disclosed: Disclosed; isCut: boolean }> {
  const changed = held.filter(({ version }) => version > 1);
  const versions: ChangedVersion[] = [];
  const disclosed: Disclosed[] = [nothing];
  let [read, shown] = [0, 0];
  for (const { type, id } of changed.slice(0, MOST_READ)) {
    if (shown === MOST_RESOURCES) break;
    read += 1;
    const result = await history(reader, { type, id, count: 20 }, reading);
    disclosed.push(result.disclosed);
    const found = result.ok ? changesIn(result.answer.json).filter(({ changes }) => changes.length > 0) : [];
    if (found.length > 0) shown += 1;
    versions.push(...found);
  }
  return { versions, disclosed: together(...disclosed), isCut: changed.length > read };
}

/** @param json a Bundle of type `history`, newest first */
function changesIn(json: string): ChangedVersion[] {
  const bundle = resourceOf(json);
  const resources = listOf<Json>(bundle.entry)
    .filter(isObject)
    .flatMap(({ resource }) => (isObject(resource) ? [resource as AnyResource] : []));
  return resources.slice(0, -1).map((resource, index) => {
    const meta = isObject(resource.meta) ? resource.meta : {};
    return {
      what: inWords(resource).what,
      version: Number(meta.versionId),
      when: momentText(meta.lastUpdated),
      changes: changesBetween(resources[index + 1]!, resource),
    };
  });
}

/** Elements that describe how a resource is stored. */
const NOT_COMPARED = ['meta', 'id', 'text', 'resourceType'];

export function changesBetween(before: AnyResource, after: AnyResource): ChangedVersion['changes'] {
  const [old, now] = [flat(before), flat(after)];
  const elements = [...new Set([...old.keys(), ...now.keys()])];
  return elements
    .filter((element) => old.get(element) !== now.get(element))
    .slice(0, MOST_CHANGES)
    .map((element) => ({
      element,
      before: old.get(element) ?? 'not there',
      after: now.get(element) ?? 'not there',
    }));
}

/** Each value by its path: `valueQuantity.value` → `36.0`. */
function flat(resource: AnyResource): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: Json | undefined, path: string): void => {
    if (Array.isArray(value)) value.forEach((each, index) => walk(each, `${path}[${index}]`));
    else if (isObject(value)) {
      for (const [name, each] of Object.entries(value as JsonObject))
        walk(each, path === '' ? name : `${path}.${name}`);
    } else if (value !== undefined) found.set(path, elementInWords(value));
  };
  for (const [name, value] of Object.entries(resource)) if (!NOT_COMPARED.includes(name)) walk(value, name);
  return found;
}
