/** The ids of the issues that a search can raise. */
import type { IssueEntry } from '../../fhir/issue';

const SEARCH = 'https://hl7.org/fhir/R4/search.html';
const EVERYTHING = 'https://hl7.org/fhir/R4/patient-operation-everything.html';
const ACCESS = 'docs/access.md';
const PAGE = 'docs/searches.md';

export const searchIssues = {
  'search-unknown-type': {
    severity: 'error',
    code: 'not-found',
    category: 'bad-request',
    claim: 'The server stores the resource type that is searched for, or that a search refers to.',
    source: SEARCH,
  },
  'search-unknown-parameter': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'The server supports the search parameter for the resource type.',
    source: SEARCH,
  },
  'search-not-offered': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'A search uses only the search features of R4 that the server supports.',
    source: SEARCH,
  },
  'search-value': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'The value of a search parameter is valid for its type.',
    source: SEARCH,
  },
  'search-parameter': {
    severity: 'error',
    code: 'value',
    category: 'bad-request',
    claim: 'The parameters of $everything are valid.',
    source: EVERYTHING,
  },
  'search-include': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: '_include and _revinclude name a type and one of its reference parameters.',
    source: SEARCH,
  },
  'search-include-capped': {
    severity: 'warning',
    code: 'incomplete',
    claim: 'All included resources fit into one answer.',
    source: PAGE,
  },
  'search-summary-include': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'A search with _summary=text has no _include or _revinclude.',
    source: SEARCH,
  },
  'search-sort': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'A search is sorted by at most five parameters, each of a type that can be sorted.',
    source: SEARCH,
  },
  'search-scope': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'A search uses only resource types that the scopes of the token allow.',
    source: ACCESS,
  },
  'search-cursor': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'A _cursor comes from the server’s answer to the same search.',
    source: PAGE,
  },
  'search-cursor-expired': {
    severity: 'error',
    code: 'expired',
    category: 'bad-request',
    claim: 'The page that a _cursor names has not expired.',
    source: PAGE,
  },
  'search-chain-too-deep': {
    severity: 'error',
    code: 'too-costly',
    category: 'bad-request',
    claim: 'A chain has no more steps than the server allows.',
    source: PAGE,
  },
  'search-too-many-parameters': {
    severity: 'error',
    code: 'too-costly',
    category: 'bad-request',
    claim: 'A search has no more parameters than the server allows.',
    source: PAGE,
  },
  'search-too-many-values': {
    severity: 'error',
    code: 'too-costly',
    category: 'bad-request',
    claim: 'A search parameter has no more alternatives than the server allows.',
    source: PAGE,
  },
  'search-too-costly': {
    severity: 'error',
    code: 'too-costly',
    category: 'bad-request',
    claim: 'A search takes no longer than STATEMENT_TIMEOUT_SECONDS.',
    source: PAGE,
  },
  'search-nhs-number': {
    severity: 'warning',
    code: 'value',
    claim: 'If a search by NHS number finds nothing, the number has ten digits and the right check digit.',
    source: PAGE,
  },
  'search-earlier-nhs-number': {
    severity: 'warning',
    code: 'value',
    claim: 'If a search by NHS number finds nothing, no patient had the number before.',
    source: PAGE,
  },
  'search-number-for-id': {
    severity: 'warning',
    code: 'value',
    claim:
      'If a search by resource id finds nothing, the value is an id and not an NHS number or other number.',
    source: PAGE,
  },
} as const satisfies Record<string, IssueEntry>;
