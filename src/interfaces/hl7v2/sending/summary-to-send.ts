/** What is known of a submission that is passed on to an HL7 v2 listener, and what the listener was told before. */
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';

export interface SummaryToSend {
  /** As it was received. */
  bundle: AnyResource;
  submission: string;
  /** The ODS code of its sender. */
  sender: string;
  /** False for a transaction that withdraws or changes resources and brings no stay and no document. */
  isSummary: boolean;
  /** As this server stores it. */
  patient: AnyResource | undefined;
  /** The GP practice that the Patient of the Bundle names. */
  practice: Practice | undefined;
  /** The documents of the Bundle, in its order. */
  documents: readonly DocumentToSend[];
  /** Documents that this server has no longer: the submission, or an earlier one of its lineage, withdrew them. */
  withdrawn: readonly { id: string; resource: AnyResource | undefined }[];
  /** What the listener was told before about these documents and in this lineage, oldest first. */
  told: readonly ToldBefore[];
}

export interface Practice {
  /** The ODS code. */
  code: string;
  name: string | undefined;
}

export interface DocumentToSend {
  /** The server's id. */
  id: string;
  /** As this server stores it, with the bytes of its attachments. */
  resource: AnyResource;
  /** How references of the Bundle name it: its `fullUrl`, `DocumentReference/<id>`. */
  names: ReadonlySet<string>;
  /** True when a document of another patient has its number: engines that file by TXA-12 would put one over the other. */
  hasNumberOfOther: boolean;
  /** True when newer content was stored before: this server has the content in the history only. */
  isHistory: boolean;
  /** The stay that the document names, as this server stores it. */
  stay: AnyResource | undefined;
}

/** What a listener was told about a PDF. It is kept in the envelope of the delivery. */
export interface Told {
  /** The server's id of the document; `<id>#2` for its second PDF. */
  document: string;
  /** TXA-12. */
  number: string;
  is: 'current' | 'retracted';
}

export interface ToldBefore extends Told {
  /** True when it was told by a later delivery, which this one must not undo. */
  isLater: boolean;
  isOfLineage: boolean;
}

/** The server's id of the document that a PDF is of: `d1` of `d1#2`. */
export const documentOf = (key: string): string => key.split('#')[0]!;

/** What an envelope says that the listener was told. */
export function toldIn(envelope: JsonObject): Told[] {
  return listOf<Json>(envelope.told)
    .filter(isObject)
    .map(({ document, number, is }) => ({
      document: String(document),
      number: String(number),
      is: is === 'retracted' ? 'retracted' : 'current',
    }));
}
