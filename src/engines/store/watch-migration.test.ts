import { sentenceOf } from './watch-migration';

const own = {
  pid: 7,
  address: null,
  state: 'active',
  waitEvent: null,
  seconds: 30,
  blockers: [],
  names: 'db1',
};
const others = { ...own, pid: 8, address: '10.0.0.12' };
const said = (session: typeof own | typeof others, changed: object = {}): string | undefined =>
  sentenceOf({ ...session, ...changed }, 7);

describe('what holds up a start', () => {
  it('is nothing while the migration takes the usual time', () => {
    expect(said(own, { seconds: 5 })).toBeUndefined();
    expect(said(own, { waitEvent: 'SyncRep', seconds: 1 })).toBeUndefined();
  });

  it('is the synchronous standby that does not answer, by its name', () => {
    expect(said(own, { waitEvent: 'SyncRep', seconds: 3 })).toBe(
      'Commits wait for a synchronous standby that does not answer. synchronous_standby_names is db1. Connect the standby. If this database was restored and has no standby, clear the setting (docs/backup.md).',
    );
  });

  it('is a lock of another session, or a statement that takes long', () => {
    expect(said(own, { blockers: [31] })).toContain('waits for a lock that session 31 of PostgreSQL holds');
    expect(said(own)).toBe('A statement of the migration takes long. Wait for it.');
  });

  it('is another node that migrates, with its address', () => {
    expect(said(others)).toBe(
      'Another node is migrating the database (session 8 from 10.0.0.12), and a statement takes long. Wait for it.',
    );
    expect(said(others, { state: 'idle' })).toContain('and has sent no statement for 10 seconds');
    expect(said(others, { state: null, seconds: 0 })).toContain('Grant pg_monitor');
    expect(said(others, { blockers: [31, 32] })).toContain(
      'Its migration waits for a lock that session 31, 32 of PostgreSQL holds',
    );
  });
});
