/**
 * The fields of a posted form, and the token by which a form of this server is known. The token is made from the id in
 * the cookie, so that a form from another site, or from another browser, has a wrong one.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { refused, type Refused } from '../http/request-context';

export const TOKEN_FIELD = '_csrf';

/** The text of each field that was sent; of several with one name, the last. A file is sent as bytes. */
export interface Form {
  text(name: string): string;
  file(name: string): Promise<Buffer | undefined>;
}

export const noForm: Form = { text: () => '', file: async () => undefined };

/** @throws Refused (403) when the body is not a form */
export async function readForm(body: Buffer, contentType: string | undefined): Promise<Form> {
  const headers = { 'Content-Type': contentType ?? '' };
  const fields = await new Response(new Uint8Array(body), { headers }).formData().catch(() => {
    throw notAForm();
  });
  return {
    text: (name) => {
      const value = fields.getAll(name).at(-1);
      return typeof value === 'string' ? value : '';
    },
    file: async (name) => {
      const value = fields.getAll(name).at(-1);
      if (value === undefined || typeof value === 'string') return undefined;
      return Buffer.from(await value.arrayBuffer());
    },
  };
}

export const formTokenOf = (key: Buffer, id: string): string =>
  createHmac('sha256', key).update(`form|${id}`).digest('base64url');

/** @throws Refused (403) when the form is not one that this server gave to this browser */
export function checkToken(form: Form, expected: string | undefined): void {
  const given = Buffer.from(form.text(TOKEN_FIELD));
  const wanted = Buffer.from(expected ?? '');
  if (wanted.length === 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw foreignForm();
}

const foreignForm = (): Refused =>
  refused('forbidden', {
    code: 'security',
    rule: 'console-form',
    text: 'The form was opened in another session, or has expired. Go back, reload the page, and send the form again.',
  });

const notAForm = (): Refused =>
  refused('forbidden', {
    code: 'security',
    rule: 'console-form',
    text: 'The body is not a form. Send the form of the page.',
  });
