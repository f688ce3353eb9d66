/**
 * semantics "Who is who": a Patient in a transaction or batch that is no summary changes a stored Patient only where the
 * sender takes part in the care, as an update does.
 */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { freshNhsNumber, read, send, told, type AnyJson, type Sent } from './sending';
import { known, NHS, post, type Known } from './story';
import { bundleOf } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const moved = (nhsNumber: string, more: object = {}): AnyResource => ({
  resourceType: 'Patient',
  identifier: [{ system: NHS, value: nhsNumber }],
  name: [{ family: 'Mallory', given: ['Margaret'] }],
  address: [{ line: ['1 Elsewhere'] }],
  ...more,
});
const say = (
  nhsNumber: string,
  type: 'transaction' | 'batch',
  as: string,
  more: object = {},
): Promise<Sent> => send(homeward, bundleOf(type, post(moved(nhsNumber, more))), { path: '/FHIR/R4', as });
const stored = ({ patient }: Pick<Known, 'patient'>): Promise<AnyJson> => {
  const [type = '', id = ''] = patient.split('/');
  return read(homeward, { type, id });
};

describe('a Patient who is sent by somebody without a stay or document of the patient', () => {
  it.each(['transaction', 'batch'] as const)('stays as it is, with a warning, in a %s', async (type) => {
    const one = await known(homeward);
    const before = await stored(one);
    const { status, json } = await say(one.nhsNumber, type, 'RX1');
    expect(status).toBe(200);
    expect(told(json.entry[0].response.outcome)).toContain(
      'warning submission-patient-without-stay Bundle.entry[0].resource',
    );
    expect(await stored(one)).toEqual(before);
  });

  it('is a conflict with another birth date, also with a verified number', async () => {
    const one = await known(homeward, (summary) => summary.without('Patient.identifier[0].extension'));
    const extension = [
      {
        url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
        valueCodeableConcept: {
          coding: [
            {
              system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland',
              code: '01',
            },
          ],
        },
      },
    ];
    const identifier = [{ extension, system: NHS, value: one.nhsNumber }];
    const sent = await say(one.nhsNumber, 'transaction', 'RX1', { identifier, birthDate: '1980-01-01' });
    expect(sent.status).toBe(409);
  });

  it('is new where the patient is not stored, and changed by who brought the stored version', async () => {
    const nhsNumber = freshNhsNumber();
    await say(nhsNumber, 'transaction', 'RX1');
    const changed = await say(nhsNumber, 'transaction', 'RX1', { name: [{ family: 'Married' }] });
    const patient = changed.json.entry[0].response.location.split('/_history')[0];
    expect((await stored({ patient })).name).toEqual([{ family: 'Married' }]);
    await say(nhsNumber, 'transaction', 'RJ7', { name: [{ family: 'Other' }] });
    expect((await stored({ patient })).name).toEqual([{ family: 'Married' }]);
  });
});

describe('a Patient who is sent by somebody with a stay or document of the patient', () => {
  it('becomes the next version', async () => {
    const one = await known(homeward);
    const { json } = await say(one.nhsNumber, 'transaction', 'RR8');
    expect(told(json.entry[0].response.outcome)).not.toContain(
      'warning submission-patient-without-stay Bundle.entry[0].resource',
    );
    expect((await stored(one)).name[0].family).toBe('Mallory');
  });
});
