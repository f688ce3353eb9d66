/**
 * Makes the Bundle of a stored message again, for those who read the submission or to whom it is passed on: what is kept
 * are the bytes of the message.
 */
import { atOnce } from '../../fhir/slices';
import type { AnyResource, JsonObject } from '../../fhir/types';
import { decode } from '../../use-cases/submitting/decode';
import { decodeAs } from './charset';
import { readContent } from './content';
import { headOf, withoutMark } from './head';
import { inLineage } from './in-lineage';
import type { NewsCode } from './mapping/observations';
import { summaryOf } from './mapping/summary-of';
import { readMessage, type Message } from './message';
import { withReadingsRetracted } from './retracted-readings';
import { isRetraction, retracted } from './retraction';

/** The content type under which a message is kept. @see https://www.iana.org/assignments/media-types */
export const MESSAGE_TYPE = 'x-application/hl7-v2+er7';

export interface StoredFacts {
  /** The sender's ODS code. */
  odsCode: string;
  /** `system|value` of its Bundle.identifier. */
  lineage: string | null;
  /** Of a retraction: the Bundle that it retracts. */
  retracts: AnyResource | undefined;
}

export function bundleOfMessage(
  bytes: Buffer,
  { odsCode, lineage, retracts }: StoredFacts,
  newsCode: NewsCode,
): AnyResource | undefined {
  const head = headOf(bytes);
  const text = decodeAs(head.charset, withoutMark(bytes));
  const read = text === undefined ? undefined : readMessage(text, head.charset);
  if (!read?.ok) return undefined;
  if (retracts) {
    const bundle = retracted(retracts, read.message, identifierOf(lineage));
    return withReadingsRetracted(bundle, read.message, { odsCode, newsCode }).bundle;
  }
  const content = readContent(read.message);
  if (!content.ok) return undefined;
  if (content.content.kind === 'bundle') return carried(content.content, read.message, lineage);
  return summaryOf(read.message, content.content, {
    odsCode,
    newsCode,
    lineage: identifierOf(lineage),
    status: isRetraction(read.message, head.trigger) ? 'entered-in-error' : undefined,
  }).bundle;
}

/** Of a message that was kept instead of the Bundle in it. */
function carried(
  { bytes, format }: { bytes: Buffer; format: 'json' | 'xml' },
  message: Message,
  lineage: string | null,
): AnyResource | undefined {
  const decoded = atOnce(decode({ bytes, format, handling: 'default' }));
  return decoded.ok ? inLineage(decoded.value.bundle, message, identifierOf(lineage)) : undefined;
}

/** `system|value` as an Identifier. */
export function identifierOf(key: string | null | undefined): JsonObject | undefined {
  const at = key?.indexOf('|') ?? -1;
  if (key === null || key === undefined || at < 0) return undefined;
  return { system: key.slice(0, at), value: key.slice(at + 1) };
}
