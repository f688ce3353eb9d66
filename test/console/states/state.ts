/** A page in one of its states, for the tests in a browser. */
import type { Page } from 'playwright-core';
import type { Homeward } from '../../support/homeward';

export type Person = 'Nobody' | 'Clinician' | 'Auditor' | 'Operator';

export interface Opening {
  page: Page;
  homeward: Homeward;
  /** Opens an address below `/console`. */
  go(path: string): Promise<void>;
  press(button: string): Promise<void>;
  /** The submission of this name. @see submissions.ts */
  submission(name: string): string;
}

export interface State {
  /** The page, as the list of pages has it; or another page of this server. */
  page: `${'GET' | 'POST'} /${string}`;
  /** What sets this state apart from the others of the page. */
  state: string;
  as: Person;
  open(opening: Opening): Promise<unknown>;
  /** A text that the page has in this state alone. */
  shows: string | RegExp;
}
