/** What the steps of preparing a message pass on. */
import type { Alongside } from '../../use-cases/submitting/steps';
import type { OnRoad } from '../../use-cases/submitting/submit-on-road';
import type { Fault } from './fault';
import type { Places } from './mapping/places';
import type { Message } from './message';
import type { Remarks } from './remarks';

/** What a message submits, beside who sends it. The bytes are those of the message unless others are given. */
export type Prepared = Partial<
  Pick<OnRoad, 'bytes' | 'contentType' | 'format' | 'decoded' | 'restates' | 'emptied' | 'cameOfTheSame'>
> & {
  /** The field behind a place of the Bundle. */
  places: Places;
  /** Writes the mark of the message; undefined when it is there already. */
  alongside: Alongside | undefined;
  /** Of a Bundle: what the message has beside it. Then the message itself is kept, too. */
  beside?: Remarks | undefined;
};

export type PreparedOrFaults =
  { ok: true; value: Prepared } | { ok: false; faults: readonly Fault[]; alongside?: Alongside | undefined };

/** What the steps need of one message. */
export interface Given {
  message: Message;
  odsCode: string;
  bytes: Buffer;
  mark: (retracts?: string) => Alongside | undefined;
  cameOfTheSame: NonNullable<OnRoad['cameOfTheSame']>;
}
