/**
 * What a page is. Each page has a folder in `pages/` with its handler, its template and its test, and a line in
 * `pages/index.ts`. @see docs/console.md
 */
import type { Person } from '../../engines/access/people/person';
import type { Role } from '../../engines/access/people/roles';
import type { Answered } from '../../use-cases/call/answered';
import type { Answer, HttpFailure, RequestContext } from '../http/request-context';
import type { Audited } from '../http/route';
import type { ConsoleDependencies } from './dependencies';
import type { Form } from './form';

export interface Page {
  method: 'GET' | 'POST';
  path: `/console${string}`;
  /** Who may open it: everyone, without signing in, or people with one of these roles. */
  roles: readonly Role[] | 'everyone';
  /** How the audit trail names it; absent for a page that shows nothing of a patient. */
  audit?: Audited;
  /** The text of its link in the navigation. Pages without one are reached from others. */
  navigation?: string;
  /** The largest form; 64 KiB unless given. */
  maxBodyBytes?: number;
  show: (visit: Visit, dependencies: ConsoleDependencies) => Promise<Answered<Shown, HttpFailure>>;
}

/** One request of a page, with what is known of the browser and the person. */
export interface Visit {
  context: RequestContext;
  /** Present on every page that is not for everyone. */
  person: Person | undefined;
  /** What a browser without a session is known by: its form token is made from it. */
  visitId: string;
  /** The posted form; empty for a GET. */
  form: Form;
}

/** What a page shows. */
export type Shown =
  | {
      kind: 'page';
      /** Below this folder, such as `pages/patient/patient.njk`. */
      template: string;
      /** Never a name or a number of a patient: browsers keep titles. */
      title: string;
      /** True where a form has to be corrected: the title begins with `Error:`. */
      isError?: boolean;
      status?: number;
      headers?: Readonly<Record<string, string>>;
      /** Origins beside this server's to which a form of the page may lead. */
      formOrigins?: readonly string[];
      cookies?: readonly string[];
      values: object;
    }
  | { kind: 'redirect'; to: string; cookies?: readonly string[] }
  | { kind: 'file'; answer: Answer };

/** The media type of a table for a spreadsheet. */
export const CSV = 'text/csv; charset=utf-8; header=present';

/** A file that the browser saves. */
export const fileOf = (name: string, contentType: string, body: Buffer): Shown => ({
  kind: 'file',
  answer: {
    status: 200,
    headers: { 'Content-Disposition': `attachment; filename="${name}"` },
    bytes: { contentType, body },
  },
});

/** @throws when the page is open to everyone and nobody is signed in */
export function personOf({ person }: Visit): Person {
  if (!person) throw new Error('a page needs a person and has none');
  return person;
}
