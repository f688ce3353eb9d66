/**
 * Identifiers of a message in FHIR. Their systems are made from the sender's ODS code and the namespace that the field
 * names, because values such as `DOC0001` are unique for their sender alone.
 */
import type { JsonObject } from '../../fhir/types';
import type { Segment } from './message';

const BASE = 'https://homeward.dev/Id/hl7v2';

/** The kind of a number, which is a part of its system. */
export type Numbers = 'document' | 'patient' | 'visit' | 'result';

/** `https://homeward.dev/Id/hl7v2/RR8/document/RXX`, or the OID of the namespace. */
export function systemOf(
  numbers: Numbers,
  odsCode: string,
  namespace: string | undefined,
  universal: string | undefined,
): string {
  if (universal !== undefined && /^[0-2](?:\.(?:0|[1-9]\d*))+$/.test(universal))
    return `urn:oid:${universal}`;
  const suffix = namespace === undefined ? '' : `/${encodeURIComponent(namespace)}`;
  return `${BASE}/${encodeURIComponent(odsCode)}/${numbers}${suffix}`;
}

/** An entity identifier (EI): value ^ namespace ^ universal id ^ its type. */
export function entityIdentifier(
  segment: Segment | undefined,
  field: number,
  numbers: Numbers,
  odsCode: string,
): JsonObject | undefined {
  const value = segment?.text(field, 1);
  if (segment === undefined || value === undefined) return undefined;
  return { system: systemOf(numbers, odsCode, segment.text(field, 2), segment.text(field, 3)), value };
}

/** `system|value`. */
export const keyOf = (identifier: JsonObject | undefined): string | undefined =>
  identifier && `${String(identifier.system)}|${String(identifier.value)}`;
