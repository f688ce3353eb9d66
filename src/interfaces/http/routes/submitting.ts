/** The routes that accept Bundles; `$process-message` and `$validate` are operations. */
import { atBundle } from '../../../use-cases/submitting/accepted-kinds';
import type { RoutesDependencies } from '../dependencies';
import { baseHandler, mayBeBatch } from '../handlers/post-bundle';
import type { MetadataDependencies } from '../handlers/metadata';
import { submitHandler } from '../handlers/submit';
import { fhir, type RouteOfSubmissions, scope, submitOrRead } from '../route';

/** Faults of a submission that conflicts with stored data, and others that only submissions have. */
const faults = [409, 412, 422];

export function submittingRoutes(
  { submitting, reading, recordEntry }: RoutesDependencies,
  statement: MetadataDependencies,
): RouteOfSubmissions[] {
  const shared = { method: 'POST', produces: 'fhir', body: 'fhir', recordedBy: 'submitting' } as const;
  return [
    {
      ...shared,
      path: fhir,
      access: submitOrRead,
      isSmallAnswer: (body) => !mayBeBatch(body),
      audit: { action: 'C', interaction: 'transaction' },
      text: {
        id: 'submitBundle',
        tag: 'Submitting',
        summary: 'Submit any Bundle',
        description:
          'A collection, document or message (as for `Bundle`), a transaction (all entries or none), or a batch (each entry separately).',
        parameters: ['preferReturn', 'contentEncoding'],
        request: 'AnyBundle',
        answers: { 200: 'BaseAnswer', 201: 'Stored' },
        faults,
      },
      handler: baseHandler({ ...submitting, reading, statement, recordEntry }),
    },
    {
      ...shared,
      path: `${fhir}/Bundle`,
      access: scope('Bundle', 'c'),
      isSmallAnswer: () => true,
      audit: { action: 'C', interaction: 'create' },
      text: {
        id: 'submitSummary',
        tag: 'Submitting',
        summary: 'Submit a summary',
        description:
          'The server checks the whole Bundle, stores all of it or nothing, and answers when the data is durable. If the same Bundle is sent again, the answer is 200, and the Bundle is stored once. A correction has the same `Bundle.identifier` and a higher `meta.versionId` (or a later `meta.lastUpdated`), and replaces the earlier version.',
        parameters: ['preferReturn', 'contentEncoding'],
        request: 'Summary',
        answers: { 200: 'Resent', 201: 'Stored' },
        faults,
      },
      handler: submitHandler(atBundle, submitting),
    },
  ];
}
