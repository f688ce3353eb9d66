import type { AnyResource } from '../../../fhir/types';
import { bucketOf, newId } from '../../../platform/ids';
import { keyedIds } from '../../../platform/keyed-ids';
import { newIdFor } from './new-id';
import type { MatchedEntry, Matching } from './match-input';

const KEY = 'https://fhir.nhs.uk/Id/ods-organization-code|RX1';
const idOfKey = keyedIds(Buffer.alloc(32, 1));
const PATIENT = idOfKey('nhs-number', '9999999468');

function idOf(
  each: { resourceType: string; patientId?: string; key?: string; idFollowsKey?: true },
  {
    stored = [],
    claimed = [],
    patients = [],
  }: { stored?: string[]; claimed?: string[]; patients?: string[] } = {},
): string {
  const { resourceType, patientId = null, key, idFollowsKey } = each;
  const identity = { keys: () => (key === undefined ? [] : [key]), idFollowsKey };
  const planned = {
    request: { resource: { resourceType } as AnyResource },
    definition: { identity },
    patientId,
  };
  const before = { resources: new Map(stored.map((name) => [name, {}])) };
  return newIdFor(
    planned as unknown as MatchedEntry,
    {
      input: { newId, idOfKey, before },
      claimed: new Set(claimed),
      byIndex: new Map(patients.map((id, index) => [index, { patientId: id }])),
    } as unknown as Matching,
  );
}

describe('the id of a new resource', () => {
  const shared = { resourceType: 'Organization', key: KEY, idFollowsKey: true } as const;
  const keyed = idOfKey('Organization', KEY);

  it('has the bucket of its patient', () => {
    expect(bucketOf(idOf({ resourceType: 'Encounter', patientId: PATIENT, key: KEY }))).toBe(
      bucketOf(PATIENT),
    );
  });

  it('follows from its key where the definition says so', () => {
    expect(idOf(shared)).toBe(keyed);
  });

  it('is another one of the same bucket where that is taken, by what is stored or by another entry', () => {
    for (const taken of [{ stored: [`Organization/${keyed}`] }, { claimed: [`Organization/${keyed}`] }]) {
      const id = idOf(shared, taken);
      expect(id).not.toBe(keyed);
      expect(bucketOf(id)).toBe(bucketOf(keyed));
    }
  });

  it('has the bucket of its key where it belongs to nobody', () => {
    const id = idOf({ resourceType: 'Encounter', key: KEY });
    expect([id[14], bucketOf(id)]).toEqual(['7', bucketOf(idOfKey('Encounter', KEY))]);
  });

  it('has, as a Binary, the bucket of the one patient of its Bundle', () => {
    expect(bucketOf(idOf({ resourceType: 'Binary' }, { patients: [PATIENT, PATIENT] }))).toBe(
      bucketOf(PATIENT),
    );
  });
});
