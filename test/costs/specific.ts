/** Bundles that go to the rules which compare the entries of a summary with each other. */
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { sizeOf } from './bundles';
import { entriesOf, type Case } from './grown';
import { uuidOf } from './values';

interface Made {
  fullUrl: string;
  resource: AnyResource;
}

const entry = (n: number, resource: JsonObject): Made => ({
  fullUrl: `urn:uuid:${uuidOf(n)}`,
  resource: { ...resource, id: uuidOf(n) } as AnyResource,
});

/** So many of each of some kinds of entries, beside those of a summary. */
function beside(
  name: string,
  kinds: readonly ((n: number, bundle: AnyResource, count: number) => JsonObject)[],
  prepare?: (bundle: AnyResource, count: number) => void,
): Case {
  return {
    name,
    type: 'Bundle',
    bundleOf: (size, stay = 1) => {
      const bundle = aSummary().stay(stay).build();
      const each = kinds.reduce((sum, kind, at) => sum + sizeOf(entry(at, kind(0, bundle, 1))), 0);
      const count = Math.max(2, Math.min(Math.floor(9_800 / kinds.length), Math.floor(size / each)));
      const made = kinds.flatMap((kind, at) =>
        Array.from({ length: count }, (_, n) =>
          entry(stay * 1_000_000 + at * 100_000 + n, kind(n, bundle, count)),
        ),
      );
      for (const one of made) entriesOf(bundle).push(one);
      prepare?.(bundle, count);
      return bundle;
    },
  };
}

const find = (bundle: AnyResource, type: string, at = 0): Made =>
  entriesOf(bundle).filter(({ resource }) => resource.resourceType === type)[at]!;
const lead = (bundle: AnyResource, type: string): JsonObject => ({ reference: find(bundle, type).fullUrl });
const observation =
  (at: number) =>
  (_n: number, bundle: AnyResource): JsonObject => {
    const { identifier: _, ...rest } = find(bundle, 'Observation', at).resource;
    return rest;
  };

export function specificCases(): Case[] {
  const kinds = Array.from({ length: 8 }, (_, at) => at);
  return [
    ...kinds.map((at) => beside(`N × Observation ${at} at one time`, [observation(at)])),
    beside('N × all Observations at one time', kinds.map(observation)),
    beside('N × all Observations at one time, members of one total', kinds.map(observation), (bundle) => {
      const all = entriesOf(bundle).filter(({ resource }) => resource.resourceType === 'Observation');
      for (const { resource } of all)
        if (Array.isArray(resource.hasMember))
          resource.hasMember = all
            .filter((each) => each.resource !== resource && !Array.isArray(each.resource.hasMember))
            .map(({ fullUrl }) => ({ reference: fullUrl })) as Json[];
    }),
    ...kinds.map((at) =>
      beside(`N × Observation ${at}, members of one total`, [observation(at)], (bundle) => {
        const all = entriesOf(bundle).filter(({ resource }) => resource.resourceType === 'Observation');
        const total = all.find(({ resource }) => Array.isArray(resource.hasMember));
        if (total)
          total.resource.hasMember = all
            .filter((each) => each !== total)
            .map(({ fullUrl }) => ({ reference: fullUrl })) as Json[];
      }),
    ),
    ...kinds.map((at) =>
      beside(
        `N × components of Observation ${at}`,
        [() => ({ resourceType: 'Basic', code: { text: 'x' } })],
        (bundle, count) => {
          const { code, valueQuantity, valueInteger } = find(bundle, 'Observation', at).resource;
          const one = {
            code,
            ...(valueQuantity === undefined ? {} : { valueQuantity }),
            ...(valueInteger === undefined ? {} : { valueInteger }),
          } as JsonObject;
          find(bundle, 'Observation', 0).resource.component = Array.from({ length: count }, () =>
            structuredClone(one),
          );
        },
      ),
    ),
    beside('N × Organization without a code + N × DocumentReference of a custodian', [
      () => ({ resourceType: 'Organization', name: 'x' }),
      (_, bundle) => ({
        resourceType: 'DocumentReference',
        status: 'current',
        custodian: lead(bundle, 'Organization'),
      }),
    ]),
    beside(
      'N × Encounter and N × Observation in error',
      [
        (_, bundle) => ({
          resourceType: 'Encounter',
          status: 'entered-in-error',
          class: { code: 'VR' },
          subject: lead(bundle, 'Patient'),
        }),
        (_, bundle) => ({
          resourceType: 'Observation',
          status: 'entered-in-error',
          code: { text: 'x' },
          subject: lead(bundle, 'Patient'),
        }),
      ],
      (bundle) => {
        find(bundle, 'Encounter').resource.status = 'entered-in-error';
      },
    ),
    beside('N × dead Patient and N × Observation', [
      () => ({ resourceType: 'Patient', deceasedDateTime: '2020-01-01' }),
      () => ({
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        effectiveDateTime: '2021-01-01',
      }),
    ]),
    beside(
      'N × entry of one id and bare references to it',
      [
        () => ({ resourceType: 'Basic', code: { text: 'x' }, id: 'same' }),
        () => ({ resourceType: 'Basic', code: { text: 'x' }, author: { reference: 'same' } }),
      ],
      (bundle) => {
        for (const { resource } of entriesOf(bundle))
          if (resource.resourceType === 'Basic' && resource.author === undefined) resource.id = 'same';
      },
    ),
    beside('N × Organization of one code and references by it', [
      () => ({
        resourceType: 'Organization',
        name: 'x',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' }],
      }),
      () => ({
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        performer: Array.from({ length: 10 }, () => ({
          identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' },
        })),
      }),
    ]),
    beside('N × Patient of one number and references by it', [
      () => ({
        resourceType: 'Patient',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }],
      }),
      () => ({
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' } },
      }),
    ]),
    beside(
      'N × Organization and a stay with N providers',
      [() => ({ resourceType: 'Organization', name: 'x' })],
      (bundle, count) => {
        find(bundle, 'Encounter').resource.serviceProvider = Array.from({ length: 4 * count }, (_, n) => ({
          reference: `Organization/${n}`,
        })) as Json[];
      },
    ),
    ...[
      'Patient.generalPractitioner',
      'DocumentReference.custodian',
      'Observation.performer',
      'List.entry',
    ].map((place) => contained(place)),
  ];
}

/** Many references to one contained resource that has many identifiers. */
function contained(place: string): Case {
  const [type = '', element = ''] = place.split('.');
  return {
    name: `${place} × N to one contained with N identifiers`,
    type,
    bundleOf: (size, stay = 1) => {
      const bundle = aSummary().stay(stay).build();
      const count = Math.floor(size / 110);
      const person = type === 'List' || type === 'Observation' ? 'Patient' : 'Organization';
      const system =
        person === 'Patient'
          ? 'https://fhir.nhs.uk/Id/nhs-number'
          : 'https://fhir.nhs.uk/Id/ods-organization-code';
      const made = {
        resourceType: person,
        id: 'p',
        identifier: Array.from({ length: count }, (_, n) => ({
          system,
          value: person === 'Patient' ? '9990000018' : `A${n}`,
        })),
      };
      const references = Array.from({ length: count }, () =>
        element === 'entry' ? { item: { reference: '#p' } } : { reference: '#p' },
      );
      if (type === 'List')
        entriesOf(bundle).push(
          entry(stay * 1_000_000, { resourceType: 'List', status: 'current', mode: 'snapshot' }),
        );
      const { resource } = find(bundle, type);
      resource.contained = [made] as unknown as Json[];
      resource[element] = references as Json[];
      return bundle;
    },
  };
}
