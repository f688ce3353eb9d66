import { runDemo, type DemoOptions } from './demo';
import { stay } from '../../demo/stay';

const SMALL = { pdf: 'sample', observations: 16 } as const;

function demo(own: Partial<DemoOptions>): { written: string[]; options: DemoOptions } {
  const written: string[] = [];
  return {
    written,
    options: {
      stays: 10,
      seed: 3,
      submit: () => Promise.resolve({ status: 201, issues: 0 }),
      base: 'http://127.0.0.1:8080/FHIR/R4',
      out: { write: (text) => void written.push(text) },
      summary: SMALL,
      ...own,
    },
  };
}

describe('runDemo', () => {
  it('sends every stay once, and counts what is there afterwards', async () => {
    const sent = new Set<string>();
    const { options } = demo({
      submit: (bytes) => {
        sent.add((JSON.parse(bytes.toString()) as { identifier: { value: string } }).identifier.value);
        return Promise.resolve({ status: 201, issues: 1 });
      },
    });
    expect(await runDemo(options)).toEqual({
      stored: 10,
      storedBefore: 0,
      refused: 0,
      issues: 10,
      patients: 9,
      documents: 10,
      observations: 160,
      examples: [0, 1, 2].map((index) => stay(3, index).person.nhsNumber),
    });
    expect(sent.size).toBe(10);
  });

  it('has no more under way at once than it was told', async () => {
    let underWay = 0;
    let most = 0;
    const { options } = demo({
      concurrency: 3,
      submit: async () => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        return { status: 201, issues: 0 };
      },
    });
    await runDemo(options);
    expect(most).toBe(3);
  });

  it('tells apart what is new, what was stored before and what was refused', async () => {
    const statuses = [201, 200, 422, 422, 200, 201, 201, 201, 201, 201];
    const { options, written } = demo({
      concurrency: 1,
      submit: () => Promise.resolve({ status: statuses.shift() ?? 0, issues: 0 }),
    });
    expect(await runDemo(options)).toMatchObject({ stored: 6, storedBefore: 2, refused: 2, documents: 8 });
    expect(written.join('')).toContain('Refused with status 422: 2.\n');
  });

  it('ends with NHS numbers to search for, and a line to paste', async () => {
    const { options, written } = demo({ stays: 1 });
    await runDemo(options);
    const { person, condition } = stay(3, 0);
    expect(written).toContain(
      `  ${person.nhsNumber}  ${person.given.join(' ')} ${person.family}, ${condition.words}\n`,
    );
    expect(written.at(-1)).toMatch(
      new RegExp(
        `^curl .*nhs-number\\|${person.nhsNumber}' 'http://127.0.0.1:8080/FHIR/R4/DocumentReference/`,
      ),
    );
  });

  it('stops when the server cannot be reached', async () => {
    const { options } = demo({ concurrency: 1, submit: () => Promise.reject(new Error('no server')) });
    await expect(runDemo(options)).rejects.toThrow('no server');
  });
});
