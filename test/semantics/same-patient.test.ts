/** semantics, "Who is who", the rows of the Patient: what guards one patient's record from another person's data. */
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { become } from '../fixtures/kinds';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  freshNhsNumber,
  freshSummary,
  read,
  send,
  stored,
  told,
  type AnyJson,
  type Sent,
} from './sending';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** Another stay of the same patient. */
let stays = 1000;
const ofPatient = (nhsNumber: string): SummaryBuilder =>
  freshSummary()
    .stay((stays += 1))
    .nhsNumber(nhsNumber);

const withStatus = (code: string, summary: SummaryBuilder): SummaryBuilder =>
  summary.with('Patient.identifier[0].extension[0].valueCodeableConcept.coding[0]', {
    system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland',
    code,
  });
const saysNothing = (summary: SummaryBuilder): SummaryBuilder =>
  summary.without('Patient.identifier[0].extension');

const patientIn = (summary: SummaryBuilder): AnyResource =>
  (summary.build().entry as AnyJson[])[0].resource as AnyResource;

const transaction = (resource: AnyResource, request: JsonObject): JsonObject => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [{ resource, request }],
});
const inTransaction = (resource: AnyResource, request: JsonObject, as: string): Promise<Sent> =>
  send(homeward, transaction(resource, request), { path: '/FHIR/R4', as });

const storedPatient = async ({ submissionId }: Sent): Promise<AnyJson> =>
  read(homeward, await stored(homeward, submissionId, 'Patient'));

/** Each way in that a summary has. */
const ways: [string, (summary: SummaryBuilder, as: string) => Promise<Sent>][] = [
  ['a collection', (summary, as) => accepted(homeward, summary, { as })],
  [
    'XML',
    (summary, as) =>
      accepted(homeward, Buffer.from(writeXml(summary.build())), {
        as,
        headers: { 'Content-Type': 'application/fhir+xml' },
      }),
  ],
  ['a document', (summary, as) => accepted(homeward, summary.changed(become.document), { as })],
  ['a message', (summary, as) => accepted(homeward, summary.changed(become.message), { as })],
  [
    'a transaction with the Patient alone',
    (summary, as) => inTransaction(patientIn(summary), { method: 'POST', url: 'Patient' }, as),
  ],
  [
    'a batch',
    (summary, as) =>
      send(
        homeward,
        { ...transaction(patientIn(summary), { method: 'POST', url: 'Patient' }), type: 'batch' },
        { path: '/FHIR/R4', as },
      ),
  ],
];

describe.each(ways)('a less precise statement by %s', (_way, sendBy) => {
  it('takes nothing from the birth date, and another date stays a conflict', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, saysNothing(ofPatient(nhsNumber)), { as: 'RR8' });
    // Only who takes part in the care changes the Patient by a transaction that is no summary.
    await accepted(homeward, saysNothing(ofPatient(nhsNumber)), { as: 'RX1' });
    await sendBy(saysNothing(ofPatient(nhsNumber)).birthDate('1950'), 'RX1');
    expect((await storedPatient(first)).birthDate).toBe('1950-03-14');
    const third = await send(homeward, saysNothing(ofPatient(nhsNumber)).birthDate('1950-12-25'), {
      as: 'RJ7',
    });
    expect([third.status, told(third.json)[0]]).toEqual([
      409,
      'error submission-other-person Bundle.entry[0].resource.birthDate',
    ]);
  });

  it.each([
    ['says 02', (summary: SummaryBuilder) => withStatus('02', summary)],
    ['says nothing', saysNothing],
  ])('that %s of verification leaves the NHS number verified', async (_said, less) => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, ofPatient(nhsNumber), { as: 'RR8' });
    await accepted(homeward, ofPatient(nhsNumber), { as: 'RX1' });
    await sendBy(less(ofPatient(nhsNumber)).with('Patient.address[0].city', 'Ely'), 'RX1');
    const kept = await storedPatient(first);
    expect(kept.address[0].city).toBe('Ely');
    expect(JSON.stringify(kept.identifier[0].extension)).toContain('"01"');
    const third = await send(homeward, ofPatient(nhsNumber).birthDate('1980-08-08'), { as: 'RJ7' });
    expect(third.status).toBe(409);
  });
});

