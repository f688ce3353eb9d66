/**
 * Records a message that did not come whole, because somebody tried to send data about a patient. Of unknown senders so
 * many are recorded as of their whole messages.
 */
import { own } from '../../fhir/own-property';
import { describeError } from '../../platform/logger';
import { recordIncomplete } from '../../use-cases/submitting/submit-on-road';
import { shownType } from './answer-message';
import type { Lost } from './connection';
import type { Hl7v2Dependencies } from './dependencies';
import { headOf, senderName } from './head';
import { roadOf } from './submit-message';

/** Never throws: what cannot be recorded, as while the database is away, is in the log alone. */
export async function recordLost(
  { bytes, size, why }: Lost,
  address: string,
  { senders, keepsOfStranger, submitting, log }: Hl7v2Dependencies,
): Promise<void> {
  try {
    const head = headOf(bytes);
    const odsCode = own(senders(), senderName(head));
    if (odsCode === undefined && !keepsOfStranger(address)) return;
    const about = { door: 'hl7v2', sender: odsCode, type: shownType(head), bytes: size, address };
    log.warn(about, `a message did not come whole: ${why}`);
    await recordIncomplete(roadOf(head, { bytes, address }, odsCode), why, submitting);
  } catch (error) {
    log.warn(
      { door: 'hl7v2', err: describeError(error) },
      'a message that did not come whole is not recorded',
    );
  }
}
