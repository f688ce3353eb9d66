/** `/deliveries`: what is passed on to other systems, and another attempt. @see docs/transports/passing-on.md */
import type { DeliveryQuery } from '../../../engines/store/outbox';
import type { AuditingDependencies } from '../../../use-cases/auditing/dependencies';
import { mapped } from '../../../use-cases/call/answered';
import type { Reader } from '../../../use-cases/call/reader';
import { listOfDeliveries as listed, tryAgain } from '../../../use-cases/forwarding/deliveries';
import type { Reply, RequestContext } from '../request-context';
import { asJson } from './as-json';
import { limitParameter, type ListParameters, readParameters } from './list-parameters';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_NAME_LENGTH = 2_000;

const STATES = ['waiting', 'delivered', 'refused', 'failed'] as const;

const parameters: ListParameters<DeliveryQuery, unknown> = {
  state: {
    right: '`waiting`, `delivered`, `refused` or `failed`',
    read: (value) => {
      const state = STATES.find((each) => each === value);
      return state && { state };
    },
  },
  name: {
    right: 'the name of a destination',
    read: (value) => (value === '' || value.length > MAX_NAME_LENGTH ? undefined : { name: value }),
  },
  cursor: {
    right: 'the `next` of the previous page',
    read: (value) => (/^[1-9]\d{0,17}$/.test(value) ? { before: value } : undefined),
  },
  limit: limitParameter(MAX_LIMIT),
};

export async function listOfDeliveries(
  { query }: RequestContext,
  reader: Reader,
  auditing: AuditingDependencies,
): Promise<Reply> {
  const asked = readParameters('deliveries', query, parameters, undefined);
  return mapped(await listed(reader, { limit: DEFAULT_LIMIT, ...asked }, auditing), asJson);
}

export async function retryDelivery(
  { path: { id = '' } }: RequestContext,
  reader: Reader,
  auditing: AuditingDependencies,
): Promise<Reply> {
  return mapped(await tryAgain(reader, id, auditing), (entry) => ({ ...asJson(entry), status: 202 }));
}
