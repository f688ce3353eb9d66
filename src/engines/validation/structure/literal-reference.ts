/**
 * A literal reference taken apart: base, type, id and version.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
import { isResourceType } from '../../../fhir/r4/definitions';

/** `Type/id` at the end of a literal reference, with or without a base and a version. */
const LITERAL =
  /^(?:(https?:\/\/[^?#\s]*?)\/)?([A-Z][A-Za-z]{1,60})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?(?:#.*)?$/;

export interface LiteralReference {
  base?: string;
  type: string;
  id: string;
  version?: string;
}

/** A reference taken apart, where it is `[base/]Type/id[/_history/version]` of a type of R4. */
export function parseLiteral(reference: string): LiteralReference | undefined {
  if (reference.length > 2000) return undefined;
  const parts = LITERAL.exec(reference);
  if (!parts || !isResourceType(parts[2] as string)) return undefined;
  const [, base, type, id, version] = parts;
  return {
    type: type as string,
    id: id as string,
    ...(base !== undefined && { base }),
    ...(version !== undefined && { version }),
  };
}
