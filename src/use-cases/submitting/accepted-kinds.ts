/** Which Bundle types an interface takes; a Bundle of another type is refused, with where to send it. */
import type { BundleKind } from './steps';

/** `POST /FHIR/R4`, `homeward ingest`, and every interface that has one address for all. A batch is taken apart before. */
export const atTheBase: readonly BundleKind[] = ['collection', 'document', 'message', 'transaction'];

/** `POST /FHIR/R4/Bundle`: a transaction goes to the base alone (contract). */
export const atBundle: readonly BundleKind[] = ['collection', 'document', 'message'];

/** `$process-message`. */
export const asMessage: readonly BundleKind[] = ['message'];

/** One entry of a batch, as a Bundle of its own. */
export const asBatchEntry: readonly BundleKind[] = ['batch'];
