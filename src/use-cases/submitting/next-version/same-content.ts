/** Whether a resource says anything that the stored one does not. */
import { isObject, type AnyResource } from '../../../fhir/types';
import { canonicalText } from '../canonical-text';

/** True where nothing differs but the server's own id, version and time. */
export function sameContent(one: AnyResource, other: AnyResource): boolean {
  return textOf(one) === textOf(other);
}

/** Its text, which is that of every resource with the same content. */
export function textOf(resource: AnyResource): string {
  const { id: _id, meta, ...rest } = resource;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return canonicalText({ ...rest, meta: kept });
}
