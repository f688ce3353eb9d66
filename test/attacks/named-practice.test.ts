/**
 * Whose GP practice an organisation is, under `own-patients`: what it wrote itself, or somebody who may read for it,
 * gives no access, whoever reads and by whatever way the practice is named.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import type { SummaryBuilder } from '../fixtures/summary';
import { accepted, freshSummary } from '../semantics/sending';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const folder = mkdtempSync(join(tmpdir(), 'homeward-named-practice-'));
let homeward: Homeward;

beforeAll(async () => {
  const policyFile = join(folder, 'policy.json');
  const actingFor = { SUP1: ['GP*'], SUP2: ['SUP1'], GP7: ['GP8'] };
  writeFileSync(policyFile, JSON.stringify({ reading: { default: 'own-patients', actingFor } }));
  homeward = await startHomeward({ POLICY_FILE: policyFile });
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

/** How many stays the organisation sees with its own token, or another caller for it. */
async function seenBy(organisation: string, caller = organisation): Promise<number> {
  const headers = { 'NHSD-End-User-Organisation-ODS': organisation };
  const token = homeward.token('system/*.rs', caller);
  const reply = await homeward.call('GET', '/FHIR/R4/Encounter?_summary=count', { token, headers });
  return reply.json.total as number;
}

const practice = (code: string): Json => ({ identifier: { system: ODS, value: code } });

describe('a practice that the next summary of the sender leaves out', () => {
  it('still sees the record, until the sender names another', async () => {
    const summary = freshSummary();
    const named = (code: string): SummaryBuilder =>
      summary.with('Patient.generalPractitioner', [practice(code)]);
    await accepted(homeward, named('GP6').bytes(), { as: 'RX1' });
    const next = summary.stay(9001).with('Bundle.meta.lastUpdated', '2025-03-20T10:00:00Z');
    await accepted(homeward, next.without('Patient.generalPractitioner').bytes(), { as: 'RX1' });
    expect(await seenBy('GP6')).toBe(2);
    const third = named('GP9').stay(9002).with('Bundle.meta.lastUpdated', '2025-03-21T10:00:00Z');
    await accepted(homeward, third, { as: 'RX1' });
    expect(await seenBy('GP6')).toBe(0);
  });
});

describe('a practice that is named in a Patient', () => {
  it.each([
    ['GP1', 'a supplier that may read for it', 'SUP1', 0],
    ['GP2', 'one that may read for such a supplier', 'SUP2', 0],
    ['GP8', 'another practice that may read for it', 'GP7', 0],
    ['GP3', 'a sender that may not read for it', 'GP7', 1],
  ])('%s by %s', async (code, _who, sender, seen) => {
    const summary = freshSummary().with('Patient.generalPractitioner', [practice(code)]);
    await accepted(homeward, summary, { as: sender });
    expect([await seenBy(code), await seenBy(code, 'SUP1')]).toEqual([seen, seen]);
  });

  it.each([
    ['GP4', 'a role of a supplier that may read for it', 'SUP1', 0],
    ['GP5', 'a role of a sender that may not', 'RX1', 1],
  ])('%s through %s', async (code, _who, sender, seen) => {
    const role = { resourceType: 'PractitionerRole', organization: practice(code) };
    const made = await accepted(
      homeward,
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            fullUrl: 'urn:uuid:9c0f2a52-3f0e-4ac5-9d4a-1f0f6c7f3a01',
            resource: role,
            request: { method: 'POST', url: 'PractitionerRole' },
          },
        ],
      },
      { as: sender, path: '/FHIR/R4' },
    );
    const location = made.json.entry[0].response.location as string;
    const reference = /PractitionerRole\/[^/]+/.exec(location)![0];
    await accepted(homeward, freshSummary().with('Patient.generalPractitioner', [{ reference }]));
    expect(await seenBy(code)).toBe(seen);
  });

  it('is not the one whose Organization got its code after another sender had named it', async () => {
    const fullUrl = 'urn:uuid:9c0f2a52-3f0e-4ac5-9d4a-1f0f6c7f3a02';
    const nameless = { resourceType: 'Organization', name: 'The surgery' };
    const coded = { ...nameless, identifier: [{ system: ODS, value: 'GP6' }] };
    const summary = freshSummary().with('Bundle.identifier', { system: 'urn:example', value: 'surgery' });
    const naming = (organization: Json, version: number): SummaryBuilder =>
      summary.correction(version).changed((bundle) => {
        (bundle.entry as Json[]).push({ fullUrl, resource: organization });
      });
    const first = naming(nameless, 1);
    await accepted(homeward, first, { as: 'GP6' });
    const [row] = await homeward.app.database.query<{ id: string }>({
      text: "SELECT id FROM organization WHERE sender = 'GP6' AND ods_code IS NULL",
    });
    expect(row).toBeDefined();
    await accepted(
      homeward,
      freshSummary().with('Patient.generalPractitioner', [{ reference: `Organization/${row!.id}` }]),
    );
    await accepted(homeward, naming(coded, 2), { as: 'GP6' });
    expect(await seenBy('GP6')).toBe(0);
  });
});
