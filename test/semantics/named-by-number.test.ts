/**
 * semantics "Who is who" and "One submission, one patient": an entry that names its patient by NHS number, or by a
 * contained Patient with one, is filed on that patient, or refused where it would join no record or another person's.
 */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, freshSummary, send, told, type AnyJson } from './sending';
import { find, known, NHS, post, withOneMore } from './story';
import { bundleOf, transact } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const allergy = (patient: object, more: object = {}): AnyResource => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: 'Penicillin' },
  patient: patient as never,
  ...more,
});
const byNumber = (value: string, more: object = {}): AnyResource =>
  allergy({ identifier: { system: NHS, value, ...more } });
const contained = (value: string, more: object = {}): AnyResource =>
  allergy(
    { reference: '#p' },
    {
      contained: [{ resourceType: 'Patient', id: 'p', identifier: [{ system: NHS, value }], ...more }],
    },
  );
const idsIn = async (patient: string): Promise<string[]> => {
  const { json } = await homeward.call('GET', `/FHIR/R4/${patient}/$everything?_count=500`);
  return json.entry.map(({ resource }: AnyJson) => resource.id);
};

describe('an allergy that names its patient by NHS number alone', () => {
  it.each([
    ['alone', byNumber],
    ['in a contained Patient', contained],
  ])('is refused where no Patient with the number is stored: %s', async (_how, named) => {
    const nhsNumber = freshNhsNumber();
    const sent = await transact(homeward, 'RR8', post(named(nhsNumber)));
    expect(sent.status).toBe(422);
    expect(told(sent.json)).toEqual(['error submission-unknown-patient Bundle.entry[0].resource.patient']);
    const { json } = await homeward.call('GET', `/submissions?nhs-number=${nhsNumber}`);
    expect(json.submissions.map(({ id }: AnyJson) => id)).toEqual([sent.submissionId]);
  });

  it('is refused in a batch, too', async () => {
    const sent = await send(homeward, bundleOf('batch', post(byNumber(freshNhsNumber()))), {
      path: '/FHIR/R4',
    });
    expect(sent.json.entry[0].response.status).toMatch(/^422/);
  });

  it('is refused where the number is one that the patient had before', async () => {
    const { nhsNumber } = await known(homeward);
    const sent = await transact(homeward, 'RR8', post(byNumber(nhsNumber, { use: 'old' })));
    expect(told(sent.json)).toEqual(['error submission-unknown-patient Bundle.entry[0].resource.patient']);
  });

  it.each([
    ['alone', byNumber],
    ['in a contained Patient', contained],
  ])('is in the record of the patient who is stored: %s', async (_how, named) => {
    const { nhsNumber, patient } = await known(homeward);
    await transact(homeward, 'RX1', post(named(nhsNumber)));
    const [found, ...more] = await find(homeward, `AllergyIntolerance?patient=${patient}`);
    expect(more).toEqual([]);
    expect(await idsIn(patient)).toContain(found.id);
  });

  it('is in the record of the Patient of its own summary, also by a contained Patient', async () => {
    const nhsNumber = freshNhsNumber();
    const summary = withOneMore(freshSummary().nhsNumber(nhsNumber), () => contained(nhsNumber));
    await accepted(homeward, summary);
    const [found] = await find(homeward, `AllergyIntolerance?patient.identifier=${NHS}|${nhsNumber}`);
    expect(found?.resourceType).toBe('AllergyIntolerance');
  });
});

describe('a contained Patient with the NHS number of another person', () => {
  it('is refused beside the Patient of a summary with another birth date', async () => {
    const nhsNumber = freshNhsNumber();
    const other = contained(nhsNumber, { birthDate: '1999-09-09' });
    const sent = await send(
      homeward,
      withOneMore(freshSummary().nhsNumber(nhsNumber), () => other),
    );
    expect(sent.status).toBe(422);
    expect(told(sent.json).filter((line) => line.startsWith('error'))).toEqual([
      expect.stringContaining('error vw-bundle-21 Bundle.entry['),
    ]);
  });

  it('is a conflict with the stored Patient in a transaction', async () => {
    const { nhsNumber } = await known(homeward);
    const sent = await transact(homeward, 'RX1', post(contained(nhsNumber, { birthDate: '1999-09-09' })));
    expect(sent.status).toBe(409);
    expect(told(sent.json)).toEqual(['error submission-other-person Bundle.entry[0].resource.patient']);
  });

  it('is accepted with a birth date that says less', async () => {
    const { nhsNumber } = await known(homeward);
    const sent = await transact(homeward, 'RX1', post(contained(nhsNumber, { birthDate: '1950' })));
    expect(sent.status).toBe(200);
  });
});
