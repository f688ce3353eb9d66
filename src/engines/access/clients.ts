/**
 * The clients of the token endpoint, from `CLIENTS_FILE`, each with the source of its keys. The file is read again when
 * it changes.
 */
import { readRegistrations, type ClientRegistration } from './client-registration';
import { readKeySet } from './jwk';
import { fixedKeySource, openKeySource, type KeySource } from './keys';
import { sha256Of, type OnRead, type SeenFile } from '../../platform/seen-file';
import { openWatchedFile } from '../../platform/watched-file';

export interface Client {
  registration: ClientRegistration;
  keys: KeySource;
}

export interface Clients {
  /** The client as currently registered, disabled or not. */
  find(clientId: string): Promise<Client | undefined>;
  /** Whether it is registered and not disabled. Called for each request with a token that was issued to it. */
  isEnabled(clientId: string): Promise<boolean>;
}

export interface OpenClientsOptions {
  path: string;
  now: () => number;
  /** Called with a sentence for operators when an edit is broken or keys cannot be loaded. */
  onProblem: (text: string) => void;
  onRead?: OnRead;
}

export type OpenedClients = { ok: true; clients: Clients } | { ok: false; faults: readonly string[] };

/** For a server without `CLIENTS_FILE`: there are no clients. */
export const noClients: Clients = {
  find: () => Promise.resolve(undefined),
  isEnabled: () => Promise.resolve(false),
};

export async function openClients(options: OpenClientsOptions): Promise<OpenedClients> {
  const published = new Map<string, KeySource>();

  const keysOf = ({ clientId, jwks, jwksUri }: ClientRegistration): KeySource => {
    if (jwksUri === undefined) return fixedKeySource(readKeySet(jwks).keys);
    const known = published.get(jwksUri);
    if (known !== undefined) return known;
    const source = openKeySource(jwksUri, { ...options, name: `keys of client ${clientId}` });
    published.set(jwksUri, source);
    return source;
  };

  const opened = await openWatchedFile<ReadonlyMap<string, Client>>({
    ...options,
    name: 'CLIENTS_FILE',
    parts: (clients) => partsOf([...clients.values()].map(({ registration }) => registration)),
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
  const { file } = opened;
  return {
    ok: true,
    clients: {
      find: async (clientId) => (await file.fresh()).get(clientId),
      isEnabled: async (clientId) => {
        await file.settle();
        const client = file.current().get(clientId);
        return client !== undefined && client.registration.disabled !== true;
      },
    },
  };
}

/** Each client as the audit trail records its changes: whether it is enabled, and the digest of its registration. */
export function partsOf(registrations: readonly ClientRegistration[]): SeenFile['parts'] {
  return Object.fromEntries(
    registrations.map((client) => [
      client.clientId,
      `${client.disabled === true ? 'disabled' : 'enabled'} ${sha256Of(JSON.stringify(client)).slice(0, 16)}`,
    ]),
  );
}
