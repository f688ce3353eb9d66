/** The ids of the issues of auditors' requests: the ledger, submissions, the access report and the months of the trail. */
import type { IssueEntry } from '../../fhir/issue';

const LEDGER = 'docs/ledger.md';
const SUBMISSIONS = 'docs/submissions.md';
const AUDIT = 'docs/audit.md';
const AUDIT_MONTHS = 'docs/audit-months.md';

export const auditingIssues = {
  'ledger-broken': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'The sealed data of a submission has not changed.',
    source: LEDGER,
  },
  'submissions-unknown-parameter': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'The list of submissions supports the parameter.',
    source: SUBMISSIONS,
  },
  'submissions-parameter': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'Each parameter of the list of submissions appears once, with a valid value.',
    source: SUBMISSIONS,
  },
  'submissions-review': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'A review is a JSON object with a note of 1 to 4,000 characters.',
    source: SUBMISSIONS,
  },
  'access-report-unknown-parameter': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'The access report supports the parameter.',
    source: AUDIT,
  },
  'access-report-parameter': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'Each parameter of the access report appears once, with a valid value.',
    source: AUDIT,
  },
  'access-report-patient': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'A request for an access report names one patient, by id or by NHS number.',
    source: AUDIT,
  },
  'access-report-month-file': {
    severity: 'error',
    code: 'transient',
    category: 'unavailable',
    claim: 'The file of an exported month is in AUDIT_MONTHS_STORE, as it was put there.',
    source: AUDIT_MONTHS,
  },
  'audit-months-outside': {
    severity: 'warning',
    code: 'incomplete',
    category: 'not-found',
    claim: 'The AuditEvents are in the database, not in the file of an exported month.',
    source: AUDIT_MONTHS,
  },
} as const satisfies Record<string, IssueEntry>;
