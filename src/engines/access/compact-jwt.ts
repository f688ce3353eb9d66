/**
 * Parses a JSON Web Token strictly, and checks its signature. Only the token's `kid` selects a key, and only among keys
 * that are already trusted: `jku`, `x5u`, `jwk` and `x5c` are never read.
 * @see https://www.rfc-editor.org/rfc/rfc7519
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
import { verify } from 'jsonwebtoken';
import { isObject, type JsonObject } from '../../fhir/types';
import type { VerificationKey } from './jwk';

export interface CompactJwt {
  text: string;
  header: JsonObject;
  payload: JsonObject;
}

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Parses the token without trusting it. `undefined` for anything but a signed JWT in compact form. */
export function readCompactJwt(text: string, maxLength: number): CompactJwt | undefined {
  if (text.length > maxLength || !COMPACT.test(text)) return undefined;
  const [head = '', body = ''] = text.split('.');
  const header = readPart(head);
  const payload = readPart(body);
  return header && payload && { text, header, payload };
}

function readPart(part: string): JsonObject | undefined {
  const json = Buffer.from(part, 'base64url').toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isObject(value) && !repeatsAMember(json) ? value : undefined;
}

/** True when a member occurs twice. Different software would read such a token differently. */
function repeatsAMember(json: string): boolean {
  const names = new Set<string>();
  let depth = 0;
  let lastString: string | undefined;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token !== ':') lastString = token;
    else if (depth === 1 && lastString !== undefined) {
      const name = JSON.parse(lastString) as string;
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}

/** True when the header has members that change the meaning of a token and that this server does not support. */
export function demandsMoreThanIsUnderstood(header: JsonObject): boolean {
  return header.crit !== undefined || header.b64 !== undefined || header.zip !== undefined;
}

/** Whether the key made the signature, with the algorithm that the header names (which the caller has approved). */
export function signatureHolds(token: CompactJwt, key: VerificationKey): boolean {
  try {
    verify(token.text, key.key, {
      algorithms: [...key.algorithms],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
    return true;
  } catch {
    return false;
  }
}
