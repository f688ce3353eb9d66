/** Whether a resource says anything that the stored one does not. */
import { isObject, type AnyResource } from '../../../fhir/types';

/** True where nothing differs but the server's own id, version and time. */
export function sameContent(one: AnyResource, other: AnyResource): boolean {
  return stable(one) === stable(other);
}

function stable(resource: AnyResource): string {
  const { id: _id, meta, ...rest } = resource;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return JSON.stringify(sorted({ ...rest, meta: kept }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
