/** Whether a resource says anything that the stored one does not. */
import { createHash } from 'node:crypto';
import { isObject, type AnyResource, type Json } from '../../../fhir/types';
import { canonicalText } from '../canonical-text';

/** True where nothing differs but the server's own id, version and time. */
export function sameContent(one: AnyResource, other: AnyResource): boolean {
  return textOf(one) === textOf(other);
}

/**
 * True where they say the same, apart from the ids of documents, which are new in each version. The bytes of a document
 * that is not stored yet have the hash of those that are.
 */
export const saysTheSame = (one: AnyResource, other: AnyResource): boolean =>
  sameContent(statement(one), statement(other));

const statement = (resource: AnyResource): AnyResource =>
  JSON.parse(JSON.stringify(resource, withHash), (_name, value: Json) =>
    typeof value === 'string' && /^Binary\/[0-9a-f-]{36}$/.test(value) ? undefined : value,
  ) as AnyResource;

function withHash(name: string, value: Json): Json {
  if (name !== 'attachment' || !isObject(value) || typeof value.data !== 'string') return value;
  const { data, ...attachment } = value;
  return { ...attachment, hash: createHash('sha1').update(data, 'base64').digest('base64') };
}

/** Its text, which is that of every resource with the same content. */
export function textOf(resource: AnyResource): string {
  const { id: _id, meta, ...rest } = resource;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return canonicalText({ ...rest, meta: kept });
}
