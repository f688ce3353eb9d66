/** Transactions and batches for the tests of `semantics`. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import type { Homeward } from '../support/homeward';
import { send, type Sent } from './sending';

export interface Entry {
  resource: AnyResource;
  request: JsonObject;
}

/** With an id of its own, so that the same entries are not a resend. */
export const bundleOf = (type: 'transaction' | 'batch', ...entry: Entry[]): AnyResource => ({
  resourceType: 'Bundle',
  id: `b${Math.random()}`.replace('.', '-'),
  type,
  entry: entry as never,
});

export const transact = (server: Homeward, as: string, ...entries: Entry[]): Promise<Sent> =>
  send(server, bundleOf('transaction', ...entries), { path: '/FHIR/R4', as });

export const put = (url: string, resource: AnyResource): Entry => ({
  resource,
  request: { method: 'PUT', url },
});
