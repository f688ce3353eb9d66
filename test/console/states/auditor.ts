/** The states of the auditor's pages. */
import type { Opening, State } from './state';

const at =
  (path: string) =>
  ({ go }: Opening): Promise<void> =>
    go(path);
const one =
  (name: string) =>
  ({ go, submission }: Opening): Promise<void> =>
    go(`/console/submissions/${submission(name)}`);
const seenBy = async ({ go, page }: Opening, number: string): Promise<void> => {
  await go('/console/access');
  await page.getByLabel('NHS number').fill(number);
  await page.getByRole('button', { name: 'Show access' }).click();
};

const LIST = { page: 'GET /console/submissions', as: 'Auditor' } as const;
const ONE = { page: 'GET /console/submissions/:id', as: 'Auditor' } as const;
const COUNTS = { page: 'GET /console/counts', as: 'Auditor' } as const;
const ACCESS = { page: 'GET /console/access/:id', as: 'Auditor' } as const;
const NOBODY = '6b9b148f-0000-4000-8000-000000000009';

export const auditorStates: readonly State[] = [
  { ...LIST, state: 'all', open: at('/console/submissions'), shows: 'Received, newest first' },
  { ...LIST, state: 'queue', open: at('/console/submissions?review=open'), shows: 'Waiting for a review' },
  { ...LIST, state: 'none', open: at('/console/submissions?sender=XYZ'), shows: 'No submission matches' },
  { ...LIST, state: 'bad date', open: at('/console/submissions?from=soon'), shows: 'There is a problem' },
  { ...ONE, state: 'accepted', open: one('clean'), shows: 'It was stored as it came' },
  { ...ONE, state: 'corrected', open: one('corrected'), shows: 'It was corrected by' },
  { ...ONE, state: 'with warnings', open: one('correction'), shows: 'It corrects' },
  { ...ONE, state: 'repaired', open: one('repaired'), shows: 'Repairs' },
  { ...ONE, state: 'refused', open: one('refused'), shows: 'This submission waits for a review' },
  { ...ONE, state: 'refused, in lines', open: one('in lines'), shows: 'Documents are cut' },
  { ...ONE, state: 'no Bundle', open: one('no Bundle'), shows: 'Refused' },
  { ...ONE, state: 'reviewed', open: one('reviewed'), shows: 'The review is closed' },
  { ...ONE, state: 'withdrawing', open: one('withdrawing'), shows: 'withdrawn by this submission' },
  { ...ONE, state: 'unknown', open: at(`/console/submissions/${NOBODY}`), shows: 'Page not found' },
  {
    page: 'POST /console/submissions/:id',
    state: 'without a note',
    as: 'Auditor',
    open: async (on) => {
      await one('refused')(on);
      await on.page.getByRole('button', { name: 'Save', exact: true }).click();
    },
    shows: 'Write a note',
  },
  { ...COUNTS, state: 'with counts', open: at('/console/counts'), shows: 'By sender' },
  {
    ...COUNTS,
    state: 'none',
    open: at('/console/counts?from=2025-01-01&to=2025-01-31'),
    shows: 'Nothing was received',
  },
  { ...COUNTS, state: 'too long', open: at('/console/counts?from=2020-01-01'), shows: 'There is a problem' },
  {
    page: 'GET /console/access',
    state: 'empty',
    as: 'Auditor',
    open: at('/console/access'),
    shows: 'Who has seen a patient’s data',
  },
  {
    page: 'POST /console/access',
    state: 'mistyped',
    as: 'Auditor',
    open: (on) => seenBy(on, '12'),
    shows: 'There is a problem',
  },
  { ...ACCESS, state: 'seen', open: (on) => seenBy(on, '999 000 0018'), shows: 'Newest first, UK time' },
  { ...ACCESS, state: 'nobody', open: at(`/console/access/${NOBODY}`), shows: 'Nobody has seen data' },
  { ...ACCESS, state: 'bad date', open: at(`/console/access/${NOBODY}?to=x`), shows: 'There is a problem' },
  {
    page: 'GET /console/senders/:sender',
    state: 'of an auditor',
    as: 'Auditor',
    open: at('/console/senders/RR8'),
    shows: 'What it gets wrong',
  },
  {
    page: 'GET /console/patients/:id',
    state: 'of another role',
    as: 'Auditor',
    open: at(`/console/patients/${NOBODY}`),
    shows: 'You cannot open this page',
  },
];
