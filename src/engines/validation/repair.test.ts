import { atOnce } from '../../fhir/slices';
import type { DatatypeRepair, Repair } from '../../definitions/rule';
import { isObject, type AnyResource } from '../../fhir/types';
import { createRepair } from './repair';

const unchanged = (summary: AnyResource): AnyResource => summary;
const about = {
  defect: 'def-00',
  guidance: '3.4.2',
  claim: 'a claim',
  examples: { keeps: unchanged, breaks: unchanged },
};

const cityInCapitals: Repair = {
  ...about,
  norm: 'telecom-no-system',
  stage: 'meanings',
  *repair(patient) {
    const address = patient.address;
    if (!isObject(address) || typeof address.city !== 'string' || address.city === 'LEEDS') return;
    const before = address.city;
    address.city = 'LEEDS';
    yield {
      element: 'address.city',
      text: 'was in small letters',
      before,
      after: 'LEEDS',
      review: 'look at it',
    };
  },
};
const townIsTheCity: DatatypeRepair = {
  ...about,
  norm: 'key-case',
  stage: 'keys',
  datatypes: ['Address'],
  mend(address) {
    if (!isObject(address) || address.town === undefined) return undefined;
    const before = address.town;
    address.city = before;
    delete address.town;
    return {
      below: 'city',
      text: 'was town',
      before: { town: before },
      after: { city: before },
      severity: 'information',
    };
  },
};
const wordIsANumber: DatatypeRepair = {
  ...about,
  norm: 'type-string-to-number',
  stage: 'values',
  datatypes: ['integer', 'positiveInt'],
  mend(value, { holder, key }) {
    if (value !== 'two') return undefined;
    (holder as Record<string | number, number>)[key] = 2;
    return { text: 'was a word', before: value, after: 2 };
  },
};

const repair = createRepair([{ type: 'Patient', elements: [], rules: [], repairs: [cityInCapitals] }], {
  repairs: [wordIsANumber, townIsTheCity],
});
const bundleOf = (...patients: object[]): AnyResource => ({
  resourceType: 'Bundle',
  entry: patients.map((patient) => ({ resource: { resourceType: 'Patient', ...patient } as AnyResource })),
});

describe('repairing', () => {
  it('mends keys before meanings, so that a later repair sees what an earlier one did', () => {
    const bundle = bundleOf({ address: { city: 'LEEDS' } }, { address: { town: 'Leeds' } });
    const path = 'Bundle.entry[1].resource.address.city';
    expect(atOnce(repair(bundle, 'default'))).toEqual({
      repaired: bundle,
      issues: [
        {
          severity: 'information',
          code: 'value',
          rule: 'key-case',
          text: 'was town',
          expression: path,
          source: '3.4.2',
        },
        {
          severity: 'warning',
          code: 'value',
          rule: 'telecom-no-system',
          text: 'was in small letters',
          expression: path,
          source: '3.4.2',
        },
      ],
      repairs: [
        { norm: 'key-case', path, before: { town: 'Leeds' }, after: { city: 'Leeds' } },
        { norm: 'telecom-no-system', path, before: 'Leeds', after: 'LEEDS' },
      ],
      review: ['look at it'],
    });
    expect(bundle).toEqual(bundleOf({ address: { city: 'LEEDS' } }, { address: { city: 'LEEDS' } }));
  });

  it('changes nothing under strict handling, where each is an error', () => {
    const bundle = bundleOf({ address: { town: 'Leeds' } });
    const { issues, repairs } = atOnce(repair(bundle, 'strict'));
    expect(issues.map(({ severity, rule }) => [severity, rule])).toEqual([
      ['error', 'key-case'],
      ['error', 'telecom-no-system'],
    ]);
    expect(repairs).toEqual([]);
    expect(bundle).toEqual(bundleOf({ address: { town: 'Leeds' } }));
  });

  it('finds a value wherever R4 has its datatype: deep, in lists, in contained resources, in extensions', () => {
    const bundle = bundleOf({
      multipleBirthInteger: 'two',
      telecom: [{ rank: 1 }, { rank: 'two' }],
      contained: [{ resourceType: 'Patient', telecom: [{ rank: 'two' }] }],
      extension: [{ url: 'https://a', valueInteger: 'two' }],
      birthDate: 'two',
      unknown: { rank: 'two' },
    });
    expect(atOnce(repair(bundle, 'default')).repairs.map(({ path }) => path)).toEqual(
      [
        'multipleBirthInteger',
        'telecom[1].rank',
        'contained[0].telecom[0].rank',
        'extension[0].valueInteger',
      ].map((path) => `Bundle.entry[0].resource.${path}`),
    );
  });

  it('mends a resource by itself, at places that begin with its type', () => {
    const patient: AnyResource = { resourceType: 'Patient', multipleBirthInteger: 'two' };
    expect(atOnce(repair(patient, 'default')).repairs).toEqual([
      { norm: 'type-string-to-number', path: 'Patient.multipleBirthInteger', before: 'two', after: 2 },
    ]);
    expect(patient.multipleBirthInteger).toBe(2);
  });

  it('passes over entries of any shape', () => {
    const bundle: AnyResource = {
      resourceType: 'Bundle',
      entry: [null, 7, {}, { resource: [] }, { resource: { resourceType: 'Nothing' } }],
    };
    expect(atOnce(repair(bundle, 'default')).issues).toEqual([]);
    expect(atOnce(repair({ resourceType: 'Bundle', entry: 'none' }, 'default')).issues).toEqual([]);
  });
});
