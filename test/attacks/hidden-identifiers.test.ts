/**
 * A search for a business identifier of data that the caller may not see: the answer is that for an identifier which
 * nobody has, and the record names the patient.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

const folder = mkdtempSync(join(tmpdir(), 'homeward-hidden-identifiers-'));
let homeward: Homeward;
let patient: string;
const values: Record<string, { system: string; value: string }> = {};

beforeAll(async () => {
  const policyFile = join(folder, 'policy.json');
  writeFileSync(policyFile, JSON.stringify({ reading: { default: 'own-patients' } }));
  homeward = await startHomeward({ POLICY_FILE: policyFile });
  const summary = aSummary()
    .with('Observation.identifier', [{ system: 'urn:example:reading', value: 'R1' }])
    .with('Patient.identifier[1]', { system: 'urn:example:hospital', value: 'H1' });
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() });
  expect(sent.status).toBe(201);
  for (const type of ['Encounter', 'DocumentReference', 'Patient']) {
    const { resource } = (await homeward.call('GET', `/FHIR/R4/${type}`)).json.entry[0];
    values[type] = resource.masterIdentifier ?? resource.identifier.at(-1);
    if (type === 'Patient') patient = resource.id;
  }
  values.Observation = { system: 'urn:example:reading', value: 'R1' };
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whom the trail names for a search by ZZ2, and its answer without what the search itself says. */
async function asked(query: string, scope = 'system/*.rs'): Promise<{ answer: string; patients: string[] }> {
  const requestId = randomUUID();
  const { status, json } = await homeward.call('GET', `/FHIR/R4/${query}`, {
    token: homeward.token(scope, 'ZZ2'),
    headers: { 'X-Request-ID': requestId },
  });
  const events = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
  const named = JSON.stringify(events.json).match(/"Patient\/[0-9a-f-]{36}"/g) ?? [];
  return { answer: `${status} ${json.total} ${json.entry?.length}`, patients: [...new Set(named)] };
}

describe('a search for an identifier of hidden data', () => {
  const told = (type: string): string => `${values[type]!.system}|${values[type]!.value}`;

  it.each<[string, () => string]>([
    ['of a stay', () => `Encounter?identifier=${told('Encounter')}`],
    ['of a stay, without its system', () => `Encounter?identifier=${values.Encounter!.value}`],
    ['among others', () => `Encounter?identifier=urn:x|1,${told('Encounter')}&status=planned`],
    ['of a document', () => `DocumentReference?identifier=${told('DocumentReference')}`],
    ['of a reading', () => `Observation?identifier=${told('Observation')}&_summary=count`],
    ['of a hospital', () => `Patient?identifier=${told('Patient')}`],
    ['of a hospital, in a chain', () => `Observation?patient.identifier=${told('Patient')}`],
    ['of a hospital, as a reference', () => `Encounter?subject:identifier=${told('Patient')}`],
    ['of a stay, in a chain', () => `Observation?encounter.identifier=${told('Encounter')}`],
    ['of a stay, as a reference', () => `Observation?encounter:identifier=${told('Encounter')}`],
    ['of a stay, as GP Connect writes it', () => `Observation?encounter=${told('Encounter')}`],
    ['of a stay, in reverse', () => `Patient?_has:Encounter:subject:identifier=${told('Encounter')}`],
    [
      'of a stay, in reverse, of what everybody sees',
      () => `Organization?_has:Encounter:service-provider:identifier=${told('Encounter')}`,
    ],
  ])('is recorded with its patient: %s', async (_name, query) => {
    const { answer, patients } = await asked(query());
    expect(patients).toEqual([`"Patient/${patient}"`]);
    expect(answer).toBe((await asked(query().replace(/(\||=)[^|=&]+(&.*)?$/, '$1nobody$2'))).answer);
  });

  it('is recorded where a scope hides it', async () => {
    const { patients } = await asked(
      `Encounter?identifier=${told('Encounter')}`,
      'system/Encounter.rs?status=planned',
    );
    expect(patients).toEqual([`"Patient/${patient}"`]);
  });

  it('names nobody for the code of an organisation, or of what is measured', async () => {
    const ods = 'https://fhir.nhs.uk/Id/ods-organization-code|RR8';
    for (const query of [
      `Observation?performer:identifier=${ods}`,
      'Observation?code=http://snomed.info/sct|x',
    ])
      expect((await asked(query)).patients).toEqual([]);
  });
});
