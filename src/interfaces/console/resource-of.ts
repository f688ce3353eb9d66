/** Parses the text of stored resources, with the digits of their numbers as they were sent. */
import { readStored } from '../../fhir/json';
import { isResource, type AnyResource } from '../../fhir/types';

/** @throws when the text is no resource: the server wrote it, so that is a bug */
export function resourceOf(content: string): AnyResource {
  const resource = readStored(content);
  if (!isResource(resource)) throw new Error('a stored resource cannot be read');
  return resource;
}
