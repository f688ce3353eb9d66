/**
 * The sandbox's own issuer: a signing key under `DATA_DIR`, and tokens made with it, so that the server can be tried
 * without other software. Only `app.ts` in sandbox mode trusts it.
 */
import { randomUUID } from 'node:crypto';
import { chmod, link, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../fhir/types';
import { makeFolder } from '../../platform/make-folder';
import { fixedKeySource } from './keys';
import { readKeySet } from './jwk';
import { newPrivateKeyPem, signerFromPem, signToken } from './signer';
import type { TrustedIssuer } from './verify-token';

export interface SandboxTokenRequest {
  scope: string;
  /** The organisation to act for. */
  ods?: string;
  ttlSeconds: number;
  /** The client's id; `sandbox` unless given. */
  sub?: string;
  /** `fhirUser`, `name`, `role`: the person to act for. */
  user?: { fhirUser?: string; name?: string; role?: string };
}

export interface Sandbox {
  /** For `createTokenVerifier`. */
  issuer: TrustedIssuer;
  token(request: SandboxTokenRequest): string;
}

/** The same for every sandbox: each has its own key, so its tokens do not work on another. */
const ISSUER = 'urn:homeward:sandbox';
const OF_ANOTHER =
  'The access token is from another sandbox, or the key of this sandbox has changed. To make a new token, run: homeward token. Run it in the folder where this server was started, or with its DATA_DIR.';
const KEY_FILE = 'sandbox-signing-key.pem';

/** The file of a sandbox's key. If it exists, the folder has been used by a sandbox. */
export function sandboxKeyFile(dataDir: string): string {
  return join(dataDir, KEY_FILE);
}

/** Opens the sandbox of a data directory. The first process that calls this creates the key. */
export async function openSandbox(dataDir: string, now: () => number = Date.now): Promise<Sandbox> {
  makeFolder(dataDir);
  const signer = signerFromPem(await keyUnder(dataDir));
  const { keys } = readKeySet({ keys: [signer.publicJwk] });
  return {
    issuer: { issuer: ISSUER, audiences: [ISSUER], keys: fixedKeySource(keys), ofAnotherKey: OF_ANOTHER },
    token: ({ scope, ods, ttlSeconds, sub = 'sandbox', user }) =>
      signToken(signer, {
        issuer: ISSUER,
        audience: ISSUER,
        clientId: sub,
        scope,
        ...(ods !== undefined && { odsCode: ods }),
        issuedAtMillis: now(),
        lifetimeSeconds: ttlSeconds,
        ...(user && { others: { ...user } as JsonObject }),
      }),
  };
}

/** A token of the sandbox under `dataDir`, for `homeward token`. */
export async function sandboxToken(dataDir: string, request: SandboxTokenRequest): Promise<string> {
  return (await openSandbox(dataDir)).token(request);
}

/**
 * Reads the key, or creates it. Writes a temporary file and links it, so that the key file is complete or absent, and
 * never replaced.
 */
async function keyUnder(dataDir: string): Promise<string> {
  const path = sandboxKeyFile(dataDir);
  const existing = await readKey(path);
  if (existing !== undefined) return existing;
  const aside = `${path}.${randomUUID()}`;
  await writeFile(aside, newPrivateKeyPem(), { mode: 0o600, flag: 'wx' });
  try {
    await link(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(aside);
  }
  return readFile(path, 'utf8');
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) await chmod(path, 0o600);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (Object(error) as NodeJS.ErrnoException).code;
}
