/** The last step: makes the answer for the sender. Pure functions. */
import type { Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import type { Earlier } from './recognise/earlier-submissions';
import type { BundleKind, Receipt, Received, StoredEntry } from './steps';

/** The stored entries that answer an entry of the Bundle; a submission can store others too. */
const answering = (stored: readonly StoredEntry[]): StoredEntry[] =>
  stored.filter(({ contentOf }) => contentOf === undefined);

/** What was stored just now. */
interface StoredSubmission {
  submissionId: string;
  received: Received;
  kind: BundleKind;
  issues: readonly Issue[];
  /** All that the submission stored. */
  stored: readonly StoredEntry[];
}

export function acknowledge({ submissionId, received, kind, issues, stored }: StoredSubmission): Receipt {
  const { receivedAt } = received;
  return { submissionId, outcome: 'stored', kind, receivedAt, issues, stored: answering(stored) };
}

/** The receipt of a resend: that of the first sending. */
export function acknowledgeAgain(of: Earlier, positions: readonly number[] | undefined): Receipt {
  return {
    submissionId: of.id,
    outcome: 'resent',
    kind: of.kind,
    receivedAt: of.receivedAt,
    ...answeredAgain(of, positions),
  };
}

/**
 * The stored entries of the first sending, in the order of this sending's entries, which may differ.
 * @param positions each entry's position when the entries are ordered by their content
 */
function answeredAgain(
  first: Pick<Earlier, 'stored' | 'issues'>,
  positions: readonly number[] | undefined,
): Pick<Receipt, 'stored' | 'issues'> {
  const stored = answering(first.stored);
  const byPosition = new Map(stored.map((entry) => [entry.position, entry]));
  const mine = (positions ?? []).map((position) => byPosition.get(position));
  if (mine.length !== stored.length || !mine.every((entry) => entry !== undefined))
    return { stored, issues: first.issues };
  const indexes = new Map(mine.map((entry, index) => [entry.index, index]));
  return {
    stored: mine.map((entry, index) => ({ ...entry, index })),
    issues: first.issues.map(({ expression, ...issue }) =>
      expression === undefined
        ? issue
        : {
            ...issue,
            expression: expression.replace(
              /^Bundle\.entry\[(\d+)\]/,
              (_whole, index: string) => `Bundle.entry[${indexes.get(Number(index)) ?? index}]`,
            ),
          },
    ),
  };
}

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
