import { flameGraph, framesOf, type CpuProfile } from '../../bench/flame-graph';

const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
  children,
});

const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 6]),
    node(2, '(idle)', ''),
    node(3, 'submit', 'file:///home/someone/homeward/src/submit.ts', [4, 5]),
    node(4, 'parse<T>', '/home/someone/homeward/src/parse.ts'),
    node(5, 'query', '/home/someone/homeward/node_modules/pg/client.js'),
    node(6, 'require', 'node:internal/modules'),
  ],
  samples: [2, 3, 4, 4, 5, 6],
  timeDeltas: [1000, 10, 40, 20, 30, 500],
};

describe('the flame graph of a CPU profile', () => {
  const root = framesOf(profile);

  it('joins equal paths, without waiting and without starting', () => {
    expect(root.microseconds).toBe(100);
    const submit = root.calls.get('submit src/submit.ts:10');
    expect(submit?.microseconds).toBe(100);
    expect([...submit!.calls.values()].map(({ name, microseconds }) => [name, microseconds])).toEqual([
      ['parse<T> src/parse.ts:10', 60],
      ['query node_modules/pg/client.js:10', 30],
    ]);
  });

  it('is an SVG with the share of each function, and without the folder of the installation', () => {
    const svg = flameGraph(root, 'A & B');
    expect(svg).toContain('<title>parse&lt;T&gt; src/parse.ts:10: 60.0%</title>');
    expect(svg).toContain('A &amp; B');
    expect(svg).not.toContain('someone');
  });
});
