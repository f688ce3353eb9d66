/**
 * Makes references literal. Returns a copy of the resource in which each Reference (and each address of a Binary) to an
 * entry of the Bundle names the server's resource. Unchanged parts are shared with the original, and the original is
 * not changed, so the step can run again.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import { isObject, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';

/** The server's literal reference for one Reference of the resource, or undefined to leave it as it is. */
export type LiteralOf = (reference: JsonObject) => string | undefined;

export function withLiteralReferences(resource: AnyResource, literalOf: LiteralOf): AnyResource {
  return rewritten(resource, literalOf) as AnyResource;
}

function rewritten(value: Json, literalOf: LiteralOf): Json {
  if (Array.isArray(value)) {
    let copy: Json[] | undefined;
    for (let index = 0; index < value.length; index += 1) {
      const item = value[index] as Json;
      const changed = typeof item === 'object' ? rewritten(item, literalOf) : item;
      if (changed !== item) (copy ??= [...value])[index] = changed;
    }
    return copy ?? value;
  }
  if (!isObject(value)) return value;
  let copy: JsonObject | undefined;
  for (const name in value) {
    const item = value[name];
    if (typeof item !== 'object' || item === null) continue;
    const changed = rewritten(item, literalOf);
    if (changed !== item) (copy ??= { ...value })[name] = changed;
  }
  if (mayRefer(value)) {
    const literal = literalOf(value);
    if (literal !== undefined) {
      copy ??= { ...value };
      if ('contentType' in value || 'url' in value) copy.url = literal;
      else copy.reference = literal;
    }
  }
  return copy ?? value;
}

/** A Reference, or an Attachment with an address; an Identifier, an Extension or a Coding is neither. */
function mayRefer(value: JsonObject): boolean {
  if (typeof value.reference === 'string') return true;
  if (typeof value.url === 'string') return 'contentType' in value;
  return isObject(value.identifier) && value.resourceType === undefined && isReferenceByIdentifier(value);
}

/** An object whose only elements are those of a Reference. */
function isReferenceByIdentifier(value: JsonObject): boolean {
  return Object.keys(value).every((name) =>
    ['identifier', 'type', 'display', 'id', 'extension'].includes(name),
  );
}
