/** What waits for the answer to COMMIT is called then, and only then: also through what a submission wraps around it. */
import { afterCommit, type Database } from '../../src/platform/postgres';
import { timed } from '../../src/use-cases/submitting/too-costly';
import { openTestDatabase } from '../support/database';

let database: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ database, close } = await openTestDatabase(2));
});
afterAll(() => close());

describe('after the commit of a transaction', () => {
  it('a callback is called, and not before', async () => {
    const callback = jest.fn();
    await database.transaction(async (tx) => {
      afterCommit(timed(tx, 5_000), callback);
      await tx.query({ text: 'SELECT 1' });
      expect(callback).not.toHaveBeenCalled();
    });
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('none is called where the answer to COMMIT does not come', async () => {
    const callback = jest.fn();
    const dying = database.transaction(async (tx) => {
      afterCommit(timed(tx, 5_000), callback);
      const [row] = await tx.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
      await database.query({ text: 'SELECT pg_terminate_backend($1)' }, [row!.pid]);
    });
    await expect(dying).rejects.toThrow();
    expect(callback).not.toHaveBeenCalled();
  });

  it('one is called at once where no transaction is open', () => {
    const callback = jest.fn();
    afterCommit(database, callback);
    expect(callback).toHaveBeenCalledTimes(1);
  });
});
