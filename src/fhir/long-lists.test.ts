import { append, leastAndMost } from './long-lists';

const MANY = Array.from({ length: 500_000 }, (_, at) => at);

it('a list of any length is added to another one', () => {
  const list = [-1];
  append(list, MANY);
  expect(list).toHaveLength(MANY.length + 1);
  expect(list.slice(0, 3)).toEqual([-1, 0, 1]);
});

it('numbers of any count have a smallest and a largest', () => {
  expect(leastAndMost(MANY)).toEqual({ least: 0, most: 499_999 });
  expect(leastAndMost([3, -2])).toEqual({ least: -2, most: 3 });
});
