/**
 * Prepares a valid submission for the writing transaction. This work is done once, even if the transaction starts
 * again.
 */
import { inSlices } from '../../platform/in-slices';
import type { Issue } from '../../fhir/issue';
import { split, type EmbeddedDocument, type StoredBody } from '../../engines/store/submission-body';
import type { SubmitDependencies } from './dependencies';
import { editionOf, type Edition } from './recognise/edition';
import type { Validated } from './steps';

/** The body as it is stored, and the documents that were cut out of it. Both are needed to reconstruct it. */
export interface KeptBody extends StoredBody {
  cut: readonly EmbeddedDocument[];
}

export interface PreparedSubmission {
  validated: Validated;
  /** The issues of validation; none of them is an error. */
  issues: readonly Issue[];
  body: KeptBody;
  edition: Edition;
}

export async function prepare(
  validated: Validated,
  issues: readonly Issue[],
  { definitions, decompose }: SubmitDependencies,
): Promise<PreparedSubmission> {
  const documents = await inSlices(decompose.documentsIn(validated.bundle));
  const stored = await split(validated.received.bytes, documents);
  const cuts = new Set(stored.documents.map(({ sha256 }) => sha256));
  const distinct = new Map(documents.map((each) => [each.sha256.toString('hex'), each]));
  const cut = [...distinct].filter(([sha256]) => cuts.has(sha256)).map(([, document]) => document);
  return {
    validated,
    issues,
    body: { ...stored, cut },
    edition: await inSlices(editionOf(validated, documents, definitions)),
  };
}
