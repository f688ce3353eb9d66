/**
 * Reads `DATABASE_URL` (and `DATABASE_REPLICA_URL`) as PostgreSQL's own programs do: one server or several, of which
 * Homeward uses the first that accepts writes (or that is a standby). `pg` supports only one server, so each server gets its own URL.
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
 */

export interface DatabaseAddress {
  /** One for each server, in the order in which they are tried. */
  urls: readonly string[];
  /** The servers by name and port, for people: no user, no password. */
  label: string;
}

export type ReadAddress = { ok: true; address: DatabaseAddress } | { ok: false; fault: string };

interface Server {
  host: string;
  port: string;
}

const SHAPE = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^@/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i;
const ONE_SERVER = /^(\[[0-9a-f:.%]+\]|[^[\]:]*)(?::(\d{1,5}))?$/i;
/** The variables with an address, and the servers that each may ask for (`target_session_attrs`). */
const VARIABLES = {
  DATABASE_URL: { of: ['any', 'read-write', 'primary'], because: 'Homeward writes' },
  DATABASE_REPLICA_URL: { of: ['any', 'read-only', 'standby'], because: 'the replica must be a standby' },
} as const;

export type AddressVariable = keyof typeof VARIABLES;

/** Reads the address; a fault is a sentence that names the variable. */
export function readDatabaseAddress(text: string, variable: AddressVariable = 'DATABASE_URL'): ReadAddress {
  const { of, because } = VARIABLES[variable];
  const wrong = (why: string): ReadAddress => ({ ok: false, fault: `${variable} ${why}` });
  const parts = SHAPE.exec(text);
  if (parts === null || !URL.canParse(`${parts[1]}${parts[2] ?? ''}server${parts[4] ?? ''}`))
    return wrong(
      'must be a URL that begins with postgres:// or postgresql://, such as postgres://homeward:secret@db/homeward.',
    );
  const [, scheme = '', user = '', authority = '', path = '', query = ''] = parts;
  const search = new URLSearchParams(query);
  const wanted = search.get('target_session_attrs');
  if (wanted !== null && !of.some((each) => each === wanted))
    return wrong(
      `has target_session_attrs=${wanted.slice(0, 20)}. Because ${because}, it must be one of: ${of.join(', ')}.`,
    );
  const servers = serversOf(authority, search.get('host'), search.get('port'));
  if (typeof servers === 'string') return wrong(servers);
  for (const name of ['host', 'port', 'target_session_attrs', 'load_balance_hosts']) search.delete(name);
  return {
    ok: true,
    address: {
      urls: servers.map((server) => `${scheme}${user}server${path}?${searchOf(server, search)}`),
      label: servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', '),
    },
  };
}

/** The servers of a checked address, for people. */
export function databaseLabel(text: string, variable: AddressVariable = 'DATABASE_URL'): string {
  const read = readDatabaseAddress(text, variable);
  return read.ok ? read.address.label : 'an unknown address';
}

/** The servers that are named before the path, or by `host` and `port` behind it; or what is wrong with them. */
function serversOf(authority: string, hosts: string | null, ports: string | null): Server[] | string {
  const named = (hosts ?? authority)
    .split(',')
    .map((each) => (hosts === null ? ONE_SERVER.exec(each) : [each, each]));
  if (named.some((each) => each === null))
    return 'must name its servers as host:port, separated by commas, with IPv6 addresses in square brackets.';
  const given = ports?.split(',') ?? named.map((each) => each?.[2] ?? '');
  if (given.length !== 1 && given.length !== named.length)
    return 'must have one port for all servers, or one for each.';
  const servers = named.map((each, place) => ({
    host: decodeURIComponent(each?.[1] ?? '').replace(/^\[|\]$/g, '') || 'localhost',
    port: given[given.length === 1 ? 0 : place] || '5432',
  }));
  return servers.every(({ port }) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535)
    ? servers
    : 'must have ports from 1 to 65535.';
}

function searchOf({ host, port }: Server, others: URLSearchParams): string {
  const search = new URLSearchParams(others);
  search.set('host', host);
  search.set('port', port);
  return search.toString().replaceAll('+', '%20');
}
