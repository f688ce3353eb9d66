/** The ids of the issues that reading FHIR can raise, and of the two that any OperationOutcome can have. */
import type { IssueEntry } from './issue';

const OUTCOME = 'https://hl7.org/fhir/R4/operationoutcome.html';
const JSON_PAGE = 'https://hl7.org/fhir/R4/json.html';
const XML_SOURCE = 'https://hl7.org/fhir/R4/xml.html';

export const fhirIssues = {
  ok: {
    severity: 'information',
    code: 'informational',
    claim: 'There are no errors, warnings or comments.',
    source: OUTCOME,
  },
  'more-issues': {
    severity: 'information',
    code: 'incomplete',
    claim:
      'The answer lists every issue. Beyond 200 with errors, and 1,000 without, it says how many more there are.',
    source: OUTCOME,
  },
  'json-syntax': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The body is JSON.',
    source: JSON_PAGE,
  },
  'json-encoding': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The JSON is encoded in UTF-8.',
    source: JSON_PAGE,
  },
  'json-character': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The text contains only characters that FHIR allows: no U+0000 and no half of a surrogate pair.',
    source: JSON_PAGE,
  },
  'json-duplicate-key': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'No object has the same property twice.',
    source: JSON_PAGE,
  },
  'json-number': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'Numbers are small enough to store exactly.',
    source: JSON_PAGE,
  },
  'json-depth': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'Objects and lists are nested no deeper than the server reads.',
    source: JSON_PAGE,
  },
  'json-crowded': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'No object has more members, and no body more objects and lists, than the server reads.',
    source: JSON_PAGE,
  },
  'xml-syntax': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The body is XML 1.0.',
    source: XML_SOURCE,
  },
  'xml-encoding': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The XML has the encoding that its declaration names: UTF-8 or UTF-16.',
    source: XML_SOURCE,
  },
  'xml-doctype': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The XML has no DOCTYPE.',
    source: XML_SOURCE,
  },
  'xml-crowded-tag': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'No tag has more attributes than the server reads.',
    source: XML_SOURCE,
  },
  'xml-depth': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'Elements are nested no deeper than the server reads.',
    source: XML_SOURCE,
  },
  'xml-no-namespace': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The root element has the FHIR namespace.',
    source: XML_SOURCE,
  },
  'xml-namespace': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'Elements are in the FHIR namespace, and narrative is in the XHTML namespace.',
    source: XML_SOURCE,
  },
  'xml-root': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The root element is the name of a resource type.',
    source: XML_SOURCE,
  },
  'xml-resource': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'An element for a resource contains exactly one.',
    source: XML_SOURCE,
  },
  'xml-resourcetype-child': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'The type of a resource is the name of its element, not a child named resourceType.',
    source: XML_SOURCE,
  },
  'xml-name': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'Elements have names that are possible in FHIR.',
    source: XML_SOURCE,
  },
  'xml-attribute': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'Elements have only attributes that FHIR defines.',
    source: XML_SOURCE,
  },
  'xml-text': {
    severity: 'fatal',
    code: 'structure',
    category: 'unreadable',
    claim: 'Values are in the attribute value, not in text between tags.',
    source: XML_SOURCE,
  },
  'xml-order': {
    severity: 'warning',
    code: 'structure',
    claim: 'Elements are in the order that R4 defines.',
    source: XML_SOURCE,
  },
} as const satisfies Record<string, IssueEntry>;

declare module './issue' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface RegisteredIssues extends Record<keyof typeof fhirIssues, IssueEntry> {}
}
