/**
 * The code of an error in HL7 table 0357. The table has no code for most rules of FHIR; those are data type errors, and
 * ERR-5 names the rule. 207 is kept for what the server itself cannot do now.
 */
import type { IssueCode } from '../../fhir/issue';
import type { RuleId } from '../../fhir/issue';

const TEXTS = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '104': 'Value too long',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '205': 'Duplicate key identifier',
  '207': 'Application internal error',
} as const;

type ErrorCode = keyof typeof TEXTS;

/** Rules of this interface that say more than the code of their issue. */
const BY_RULE: Readonly<Partial<Record<string, ErrorCode>>> = {
  'hl7v2-not-hl7': '100',
  'hl7v2-repeated-segment': '100',
  'hl7v2-in-parts': '100',
  'hl7v2-type': '200',
  'hl7v2-trigger': '201',
  'hl7v2-processing-id': '202',
  'hl7v2-version': '203',
  'road-unknown-sender': '204',
  'hl7v2-unknown-document': '204',
  'hl7v2-charset': '103',
  'hl7v2-unavailable': '207',
};

const BY_CODE: Readonly<Partial<Record<IssueCode, ErrorCode>>> = {
  required: '101',
  incomplete: '101',
  'code-invalid': '103',
  'not-supported': '103',
  'too-long': '104',
  'too-costly': '104',
  'not-found': '204',
  forbidden: '204',
  security: '204',
  conflict: '205',
  duplicate: '205',
  'multiple-matches': '205',
};

export function errorCodeOf({ rule, code }: { rule: RuleId; code: IssueCode }): {
  code: ErrorCode;
  text: string;
} {
  const found = BY_RULE[rule] ?? BY_CODE[code] ?? '102';
  return { code: found, text: TEXTS[found] };
}
