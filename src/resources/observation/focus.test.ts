import { contextOf, foundBy } from '../../../test/fixtures/found-by';
import { aSummary } from '../../../test/fixtures/summary';
import type { AnyResource, JsonObject } from '../../fhir/types';
import { observation } from '.';
import { quantity, withNews2 } from './news2-example';
import { news2Of, type Group } from './news2-group';

const focus = [{ display: 'Unborn child' }];

const news2RulesOf = (example: (summary: AnyResource) => AnyResource): string[] =>
  foundBy(observation, example(aSummary().build()))
    .told.map(({ rule }) => rule)
    .filter((rule) => rule.startsWith('news2-'));

const groupsOf = (example: (summary: AnyResource) => AnyResource): readonly Group[] =>
  news2Of(contextOf(example(aSummary().build()))).groups;

describe('an Observation with a focus, which is of somebody else', () => {
  it('is compared with no limit and no score', () => {
    const change = (more: JsonObject) =>
      withNews2(({ readings }) => Object.assign(readings.pulse, quantity(400, '/min'), more));
    expect([news2RulesOf(change({})), news2RulesOf(change({ focus }))]).toEqual([['news2-22'], []]);
  });

  it('is no sub-score of the patient', () => {
    const [group] = groupsOf(withNews2(({ scores }) => Object.assign(scores.pulse, { focus })));
    const parameters = group?.fromMembers.map(({ subscore }) => subscore.parameter);
    expect([parameters?.length, parameters?.includes('pulse')]).toEqual([6, false]);
  });

  it('is no total of the patient', () => {
    expect(groupsOf(withNews2(({ total }) => Object.assign(total, { focus })))).toEqual([]);
  });
});
