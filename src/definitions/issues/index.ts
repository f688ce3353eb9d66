/**
 * The registry of issues: every id that an answer can carry in `OperationOutcome.issue.details.coding.code`, with its
 * usual severity and code, how a request is answered that it refuses, what must hold, and where that comes from.
 *
 * Ids that are written by hand are entries here, and `Issue.rule` is their union: an id that is not registered does not
 * compile. The ids of the guidance's rules, rows and repairs are in `src/resources/`, with their checks. Both are on
 * `docs/rules.md`. An id is never given to another rule.
 * @see docs/decisions/0046-registry-of-issues.md
 */
import { fhirIssues } from '../../fhir/issue-entries';
import { pageIssues } from './of-pages';
import { auditingIssues } from './of-auditing';
import { deliveryIssues } from './of-deliveries';
import { hl7v2Issues } from './of-hl7v2';
import { correctionIssues } from './of-corrections';
import { requestIssues } from './of-requests';
import { searchIssues } from './of-searches';
import { submissionIssues } from './of-submissions';
import { profileIssues, structureIssues, validateIssues } from './of-validation';

/** The sections of the registry, in the order of `docs/rules.md`. No id is in two of them. */
export const issueSections = [
  { title: 'Reading JSON and XML', issues: fhirIssues },
  { title: 'R4 itself', issues: structureIssues },
  { title: 'Profiles', issues: profileIssues },
  { title: 'Submissions', issues: submissionIssues },
  { title: 'Corrections', issues: correctionIssues },
  { title: 'HL7 v2', issues: hl7v2Issues },
  { title: 'Requests', issues: requestIssues },
  { title: 'Auditing', issues: auditingIssues },
  { title: 'Deliveries', issues: deliveryIssues },
  { title: 'Searches', issues: searchIssues },
  { title: 'Pages for people', issues: pageIssues },
  { title: 'Validation on request', issues: validateIssues },
] as const;

/** Every entry, by id. */
export const issues = {
  ...fhirIssues,
  ...structureIssues,
  ...profileIssues,
  ...submissionIssues,
  ...correctionIssues,
  ...hl7v2Issues,
  ...requestIssues,
  ...auditingIssues,
  ...deliveryIssues,
  ...searchIssues,
  ...pageIssues,
  ...validateIssues,
};

export type RegisteredId = keyof typeof issues;

declare module '../../fhir/issue' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface RegisteredIssues extends Record<RegisteredId, IssueEntry> {}
}
