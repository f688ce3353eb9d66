import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastResult } from '../../bench/compare';
import { helpText, OPTIONS, PARTS, readOptions, type Options } from '../../bench/options';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'benchmark.md'), 'utf8').replace(/ +/g, ' ');

describe('the options of the benchmark', () => {
  it.each(OPTIONS.map((option) => [option.name, option] as const))(
    '--%s is in --help and in docs/benchmark.md',
    (name, { value, meaning }) => {
      const shown = `--${name}${value === undefined ? '' : ` ${value}`}`;
      expect(helpText()).toContain(shown);
      expect(page).toContain(`| \`${shown}\` | ${meaning} |`);
    },
  );

  it('are a full run of every part unless given', () => {
    expect(readOptions([])).toMatchObject({
      length: 'full',
      parts: PARTS,
      stays: 100_000,
      sizes: [1_000, 10_000, 100_000],
      observations: 45,
      observationsOfGrowth: 10,
      workers: 1,
      compare: false,
    });
  });

  it('take sizes in any order, parts, workers and a short form', () => {
    const args = ['--quick', '--only', 'ingest', '--only', 'growth', '--sizes', '500,20', '--workers', '2'];
    const read = readOptions(args) as Options;
    expect(read).toMatchObject({
      length: 'quick',
      parts: ['ingest', 'growth'],
      sizes: [20, 500],
      workers: 2,
    });
  });

  it.each([
    [['--only', 'speed'], '--only speed: name one of validate, ingest, search, audit, route, growth.'],
    [['--workers', 'two'], '--workers needs a whole number from 1.'],
    [['--sizes', '10,x'], '--sizes needs whole numbers from 1.'],
    [['--fast'], expect.stringContaining("Unknown option '--fast'")],
  ])('%j is a fault of the caller', (args, fault) => {
    expect(readOptions(args)).toEqual(fault);
  });

  it('ask for help alone', () => {
    expect(readOptions(['--help'])).toBeUndefined();
  });
});

describe('the kept result that a run is compared with', () => {
  it('is the newest one of a run of the same length and as many workers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'homeward-results-'));
    try {
      const keep = (name: string, length: string, workers: number): void =>
        writeFileSync(join(folder, name), JSON.stringify({ options: { length, workers } }));
      keep('2026-01-01.json', 'full', 1);
      keep('2026-02-01.json', 'full', 1);
      keep('2026-03-01.json', 'full', 2);
      keep('2026-04-01.json', 'quick', 1);
      expect(lastResult(folder, { length: 'full', workers: 1 })).toBe(join(folder, '2026-02-01.json'));
      expect(lastResult(folder, { length: 'smoke', workers: 1 })).toBeUndefined();
      expect(lastResult(join(folder, 'none'), { length: 'full', workers: 1 })).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
