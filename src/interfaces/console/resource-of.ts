/** Parses the text of stored resources, with the digits of their numbers as they were sent. */
import { parseJson } from '../../fhir/json';
import { isResource, type AnyResource } from '../../fhir/types';

/** @throws when the text is no resource: the server wrote it, so that is a bug */
export function resourceOf(content: string): AnyResource {
  const parsed = parseJson(Buffer.from(content));
  if (!parsed.ok || !isResource(parsed.value)) throw new Error('a stored resource cannot be read');
  return parsed.value;
}
