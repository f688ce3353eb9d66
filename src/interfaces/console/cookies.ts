/**
 * The two cookies of the pages: the session of a person who is signed in, and the visit of a browser before that, to
 * which the form of the sign-in page is bound. Both are HttpOnly, and Secure where callers use HTTPS.
 * @see https://developer.mozilla.org/docs/Web/HTTP/Headers/Set-Cookie
 */
import { parse, serialize } from 'cookie';
import { randomBytes } from 'node:crypto';

export interface Cookies {
  read(header: string | undefined): { sessionId?: string; visitId?: string };
  session(id: string): string;
  visit(id: string): string;
  /** Removes the session's cookie. */
  noSession(): string;
  noVisit(): string;
}

/** The form of both ids. */
const ID = /^[A-Za-z0-9_-]{43}$/;

export const newVisitId = (): string => randomBytes(32).toString('base64url');

/** @param isSecure true when callers use HTTPS: browsers then accept the cookies from this host alone */
export function cookiesOf(isSecure: boolean): Cookies {
  const prefix = isSecure ? '__Host-' : '';
  const [session, visit] = [`${prefix}homeward_session`, `${prefix}homeward_visit`];
  const common = { path: '/', httpOnly: true, secure: isSecure } as const;
  return {
    read: (header = '') => {
      const given = parse(header);
      const valid = (value: string | undefined): value is string => value !== undefined && ID.test(value);
      return {
        ...(valid(given[session]) ? { sessionId: given[session] } : {}),
        ...(valid(given[visit]) ? { visitId: given[visit] } : {}),
      };
    },
    session: (id) => serialize(session, id, { ...common, sameSite: 'strict' }),
    // Lax, because an OpenID provider sends the browser back from another site.
    visit: (id) => serialize(visit, id, { ...common, sameSite: 'lax' }),
    noSession: () => serialize(session, '', { ...common, sameSite: 'strict', maxAge: 0 }),
    noVisit: () => serialize(visit, '', { ...common, sameSite: 'lax', maxAge: 0 }),
  };
}
