/**
 * A question by the business identifier of a patient's data names the patient in the record. Of data that the caller may
 * not see, the answer is that for an identifier which nobody has; of other data, a count or an answer without matches
 * tells something of the patient. A condition of a submission is recorded as the search is.
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
  const organisations = { DC1: 'direct-care' };
  writeFileSync(policyFile, JSON.stringify({ reading: { default: 'own-patients', organisations } }));
  homeward = await startHomeward({ POLICY_FILE: policyFile });
  const summary = aSummary()
    .with('Observation.identifier', [{ system: 'urn:example:reading', value: 'R1' }])
    .with('Patient.identifier[1]', { system: 'urn:example:hospital', value: 'H1' })
    .with('Patient.telecom', [{ system: 'phone', value: '01632960001' }]);
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

/** Whom the trail names for a request. */
async function named(requestId: string): Promise<string[]> {
  const events = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
  return [...new Set(JSON.stringify(events.json).match(/"Patient\/[0-9a-f-]{36}"/g) ?? [])];
}

/** Whom the trail names for a search, and its answer without what the search itself says. */
async function asked(
  query: string,
  { scope = 'system/*.rs', ods = 'ZZ2' } = {},
): Promise<{ answer: string; patients: string[] }> {
  const requestId = randomUUID();
  const { status, json } = await homeward.call('GET', `/FHIR/R4/${query}`, {
    token: homeward.token(scope, ods),
    headers: { 'X-Request-ID': requestId },
  });
  return { answer: `${status} ${json.total} ${json.entry?.length}`, patients: await named(requestId) };
}

const told = (type: string): string => `${values[type]!.system}|${values[type]!.value}`;

