/**
 * Signs people in at an OpenID provider: authorisation code with PKCE (S256), `state` and `nonce`.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
 */
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../../fhir/types';
import { readOdsCode } from '../read-caller';
import { rolesIn } from './roles';
import type { SignedInPerson } from './sessions';

/** The library is an ECMAScript module, and is loaded when someone signs in. */
const load = () => import('openid-client');
type Client = Awaited<ReturnType<typeof load>>;
type Configuration = InstanceType<Client['Configuration']>;

export interface OpenIdSettings {
  issuer: string;
  clientId: string;
  clientSecretFile: string | undefined;
  roleClaim: string;
  odsClaim: string;
}

/** The values that connect the answer of the provider with the browser that asked. */
export interface Challenge {
  state: string;
  /** The PKCE code verifier. */
  verifier: string;
  /** Stands in the ID token that belongs to this sign-in. */
  nonce: string;
}

export type SignInResult =
  | { ok: true; person: SignedInPerson }
  /** The provider knows the person, but nothing here is open to that person. */
  | { ok: false; why: 'role' | 'organisation'; person: SignedInPerson }
  /** No person: the provider refused, or its answer does not belong to this browser. */
  | { ok: false; why: 'refused' };

export interface OpenIdProvider {
  /** The address where the person signs in. @throws ProviderAway */
  addressOf(challenge: Challenge, redirectUri: string): Promise<string>;
  /** @param callback the address to which the provider sent the browser. @throws ProviderAway */
  personOf(challenge: Challenge, callback: URL): Promise<SignInResult>;
  /** The origins to which the form of the sign-in page may lead. */
  origins(): Promise<readonly string[]>;
}

/** The provider could not be reached, or answered with an error of its own. */
export class ProviderAway extends Error {
  constructor(cause: unknown) {
    super('the OpenID provider cannot be reached', { cause });
    this.name = 'ProviderAway';
  }
}

/** Printable and not too long, because it is shown and recorded. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,256}$/u;
const TIMEOUT_SECONDS = 10;

export function openIdProvider(settings: OpenIdSettings): OpenIdProvider {
  const configured = discovery(settings);
  return {
    addressOf: async ({ state, verifier, nonce }, redirectUri) => {
      const client = await load();
      const address = client.buildAuthorizationUrl(await configured(), {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return address.href;
    },
    personOf: async (challenge, callback) => {
      const claims = await claimsOf(await configured(), challenge, callback, settings);
      return claims ? personIn(claims, settings) : { ok: false, why: 'refused' };
    },
    origins: async () => {
      const endpoint = await configured().then(
        (configuration) => configuration.serverMetadata().authorization_endpoint,
        () => undefined,
      );
      const addresses = [settings.issuer, ...(endpoint === undefined ? [] : [endpoint])];
      return [...new Set(addresses.map((each) => new URL(each).origin))];
    },
  };
}

/** Reads the provider's metadata when they are needed first. @returns a function that throws ProviderAway */
function discovery({ issuer, clientId, clientSecretFile }: OpenIdSettings): () => Promise<Configuration> {
  let known: Promise<Configuration> | undefined;
  const discover = async (): Promise<Configuration> => {
    const client = await load();
    const secret = clientSecretFile === undefined ? undefined : readFileSync(clientSecretFile, 'utf8').trim();
    const isPlain = new URL(issuer).protocol === 'http:';
    return client.discovery(new URL(issuer), clientId, undefined, authenticationBy(client, secret), {
      timeout: TIMEOUT_SECONDS,
      execute: [client.enableNonRepudiationChecks, ...(isPlain ? [client.allowInsecureRequests] : [])],
    });
  };
  return async () => {
    try {
      return await (known ??= discover());
    } catch (error) {
      known = undefined;
      throw new ProviderAway(error);
    }
  };
}

/** The claims of the ID token and, where it lacks some, those of the userinfo endpoint. */
async function claimsOf(
  configuration: Configuration,
  { state, verifier, nonce }: Challenge,
  callback: URL,
  { roleClaim, odsClaim }: OpenIdSettings,
): Promise<JsonObject | undefined> {
  const client = await load();
  try {
    const tokens = await client.authorizationCodeGrant(configuration, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims() as unknown as JsonObject & { sub: string };
    const isWhole = [roleClaim, odsClaim, 'name'].every((name) => claims[name] !== undefined);
    if (isWhole || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    const more = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub).catch(() => ({}));
    return { ...(more as JsonObject), ...claims };
  } catch (error) {
    if (isOfProvider(error)) throw new ProviderAway(error);
    return undefined;
  }
}

function personIn(claims: JsonObject, { issuer, roleClaim, odsClaim }: OpenIdSettings): SignInResult {
  const roles = rolesIn(claims[roleClaim]);
  const odsCode = readOdsCode(claims[odsClaim]);
  const subject = String(claims.sub);
  const person: SignedInPerson = {
    name: nameIn(claims) ?? subject,
    ...{ subject, issuer, roles },
    ...(typeof odsCode === 'string' ? { odsCode } : {}),
  };
  if (roles.length === 0) return { ok: false, why: 'role', person };
  return odsCode === undefined ? { ok: false, why: 'organisation', person } : { ok: true, person };
}

/** How this server proves at the provider who it is: Basic is what OpenID Connect assumes where metadata say nothing. */
function authenticationBy(client: Client, secret: string | undefined): ReturnType<Client['None']> {
  return (server, ...rest) => {
    if (secret === undefined) return client.None()(server, ...rest);
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return methods.includes('client_secret_basic')
      ? client.ClientSecretBasic(secret)(server, ...rest)
      : client.ClientSecretPost(secret)(server, ...rest);
  };
}

function nameIn(claims: JsonObject): string | undefined {
  const whole = [claims.given_name, claims.family_name].filter((part) => typeof part === 'string').join(' ');
  return [claims.name, whole, claims.preferred_username].find(
    (name): name is string => typeof name === 'string' && NAME.test(name),
  );
}

/** True where the provider, or the way to it, failed; false where the person or the browser was refused. */
function isOfProvider(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return (name === 'TypeError' && code === undefined) || code === 'OAUTH_TIMEOUT';
}
