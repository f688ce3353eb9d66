import { isUuid } from '../fhir/uuid';
import { bucketOf, inBucket, newId, timeOfId } from './ids';
import { keyedIds } from './keyed-ids';

describe('an id', () => {
  it('is a UUID of version 7 with its time, in the bucket that is asked for', () => {
    for (const bucket of [0, 1, 511, 1023]) {
      const id = newId(bucket, Date.UTC(2026, 0, 2));
      expect(isUuid(id)).toBe(true);
      expect(id[14]).toBe('7');
      expect('89ab').toContain(id[19]);
      expect([bucketOf(id), timeOfId(id)]).toEqual([bucket, Date.UTC(2026, 0, 2)]);
    }
  });

  it('has a random bucket where none is asked for', () => {
    expect(new Set(Array.from({ length: 200 }, () => bucketOf(newId()))).size).toBeGreaterThan(100);
  });

  it('keeps all but its bucket when it is put into another', () => {
    expect(inBucket('0190cccc-0000-7000-8000-000000000fff', 5)).toBe('0190cccc-0000-7000-8000-000000000c05');
  });

  it('takes no number that is no bucket, such as a time', () => {
    expect(() => newId(Date.now())).toThrow('is no bucket');
    expect(() => newId(-1)).toThrow('is no bucket');
  });
});

describe('an id that follows from a key', () => {
  it('is the same for the same key and secret, and of version 8', () => {
    const [ids, others] = [keyedIds(Buffer.alloc(32, 1)), keyedIds(Buffer.alloc(32, 2))];
    const id = ids('Organization', 'system|RX1');
    expect(isUuid(id) && id[14]).toBe('8');
    expect(ids('Organization', 'system|RX1')).toBe(id);
    expect([ids('Location', 'system|RX1'), others('Organization', 'system|RX1')]).not.toContain(id);
  });
});
