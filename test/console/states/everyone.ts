/** The states of the pages that are open without signing in. */
import { aSummary } from '../../fixtures/summary';
import { aFullStay } from '../full-stay';
import type { Opening, State } from './state';

/** Chooses a file: typing a long text takes a browser minutes. */
const check = async ({ page, go, press }: Opening, bundle: string): Promise<void> => {
  await go('/console/check');
  const file = { name: 'summary.json', mimeType: 'application/json', buffer: Buffer.from(bundle) };
  await page.getByLabel('Or a file').setInputFiles(file);
  await press('Check');
};

const CHECKED = { page: 'POST /console/check', as: 'Nobody' } as const;
const SIGN_IN = { page: 'GET /console/sign-in', as: 'Nobody' } as const;

export const statesForEveryone: readonly State[] = [
  { page: 'GET /', state: 'front page', as: 'Nobody', open: ({ go }) => go('/'), shows: 'Homeward' },
  { ...SIGN_IN, state: 'empty', open: ({ go }) => go('/console/sign-in'), shows: 'Role' },
  {
    ...SIGN_IN,
    state: 'signed out',
    open: ({ go }) => go('/console/sign-in?signed-out'),
    shows: 'You have signed out',
  },
  {
    page: 'POST /console/sign-in',
    state: 'without a role',
    as: 'Nobody',
    open: async ({ go, press }) => {
      await go('/console/sign-in');
      await press('Continue');
    },
    shows: 'There is a problem',
  },
  {
    page: 'POST /console/sign-in',
    state: 'with a foreign token',
    as: 'Nobody',
    open: async ({ page, go, press }) => {
      await go('/console/sign-in');
      await page.context().clearCookies();
      await press('Continue');
    },
    shows: 'You cannot open this page',
  },
  {
    page: 'GET /console/check',
    state: 'empty',
    as: 'Nobody',
    open: ({ go }) => go('/console/check'),
    shows: 'Nothing is stored',
  },
  { ...CHECKED, state: 'empty', open: (on) => check(on, ''), shows: 'There is a problem' },
  {
    ...CHECKED,
    state: 'sound',
    open: (on) => check(on, aSummary().bytes().toString()),
    shows: 'No faults found',
  },
  {
    ...CHECKED,
    state: 'with remarks',
    open: (on) => check(on, JSON.stringify(aFullStay().build(), null, 2)),
    shows: /It would be stored, with/,
  },
  {
    ...CHECKED,
    state: 'refused',
    open: (on) => check(on, JSON.stringify(aSummary().without('Encounter.status').build(), null, 2)),
    shows: /It would be refused/,
  },
  {
    ...CHECKED,
    state: 'too large',
    open: (on) => check(on, ' '.repeat(600_000)),
    shows: 'This is too large',
  },
];
