/** A sender of many batches at once takes neither all connections nor the writer of audit records. */
import { takeLocks } from '../../src/use-cases/submitting/locks/take-locks';
import { freshSummary, send } from '../semantics/sending';
import { heldByConditions } from './held-conditions';
import { startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  // Eight connections; a request waits for one for a second.
  homeward = await startHomeward({ STATEMENT_TIMEOUT_MS: '8000', DATABASE_CONNECTION_TIMEOUT_MS: '1000' });
});
afterAll(() => homeward.close());

it('leaves connections to other senders while its entries wait for locks', async () => {
  const { bundles, locks } = heldByConditions('batch', 12);
  let sending!: Promise<{ status: number }[]>;
  await homeward.app.database.transaction(async (tx) => {
    await takeLocks(tx, locks);
    sending = Promise.all(bundles.map((each) => send(homeward, each, { path: '/FHIR/R4', as: 'RX1' })));
    await new Promise((later) => setTimeout(later, 1_500));
    expect((await send(homeward, freshSummary())).status).toBe(201);
  });
  expect((await sending).map(({ status }) => status)).toEqual(bundles.map(() => 200));
});

it('leaves the writer of audit records to others while its entries are refused', async () => {
  const limited = await startHomeward({ RATE_LIMIT_PER_MINUTE: '1' });
  try {
    const { database } = limited.app;
    const entries = Array.from({ length: 400 }, () => ({ request: { method: 'GET', url: 'Patient/1' } }));
    let sending!: Promise<{ status: number }>;
    await database.transaction(async (tx) => {
      await tx.query({ text: 'LOCK TABLE audit_record IN SHARE ROW EXCLUSIVE MODE' });
      sending = send(
        limited,
        { resourceType: 'Bundle', type: 'batch', entry: entries },
        { path: '/FHIR/R4' },
      );
      await new Promise((later) => setTimeout(later, 1_500));
    });
    expect((await sending).status).toBe(200);
    const text =
      'SELECT max(count)::int AS most FROM (SELECT count(*) FROM audit_record GROUP BY xid) AS one';
    const [row] = await database.query<{ most: number }>({ text });
    expect(row!.most).toBeLessThanOrEqual(20);
  } finally {
    await limited.close();
  }
});
