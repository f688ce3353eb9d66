/** The routes by which Bundles come in; `$process-message` and `$validate` are operations. */
import { atBundle } from '../../../use-cases/submitting/accepted-kinds';
import type { RoutesDependencies } from '../dependencies';
import { baseHandler, mayBeBatch } from '../handlers/base';
import type { MetadataDependencies } from '../handlers/metadata';
import { submitHandler } from '../handlers/submit';
import { fhir, type RouteOfSubmissions, scope, submitOrRead } from '../route';

/** What is stored already may contradict it. */
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
          'A collection, document or message as at `Bundle`; a transaction (all entries or none); a batch (each entry by itself).',
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
          'Checks all of it, stores all of it or none, and answers when it is durable. Sent again unchanged it is answered 200, and stored once. A correction bears the same `Bundle.identifier` and a higher `meta.versionId` (or a later `meta.lastUpdated`), and replaces what came before.',
        parameters: ['preferReturn', 'contentEncoding'],
        request: 'Summary',
        answers: { 200: 'Resent', 201: 'Stored' },
        faults,
      },
      handler: submitHandler(atBundle, submitting),
    },
  ];
}
