import { bannerOf } from './person';
import { NHS_NUMBER_SYSTEM } from '../../../terminology/nhs-number';

const now = new Date('2026-11-29T10:00:00Z');

describe('the banner of a patient', () => {
  it('shows the number that is in use, wherever it stands', () => {
    const patient = {
      resourceType: 'Patient',
      meta: { lastUpdated: '2026-11-28T10:00:00Z' },
      identifier: [
        { use: 'old', system: NHS_NUMBER_SYSTEM, value: '9990000026' },
        { system: NHS_NUMBER_SYSTEM, value: '9990000034', period: { end: '2020-01-01' } },
        { system: NHS_NUMBER_SYSTEM, value: '9990000018' },
      ],
    };
    expect(bannerOf(patient, now).nhsNumber).toBe('999 000 0018');
  });

  it('shows the number by which the patient was stored, though its period has ended since', () => {
    const patient = {
      resourceType: 'Patient',
      meta: { lastUpdated: '2025-01-01T10:00:00Z' },
      identifier: [{ system: NHS_NUMBER_SYSTEM, value: '9990000018', period: { end: '2025-06-01' } }],
    };
    expect(bannerOf(patient, now).nhsNumber).toBe('999 000 0018');
  });

  it('says that the record was merged, is not in use, and had another number', () => {
    const other = '6b9b148f-0000-4000-8000-000000000009';
    const patient = {
      resourceType: 'Patient',
      meta: { lastUpdated: '2026-11-28T10:00:00Z' },
      active: false,
      identifier: [
        { use: 'old', system: NHS_NUMBER_SYSTEM, value: '9990000026' },
        { system: NHS_NUMBER_SYSTEM, value: '9990000018' },
      ],
      link: [
        { type: 'replaced-by', other: { reference: `Patient/${other}` } },
        { type: 'replaces', other: { display: 'An older record' } },
      ],
    };
    expect(bannerOf(patient, now).otherRecords).toEqual([
      { text: 'This record is marked as not in use.' },
      {
        text: 'This record was replaced by another one.',
        href: `/console/patients/${other}`,
        link: 'Open that record',
      },
      { text: 'This record replaces another one.' },
      {
        text: 'Earlier NHS number: 999 000 0026. Data may be held under it.',
        href: '/console/patients',
        link: 'Search for it',
      },
    ]);
  });

  it.each([
    ['R', true],
    ['V', true],
    ['N', false],
  ])('says whether a record labelled %s is restricted', (code, isRestricted) => {
    const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
    const patient = { resourceType: 'Patient', meta: { security: [{ system, code }] } };
    expect(bannerOf(patient, now).isRestricted).toBe(isRestricted);
  });
});
