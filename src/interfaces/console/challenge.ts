/**
 * The challenge of a sign-in at an OpenID provider. Nothing is stored: the `state` has a random part, the page that was
 * wanted and a proof made from the browser's cookie, so that an answer in another browser is refused.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Challenge } from '../../engines/access/people/openid';
import { wantedPage } from './wanted';

export function newChallenge(key: Buffer, visitId: string, wanted: string): Challenge {
  const random = randomBytes(18).toString('base64url');
  const body = `${random}.${Buffer.from(wanted).toString('base64url')}`;
  return challengeWith(key, visitId, { state: `${body}.${proofOf(key, visitId, body)}`, random });
}

/** @returns undefined when the state was not made for this browser */
export function challengeOf(
  key: Buffer,
  visitId: string,
  state: string,
): { challenge: Challenge; wanted: string } | undefined {
  const [random = '', page = '', proof = '', ...more] = state.split('.');
  const expected = Buffer.from(proofOf(key, visitId, `${random}.${page}`));
  const given = Buffer.from(proof);
  if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected))
    return undefined;
  const wanted = wantedPage(Buffer.from(page, 'base64url').toString('utf8'));
  return { challenge: challengeWith(key, visitId, { state, random }), wanted };
}

const challengeWith = (
  key: Buffer,
  visitId: string,
  { state, random }: { state: string; random: string },
): Challenge => ({
  state,
  verifier: mac(key, `verifier|${visitId}|${random}`),
  nonce: mac(key, `nonce|${visitId}|${random}`),
});

const proofOf = (key: Buffer, visitId: string, body: string): string => mac(key, `state|${visitId}|${body}`);
const mac = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('base64url');
