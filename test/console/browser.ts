/** Debian's Chromium with axe, for tests and for the pictures of the documentation. */
import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Where Chromium is; undefined on a machine without one. */
export const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
);

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Finding {
  id: string;
  nodes: { html: string }[];
}

/** Rows like the thirty before them. A page may have hundreds, with which axe would take nearly all of its time. */
const LIKE_OTHERS = [
  '.app-lines__table tbody tr:nth-child(n + 31):not(.app-lines__found, .app-lines__finding)',
  '#readings tbody tr:nth-child(n + 31):not(:has(.nhsuk-tag))',
].join();

/** Axe looks at the page without these rows, which are put back in their places. */
const LOOK = `(async () => {
  const places = [...document.querySelectorAll('${LIKE_OTHERS}')].map((row) => [row, row.parentNode, row.nextSibling]);
  for (const [row] of places) row.remove();
  const options = { runOnly: ${JSON.stringify(RULES)}, iframes: false, resultTypes: ['violations'] };
  const { violations } = await axe.run(document, options);
  for (const [row, parent, next] of places.reverse()) parent.insertBefore(row, next);
  return violations;
})()`;

/** What axe finds on the page: rule and markup. */
export async function findingsOn(page: Page): Promise<string[]> {
  // Once a page, not once a size of its window.
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(axe);
  const violations = (await page.evaluate(LOOK)) as Finding[];
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/** How many CSS pixels the page is wider than its window. */
export async function overflowOf(page: Page): Promise<number> {
  const measure = (): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  let overflow = await measure();
  // The navigation moves what does not fit into its menu a moment after the window has changed.
  for (let tries = 0; overflow !== 0 && tries < 20; tries += 1) {
    await page.waitForTimeout(50);
    overflow = await measure();
  }
  return overflow;
}

/** The tables that a phone shows row by row, and that are wider than their place all the same. */
export const cutOn = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('.app-stacked')]
    .filter(({ scrollWidth, parentElement }) => scrollWidth > parentElement.clientWidth)
    .map(({ textContent }) => textContent.trim().slice(0, 60))`);

export async function signIn(
  page: Page,
  url: string,
  role: 'Clinician' | 'Auditor' | 'Operator',
): Promise<void> {
  await page.goto(`${url}/console/sign-in`);
  await page.getByLabel(role).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(`Signed in as Sandbox ${role.toLowerCase()}`).waitFor();
}
