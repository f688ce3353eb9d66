/**
 * One client of the token endpoint, as an operator writes it in `CLIENTS_FILE`; and the check of the whole file, which
 * reports every fault at once with its place.
 * @see docs/access.md
 */
import { isObject, type JsonObject } from '../../fhir/types';
import { readKeySet } from './jwk';
import { readOdsCode } from './read-caller';
import { parseScope } from './scopes';
import type { Reading } from '../../platform/watched-file';

export interface ClientRegistration {
  clientId: string;
  /** Its name for people. */
  name: string;
  /** The organisation that it acts for. */
  odsCode: string;
  /** The scopes that it may be granted, separated by spaces. */
  scope: string;
  /** Its public keys; or `jwksUri`, where they are published. */
  jwks?: JsonObject;
  jwksUri?: string;
  /** Its tokens work only with this TLS client certificate: base64url of the certificate's SHA-256. */
  certificateSha256?: string;
  /** True to issue no tokens to it. */
  disabled?: boolean;
}

const MEMBERS = new Set([
  'clientId',
  'name',
  'odsCode',
  'scope',
  'jwks',
  'jwksUri',
  'certificateSha256',
  'disabled',
]);

/** Checks the parsed file. */
export function readRegistrations(document: unknown): Reading<readonly ClientRegistration[]> {
  if (!Array.isArray(document)) return { ok: false, faults: ['must be a JSON array of clients'] };
  const faults: string[] = [];
  const remarks: string[] = [];
  const seen = new Set<unknown>();
  document.forEach((client: unknown, index) => {
    if (!isObject(client)) {
      faults.push(`[${index}] must be an object`);
      return;
    }
    faults.push(...faultsOf(client).map((fault) => `[${index}].${fault}`));
    remarks.push(...remarksOn(client).map((remark) => `[${index}].${remark}`));
    if (seen.has(client.clientId)) faults.push(`[${index}].clientId is already used by an earlier client`);
    seen.add(client.clientId);
  });
  if (faults.length > 0) return { ok: false, faults };
  const value = (document as JsonObject[]).map(toRegistration);
  return { ok: true, value, remarks };
}

function toRegistration(client: JsonObject): ClientRegistration {
  return { ...client, odsCode: readOdsCode(client.odsCode) } as unknown as ClientRegistration;
}

function faultsOf(client: JsonObject): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  must(isText(client.clientId), 'clientId must be a string of 1 to 256 characters');
  must(isText(client.name), 'name must be a string of 1 to 256 characters');
  must(typeof readOdsCode(client.odsCode) === 'string', 'odsCode must be the ODS code of an organisation');
  must(
    typeof client.scope === 'string' &&
      scopesOf(client.scope).some((scope) => parseScope(scope) !== undefined),
    'scope must contain a SMART scope, such as system/Bundle.c',
  );
  must(
    (client.jwks === undefined) !== (client.jwksUri === undefined),
    'jwks or jwksUri must be set, but not both',
  );
  faults.push(...faultsOfKeys(client));
  must(
    client.certificateSha256 === undefined || isSha256(client.certificateSha256),
    'certificateSha256 must be the base64url of a SHA-256 (43 characters)',
  );
  must(
    client.disabled === undefined || typeof client.disabled === 'boolean',
    'disabled must be true or false',
  );
  return faults;
}

function faultsOfKeys({ jwks, jwksUri }: JsonObject): string[] {
  const faults: string[] = [];
  if (jwks !== undefined) {
    const read = readKeySet(jwks);
    if (holdsASecret(jwks)) faults.push('jwks contains a private key: remove it, and replace the key pair');
    else if (read.keys.size === 0) faults.push(...read.faults.map((fault) => `jwks.${fault}`));
    if (read.keys.size === 0 && read.faults.length === 0)
      faults.push('jwks must contain a public signing key');
  }
  if (jwksUri !== undefined && !isKeyAddress(jwksUri)) {
    faults.push('jwksUri must be an address that begins with https:, http: or file:');
  }
  return faults;
}

function remarksOn(client: JsonObject): string[] {
  const unknown = Object.keys(client).filter((member) => !MEMBERS.has(member));
  const useless = typeof client.scope === 'string' ? scopesOf(client.scope) : [];
  return [
    ...unknown.map((member) => `${member} is not known, and is ignored`),
    ...useless
      .filter((scope) => parseScope(scope) === undefined)
      .map((scope) => `scope: ${scope} gives no access`),
    ...(client.jwks === undefined ? [] : readKeySet(client.jwks).faults.map((fault) => `jwks.${fault}`)),
  ];
}

function scopesOf(scope: string): string[] {
  return scope.split(/\s+/).filter((text) => text !== '');
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,256}$/u.test(value);
}

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
}

function holdsASecret(jwks: unknown): boolean {
  const keys: unknown[] = isObject(jwks) && Array.isArray(jwks.keys) ? jwks.keys : [];
  return keys.some((key) => isObject(key) && (key.d !== undefined || key.k !== undefined));
}

function isKeyAddress(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    (value.startsWith('file:') ||
      (URL.canParse(value) && ['https:', 'http:'].includes(new URL(value).protocol)))
  );
}