describe('an update of a Patient', () => {
  const ways = (id: string, nhsNumber: string): [string, string][] => [
    ['by id', `Patient/${id}`],
    ['by a condition', `Patient?identifier=${NHS_NUMBER}|${nhsNumber}`],
  ];

  it('is forbidden to a sender that has neither a stay nor a document of the patient stored', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, ofPatient(nhsNumber));
    const { id } = await stored(homeward, first.submissionId, 'Patient');
    await inTransaction(patientIn(ofPatient(nhsNumber)), { method: 'POST', url: 'Patient' }, 'RJ7');
    const before = await storedPatient(first);
    for (const [, url] of ways(id, nhsNumber)) {
      const hijacked = patientIn(ofPatient(nhsNumber).with('Patient.name[0].family', 'Hijacked'));
      const sent = await inTransaction(hijacked, { method: 'PUT', url }, 'RJ7');
      expect([sent.status, told(sent.json)[0]]).toEqual([
        403,
        'error submission-patient-not-yours Bundle.entry[0].resource',
      ]);
    }
    expect(await storedPatient(first)).toEqual(before);
  });

  it('follows the guards of a summary, where the sender has a stay of the patient', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, ofPatient(nhsNumber));
    await accepted(homeward, ofPatient(nhsNumber), { as: 'RX1' });
    const { id } = await stored(homeward, first.submissionId, 'Patient');
    for (const [, url] of ways(id, nhsNumber)) {
      const less = withStatus('02', ofPatient(nhsNumber))
        .birthDate('1950')
        .with('Patient.address[0].city', url.slice(0, 9));
      expect((await inTransaction(patientIn(less), { method: 'PUT', url }, 'RX1')).status).toBe(200);
      const kept = await storedPatient(first);
      expect([kept.birthDate, kept.address[0].city]).toEqual(['1950-03-14', url.slice(0, 9)]);
      expect(JSON.stringify(kept.identifier[0].extension)).toContain('"01"');
      const other = patientIn(ofPatient(nhsNumber).birthDate('1951-03-14'));
      expect((await inTransaction(other, { method: 'PUT', url }, 'RX1')).status).toBe(409);
    }
  });
});

describe('a transaction with the Patient alone', () => {
  it('keeps the birth date, gender and death that it does not state', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(
      homeward,
      ofPatient(nhsNumber).with('Patient.deceasedDateTime', '2025-03-12'),
    );
    const lone: AnyResource = {
      resourceType: 'Patient',
      identifier: [{ system: NHS_NUMBER, value: nhsNumber }],
      name: [{ family: "O'Brien" }],
    };
    expect((await inTransaction(lone, { method: 'POST', url: 'Patient' }, 'EV2')).status).toBe(200);
    expect(await storedPatient(first)).toMatchObject({
      birthDate: '1950-03-14',
      gender: 'female',
      deceasedDateTime: '2025-03-12',
    });
  });
});

describe('a correction in its own lineage', () => {
  it('leaves the NHS number verified, and another sender’s birth date a conflict', async () => {
    const nhsNumber = freshNhsNumber();
    const summary = ofPatient(nhsNumber);
    const first = await accepted(homeward, summary);
    await accepted(homeward, withStatus('02', summary).correction(2));
    expect(JSON.stringify((await storedPatient(first)).identifier)).toContain('"01"');
    expect((await send(homeward, ofPatient(nhsNumber).birthDate('1980-08-08'), { as: 'RJ7' })).status).toBe(
      409,
    );
  });
});

describe('a Patient whose names and gender all differ from the stored ones', () => {
  it('is accepted with a warning, and waits for review', async () => {
    const nhsNumber = freshNhsNumber();
    await accepted(homeward, ofPatient(nhsNumber));
    const other = ofPatient(nhsNumber)
      .with('Patient.name', [{ use: 'official', family: 'Lane', given: ['Tom'] }])
      .with('Patient.gender', 'male');
    const sent = await accepted(homeward, other, { as: 'RX1' });
    expect(told(sent.json)).toContain('warning submission-demographics Bundle.entry[0].resource.name');
    const { json } = await homeward.call('GET', '/submissions?review=true&sender=RX1');
    expect(json.submissions.map(({ id }: AnyJson) => id)).toContain(sent.submissionId);
  });
});

describe('a Patient that one sender labels restricted', () => {
  const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
  const waits = async (sender: string): Promise<string[]> => {
    const { json } = await homeward.call('GET', `/submissions?review=true&sender=${sender}`);
    return json.submissions.map(({ id }: AnyJson) => id);
  };

  it('stays restricted after the summary of a sender that does not know it, and both wait for review', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, ofPatient(nhsNumber).with('Patient.meta.security', security));
    expect(told(first.json)).toContain('warning restricted-label Bundle.entry[0].resource.meta.security[0]');
    const second = await accepted(homeward, ofPatient(nhsNumber), { as: 'RX1' });
    expect(told(second.json)).toContain('warning submission-label-kept Bundle.entry[0].resource');
    expect((await storedPatient(second)).meta).toMatchObject({ security });
    expect(await waits('RR8')).toContain(first.submissionId);
    expect(await waits('RX1')).toContain(second.submissionId);
  });
});
