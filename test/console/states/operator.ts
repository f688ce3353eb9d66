/** The states of the operator's pages, and of the ledger. */
import type { Opening, State } from './state';

const at =
  (path: string) =>
  ({ go }: Opening): Promise<void> =>
    go(path);
const verify = async ({ go, press }: Opening): Promise<void> => {
  await go('/console/ledger');
  await press('Verify now');
};

const ROADS = { page: 'GET /console/roads', as: 'Operator' } as const;
const LEDGER = { page: 'GET /console/ledger', as: 'Operator' } as const;
const VERIFIED = { page: 'POST /console/ledger', as: 'Operator' } as const;
const SENDERS = { page: 'GET /console/senders', as: 'Operator' } as const;
const SENDER = { page: 'GET /console/senders/:sender', as: 'Operator' } as const;

export const operatorStates: readonly State[] = [
  { ...ROADS, state: 'with deliveries', open: at('/console/roads'), shows: 'did not answer for 7 days' },
  { ...ROADS, state: 'waiting', open: at('/console/roads?state=waiting'), shows: 'ECONNREFUSED' },
  { ...ROADS, state: 'failed', open: at('/console/roads?state=failed'), shows: '2016' },
  { ...ROADS, state: 'refused', open: at('/console/roads?state=refused'), shows: 'answered 422' },
  { ...SENDERS, state: 'with counts', open: at('/console/senders'), shows: 'Share refused' },
  {
    ...SENDERS,
    state: 'none',
    open: at('/console/senders?from=2025-01-01&to=2025-01-02'),
    shows: 'Nothing was',
  },
  { ...SENDERS, state: 'bad date', open: at('/console/senders?from=soon'), shows: 'There is a problem' },
  { ...SENDER, state: 'with faults', open: at('/console/senders/RR8'), shows: 'By day' },
  { ...SENDER, state: 'unknown', open: at('/console/senders/XYZ'), shows: 'Nothing was found' },
  { ...LEDGER, state: 'not verified now', open: at('/console/ledger'), shows: 'Key fingerprint' },
  { ...VERIFIED, state: 'whole', open: (on) => verify(on), shows: 'The ledger is whole' },
  {
    ...VERIFIED,
    state: 'in part',
    open: async (on) => {
      // As of a ledger that takes longer than one request.
      await on.page.route('**/console/ledger', async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace('The ledger is whole', 'No fault so far');
        await route.fulfill({ response, body });
      });
      await verify(on);
      await on.page.getByText('No fault so far').waitFor();
      await on.page.unroute('**/console/ledger');
    },
    shows: 'No fault so far',
  },
  {
    ...VERIFIED,
    state: 'with faults',
    open: async (on) => {
      const text = "UPDATE submission SET outcome = '[]', sender = 'XYZ' WHERE id = $1";
      await on.homeward.app.database.query({ text }, [on.submission('refused')]);
      await verify(on);
    },
    shows: 'Faults were found',
  },
];
