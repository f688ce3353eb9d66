/** The states of the clinician's pages. */
import { ERROR_NUMBER, FULL_STAY_NUMBER, MIXED_NUMBER, WITHDRAWN_NUMBER } from './submissions';
import type { Opening, State } from './state';

const search = async ({ page, go, press }: Opening, number: string): Promise<void> => {
  await go('/console/patients');
  await page.getByLabel('NHS number').fill(number);
  await press('Search');
};

/** Opens the patient, and then the stay whose list item has the text. */
const stay = async (opening: Opening, number: string, text: string | RegExp): Promise<void> => {
  await search(opening, number);
  const item = opening.page.getByRole('main').getByRole('listitem').filter({ hasText: text });
  await item.first().getByRole('link').click();
};

const PATIENTS = { page: 'POST /console/patients', as: 'Clinician' } as const;
const PATIENT = { page: 'GET /console/patients/:id', as: 'Clinician' } as const;
const STAY = { page: 'GET /console/stays/:id', as: 'Clinician' } as const;

export const clinicianStates: readonly State[] = [
  {
    page: 'GET /console/patients',
    state: 'empty',
    as: 'Clinician',
    open: ({ go }) => go('/console/patients'),
    shows: 'Find a patient',
  },
  { ...PATIENTS, state: 'mistyped', open: (on) => search(on, '999'), shows: 'There is a problem' },
  { ...PATIENTS, state: 'not held', open: (on) => search(on, '943 476 5919'), shows: 'Nothing is held' },
  { ...PATIENT, state: 'with stays', open: (on) => search(on, FULL_STAY_NUMBER), shows: 'Corrected' },
  {
    ...PATIENT,
    state: 'entered in error',
    open: (on) => search(on, ERROR_NUMBER),
    shows: 'Entered in error',
  },
  { ...PATIENT, state: 'withdrawn', open: (on) => search(on, WITHDRAWN_NUMBER), shows: 'Virtual ward stays' },
  {
    ...STAY,
    state: 'with everything',
    open: (on) => stay(on, FULL_STAY_NUMBER, 'Corrected'),
    shows: 'Versions',
  },
  {
    ...STAY,
    state: 'with readings that no line can show',
    open: (on) => stay(on, MIXED_NUMBER, 'March'),
    shows: 'Not of the patient',
  },
  { ...STAY, state: 'not final', open: (on) => stay(on, FULL_STAY_NUMBER, 'Not final'), shows: 'Not final' },
  { ...STAY, state: 'in error', open: (on) => stay(on, ERROR_NUMBER, 'Entered'), shows: 'Entered in error' },
  {
    ...STAY,
    state: 'withdrawn',
    open: async ({ go, homeward, submission }) => {
      const { json } = await homeward.call('GET', `/submissions/${submission('withdrawn')}`);
      const { id } = json.stored.find(({ type }: { type: string }) => type === 'Encounter');
      await go(`/console/stays/${id}`);
    },
    shows: 'This has been withdrawn',
  },
  {
    page: 'GET /console/documents/:id',
    state: 'opened by itself after it was retracted',
    as: 'Clinician',
    open: async (on) => {
      await stay(on, ERROR_NUMBER, 'Entered');
      const address = await on.page.locator('iframe').first().getAttribute('src');
      await on.go(address!);
    },
    shows: 'Entered in error',
  },
  {
    page: 'GET /console/submissions',
    state: 'of another role',
    as: 'Clinician',
    open: ({ go }) => go('/console/submissions'),
    shows: 'You cannot open this page',
  },
  {
    page: 'GET /console/nothing',
    state: 'not found',
    as: 'Clinician',
    open: ({ go }) => go('/console/nothing'),
    shows: 'Page not found',
  },
];
