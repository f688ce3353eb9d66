/** A person at a page with nothing but a keyboard. */
import type { Page } from 'playwright-core';

type Name = string | RegExp;

export interface Keyboard {
  page: Page;
  /** Presses Tab until the focus is on what has this name. */
  focus(name: Name): Promise<void>;
  /** Focuses a link or button, and presses Enter. */
  follow(name: Name): Promise<void>;
  /** Types into a field, and sends its form with Enter. */
  type(field: Name, text: string): Promise<void>;
  signIn(role: 'Clinician' | 'Auditor' | 'Operator'): Promise<void>;
  /** Waits for the heading. */
  shown(heading: Name, level?: number): Promise<void>;
}

const MOST_TABS = 120;

/** The name of what has the focus: of its label, or its text. */
const NAME = `(() => {
  const at = document.activeElement;
  const text = at.labels?.[0]?.textContent ?? at.textContent ?? '';
  return text.replace(/\\s+/g, ' ').trim();
})()`;

export function keyboardOf(page: Page, url: string): Keyboard {
  const fits = (given: string, name: Name): boolean =>
    typeof name === 'string' ? given === name : name.test(given);
  const focus = async (name: Name): Promise<void> => {
    for (let press = 0; press < MOST_TABS; press += 1) {
      await page.keyboard.press('Tab');
      // A page that is being replaced answers nothing.
      const found = (await page.evaluate(NAME).catch(() => '')) as string;
      if (fits(found, name)) return;
    }
    throw new Error(`the keyboard does not reach ${String(name)} on ${page.url()}`);
  };
  const follow = async (name: Name): Promise<void> => {
    await focus(name);
    await page.keyboard.press('Enter');
    await page.waitForLoadState('load');
  };
  const shown = (name: Name, level = 1): Promise<void> =>
    page.getByRole('heading', { level, name, exact: true }).first().waitFor({ timeout: 20_000 });
  return {
    ...{ page, focus, follow, shown },
    type: async (field, text) => {
      await focus(field);
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
    },
    signIn: async (role) => {
      await page.goto(`${url}/console/sign-in`);
      // The choices are one stop of the Tab key; the arrows move between them.
      await focus('Clinician');
      await page.keyboard.press('Space');
      for (let step = ['Clinician', 'Auditor', 'Operator'].indexOf(role); step > 0; step -= 1)
        await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByText(`Signed in as Sandbox ${role.toLowerCase()}`).waitFor();
    },
  };
}
