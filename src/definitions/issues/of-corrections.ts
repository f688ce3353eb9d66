/** The ids of the issues of corrections and of what all share: what they replace and withdraw, and what comes late. */
import type { IssueEntry } from '../../fhir/issue';

const CORRECTIONS = 'docs/submissions.md, Corrections';
const IDENTITY = 'docs/submissions.md, Who is who';

export const correctionIssues = {
  'submission-same-version': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'A correction has a higher version than the summary that it corrects.',
    source: CORRECTIONS,
  },
  'submission-older': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'A correction is newer than the stored version of the summary.',
    source: CORRECTIONS,
  },
  'submission-other-patient': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'A correction is about the patient of the summary that it corrects.',
    source: CORRECTIONS,
  },
  'submission-fullurl-of-other': {
    severity: 'warning',
    code: 'duplicate',
    claim: 'A resource has the same fullUrl in each version of a summary.',
    source: CORRECTIONS,
  },
  'submission-not-replaced': {
    severity: 'warning',
    code: 'duplicate',
    claim: 'No other organisation has replaced the resource since.',
    source: CORRECTIONS,
  },
  'submission-late': {
    severity: 'warning',
    code: 'duplicate',
    claim: 'No submission with a later meta.lastUpdated has already stored the resource.',
    source: CORRECTIONS,
  },
  'submission-order-unknown': {
    severity: 'warning',
    code: 'business-rule',
    claim:
      'No submission without a meta.lastUpdated has stored the resource after the content of this one was made.',
    source: CORRECTIONS,
  },
  'submission-care-withdrawn': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'A correction contains a stay and a document that replace the earlier ones.',
    source: CORRECTIONS,
  },
  'submission-withdraws-newer': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'A correction withdraws nothing that another submission has changed after it was made.',
    source: CORRECTIONS,
  },
  'submission-withdrawn-before': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'No older submission stores again what a newer correction has withdrawn or changed.',
    source: CORRECTIONS,
  },
  'submission-withdrawn-referred-to': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'No current resource refers to a stay or document that a correction withdraws.',
    source: CORRECTIONS,
  },
  'submission-kept-as-dropped': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'The current content of a resource that a correction leaves out is that of a current summary.',
    source: CORRECTIONS,
  },
  'submission-other-summary': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'A document that came over HL7 v2 is corrected in its summary, or with all that came with it.',
    source: CORRECTIONS,
  },
  'submission-not-withdrawn': {
    severity: 'information',
    code: 'informational',
    claim: 'Resources that a correction leaves out were stored by its own summary only.',
    source: CORRECTIONS,
  },
  'submission-readings-stay': {
    severity: 'warning',
    code: 'business-rule',
    claim:
      'What is stored with a stay or document that is entered in error, or refers to it later, is entered in error, too.',
    source: CORRECTIONS,
  },
  'submission-shared-too-large': {
    severity: 'error',
    code: 'too-long',
    category: 'invalid',
    claim: 'A Patient has at most 4 MB, and an Organization 1 MB.',
    source: IDENTITY,
  },
  'submission-organisation-repeated': {
    severity: 'error',
    code: 'duplicate',
    category: 'invalid',
    claim: 'A Bundle has at most 20 Organizations with the same ODS code.',
    source: IDENTITY,
  },
} as const satisfies Record<string, IssueEntry>;
