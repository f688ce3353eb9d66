import { containedWith } from './contained';

const devices = (count: number): { resourceType: string; id: string }[] =>
  Array.from({ length: count }, (_, index) => ({ resourceType: 'Device', id: `d${index}` }));

describe.each([10, 1_000])('one of %i contained resources', (count) => {
  it('is found by its id', () => {
    const contained = devices(count);
    expect(containedWith('d7', { contained })).toEqual([contained[7]]);
    expect(containedWith('x', { contained })).toEqual([]);
    expect(containedWith('d7', {})).toEqual([]);
  });

  it('is found with another of the same id', () => {
    const contained = [...devices(count), { resourceType: 'Basic', id: 'd7' }];
    expect(containedWith('d7', { contained })).toEqual([contained[7], contained[count]]);
  });

  it('is the present one where it was replaced in its place', () => {
    const contained = devices(count);
    containedWith('d7', { contained });
    contained[7] = { resourceType: 'Basic', id: 'd7' };
    expect(containedWith('d7', { contained })).toEqual([{ resourceType: 'Basic', id: 'd7' }]);
  });
});

it('is found a hundred thousand times among a thousand without looking through all of them', () => {
  const contained = devices(1_000);
  let reads = 0;
  const counted = contained.map((each) => ({
    get id() {
      reads += 1;
      return each.id;
    },
  }));
  for (let count = 0; count < 100_000; count += 1) containedWith('d999', { contained: counted });
  expect(reads).toBeLessThan(1_000_000);
});
