import type { JsonObject } from '../../fhir/types';
import { isSummaryBy } from './summary';

const isSummary = isSummaryBy(new Set(['Encounter', 'DocumentReference']));
const transaction = (type: string, request: JsonObject): boolean =>
  isSummary({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: { resourceType: type }, request }],
  });

describe('a transaction', () => {
  it.each<[boolean, string, JsonObject]>([
    [true, 'creates a stay', { method: 'POST', url: 'Encounter' }],
    [true, 'may create a stay by its condition', { method: 'PUT', url: 'Encounter?identifier=a|b' }],
    [false, 'updates a stay', { method: 'PUT', url: 'Encounter/3f6c' }],
  ])('is a summary: %s, where it %s', (is, _what, request) => {
    expect(transaction('Encounter', request)).toBe(is);
  });

  it('is none without a stay or document', () => {
    expect(transaction('Observation', { method: 'POST', url: 'Observation' })).toBe(false);
  });
});

it('a Bundle of another type is one, but for a batch', () => {
  const types = ['collection', 'document', 'message', 'batch'];
  expect(types.filter((type) => isSummary({ resourceType: 'Bundle', type }))).toEqual(types.slice(0, 3));
});
