/**
 * The clients of the token endpoint, from `CLIENTS_FILE`, each with the source of its keys. The file is read again when
 * it changes.
 */
import { readRegistrations, type ClientRegistration } from './client-registration';
import { readKeySet, type VerificationKey } from './jwk';
import { fixedKeySource, openKeySource, type KeySource } from './keys';
import { sha256Of, type OnRead, type SeenFile } from '../../platform/seen-file';
import { openWatchedFile } from '../../platform/watched-file';
import type { HeldToken } from './verify-token';

export interface Client {
  registration: ClientRegistration;
  keys: KeySource;
}

/** A client with what its tokens may name as `client_key`. */
interface Registered extends Client {
  clientKeys: ReadonlySet<string>;
}

export interface Clients {
  /** The client as currently registered, disabled or not. */
  find(clientId: string): Promise<Client | undefined>;
  /**
   * Whether a client may use a token that was issued to it, by its registration as it is now. Called for each request
   * with such a token.
   */
  mayUse(token: HeldToken): Promise<boolean>;
  /** The organisations that clients are registered for. */
  odsCodes(): string[];
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
  mayUse: () => Promise.resolve(false),
  odsCodes: () => [],
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

  const opened = await openWatchedFile<ReadonlyMap<string, Registered>>({
    ...options,
    name: 'CLIENTS_FILE',
    parts: (clients) => partsOf([...clients.values()].map(({ registration }) => registration)),
    read: (document) => {
      const read = readRegistrations(document);
      if (!read.ok) return read;
      const clients = read.value.map((registration): Registered => ({
        registration,
        keys: keysOf(registration),
        clientKeys: clientKeysOf(registration),
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
      mayUse: async (token) => {
        await file.settle();
        const client = file.current().get(token.clientId);
        return client !== undefined && stillHolds(token, client);
      },
      odsCodes: () => [...file.current().values()].map(({ registration }) => registration.odsCode),
    },
  };
}

/**
 * What a token names as `client_key`: the key with which its client proved itself, by its thumbprint. For a client that
 * publishes its keys it is their address: which keys are there is known only after asking.
 */
export function clientKeyOf({ jwksUri }: ClientRegistration, { thumbprint }: VerificationKey): string {
  return jwksUri ?? thumbprint;
}

function clientKeysOf(registration: ClientRegistration): ReadonlySet<string> {
  const { jwks, jwksUri } = registration;
  if (jwksUri !== undefined) return new Set([jwksUri]);
  return new Set([...readKeySet(jwks).keys.values()].map((key) => clientKeyOf(registration, key)));
}

function stillHolds({ boundTo, clientKey }: HeldToken, { registration, clientKeys }: Registered): boolean {
  const { disabled, certificateSha256 } = registration;
  if (disabled === true) return false;
  if (certificateSha256 !== undefined && certificateSha256 !== boundTo) return false;
  // A node of an earlier version names no key in its tokens.
  return clientKey === undefined || clientKeys.has(clientKey);
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
