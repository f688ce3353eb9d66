/** The last step: what the sender is answered. A pure function of the receipt. */
import type { AnyResource } from '../fhir/types';
import type { Receipt, StoredEntry } from './steps';

/**
 * The response of a transaction: one entry for each of the request's, in its order.
 * @see https://hl7.org/fhir/R4/http.html#transaction-response
 */
export function transactionResponse(
  receipt: Receipt,
  contentOf?: (entry: StoredEntry) => AnyResource | undefined,
): AnyResource {
  const head = {
    resourceType: 'Bundle',
    id: receipt.submissionId,
    type: 'transaction-response',
    timestamp: receipt.receivedAt.toISOString(),
  };
  // FHIR has no empty lists.
  if (receipt.stored.length === 0) return head;
  return {
    ...head,
    entry: receipt.stored.map((entry) => {
      const resource = contentOf?.(entry);
      return {
        ...(resource ? { resource } : {}),
        response: {
          status: entry.created ? '201 Created' : '200 OK',
          location: `${entry.type}/${entry.id}/_history/${entry.version}`,
          etag: `W/"${entry.version}"`,
          lastModified: receipt.receivedAt.toISOString(),
        },
      };
    }),
  };
}
