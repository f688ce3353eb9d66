/** Reads the contents of several stored versions together, for answers that show what a submission wrote. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { readStored } from '../../fhir/json';
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
    const resource = found && readStored(found.content);
    if (resource !== undefined) contents.set(`${type}/${id}/${version}`, resource as AnyResource);
  }
  return ({ type, id, version }) => contents.get(`${type}/${id}/${version}`);
}
