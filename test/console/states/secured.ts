/** The states of a secured server: sign-in at a provider and its failures, and records behind a reason. */
import type { Opening, State } from './state';
import { FULL_STAY_NUMBER } from './submissions';

export interface SecuredOpening extends Opening {
  /** Signs in at the provider, up to the address of the callback. */
  callbackOf(account: object): Promise<string>;
  /** The patient of another organisation. */
  patient: string;
  /** Starts a server whose provider is away. @returns its address */
  away: string;
}

export interface SecuredState extends Omit<State, 'open'> {
  open(opening: SecuredOpening): Promise<unknown>;
}

const SIGN_IN = { page: 'GET /console/sign-in', as: 'Nobody' } as const;
const CALLBACK = { page: 'GET /console/callback', as: 'Nobody' } as const;
const GLASS = { page: 'POST /console/patients/:id/break-glass', as: 'Clinician' } as const;

const search = async ({ page, go, press }: Opening): Promise<void> => {
  await go('/console/patients');
  await page.getByLabel('NHS number').fill(FULL_STAY_NUMBER);
  await press('Search');
};

export const securedStates: readonly SecuredState[] = [
  {
    ...SIGN_IN,
    state: 'at a provider',
    open: ({ go }) => go('/console/sign-in'),
    shows: 'You sign in with the account of your organisation',
  },
  {
    ...CALLBACK,
    state: 'signed in',
    open: async ({ page, go, callbackOf }) => {
      const callback = await callbackOf({ name: 'Dr Ada Okoye', roles: 'clinician', ods_code: 'RR8' });
      const reply = await page.request.get(callback);
      const headers = reply.headers();
      // It would go on at once.
      const body = (await reply.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '');
      await page.route('**/console/callback', (route) => route.fulfill({ headers, body }));
      await go('/console/callback');
      await page.unroute('**/console/callback');
    },
    shows: 'You are signed in',
  },
  {
    ...CALLBACK,
    state: 'without a role',
    open: async ({ go, callbackOf }) => go(await callbackOf({ name: 'Mr Nobody', roles: ['cleaner'] })),
    shows: 'none of the roles',
  },
  {
    ...CALLBACK,
    state: 'refused by the provider',
    open: ({ go }) => go('/console/callback?error=access_denied'),
    shows: 'another browser, or too long ago',
  },
  {
    page: 'POST /console/sign-in',
    state: 'with the provider away',
    as: 'Nobody',
    open: async ({ page, away, press }) => {
      await page.goto(`${away}/console/sign-in`);
      await press('Sign in');
    },
    shows: 'cannot be reached',
  },
  {
    page: 'POST /console/sign-in',
    state: 'too often',
    as: 'Nobody',
    open: async ({ page, away, press }) => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await page.goto(`${away}/console/sign-in`);
        await press('Sign in');
      }
    },
    shows: 'too many attempts',
  },
  {
    page: 'POST /console/patients',
    state: 'of another organisation',
    as: 'Clinician',
    open: search,
    shows: 'Search again',
  },
  {
    page: 'GET /console/patients/:id',
    state: 'behind a reason',
    as: 'Clinician',
    open: ({ go, patient }) => go(`/console/patients/${patient}`),
    shows: 'Give a reason to open this record',
  },
  {
    ...GLASS,
    state: 'without a reason',
    open: async ({ go, press, patient }) => {
      await go(`/console/patients/${patient}`);
      await press('Open the record');
    },
    shows: 'Enter the reason',
  },
  {
    page: 'GET /console/patients/:id',
    state: 'opened with a reason',
    as: 'Clinician',
    open: async ({ page, go, press, patient }) => {
      await go(`/console/patients/${patient}`);
      await page.getByLabel('Reason').fill('Emergency admission');
      await press('Open the record');
    },
    shows: 'You opened this record with the reason',
  },
];
