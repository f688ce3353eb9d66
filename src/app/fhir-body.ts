/**
 * The body of a stored submission as FHIR, for those who read it and for the systems that it is passed on to. A message
 * of HL7 v2 is kept as it was received, and its Bundle is made again from it.
 */
import type { Documents } from '../engines/store/documents';
import { rawBytes, type Raw } from '../engines/store/raw-bytes';
import { storedMessage } from '../engines/store/hl7v2-messages';
import { stringify } from '../fhir/decimal';
import { readStored } from '../fhir/json';
import { requestFormat } from '../fhir/media-type';
import { isResource, type AnyResource, type Json } from '../fhir/types';
import { parseXml } from '../fhir/xml/parse-xml';
import { bundleOfMessage, MESSAGE_TYPE } from '../interfaces/hl7v2/bundle-of-message';
import type { ByteSource, Queryable } from '../platform/postgres';
import { newsCode } from './roads/news-code';

export interface FhirBodies {
  /** @returns undefined when there is no such submission */
  bodyOf(submissionId: string): Promise<Raw | undefined>;
  /** The same, parsed. */
  receivedBundle(submissionId: string): Promise<AnyResource | undefined>;
}

export function openFhirBodies(
  database: Queryable & ByteSource,
  documents: Pick<Documents, 'read'>,
): FhirBodies {
  async function bodyOf(submissionId: string): Promise<Raw | undefined> {
    const raw = await rawBytes(database, submissionId, documents);
    return raw?.contentType === MESSAGE_TYPE ? made(submissionId, raw.bytes) : raw;
  }

  async function made(submissionId: string, message: Buffer): Promise<Raw | undefined> {
    const stored = await storedMessage(database, submissionId);
    if (!stored) return undefined;
    const { sender, lineage, retracts } = stored;
    const bundle = bundleOfMessage(
      message,
      {
        odsCode: sender,
        lineage,
        retracts: retracts === null ? undefined : await receivedBundle(retracts),
      },
      newsCode,
    );
    if (!bundle) throw new Error('the message of an accepted submission cannot be read');
    return { bytes: Buffer.from(stringify(bundle)), contentType: 'application/fhir+json' };
  }

  async function receivedBundle(submissionId: string): Promise<AnyResource | undefined> {
    const body = await bodyOf(submissionId);
    if (!body) return undefined;
    const received = requestFormat(body.contentType) === 'xml' ? fromXml(body.bytes) : readStored(body.bytes);
    if (!isResource(received)) throw new Error('an accepted submission cannot be read');
    return received;
  }

  return { bodyOf, receivedBundle };
}

function fromXml(bytes: Buffer): Json | undefined {
  const parsed = parseXml(bytes);
  return parsed.ok ? parsed.value : undefined;
}
