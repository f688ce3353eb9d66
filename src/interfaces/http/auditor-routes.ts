/** The part of the URL surface that is for auditors and reviewers: submissions as they came, who saw whom, the ledger. */
import { accessReport, type AccessReportDependencies } from './handlers/access-report';
import {
  listOfSubmissions,
  oneSubmission,
  outcomeOfSubmission,
  rawSubmission,
  reviewSubmission,
  type SubmissionsDependencies,
} from './handlers/submissions';
import { proofOfSubmission, verifyLedger, type LedgerDependencies } from './handlers/ledger';
import { type Route, wholeScope } from './route';

export type AuditorRoutesDependencies = SubmissionsDependencies &
  AccessReportDependencies &
  LedgerDependencies;

/** A few parameters. */
const MAX_FORM_BYTES = 64 * 1024;
/** A note of 4,000 characters, however they are escaped. */
const MAX_REVIEW_BYTES = 64 * 1024;

export function auditorRoutes(d: AuditorRoutesDependencies): Route[] {
  // What was received, and the ledger, can't be held against a search of the audit trail.
  const mayRead = wholeScope('AuditEvent', 'r');
  const ofAccess = {
    path: '/access-report',
    access: wholeScope('AuditEvent', 's'),
    produces: 'own',
    audit: { action: 'E', interaction: '$access-report' },
    handler: (x, body) => accessReport(x, body, d),
  } satisfies Omit<Route, 'method'>;
  return [
    { ...ofAccess, method: 'GET' },
    { ...ofAccess, method: 'POST', body: 'form', maxBodyBytes: MAX_FORM_BYTES },
    {
      method: 'GET',
      path: '/submissions',
      access: wholeScope('AuditEvent', 's'),
      produces: 'own',
      audit: { action: 'E', interaction: '$submissions' },
      handler: (x) => listOfSubmissions(x, d),
    },
    {
      method: 'GET',
      path: '/submissions/:id',
      access: mayRead,
      produces: 'own',
      audit: { action: 'R', interaction: 'read' },
      handler: (x) => oneSubmission(x, d),
    },
    {
      method: 'GET',
      path: '/submissions/:id/raw',
      access: mayRead,
      produces: 'own',
      audit: { action: 'R', interaction: 'read' },
      handler: (x) => rawSubmission(x, d),
    },
    {
      method: 'GET',
      path: '/submissions/:id/outcome',
      access: mayRead,
      produces: 'fhir',
      audit: { action: 'R', interaction: 'read' },
      handler: (x) => outcomeOfSubmission(x, d),
    },
    {
      method: 'POST',
      path: '/submissions/:id/review',
      access: wholeScope('AuditEvent', 'c'),
      produces: 'own',
      body: 'fhir',
      maxBodyBytes: MAX_REVIEW_BYTES,
      audit: { action: 'E', interaction: '$review' },
      handler: (x, body) => reviewSubmission(x, body, d),
    },
    {
      method: 'GET',
      path: '/submissions/:id/proof',
      access: mayRead,
      produces: 'own',
      audit: { action: 'R', interaction: 'read' },
      handler: (x) => proofOfSubmission(x, d),
    },
    {
      method: 'GET',
      path: '/ledger/verify',
      access: mayRead,
      produces: 'own',
      audit: { action: 'E', interaction: '$ledger-verify' },
      handler: () => verifyLedger(d),
    },
  ];
}
