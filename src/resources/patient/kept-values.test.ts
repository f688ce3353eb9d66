import type { MergeContext, MergeRemark } from '../../definitions/table';
import type { AnyResource, JsonObject } from '../../fhir/types';
import { mergeContext } from '../../../test/fixtures/merge-context';
import { mergePatient } from './merge';

const patient = (more: JsonObject = {}): AnyResource => ({ resourceType: 'Patient', ...more });

function merge(
  stored: AnyResource,
  incoming: AnyResource,
  context: Partial<MergeContext> = {},
): { resource: AnyResource; remarks: readonly MergeRemark[] } {
  const merged = mergePatient(stored, incoming, mergeContext(context));
  if (!merged.ok) throw new Error(merged.text);
  return merged;
}

describe('a death that is no longer said', () => {
  const dead = patient({ deceasedDateTime: '2025-03-12' });
  const KEPT = [expect.objectContaining({ rule: 'submission-value-kept', element: 'deceased' })];

  it.each<[string, Partial<MergeContext>]>([
    ['the only lineage of the patient leaves it out', { solelyThisLineage: true }],
    ['a message empties it', { emptied: new Set(['deceased']) }],
  ])('stays, with a warning and a review mark, where %s', (_what, context) => {
    const { resource, remarks } = merge(dead, patient(), context);
    expect(resource.deceasedDateTime).toBe('2025-03-12');
    expect(remarks).toEqual(KEPT);
    expect(remarks[0]?.review).toContain('death');
    expect(merge(patient({ deceasedBoolean: false }), patient(), context).remarks).toEqual([]);
    expect(merge(dead, patient({ deceasedBoolean: true }), context).remarks).toEqual([]);
  });

  it('stays without a word where another lineage leaves it out', () => {
    expect(merge(dead, patient()).remarks).toEqual([]);
  });
});

describe('a gender that another submission does not know', () => {
  const [known, unknown] = [patient({ gender: 'male' }), patient({ gender: 'unknown' })];

  it('stays', () => {
    expect(merge(known, unknown).resource.gender).toBe('male');
    expect(merge(unknown, known).resource.gender).toBe('male');
    expect(merge(unknown, unknown).resource.gender).toBe('unknown');
  });

  it('is taken back by the only lineage of the patient', () => {
    expect(merge(known, unknown, { solelyThisLineage: true }).resource.gender).toBe('unknown');
  });
});
