/** The part of `meta` that the server sets. A pure function. */
import { isObject, type AnyResource } from '../../../fhir/types';

/** The resource as it is answered: the server's id, version and time; the rest as sent. */
export function withServerMeta(
  resource: AnyResource,
  id: string,
  version: number,
  lastUpdated: string,
): AnyResource {
  const { resourceType, id: _id, meta, ...rest } = resource;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return { resourceType, id, meta: { versionId: String(version), lastUpdated, ...kept }, ...rest };
}
