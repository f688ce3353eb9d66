/** The ids of the issues that a submission can raise besides those of its content: form, permission, matching, identity. */
import type { IssueEntry } from '../../fhir/issue';

const BUNDLE = 'https://hl7.org/fhir/R4/bundle.html';
const TRANSACTION = 'https://hl7.org/fhir/R4/http.html#trules';
const UPDATE = 'https://hl7.org/fhir/R4/http.html#update';
const ACCESS = 'docs/access.md';
const SUBMISSIONS = 'docs/submissions.md';
const ROADS = 'docs/transports/README.md';
const FOLDER = 'docs/transports/folder.md';
const IDENTITY = 'docs/submissions.md, Who is who';

export const submissionIssues = {
  'r4-not-a-bundle': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The body is a Bundle.',
    source: BUNDLE,
  },
  'r4-not-a-resource': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The body is a FHIR resource.',
    source: BUNDLE,
  },
  'submission-door': {
    severity: 'error',
    code: 'value',
    category: 'unreadable',
    claim: 'The path accepts the type of the Bundle.',
    source: SUBMISSIONS,
  },
  'submission-type': {
    severity: 'error',
    code: 'not-supported',
    category: 'invalid',
    claim: 'Each entry has a resource type that a sender may submit.',
    source: SUBMISSIONS,
  },
  'submission-too-many-entries': {
    severity: 'error',
    code: 'too-costly',
    category: 'invalid',
    claim: 'A Bundle has at most 10,000 entries.',
    source: SUBMISSIONS,
  },
  'submission-too-many-contained': {
    severity: 'error',
    code: 'too-costly',
    category: 'invalid',
    claim: 'A resource contains at most 1,000 others.',
    source: SUBMISSIONS,
  },
  'submission-too-costly': {
    severity: 'error',
    code: 'too-costly',
    category: 'invalid',
    claim: 'A submission is stored within the time limit.',
    source: SUBMISSIONS,
  },
  'submission-custodian': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'The policy of the server allows the sender to submit for the custodians.',
    source: ACCESS,
  },
  'submission-condition-scope': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'If a condition uses more than a business identifier, the token has a scope to search the type.',
    source: ACCESS,
  },
  'fhir-transaction-entry': {
    severity: 'error',
    code: 'processing',
    category: 'invalid',
    claim: 'The server supports the request of each entry in a transaction or batch.',
    source: TRANSACTION,
  },
  'fhir-conditional': {
    severity: 'error',
    code: 'multiple-matches',
    category: 'precondition-failed',
    claim: 'The condition of an entry finds at most one resource.',
    source: TRANSACTION,
  },
  'fhir-conditional-reference': {
    severity: 'error',
    code: 'multiple-matches',
    category: 'precondition-failed',
    claim: 'A conditional reference finds exactly one resource.',
    source: TRANSACTION,
  },
  'fhir-if-match': {
    severity: 'error',
    code: 'conflict',
    category: 'precondition-failed',
    claim: 'The version in ifMatch is the current one.',
    source: TRANSACTION,
  },
  'fhir-update-id': {
    severity: 'error',
    code: 'value',
    category: 'unreadable',
    claim: 'In an update, the id of the resource is the id in the url, or is left out.',
    source: UPDATE,
  },
  'fhir-update-unknown': {
    severity: 'error',
    code: 'not-found',
    category: 'not-found',
    claim: 'An updated resource already exists on the server.',
    source: UPDATE,
  },
  'submission-same-resource-twice': {
    severity: 'error',
    code: 'multiple-matches',
    category: 'invalid',
    claim: 'No two entries are the same stored resource.',
    source: TRANSACTION,
  },
  'submission-unknown-patient': {
    severity: 'error',
    code: 'not-found',
    category: 'invalid',
    claim:
      'The reference that files a resource on its patient matches a stored Patient, or a Patient of the Bundle; another identifier than the NHS number matches one of the Bundle. Of a resource of no summary that names no patient, a reference to a stay or other data of a patient leads to one that is there.',
    source: TRANSACTION,
  },
  'submission-entry-missing': {
    severity: 'error',
    code: 'not-found',
    category: 'invalid',
    claim:
      'In a transaction or batch that is no summary, each `urn:` reference of a resource whose patient is not known leads to an entry.',
    source: SUBMISSIONS,
  },
  'submission-reference-patient': {
    severity: 'error',
    code: 'conflict',
    category: 'invalid',
    claim: 'References to stored resources point to data of the same patient.',
    source: SUBMISSIONS,
  },
  'submission-references-too-far': {
    severity: 'error',
    code: 'too-costly',
    category: 'invalid',
    claim: 'References lead to a patient in at most 50 steps through stored resources that name no patient.',
    source: SUBMISSIONS,
  },
  'submission-other-person': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'The NHS number and the birth date belong to the same person.',
    source: IDENTITY,
  },
  'submission-nhs-number-moves': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'The NHS number of a stored Patient does not change.',
    source: IDENTITY,
  },
  'submission-identifier-moves': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'An update does not change the identifier that identifies the stored resource.',
    source: IDENTITY,
  },
  'submission-patient-moves': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'A stored resource does not move to another patient.',
    source: IDENTITY,
  },
  'submission-condition-other-patient': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'The resource that a condition finds belongs to the patient of the entry.',
    source: IDENTITY,
  },
  'submission-condition-other-identifier': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'The resource that a condition finds has the NHS number or ODS code of the entry.',
    source: IDENTITY,
  },
  'submission-patient-not-yours': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'A sender that changes a Patient has a stored stay or document of that patient.',
    source: IDENTITY,
  },
  'submission-not-yours': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'Only the sender that stored a resource replaces it.',
    source: IDENTITY,
  },
  'submission-organization-kept': {
    severity: 'information',
    code: 'informational',
    category: 'forbidden',
    claim:
      'Only the organisation itself, or a sender that may act for it, changes an Organization. Otherwise the stored content does not change.',
    source: IDENTITY,
  },
  'submission-demographics': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'The name and the birth date match those stored for the NHS number.',
    source: IDENTITY,
  },
  'submission-death-changed': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'Submissions agree on whether and when the patient died.',
    source: IDENTITY,
  },
  'submission-after-death': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'No stay or reading is after the death that another submission has recorded.',
    source: IDENTITY,
  },
  'submission-verification-kept': {
    severity: 'information',
    code: 'informational',
    claim: 'If an NHS number was verified before, it is sent as verified.',
    source: IDENTITY,
  },
  'submission-value-kept': {
    severity: 'warning',
    code: 'business-rule',
    claim:
      'A birth date, gender or death that is stored is not taken back by leaving it out, emptying it (HL7 v2 `""`) or retracting its summary.',
    source: IDENTITY,
  },
  'submission-label-kept': {
    severity: 'warning',
    code: 'security',
    claim: 'A patient whose record was labelled restricted before is sent with the label (`meta.security`).',
    source: IDENTITY,
  },
  'submission-identifier-of-other': {
    severity: 'warning',
    code: 'duplicate',
    claim: 'No resource of another patient has the identifier.',
    source: IDENTITY,
  },
  'submission-identifier-shared': {
    severity: 'warning',
    code: 'duplicate',
    claim: 'The first identifier of a resource is the one that identifies it.',
    source: IDENTITY,
  },
  'submission-identifier-repeated': {
    severity: 'warning',
    code: 'duplicate',
    claim: 'No two separate resources in a Bundle have the same identifier.',
    source: IDENTITY,
  },
  'submission-document-of-other': {
    severity: 'warning',
    code: 'duplicate',
    claim:
      'No other custodian or sender has stored a document of the patient with the same masterIdentifier.',
    source: IDENTITY,
  },
  'submission-reading-renumbered': {
    severity: 'warning',
    code: 'duplicate',
    claim: 'Readings with the same identifier have the same stay or the same time.',
    source: IDENTITY,
  },
  'submission-number-used-again': {
    severity: 'warning',
    code: 'duplicate',
    claim:
      'A stay that another summary brings again under its number is at the same time, a reading has the same code and time, and a document belongs to the same stay.',
    source: IDENTITY,
  },
  'submission-held-by-other': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'A stored stay or document stays with its organisation (`serviceProvider`, `custodian`).',
    source: IDENTITY,
  },
  'submission-retracts-nothing': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'What is entered in error has an identifier, or is in the summary that is corrected.',
    source: IDENTITY,
  },
  'submission-retracted-before': {
    severity: 'warning',
    code: 'business-rule',
    claim:
      'What another summary has retracted (entered-in-error) does not become current again, and no older summary brings data with a stay or document that was retracted since.',
    source: IDENTITY,
  },
  'submission-condition-kept': {
    severity: 'warning',
    code: 'business-rule',
    claim:
      'What a condition (ifNoneExist) finds says the same as the entry, which is not stored, and its sender may read it or has sent it.',
    source: IDENTITY,
  },
  'submission-retracts-other': {
    severity: 'warning',
    code: 'business-rule',
    claim:
      'What a correction retracts (entered-in-error) was not stored by another submission since, and is in no other current summary of its sender, unless in error there, too.',
    source: IDENTITY,
  },
  'submission-patient-without-stay': {
    severity: 'warning',
    code: 'business-rule',
    claim:
      'A Patient that comes without a summary is new, unchanged, or sent by who has a stay or a document of the patient stored.',
    source: IDENTITY,
  },
  'road-too-large': {
    severity: 'error',
    code: 'too-long',
    category: 'too-large',
    claim:
      'A message or a file is no larger than MAX_BODY_BYTES, after its chunks, gzip and base64 are undone.',
    source: ROADS,
  },
  'road-unreadable': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The gzip, base64 or character encoding of a message or a file can be undone.',
    source: ROADS,
  },
  'road-symbolic-link': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'What is in an organisation’s folder is a file, not a symbolic link.',
    source: FOLDER,
  },
  'road-not-handled': {
    severity: 'error',
    code: 'exception',
    category: 'invalid',
    claim: 'The server does not fail with one message again and again while it processes others.',
    source: ROADS,
  },
  'road-unknown-sender': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'The site’s file names the system that sends a message.',
    source: ROADS,
  },
  'road-unknown-workflow': {
    severity: 'error',
    code: 'not-supported',
    category: 'invalid',
    claim: 'The site’s file names the workflow of a MESH message.',
    source: ROADS,
  },
  'batch-too-long': {
    severity: 'error',
    code: 'too-costly',
    category: 'invalid',
    claim: 'A batch has no more entries than the server allows.',
    source: TRANSACTION,
  },
  'batch-time': {
    severity: 'error',
    code: 'throttled',
    category: 'throttled',
    claim: 'The server processes the entries of a batch within the time limit.',
    source: TRANSACTION,
  },
  'batch-url': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'The method and url of a batch entry are strings, and the url of a read is a read or a search.',
    source: TRANSACTION,
  },
} as const satisfies Record<string, IssueEntry>;
