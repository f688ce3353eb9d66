/** Reads the contents of several stored versions together, for answers that show what a submission wrote. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { parseJson } from '../../fhir/json';
import type { AnyResource } from '../../fhir/types';
import type { Queryable } from '../../platform/postgres';
import { readVersion } from '../../engines/store/read';

interface VersionKey {
  type: string;
  id: string;
  version: number;
}

/** @returns the content of each version, by the version's name */
export async function contentsOf(
  db: Queryable,
  stored: readonly VersionKey[],
  definitionOf: (type: string) => ResourceDefinition,
): Promise<(entry: VersionKey) => AnyResource | undefined> {
  const contents = new Map<string, AnyResource>();
  for (const { type, id, version } of stored) {
    const found = await readVersion(db, definitionOf(type), type, id, version);
    const parsed = found && parseJson(Buffer.from(found.content));
    if (parsed?.ok) contents.set(`${type}/${id}/${version}`, parsed.value as AnyResource);
  }
  return ({ type, id, version }) => contents.get(`${type}/${id}/${version}`);
}