describe('a search for an identifier of hidden data', () => {
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
    const { patients } = await asked(`Encounter?identifier=${told('Encounter')}`, {
      scope: 'system/Encounter.rs?status=planned',
    });
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

describe('a question by an identifier whose answer names nobody', () => {
  const stay = (): string => told('Encounter');

  it.each<[string, string, () => string]>([
    ['a count', '200 1 undefined', () => `Encounter?identifier=${stay()}&_summary=count`],
    ['a page of none', '200 1 undefined', () => `Encounter?identifier=${stay()}&_count=0`],
    [
      'a count of none',
      '200 0 undefined',
      () => `Encounter?identifier=${stay()}&patient.birthdate=1931-01-01&_summary=count`,
    ],
    [
      'a criterion that does not match',
      '200 0 undefined',
      () => `Encounter?identifier=${stay()}&patient.family=Q`,
    ],
    [
      'among many others',
      '200 0 undefined',
      () => `Encounter?identifier=${others()},${stay()}&status=planned`,
    ],
    [
      'without its system',
      '200 0 undefined',
      () => `Encounter?identifier=${values.Encounter!.value}&status=planned`,
    ],
    [
      'a reading',
      '200 0 undefined',
      () => `Observation?identifier=${told('Observation')}&status=cancelled&_summary=count`,
    ],
    [
      'a document',
      '200 0 undefined',
      () => `DocumentReference?identifier=${told('DocumentReference')}&status=superseded`,
    ],
    [
      'the number of a hospital',
      '200 0 undefined',
      () => `Patient?identifier=${told('Patient')}&gender=male&_summary=count`,
    ],
    [
      'in a chain',
      '200 0 undefined',
      () => `Observation?encounter.identifier=${stay()}&status=cancelled&_summary=count`,
    ],
    [
      'in reverse',
      '200 0 undefined',
      () => `Patient?_has:Encounter:patient:identifier=${stay()}&gender=male&_summary=count`,
    ],
    [
      'matches that are nobody’s',
      '200 1 1',
      () => `Organization?_has:Encounter:service-provider:identifier=${stay()}`,
    ],
    ['a count of few, by a telephone', '200 1 undefined', () => 'Patient?telecom=01632960001&_summary=count'],
    [
      'a count of few, by a birth date',
      '200 1 undefined',
      () => 'Encounter?patient.birthdate=1950-03-14&_count=0',
    ],
  ])('is recorded with its patient: %s', async (_name, answer, query) => {
    expect(await asked(query(), { ods: 'DC1' })).toEqual({ answer, patients: [`"Patient/${patient}"`] });
  });

  it.each<[string, () => string]>([
    ['in a chain', () => `QuestionnaireResponse?encounter.identifier=${stay()}`],
    ['in a chain, counted', () => `QuestionnaireResponse?encounter.identifier=${stay()}&_summary=count`],
    ['in two steps', () => `Observation?encounter.part-of.identifier=${stay()}`],
    ['as a reference', () => `QuestionnaireResponse?encounter:identifier=${stay()}`],
    ['as GP Connect writes it', () => `QuestionnaireResponse?encounter=${stay()}`],
    ['as part of another stay', () => `Encounter?part-of.identifier=${stay()}`],
    ['in reverse, of what refers to stays', () => `Encounter?_has:Encounter:part-of:identifier=${stay()}`],
    [
      'in reverse and a chain',
      () => `Patient?_has:QuestionnaireResponse:subject:encounter.identifier=${stay()}`,
    ],
    ['a reading', () => `Observation?has-member.identifier=${told('Observation')}`],
    ['anything', () => `Condition?subject:identifier=${told('Patient')}`],
  ])('is recorded with its patient where nothing refers to it: %s', async (_name, query) => {
    for (const ods of ['DC1', 'ZZ2']) {
      const { answer, patients } = await asked(query(), { ods });
      expect(answer).toMatch(/^200 0 /);
      expect(patients).toEqual([`"Patient/${patient}"`]);
    }
  });

  it('is recorded with its patient: a count of few submissions', async () => {
    const of = 'Bundle?type=collection&_summary=count';
    expect(await asked(of, { ods: 'RR8', scope: 'system/Bundle.rs' })).toEqual({
      answer: '200 1 undefined',
      patients: [`"Patient/${patient}"`],
    });
  });

  it('names nobody for a count of what nobody has', async () => {
    const { patients } = await asked('Patient?telecom=01632960999&_summary=count', { ods: 'DC1' });
    expect(patients).toEqual([]);
  });

  const others = (): string =>
    Array.from({ length: 150 }, (_, each) => `urn:example:nobody|${each}`).join(',');
});

describe('a condition of a submission is recorded as the search is', () => {
  const scope = 'system/Bundle.c system/*.rs';
  const send = async (ods: string, query: string): Promise<string[]> => {
    const requestId = randomUUID();
    const [type, ifNoneExist] = query.split('?') as [string, string];
    const isOrganisation = type === 'Organization';
    const value = randomUUID();
    const resource = isOrganisation
      ? { resourceType: 'Organization', name: 'x', identifier: [{ system: 'urn:o', value }] }
      : {
          resourceType: 'Basic',
          code: { text: 'x' },
          extension: [{ url: 'urn:e', valueReference: { reference: query } }],
        };
    const request = {
      method: 'POST',
      url: resource.resourceType,
      ...(isOrganisation ? { ifNoneExist } : {}),
    };
    const entry = [{ fullUrl: `urn:uuid:${randomUUID()}`, resource, request }];
    await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token(scope, ods),
      body: { resourceType: 'Bundle', type: 'transaction', entry },
      headers: { 'X-Request-ID': requestId },
    });
    return named(requestId);
  };

  it.each<[string, () => string]>([
    ['a stay', () => `Encounter?identifier=${told('Encounter')}`],
    ['a stay that does not match', () => `Encounter?identifier=${told('Encounter')}&status=planned`],
    ['without its system', () => `Encounter?identifier=${values.Encounter!.value}`],
    ['in a chain', () => `Observation?encounter.identifier=${told('Encounter')}&status=cancelled`],
    ['in a chain from nothing', () => `QuestionnaireResponse?encounter.identifier=${told('Encounter')}`],
    ['in reverse', () => `Organization?_has:Encounter:service-provider:identifier=${told('Encounter')}`],
  ])('with its patient: %s', async (_name, query) => {
    const expected = [`"Patient/${patient}"`];
    expect({ hidden: await send('ZZ2', query()), seen: await send('DC1', query()) }).toEqual({
      hidden: expected,
      seen: expected,
    });
  });
});
