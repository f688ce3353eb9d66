/** Issues of requests about what is passed on to other systems. */
import type { IssueEntry } from '../../fhir/issue';

const PASSING_ON = 'docs/transports/passing-on.md';

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
} as const satisfies Record<string, IssueEntry>;
