/** The ids of the issues that the pages for people can raise. */
import type { IssueEntry } from '../../fhir/issue';

const CONSOLE = 'docs/console.md';

export const pageIssues = {
  'console-signed-out': {
    severity: 'error',
    code: 'login',
    category: 'unauthenticated',
    claim: 'A page is opened by a person who is signed in.',
    source: CONSOLE,
  },
  'console-role': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'A page is opened by a person whose role allows it.',
    source: CONSOLE,
  },
  'console-form': {
    severity: 'error',
    code: 'security',
    category: 'forbidden',
    claim: 'A form comes from a page of this server, opened in the same browser.',
    source: CONSOLE,
  },
  'console-sign-in': {
    severity: 'error',
    code: 'login',
    category: 'forbidden',
    claim: 'A person signs in with a role that this server knows.',
    source: CONSOLE,
  },
  'console-sign-in-away': {
    severity: 'error',
    code: 'transient',
    category: 'unavailable',
    claim: 'The OpenID provider can be reached.',
    source: CONSOLE,
  },
  'console-sign-ins': {
    severity: 'error',
    code: 'throttled',
    category: 'throttled',
    claim: 'An address tries to sign in no more than CONSOLE_SIGN_INS_PER_MINUTE times in a minute.',
    source: CONSOLE,
  },
} as const satisfies Record<string, IssueEntry>;
