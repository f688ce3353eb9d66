import { growth, IN_PROPORTION } from '../../../test/support/growth';
import { atOnce } from '../../fhir/slices';
import { weightOfBody } from './heap-cost';

/** Six bytes of heap for each byte and sixty for each mark, at most twenty for each byte. */
function weightByEachByte(body: Buffer): number {
  const marks = [...body.toString('latin1')].filter((each) => '",{[<'.includes(each)).length;
  return Math.min(6 * body.length + 60 * marks, 20 * body.length);
}

describe('the heap that a body may take', () => {
  it('counts every mark, however long the runs without one are', () => {
    const runs = [0, 1, 254, 255, 256, 257, 258, 600, 5_000].map((length) => 'a'.repeat(length));
    const bodies = [
      '',
      'a'.repeat(10_000),
      `"${'b'.repeat(10_000)}"`,
      ...runs.map((run) => `${run}"${run},{[<${run}`),
      runs.join('"'),
      `<${runs.join(',')}${runs.join('[')}`,
      '"'.repeat(3_000),
    ];
    for (const body of bodies.map((text) => Buffer.from(text)))
      expect(atOnce(weightOfBody(body))).toBe(weightByEachByte(body));
  });

  it('is found in linear time where long runs follow each other', () => {
    const bodyOf = (runs: number): Buffer => Buffer.from(`${'a'.repeat(300)}"`.repeat(runs));
    const weigh = (body: Buffer): unknown => atOnce(weightOfBody(body));
    expect(growth(bodyOf, weigh, 20_000)).toBeLessThan(IN_PROPORTION);
  });
});
