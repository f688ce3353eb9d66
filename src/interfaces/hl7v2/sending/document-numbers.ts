/**
 * Gives each PDF of a summary its number (TXA-12): `DocumentReference.masterIdentifier`; without one the number under
 * which the listener has it, or `Bundle.identifier`; else the server's id. The second PDF of a document has `-2` after
 * the number. No two PDFs of a summary share a number, and none has that of another patient's document.
 */
import { isObject, type AnyResource, type JsonObject } from '../../../fhir/types';
import { fields } from './patient-segments';
import type { SummaryToSend, Told } from './summary-to-send';

/** @param key the server's id of the document; `<id>#2` for its second PDF */
export type NumberOf = (key: string, document: AnyResource | undefined) => string;

export function numbering(
  { bundle, documents }: Pick<SummaryToSend, 'bundle' | 'documents'>,
  known: ReadonlyMap<string, Told>,
): NumberOf {
  const holders = new Map<string, string>();
  for (const { document, number, is } of known.values()) if (is === 'current') holders.set(number, document);
  const firstWithout = documents.find(({ resource }) => !identified(resource.masterIdentifier));
  return (key, document) => {
    const [id = '', ordinal = ''] = key.split('#');
    const suffix = ordinal === '' ? '' : `-${ordinal}`;
    const isNamedByBundle = document === undefined || firstWithout?.id === id;
    const ownId = fields.text(`${id}${suffix}`);
    const isOfOther = documents.some((each) => each.id === id && each.hasNumberOfOther);
    // A number of another patient's document is never used, in this message and in those that follow.
    if (isOfOther || known.get(key)?.number === ownId) return ownId;
    const candidates = [
      written(document?.masterIdentifier, suffix),
      known.get(key)?.number,
      isNamedByBundle ? written(bundle.identifier, suffix) : undefined,
    ];
    const isFree = (number: string): boolean => (holders.get(number) ?? key) === key;
    const number = candidates.find((each) => each !== undefined && isFree(each)) ?? ownId;
    holders.set(number, key);
    return number;
  };
}

const identified = (identifier: unknown): identifier is JsonObject & { value: string } =>
  isObject(identifier) && typeof identifier.value === 'string' && identifier.value !== '';

function written(identifier: unknown, suffix: string): string | undefined {
  if (!identified(identifier)) return undefined;
  return fields.entity({ ...identifier, value: `${identifier.value}${suffix}` });
}
