/** A policy made narrower also holds for those who come without a token: people with a session, and messages. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { CLIENT_SECRET, startProvider } from '../console/provider';
import { Visitor } from '../console/visitor';
import { freePort } from '../faults/server-process';
import { aMessage, ofBundle } from '../hl7v2/messages';
import { SENDERS } from '../hl7v2/receiving';
import { mllp } from '../hl7v2/mllp';
import { startHomeward } from '../support/homeward';

const folder = mkdtempSync(join(tmpdir(), 'homeward-policy-'));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: object): void => writeFileSync(path(name), JSON.stringify(content));
const WIDE = { submitting: { default: 'any' }, reading: { default: 'direct-care' } };
const NARROW = { submitting: { default: 'own' }, reading: { default: 'own-patients' } };

/** The promised second, and no request in it. */
const aSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_100));

it('a page of a person who is signed in is held to the policy that is in force', async () => {
  const port = await freePort();
  const provider = await startProvider({ redirectUri: `http://127.0.0.1:${port}/console/callback` });
  writeFileSync(path('secret'), CLIENT_SECRET);
  write('policy.json', WIDE);
  const homeward = await startHomeward({
    PORT: String(port),
    POLICY_FILE: path('policy.json'),
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: 'homeward',
    OIDC_CLIENT_SECRET_FILE: path('secret'),
  });
  try {
    await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().build() });
    const { json } = await homeward.call('GET', '/FHIR/R4/Patient');
    const page = `/console/patients/${json.entry[0].resource.id}`;
    const visitor = new Visitor(homeward);
    await visitor.signInAt(provider, { name: 'Dr Ada Okoye', roles: 'clinician', ods_code: 'EV9' });
    expect((await visitor.get(page)).status).toBe(200);
    write('policy.json', NARROW);
    await aSecond();
    expect((await visitor.get(page)).status).toBe(403);
  } finally {
    await homeward.close();
    await provider.stop();
  }
});

it('a message is held to the policy that is in force', async () => {
  const port = await freePort();
  write('policy.json', WIDE);
  write('hl7v2.json', { port, senders: SENDERS });
  const homeward = await startHomeward({
    POLICY_FILE: path('policy.json'),
    HL7V2_FILE: path('hl7v2.json'),
  });
  const sender = await mllp(port);
  try {
    const forRr8 = (stay: number): string =>
      aMessage({ sender: 'EPR|OTHER', value: ofBundle(aSummary().stay(stay).bytes()) });
    expect((await sender.ask(forRr8(1))).code).toBe('AA');
    write('policy.json', NARROW);
    await aSecond();
    expect(await sender.ask(forRr8(2))).toMatchObject({
      code: 'AE',
      errors: [{ rule: 'submission-custodian' }],
    });
  } finally {
    sender.close();
    await homeward.close();
  }
});
