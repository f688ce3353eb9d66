/** How the use cases that read get the Bundle of a submission. */
import type { AnyResource } from '../../fhir/types';

/** The Bundle of an accepted submission as it was received or, of a message of HL7 v2, made. */
export type ReceivedBundle = (submissionId: string) => Promise<AnyResource | undefined>;
