/** Which Bundle types an interface takes; a Bundle of another type is refused, with where to send it. */
import type { Issue } from '../../fhir/issue';
import type { BundleKind, Decoded, Failure } from './steps';

/** `POST /FHIR/R4`, `homeward ingest`, and every interface that has one address for all. A batch is taken apart before. */
export const atTheBase: readonly BundleKind[] = ['collection', 'document', 'message', 'transaction'];

/** `POST /FHIR/R4/Bundle`: a transaction goes to the base alone (contract). */
export const atBundle: readonly BundleKind[] = ['collection', 'document', 'message'];

/** `$process-message`. */
export const asMessage: readonly BundleKind[] = ['message'];

/** One entry of a batch, as a Bundle of its own. */
export const asBatchEntry: readonly BundleKind[] = ['batch'];

/** What speaks against a Bundle that is right in itself but was sent to the wrong address. */
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
