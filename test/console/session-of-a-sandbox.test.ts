/** A sandbox lets anybody choose a role. Such a session opens nothing on the secured server that takes over its database. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHomeward, type Homeward } from '../support/homeward';
import { Visitor } from './visitor';

const folder = mkdtempSync(join(tmpdir(), 'homeward-sandbox-session-'));
const policy = join(folder, 'policy.json');
const ISSUER = 'http://127.0.0.1:9/';
let homeward: Homeward;
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

it('is asked to sign in on a secured server', async () => {
  writeFileSync(policy, '{}');
  homeward = await startHomeward();
  const visitor = new Visitor(homeward);
  await visitor.signIn('clinician');
  expect((await visitor.get('/console/patients')).status).toBe(200);
  await homeward.stop();

  const env = { POLICY_FILE: policy, OIDC_ISSUER: ISSUER, OIDC_CLIENT_ID: 'homeward' };
  homeward = await startHomeward(env, undefined, undefined, { on: homeward.place });
  const later = new Visitor(homeward);
  for (const [name, value] of visitor.cookies) later.cookies.set(name, value);
  expect(await later.get('/console/patients')).toMatchObject({
    status: 303,
    location: '/console/sign-in?to=%2Fconsole%2Fpatients',
  });
});
