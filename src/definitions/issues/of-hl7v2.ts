/** The ids of the issues that a message of HL7 v2 can raise besides those of the Bundle that it carries or makes. */
import type { IssueEntry } from '../../fhir/issue';

const PAGE = 'docs/transports/hl7v2.md';

export const hl7v2Issues = {
  'hl7v2-not-hl7': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The message begins with an MSH segment that declares its delimiters, and is one message.',
    source: PAGE,
  },
  'hl7v2-version': {
    severity: 'error',
    code: 'not-supported',
    category: 'unreadable',
    claim: 'MSH-12 names a version of HL7 v2.',
    source: PAGE,
  },
  'hl7v2-processing-id': {
    severity: 'error',
    code: 'not-supported',
    category: 'unreadable',
    claim: 'A message to a secured server is for production (MSH-11 is P).',
    source: PAGE,
  },
  'hl7v2-type': {
    severity: 'error',
    code: 'not-supported',
    category: 'unreadable',
    claim: 'MSH-9 names a message type that Homeward takes: MDM or ORU.',
    source: PAGE,
  },
  'hl7v2-trigger': {
    severity: 'error',
    code: 'not-supported',
    category: 'unreadable',
    claim: 'MSH-9 names a trigger event that Homeward takes: T01, T02, T10 or T11 of MDM, R01 of ORU.',
    source: PAGE,
  },
  'hl7v2-control-id': {
    severity: 'error',
    code: 'required',
    category: 'unreadable',
    claim: 'MSH-10 has an id of at most 199 characters.',
    source: PAGE,
  },
  'hl7v2-charset': {
    severity: 'error',
    code: 'value',
    category: 'unreadable',
    claim: 'MSH-18 names a supported character set, and the message is in it.',
    source: PAGE,
  },
  'hl7v2-too-many-fields': {
    severity: 'error',
    code: 'too-costly',
    category: 'unreadable',
    claim: 'A message has at most 50,000 segments, 500,000 fields and 1,000,000 lines.',
    source: PAGE,
  },
  'hl7v2-content': {
    severity: 'error',
    code: 'required',
    category: 'unreadable',
    claim: 'The message has a document in an OBX segment of type ED.',
    source: PAGE,
  },
  'hl7v2-document': {
    severity: 'error',
    code: 'not-supported',
    category: 'unreadable',
    claim: 'A document in OBX-5 is a FHIR Bundle or a PDF.',
    source: PAGE,
  },
  'hl7v2-base64': {
    severity: 'error',
    code: 'value',
    category: 'unreadable',
    claim: 'A document in OBX-5 is valid base64.',
    source: PAGE,
  },
  'hl7v2-unknown-document': {
    severity: 'error',
    code: 'not-found',
    category: 'invalid',
    claim: 'The document that a message retracts was stored from a message of the same sender.',
    source: PAGE,
  },
  'hl7v2-other-patient': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'The patient of a retraction is the patient of the document.',
    source: PAGE,
  },
  'hl7v2-patient-differs': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'The NHS number in PID-3 is that of the Patient of the Bundle in the message.',
    source: PAGE,
  },
  'hl7v2-second-document': {
    severity: 'warning',
    code: 'business-rule',
    claim: 'The message has one document.',
    source: PAGE,
  },
  'hl7v2-left-out': {
    severity: 'information',
    code: 'informational',
    claim: 'Every result of the message is a reading or score of NEWS2.',
    source: PAGE,
  },
  'hl7v2-unavailable': {
    severity: 'error',
    code: 'transient',
    category: 'unavailable',
    claim: 'The server can store a message now.',
    source: PAGE,
  },
} as const satisfies Record<string, IssueEntry>;
