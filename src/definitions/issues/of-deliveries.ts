/** Issues of requests about what is sent to other systems: deliveries, and answers to asynchronous messages. */
import type { IssueEntry } from '../../fhir/issue';

const PASSING_ON = 'docs/transports/passing-on.md';
const EXCHANGE = 'docs/exchange.md';

export const deliveryIssues = {
  'deliveries-unknown-parameter': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'The list of deliveries supports the parameter.',
    source: PASSING_ON,
  },
  'deliveries-parameter': {
    severity: 'error',
    code: 'invalid',
    category: 'bad-request',
    claim: 'Each parameter of the list of deliveries appears once, with a valid value.',
    source: PASSING_ON,
  },
  'delivery-delivered': {
    severity: 'error',
    code: 'conflict',
    category: 'conflict',
    claim: 'A delivery that is to be tried again has not arrived yet.',
    source: PASSING_ON,
  },
  'message-response-url': {
    severity: 'error',
    code: 'forbidden',
    category: 'forbidden',
    claim: 'RESPONSE_URLS allows the address to which the answer of an asynchronous message is sent.',
    source: EXCHANGE,
  },
  'message-answered-later': {
    severity: 'information',
    code: 'informational',
    claim: 'An asynchronous message was stored, and its answer is sent later.',
    source: EXCHANGE,
  },
} as const satisfies Record<string, IssueEntry>;
