/** The routes of auditors and reviewers: submissions as received, who has seen a patient's data, the ledger. */
import { mapped } from '../../../use-cases/call/answered';
import { proofOfSubmission, verifyLedger } from '../../../use-cases/auditing/ledger';
import { oneSubmission } from '../../../use-cases/auditing/submissions';
import type { RoutesDependencies } from '../dependencies';
import { accessReport } from '../handlers/access-report';
import { asJson } from '../handlers/as-json';
import {
  listOfSubmissions,
  outcomeOfSubmission,
  rawSubmission,
  reviewSubmission,
} from '../handlers/submissions';
import type { OperationText } from '../openapi/shapes';
import { readerOf } from '../reader';
import { type Route, type RouteToPatients, type ScopeOf, wholeScope } from '../route';

/** The largest form; it contains a few parameters. */
const MAX_FORM_BYTES = 64 * 1024;
/** A note of 4,000 characters, however they are escaped. */
const MAX_REVIEW_BYTES = 64 * 1024;

// Submissions and the ledger cannot be filtered by a search of the audit trail, so the scope must have no restriction.
const mayRead = wholeScope('AuditEvent', 'r');
const maySearch = wholeScope('AuditEvent', 's');

/** A GET of something that the server stores outside FHIR. */
const get = (
  path: string,
  { access, interaction, text }: { access: ScopeOf; interaction: string; text: OperationText },
  handler: RouteToPatients['handler'],
): RouteToPatients => ({
  method: 'GET',
  path,
  access,
  produces: 'own',
  audit: { action: interaction === 'read' ? 'R' : 'E', interaction },
  text,
  handler,
});

const ofSubmission = (id: string, summary: string, answer: string): OperationText => ({
  id,
  tag: 'Submissions',
  summary,
  parameters: ['id'],
  answers: { 200: answer },
  faults: [404],
});

export function auditingRoutes({ auditing, reading }: RoutesDependencies): Route[] {
  return [
    ...accessReportRoutes({ auditing, reading }),
    get(
      '/submissions',
      {
        access: maySearch,
        interaction: '$submissions',
        text: {
          id: 'listSubmissions',
          tag: 'Submissions',
          summary: 'List submissions, accepted and refused',
          description: 'Refused and not yet reviewed: `status=refused&review=open`.',
          parameters: ['status', 'sender', 'nhsNumber', 'from', 'to', 'review', 'cursor', 'limit'],
          answers: { 200: 'SubmissionPage' },
          faults: [400],
        },
      },
      (x) => listOfSubmissions(x, readerOf(x, reading), auditing),
    ),
    get(
      '/submissions/:id',
      {
        access: mayRead,
        interaction: 'read',
        text: ofSubmission('readSubmission', 'The status of a submission, and what it stored', 'Submission'),
      },
      async (x) => mapped(await oneSubmission(readerOf(x, reading), x.path.id ?? '', auditing), asJson),
    ),
    get(
      '/submissions/:id/raw',
      {
        access: mayRead,
        interaction: 'read',
        text: ofSubmission('readRawSubmission', 'The bytes that were received', 'Raw'),
      },
      (x) => rawSubmission(x, readerOf(x, reading), auditing),
    ),
    {
      ...get(
        '/submissions/:id/outcome',
        {
          access: mayRead,
          interaction: 'read',
          text: ofSubmission(
            'readOutcomeOfSubmission',
            'The answer that the sender got',
            'SubmissionOutcome',
          ),
        },
        (x) => outcomeOfSubmission(x, readerOf(x, reading), auditing),
      ),
      produces: 'fhir',
    },
    {
      method: 'POST',
      path: '/submissions/:id/review',
      access: wholeScope('AuditEvent', 'c'),
      produces: 'own',
      body: 'fhir',
      maxBodyBytes: MAX_REVIEW_BYTES,
      audit: { action: 'E', interaction: '$review' },
      text: {
        id: 'reviewSubmission',
        tag: 'Submissions',
        summary: 'Mark a submission as reviewed',
        description:
          '`closed: true` closes the review and removes the submission from the queue (`review=open`). `closed: false` opens it again. Notes can be added but not changed or removed.',
        parameters: ['id'],
        request: 'Review',
        answers: { 201: 'ReviewMark' },
        faults: [404],
      },
      handler: (x, body) => reviewSubmission(x, body, readerOf(x, reading), auditing),
    },
    ...ledgerRoutes({ auditing, reading }),
  ];
}

type Dependencies = Pick<RoutesDependencies, 'auditing' | 'reading'>;

function ledgerRoutes({ auditing, reading }: Dependencies): Route[] {
  return [
    get(
      '/submissions/:id/proof',
      {
        access: mayRead,
        interaction: 'read',
        text: {
          id: 'proveSubmission',
          tag: 'Auditing',
          summary: 'The proof that a submission is unchanged in the ledger',
          description:
            'The path of hashes from the submission to a signed head. It can be checked without this server.',
          parameters: ['id'],
          answers: { 200: 'Proof' },
          faults: [404, 409],
        },
      },
      async (x) => {
        const proof = await proofOfSubmission(readerOf(x, reading), x.path.id ?? '', auditing);
        return mapped(proof, (answer) => ({
          ...asJson(answer),
          ...(answer.status === 'pending' ? { headers: { 'Retry-After': '1' } } : {}),
        }));
      },
    ),
    get(
      '/ledger/verify',
      {
        access: mayRead,
        interaction: '$ledger-verify',
        text: {
          id: 'verifyLedger',
          tag: 'Auditing',
          summary: 'Prove that no accepted data has been changed or removed',
          answers: { 200: 'Ledger' },
        },
      },
      async () => mapped(await verifyLedger(auditing), asJson),
    ),
  ];
}

function accessReportRoutes({ auditing, reading }: Dependencies): Route[] {
  const route = get(
    '/access-report',
    {
      access: maySearch,
      interaction: '$access-report',
      text: {
        id: 'readAccessReport',
        tag: 'Auditing',
        summary: 'Who has seen this patient’s data, as a table',
        description:
          'One row for each event about the patient, newest first, including refused attempts. `Accept: text/csv` gives the same columns for a spreadsheet. Name the patient by `patient` or by `nhs-number`. The report itself is recorded.',
        parameters: ['ofPatient', 'anNhsNumber', 'since', 'until', 'ofMonth', 'cursor', 'rows'],
        answers: { 200: 'AccessReport' },
        faults: [400],
      },
    },
    (x) => accessReport(x, readerOf(x, reading), auditing),
  );
  return [
    route,
    {
      ...route,
      method: 'POST',
      body: 'form',
      parametersIn: 'form',
      maxBodyBytes: MAX_FORM_BYTES,
      text: {
        id: 'readAccessReportByPost',
        tag: 'Auditing',
        summary: 'The same, with the parameters in the body',
        description: 'This keeps an NHS number out of URLs.',
        request: 'AccessQuery',
        answers: { 200: 'AccessReport' },
        faults: [400],
      },
    },
  ];
}
