/** What `npm run bench` can be asked for: each option once, for reading, for `--help` and for docs/benchmark.md. */
import { parseArgs } from 'node:util';
import { OBSERVATIONS } from './summaries';

export const PARTS = ['validate', 'ingest', 'search', 'audit', 'route', 'growth'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  /** `smoke` only shows that every part works. */
  length: 'full' | 'quick' | 'smoke';
  parts: readonly Part[];
  /** Of the large store that is searched, and Observations in each. */
  stays: number;
  observations: number;
  /** Observations of each stay of the growth part. */
  observationsOfGrowth: number;
  /** Stays of each store of the growth part, from the fewest. */
  sizes: readonly number[];
  /** Processes of each server. */
  workers: number;
  /** The most seconds for verifying the ledger of each store of the growth part; its usual time unless given. */
  ledgerSeconds: number | undefined;
  /** The address of a PostgreSQL to use; an embedded one unless given. */
  postgres: string | undefined;
  json: string | undefined;
  compare: boolean;
  with: string | undefined;
  /** Where the CPU profile of the server that takes in and answers goes. */
  profile: string | undefined;
}

interface Option {
  name: string;
  value?: string;
  meaning: string;
}

export const OPTIONS: readonly Option[] = [
  { name: 'quick', meaning: 'fewer requests and smaller stores: some minutes' },
  {
    name: 'smoke',
    meaning: 'the fewest requests, to see that every part works; the figures mean nothing',
  },
  { name: 'only', value: 'PART', meaning: `${PARTS.map((part) => `\`${part}\``).join(', ')}; several times` },
  {
    name: 'stays',
    value: 'N',
    meaning: 'stays in the large store of `search` (100,000; 3,000 with `--quick`)',
  },
  {
    name: 'sizes',
    value: 'N,N',
    meaning: 'stays in the stores of `growth` (`1000,10000,100000`; `300,3000` with `--quick`)',
  },
  {
    name: 'observations',
    value: 'N',
    meaning: `Observations of each stay in stores that are searched (${OBSERVATIONS}; 10 in \`growth\`)`,
  },
  { name: 'workers', value: 'N', meaning: 'processes of each server, as `WORKERS` (1)' },
  {
    name: 'ledger-seconds',
    value: 'N',
    meaning:
      'the most seconds for verifying the ledger of each store in `growth` (60); `all` for no limit, which also compares tables of over 2 million rows as a whole',
  },
  {
    name: 'postgres',
    value: 'URL',
    meaning:
      'use this PostgreSQL, and make and drop databases in it; a separate one in a temporary folder unless given',
  },
  { name: 'json', value: 'FILE', meaning: 'write the results as JSON to this file' },
  {
    name: 'compare',
    meaning:
      'compare with the newest of `bench/results/*.json` that has the same options: better, the same or worse',
  },
  { name: 'with', value: 'FILE', meaning: 'compare with this result of `--json`' },
  {
    name: 'profile',
    value: 'FOLDER',
    meaning: 'write a CPU profile of the server that stores and answers; a browser’s developer tools open it',
  },
  { name: 'help', meaning: 'print this' },
];

/** Fewer readings than are sent, so that a million stays fit on a disk. */
const OBSERVATIONS_OF_GROWTH = 10;

const DEFAULTS = {
  full: { stays: 100_000, sizes: [1_000, 10_000, 100_000] },
  quick: { stays: 3_000, sizes: [300, 3_000] },
  smoke: { stays: 20, sizes: [10, 20] },
} as const;

/** @returns undefined for `--help`; a sentence for the person where an option is wrong */
export function readOptions(args: readonly string[]): Options | string | undefined {
  const { values, fault } = parsed(args);
  if (fault !== undefined) return fault;
  if (values.help === true) return undefined;
  const length = values.smoke === true ? 'smoke' : values.quick === true ? 'quick' : 'full';
  const { stays, sizes } = DEFAULTS[length];
  const only = listOf(values.only);
  const unknown = only.find((part) => !PARTS.includes(part as Part));
  if (unknown !== undefined) return `--only ${unknown}: name one of ${PARTS.join(', ')}.`;
  const numbers = {
    stays: wholes(values.stays, [stays]),
    sizes: wholes(values.sizes, sizes),
    observations: wholes(values.observations, [OBSERVATIONS]),
    observationsOfGrowth: wholes(values.observations, [OBSERVATIONS_OF_GROWTH]),
    workers: wholes(values.workers, [1]),
    'ledger-seconds': values['ledger-seconds'] === 'all' ? [Infinity] : wholes(values['ledger-seconds'], [0]),
  };
  for (const [name, value] of Object.entries(numbers))
    if (value === undefined)
      return `--${name} needs ${name === 'sizes' ? 'whole numbers' : 'a whole number'} from 1.`;
  const one = (name: keyof typeof numbers): number => numbers[name]![0]!;
  const text = (name: string): string | undefined => values[name] as string | undefined;
  return {
    length,
    parts: only.length === 0 ? PARTS : (only as Part[]),
    stays: one('stays'),
    observations: one('observations'),
    observationsOfGrowth: one('observationsOfGrowth'),
    sizes: [...numbers.sizes!].sort((a, b) => a - b),
    workers: one('workers'),
    ledgerSeconds: one('ledger-seconds') || undefined,
    postgres: text('postgres'),
    json: text('json'),
    compare: values.compare === true,
    with: text('with'),
    profile: text('profile'),
  };
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parsed(args: readonly string[]): { values: Values; fault?: string } {
  const options = Object.fromEntries(
    OPTIONS.map(({ name, value }) => [
      name,
      { type: value === undefined ? 'boolean' : 'string', multiple: name === 'only' } as const,
    ]),
  );
  try {
    return { values: parseArgs({ args: [...args], options }).values };
  } catch (error) {
    return { values: {}, fault: (error as Error).message };
  }
}

const listOf = (value: Values[string]): string[] => (Array.isArray(value) ? value.map(String) : []);

function wholes(value: Values[string], otherwise: readonly number[]): readonly number[] | undefined {
  if (value === undefined) return otherwise;
  const numbers = String(value).split(',').map(Number);
  return numbers.every((number) => Number.isInteger(number) && number > 0) ? numbers : undefined;
}

/** What `--help` prints. */
export function helpText(): string {
  const left = OPTIONS.map(({ name, value }) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...left.map(({ length }) => length));
  const lines = OPTIONS.map(
    ({ meaning }, index) => `  ${left[index]!.padEnd(width)}  ${meaning.replaceAll('`', '')}`,
  );
  return ['npm run bench -- [OPTIONS]', '', ...lines, '', 'docs/benchmark.md says what is measured.'].join(
    '\n',
  );
}
