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
    claim: 'The type that is searched for, or that a search reaches, is stored here.',
    source: SEARCH,
  },
  'search-unknown-parameter': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'A search parameter is one that the type has here.',
    source: SEARCH,
  },
  'search-not-offered': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'A search uses what is offered here of R4’s search.',
    source: SEARCH,
  },
  'search-value': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'The value of a search parameter has the form of its type.',
    source: SEARCH,
  },
  'search-parameter': {
    severity: 'error',
    code: 'value',
    category: 'bad-request',
    claim: 'The parameters of $everything can be read.',
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
    claim: 'Everything that a search includes fits into one answer.',
    source: PAGE,
  },
  'search-summary-include': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'A search with _summary=text includes no other resources.',
    source: SEARCH,
  },
  'search-sort': {
    severity: 'error',
    code: 'not-supported',
    category: 'bad-request',
    claim: 'A search is sorted by five parameters at most, each of a type that has an order.',
    source: SEARCH,
  },
  'search-scope': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'A search reaches only into types that the scopes of the token allow.',
    source: ACCESS,
  },
  'search-cursor': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'A _cursor is one that the server gave for the same search.',
    source: PAGE,
  },
  'search-cursor-expired': {
    severity: 'error',
    code: 'expired',
    category: 'bad-request',
    claim: 'The page that a _cursor leads to is still kept.',
    source: PAGE,
  },
  'search-chain-too-deep': {
    severity: 'error',
    code: 'too-costly',
    category: 'bad-request',
    claim: 'A chain has no more steps than the server follows.',
    source: PAGE,
  },
  'search-too-many-parameters': {
    severity: 'error',
    code: 'too-costly',
    category: 'bad-request',
    claim: 'A search has no more parameters than the server takes.',
    source: PAGE,
  },
  'search-too-many-values': {
    severity: 'error',
    code: 'too-costly',
    category: 'bad-request',
    claim: 'A search parameter has no more alternatives than the server takes.',
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
    claim: 'An NHS number in a search that finds nothing has ten digits, and its check digit holds.',
    source: PAGE,
  },
  'search-number-for-id': {
    severity: 'warning',
    code: 'value',
    claim: 'A search that finds nothing has an id, and not a number, where it needs the id of a resource.',
    source: PAGE,
  },
} as const satisfies Record<string, IssueEntry>;
