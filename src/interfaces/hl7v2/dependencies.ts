/** What `app/roads/hl7v2.ts` gives to the handling of messages. */
import type { AnyResource } from '../../fhir/types';
import type { Logger } from '../../platform/logger';
import type { RoadDependencies } from '../../use-cases/submitting/submit-on-road';
import type { NewsCode } from './mapping/observations';

export interface Hl7v2Dependencies {
  submitting: RoadDependencies;
  /** The ODS code of each sender, by `senderName`. */
  senders: () => Readonly<Record<string, string>>;
  newsCode: NewsCode;
  /** The Bundle of an accepted submission, as it was received or made. */
  receivedBundle: (submissionId: string) => Promise<AnyResource | undefined>;
  /** The largest document, once base64 is undone. */
  maxBodyBytes: number;
  /** True on a server for tests. */
  takesTests: boolean;
  /** Whether a message of an unknown sender is kept: from each address only so many in a minute are. */
  keepsOfStranger: (address: string | undefined) => boolean;
  isStopping: () => boolean;
  now: () => Date;
  newId: () => string;
  log: Logger;
}
