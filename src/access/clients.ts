/**
 * The clients that the token endpoint knows: `CLIENTS_FILE`, read again when it changes, each with the source of its
 * keys.
 */
import { readRegistrations, type ClientRegistration } from './client-registration';
import { readKeySet } from './jwk';
import { fixedKeySource, openKeySource, type KeySource } from './keys';
import { openWatchedFile } from './watched-file';

export interface Client {
  registration: ClientRegistration;
  keys: KeySource;
}

export interface Clients {
  /** The client as it is registered now, disabled or not. */
  find(clientId: string): Promise<Client | undefined>;
}

export interface OpenClientsOptions {
  path: string;
  now: () => number;
  /** Told, in a sentence for operators, of a broken edit, and of keys that can't be had. */
  onProblem: (text: string) => void;
}

export type OpenedClients = { ok: true; clients: Clients } | { ok: false; faults: readonly string[] };

/** For a server without `CLIENTS_FILE`: nobody is known. */
export const noClients: Clients = { find: () => Promise.resolve(undefined) };

export async function openClients({ path, now, onProblem }: OpenClientsOptions): Promise<OpenedClients> {
  const published = new Map<string, KeySource>();

  const keysOf = ({ clientId, jwks, jwksUri }: ClientRegistration): KeySource => {
    if (jwksUri === undefined) return fixedKeySource(readKeySet(jwks).keys);
    const known = published.get(jwksUri);
    if (known !== undefined) return known;
    const source = openKeySource(jwksUri, {
      now,
      onProblem: (text) => onProblem(`keys of client ${clientId}: ${text}`),
    });
    published.set(jwksUri, source);
    return source;
  };

  const opened = await openWatchedFile({
    path,
    name: 'CLIENTS_FILE',
    now,
    onProblem,
    read: (document) => {
      const read = readRegistrations(document);
      if (!read.ok) return read;
      const clients = read.value.map((registration): Client => ({
        registration,
        keys: keysOf(registration),
      }));
      return {
        ok: true,
        value: new Map(clients.map((client) => [client.registration.clientId, client])),
        remarks: read.remarks,
      };
    },
  });
  if (!opened.ok) return opened;
  return { ok: true, clients: { find: async (clientId) => (await opened.file.fresh()).get(clientId) } };
}
