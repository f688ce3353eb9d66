/**
 * semantics "One submission, one patient": in a transaction that is no summary each entry has a patient of its own,
 * whatever types of resources stand beside it, and in whatever order.
 */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { find, known, NHS, post } from './story';
import { transact } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const condition = (subject: object): AnyResource => ({
  resourceType: 'Condition',
  code: { text: 'Pneumonia' },
  subject: subject as never,
});
const allergy = (patient: object): AnyResource => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: 'Penicillin' },
  patient: patient as never,
});
const binary: AnyResource = { resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=' };

describe('types that share a table', () => {
  it('are filed each on its own patient, in any order, by id and by NHS number', async () => {
    const [one, two] = [await known(homeward), await known(homeward)];
    const byNumber = ({ nhsNumber }: typeof one): object => ({
      identifier: { system: NHS, value: nhsNumber },
    });
    const sent = [
      await transact(
        homeward,
        'RR8',
        post(condition({ reference: one.patient })),
        post(allergy({ reference: two.patient })),
      ),
      await transact(homeward, 'RR8', post(allergy(byNumber(two))), post(condition(byNumber(one)))),
    ];
    expect(sent.map(({ status }) => status)).toEqual([200, 200]);
    for (const [type, of] of [
      ['Condition', one],
      ['AllergyIntolerance', two],
    ] as const)
      expect(await find(homeward, `${type}?patient=${of.patient}`)).toHaveLength(2);
    expect(await find(homeward, `Condition?patient=${two.patient}`)).toEqual([]);
    expect(await find(homeward, `AllergyIntolerance?patient=${one.patient}`)).toEqual([]);
  });

  it('find the patient beside a type that has none', async () => {
    const { patient } = await known(homeward);
    const sent = await transact(homeward, 'RR8', post(binary), post(allergy({ reference: patient })));
    expect(sent.status).toBe(200);
    expect(await find(homeward, `AllergyIntolerance?patient=${patient}`)).toHaveLength(1);
  });
});
