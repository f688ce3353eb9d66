/**
 * Sends the answer to an asynchronous message (`$process-message?async=true`) to an address that `RESPONSE_URLS` allows.
 * @see docs/exchange.md
 */
import type { Destination } from '../../use-cases/forwarding/outbox';
import { fhirDestination, type FhirServer } from './fhir-destination';

/** @param url exactly as `RESPONSE_URLS` has it; the authorities are those of Node.js (`NODE_EXTRA_CA_CERTS`) */
export function responseDestination(url: string, isKnownCode: FhirServer['isKnownCode']): Destination {
  return fhirDestination({ name: responseQueue(url), url, ca: async () => undefined, isKnownCode });
}

/** The name of the queue of an address. */
export const responseQueue = (url: string): string => `response:${url}`;
