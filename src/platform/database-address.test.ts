import { readDatabaseAddress } from './database-address';

const serversOf = (text: string): string => {
  const read = readDatabaseAddress(text);
  return read.ok ? read.address.label : read.fault;
};

describe('DATABASE_URL', () => {
  it.each([
    ['postgres://u:p@db/homeward', 'db:5432'],
    ['postgresql://u:p%40@db:6432/homeward?sslmode=require', 'db:6432'],
    ['postgres://h1,h2/db?target_session_attrs=read-write', 'h1:5432, h2:5432'],
    ['postgres://u:p@h1:5433,h2:5434/db', 'h1:5433, h2:5434'],
    ['postgres://u:p@[::1]:5433,[fe80::2]/db', '[::1]:5433, [fe80::2]:5432'],
    ['postgres://u@/db?host=h1,h2&port=5433', 'h1:5433, h2:5433'],
    ['postgres:///db?host=h1,h2&port=1,2&target_session_attrs=primary', 'h1:1, h2:2'],
  ])('%s names its servers', (text, label) => {
    expect(serversOf(text)).toBe(label);
  });

  it.each([
    ['mysql://h/db', /begins with postgres/],
    ['h1,h2', /begins with postgres/],
    ['postgres://h1,h2/db?target_session_attrs=standby', /one of: any, read-write, primary/],
    ['postgres://h1,h2/db?port=1,2,3', /one port for all servers, or one for each/],
    ['postgres://h1:99999,h2/db', /ports from 1 to 65535/],
    ['postgres://[::1/db', /square brackets/],
  ])('%s is refused with what would be right', (text, why) => {
    expect(serversOf(text)).toMatch(why);
  });

  it('asks for a standby where the replica is named, and for a primary elsewhere', () => {
    const text = 'postgres://h1,h2/db?target_session_attrs=standby';
    expect(readDatabaseAddress(text, 'DATABASE_REPLICA_URL').ok).toBe(true);
    expect(readDatabaseAddress(text.replace('standby', 'primary'), 'DATABASE_REPLICA_URL')).toEqual({
      ok: false,
      fault: expect.stringMatching(/^DATABASE_REPLICA_URL .* one of: any, read-only, standby\.$/),
    });
  });

  it('gives each server a URL of its own, with the user, the database and every other parameter', () => {
    const read = readDatabaseAddress('postgres://u:p@h1:1,h2:2/db?sslmode=require&options=-c%20a%3Db');
    expect(read.ok && read.address.urls).toEqual([
      'postgres://u:p@server/db?sslmode=require&options=-c%20a%3Db&host=h1&port=1',
      'postgres://u:p@server/db?sslmode=require&options=-c%20a%3Db&host=h2&port=2',
    ]);
  });
});
