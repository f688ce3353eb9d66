/** Reads the facts of a Bundle that decide its place among the earlier submissions of its sender. A pure function. */
import type { Slices } from '../../../fhir/slices';
import { isObject } from '../../../fhir/types';
import type { EmbeddedDocument } from '../../../engines/store/submission-body';
import type { SubmissionDefinitions } from '../dependencies';
import type { Validated } from '../steps';
import { contentHashOf } from './content-hash';
import { lineageOf } from './bundle-facts';

export interface Edition {
  /** `system|value` of `Bundle.identifier`; undefined for a Bundle without a lineage. */
  identifier: string | undefined;
  version: string | undefined;
  lastUpdated: Date | undefined;
  contentSha256: Buffer;
  /** The position of each entry when the entries are ordered by their content, by the entry's index. */
  positions: readonly number[];
}

/** @param documents the inline documents of the Bundle */
export function* editionOf(
  { bundle, entries }: Validated,
  documents: readonly EmbeddedDocument[],
  { resolverOf }: Pick<SubmissionDefinitions, 'resolverOf'>,
): Slices<Edition> {
  const meta = isObject(bundle.meta) ? bundle.meta : {};
  const lastUpdated = typeof meta.lastUpdated === 'string' ? new Date(meta.lastUpdated) : undefined;
  const content = yield* contentHashOf(bundle, { entries, resolve: resolverOf(entries) }, documents);
  return {
    identifier: lineageOf(bundle.identifier),
    version: typeof meta.versionId === 'string' ? meta.versionId : undefined,
    lastUpdated: lastUpdated && !Number.isNaN(lastUpdated.getTime()) ? lastUpdated : undefined,
    contentSha256: content.sha256,
    positions: content.positions,
  };
}
