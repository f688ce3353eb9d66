import { linearize, type Operation } from './linearize';

const write = (begin: number, end: number, value: number): Operation<number> => ({
  begin,
  end,
  says: `write ${value}`,
  step: () => ({ state: value }),
});
const read = (begin: number, end: number, value: number): Operation<number> => ({
  begin,
  end,
  says: `read ${value}`,
  step: (state) => (state === value ? { state } : { differs: `it is ${state}` }),
});

describe('linearize', () => {
  it('finds the order of operations that overlap', () => {
    expect(linearize([write(0, 10, 1), write(1, 9, 2), read(11, 12, 1)], 0)).toMatchObject({ ok: true });
    expect(linearize([write(0, 10, 1), write(1, 9, 2), read(11, 12, 2)], 0)).toMatchObject({ ok: true });
    expect(linearize([write(0, 10, 1), read(2, 3, 0), read(4, 5, 1)], 0)).toMatchObject({ ok: true });
  });

  it('finds none where a read sees what was overwritten before it began', () => {
    expect(linearize([write(0, 1, 1), write(2, 3, 2), read(4, 5, 1)], 0)).toEqual({
      ok: false,
      report: 'no order explains it; after 2:\nread 1: it is 2',
    });
  });

  it('finds none where reads go back in time', () => {
    expect(linearize([write(0, 10, 1), read(2, 3, 1), read(4, 5, 0)], 0)).toMatchObject({ ok: false });
  });
});
