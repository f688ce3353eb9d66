/**
 * The `Authorization` header of a MESH request. It proves that the caller knows the shared key and the password of the
 * mailbox, without sending either. MESH accepts each value once.
 * @see https://digital.nhs.uk/developer/api-catalogue/message-exchange-for-social-care-and-health-api
 */
import { createHmac, randomUUID } from 'node:crypto';

export interface MailboxSecrets {
  mailbox: string;
  password: string;
  /** The key of the environment, the same for all mailboxes of a client. */
  sharedKey: string;
}

/** @returns `NHSMESH X26ABC1:<nonce>:0:202611282133:<hash>` */
export function authorisation(
  { mailbox, password, sharedKey }: MailboxSecrets,
  now: Date,
  nonce: string = randomUUID(),
): string {
  const name = mailbox.toUpperCase();
  // UTC, to the minute.
  const time = now.toISOString().replace(/[-:T]/g, '').slice(0, 12);
  const hash = createHmac('sha256', sharedKey).update(`${name}:${nonce}:0:${password}:${time}`).digest('hex');
  return `NHSMESH ${name}:${nonce}:0:${time}:${hash}`;
}
