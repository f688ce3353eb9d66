import type { AnyResource, Json } from '../../fhir/types';
import { documentsInOrder } from './documents-in-order';

const aDocument = (id: string, date: string, more: Record<string, Json> = {}): AnyResource => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  date,
  ...more,
});
const replacing = (...ids: string[]): Record<string, Json> => ({
  relatesTo: ids.map((id) => ({ code: 'replaces', target: { reference: `DocumentReference/${id}` } })),
});
const inOrder = (...documents: AnyResource[]): string => {
  const orders = [documents, [...documents].reverse()].map((all) =>
    documentsInOrder(all, (each) => each)
      .map(({ id }) => id)
      .join(' '),
  );
  expect(new Set(orders).size).toBe(1);
  return orders[0]!;
};

describe('documents are in an order that does not depend on how they were stored', () => {
  it('current, then superseded, then entered in error, by either status', () => {
    expect(
      inOrder(
        aDocument('current', '2025-03-05T10:00:00Z'),
        aDocument('superseded', '2025-03-07T10:00:00Z', { status: 'superseded' }),
        aDocument('wrong', '2025-03-08T10:00:00Z', { status: 'entered-in-error' }),
        aDocument('also-wrong', '2025-03-09T10:00:00Z', { docStatus: 'entered-in-error' }),
      ),
    ).toBe('current superseded also-wrong wrong');
  });

  it('the newest first, as moments', () => {
    expect(
      inOrder(
        aDocument('nine', '2025-03-05T10:00:00+01:00'),
        aDocument('half-past-nine', '2025-03-05T09:30:00Z'),
        { resourceType: 'DocumentReference', id: 'undated', status: 'current' },
      ),
    ).toBe('half-past-nine nine undated');
  });

  it('what replaces another one before it, whatever their dates and over several steps', () => {
    expect(
      inOrder(
        aDocument('first', '2025-03-09T10:00:00Z'),
        aDocument('second', '2025-03-08T10:00:00Z', replacing('first')),
        aDocument('third', '2025-03-07T10:00:00Z', replacing('second')),
      ),
    ).toBe('third second first');
  });

  it('not for what is itself retracted or superseded', () => {
    const old = aDocument('old', '2025-03-09T10:00:00Z');
    for (const status of ['entered-in-error', 'superseded'])
      expect(inOrder(old, aDocument('new', '2025-03-10T10:00:00Z', { status, ...replacing('old') }))).toBe(
        'old new',
      );
  });

  it('also where two replace each other, or one itself', () => {
    const one = aDocument('one', '2025-03-09T10:00:00Z', replacing('other', 'one'));
    const other = aDocument('other', '2025-03-10T10:00:00Z', replacing('one'));
    expect(documentsInOrder([one, other], (each) => each)).toHaveLength(2);
  });

  it('also of a chain that is longer than the stack is deep', () => {
    const length = 30_000;
    const chain = Array.from({ length }, (_, at) =>
      aDocument(`d${at}`, '2025-03-10T10:00:00Z', at === 0 ? {} : replacing(`d${at - 1}`)),
    );
    const [first, second] = documentsInOrder(chain, (each) => each);
    expect([first?.id, second?.id]).toEqual([`d${length - 1}`, `d${length - 2}`]);
  });
});
