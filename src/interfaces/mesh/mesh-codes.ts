/**
 * The codes and words of MESH that can be shown to operators, in the log and in `/_status`, which needs no token. Other
 * words could be those of a sender, with a name or a number of a patient.
 * @see https://digital.nhs.uk/developer/api-catalogue/message-exchange-for-social-care-and-health-api
 */
const MEANINGS: Readonly<Record<string, string>> = {
  '00': 'Success',
  '01': 'Transfer error',
  '02': 'Data file missing or inaccessible',
  '06': 'Malformed control file',
  '07': 'Invalid from address',
  '08': 'Missing to address',
  '09': 'Invalid version of the control file',
  '11': 'Invalid message type',
  '12': 'Unregistered to address',
  '14': 'Message not collected by recipient',
  '15': 'Bad CP-IS file',
  '16': 'The sender may not send this type',
  '17': 'Workflow not registered for the mailbox',
  '18': 'ONS workflow not enabled',
  '19': 'Invalid expiry period',
  '20': 'Message does not exist',
  '100': 'Mailbox not enabled for the application',
  'EPL-150': 'Several mailboxes match',
  'EPL-151': 'No mailbox matched',
  'EPL-152': 'Invalid NHS number',
  'EPL-153': 'NHS number not found',
  'EPL-154': 'NHS number does not match the demographics',
};

/** Words that MESH uses as they are here, some without a code. */
const WORDS =
  /^(Invalid Authentication Token|Unregistered to address|Message does not exist|Message not collected by recipient after \d{1,3} days)$/;

/** @returns what can be shown of a code and words of MESH */
export function shownOf(code: unknown, words: unknown): { code?: string; text?: string } {
  const isKnown = typeof code === 'string' && Object.hasOwn(MEANINGS, code);
  const text = typeof words === 'string' && WORDS.test(words) ? words : isKnown ? MEANINGS[code] : undefined;
  return { ...(isKnown ? { code } : {}), ...(text === undefined ? {} : { text }) };
}

/** Both in a sentence: `Unregistered to address, code 12`; empty where there is nothing to show. */
export function inWords({ code, text }: { code?: string; text?: string }): string {
  return [text, code === undefined ? undefined : `code ${code}`].filter(Boolean).join(', ');
}
