/** What one document message says to a listener. */
import type { AnyResource } from '../../../fhir/types';
import type { Told } from './summary-to-send';

/** What OBX-5 holds. */
export interface Encoded {
  subtype: 'PDF' | 'JSON' | 'XML';
  base64: string;
}

export interface Statement {
  trigger: 'T02' | 'T10' | 'T11';
  /** TXA-12. */
  number: string;
  /** TXA-13: the number under which the listener has what is replaced or retracted. */
  parent?: string;
  /** TXA-19. `UN`: a Bundle without a document that is valid. */
  availability: 'AV' | 'OB' | 'CA' | 'UN';
  document?: AnyResource | undefined;
  stay?: AnyResource | undefined;
  /** Absent in a retraction. */
  content?: Encoded;
  told: Told;
  /** True where the listener may never have had the document: that it refuses the retraction is no fault. */
  isOptional?: true;
}
