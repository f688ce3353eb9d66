import { judge } from './replication';

const well = { names: 'b', commit: 'on', sees: true, synchronous: 1, waiting: 0 };

describe('what is acknowledged', () => {
  it('is on a standby’s disk where one is connected and commits wait for it', () => {
    expect(judge(well).state).toBe('synchronous');
    expect(judge({ ...well, commit: 'remote_apply' }).state).toBe('synchronous');
  });

  it.each(['off', 'local', 'remote_write'])('is on one disk only with synchronous_commit=%s', (commit) => {
    expect(judge({ ...well, commit }).state).toBe('none');
  });

  it('is on one disk only where PostgreSQL names no synchronous standby', () => {
    expect(judge({ ...well, names: '', synchronous: 0 }).state).toBe('none');
  });

  it('cannot be stored where the standby is not there, or does not answer for seconds', () => {
    expect(judge({ ...well, synchronous: 0 }).state).toBe('missing');
    expect(judge({ ...well, waiting: 3 }).state).toBe('missing');
  });

  it('waits for a standby that this role may not see', () => {
    expect(judge({ ...well, sees: false, synchronous: 0 }).state).toBe('unseen');
  });
});
