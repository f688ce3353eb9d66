/**
 * The Bundle types that each interface accepts. A Bundle of another type is refused, and the answer says where to send
 * it.
 */
import type { Issue } from '../../fhir/issue';
import type { BundleKind, Decoded, Failure } from './steps';

/**
 * For `POST /FHIR/R4`, `homeward ingest`, and every interface that has one address for all types. A batch is split into
 * its entries first.
 */
export const atTheBase: readonly BundleKind[] = ['collection', 'document', 'message', 'transaction'];

/** `POST /FHIR/R4/Bundle`: a transaction goes to the base alone (contract). */
export const atBundle: readonly BundleKind[] = ['collection', 'document', 'message'];

/** `$process-message`. */
export const asMessage: readonly BundleKind[] = ['message'];

/** One entry of a batch, as a Bundle of its own. */
export const asBatchEntry: readonly BundleKind[] = ['batch'];

/** The fault of a Bundle that may be valid but was sent to the wrong address. */
export function kindFault(
  { bundle, kind }: Pick<Decoded, 'bundle' | 'kind'>,
  accepts: readonly BundleKind[],
): Failure | undefined {
  if (accepts.includes(kind) || bundle.type !== kind) return undefined;
  const issue: Issue = {
    severity: 'error',
    code: 'value',
    rule: 'submission-door',
    text:
      kind === 'transaction' || kind === 'batch'
        ? `This path does not accept a ${kind}. Send it to the FHIR base URL (POST /FHIR/R4).`
        : `This path does not accept this type of Bundle. Send ${accepts.map((each) => `a ${each}`).join(' or ')}.`,
    expression: 'Bundle.type',
    source: 'https://hl7.org/fhir/R4/http.html#transaction',
  };
  return { category: 'invalid', issues: [issue] };
}
