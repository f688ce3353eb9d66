/** The figures of the growth part as tables for a person: a column for each size, and the ratio to the smallest. */
import type { Cost, GrowthResult, GrowthStep } from './growth';
import { fixed, heading, table } from './report';

export function printGrowth({ steps, observations, summary }: GrowthResult): void {
  const names = steps.map(({ stays }) => stays.toLocaleString('en-GB'));
  heading(`Growth: stores of ${names.join(', ')} stays of ${observations} Observations`);
  printSizes(steps, names);
  if (summary) {
    const [all, document, log] = [summary.database, summary.document, summary.writeAheadLog].map((bytes) =>
      fixed(bytes / 1000, 0),
    );
    console.log(
      `\nA summary as it is sent takes ${all} kB, ${document} kB of them its document; the write-ahead log has ${log} kB for it.`,
    );
  }
  const rows = (of: (cost: Cost) => number | undefined, digits: number): string[][] =>
    requestsOf(steps).map(({ name, costs }) => rowOf(name, costs.map(of), digits));
  const tables: readonly [string, (cost: Cost) => number | undefined, number][] = [
    ['Pages of 8 kB that PostgreSQL looks at for a request', ({ pages }) => pages, 0],
    ['of these, pages that were not in its memory', ({ pagesRead }) => pagesRead, 1],
    ['CPU ms of the server and PostgreSQL for a request', cpuMs, 2],
    ['p50 ms of a request', ({ p50 }) => p50, 2],
  ];
  for (const [title, of, digits] of tables) {
    heading(title);
    table([['', ...names, 'last to first'], ...rows(of, digits)]);
  }
  printSteps(steps, names);
}

const cpuMs = ({ cpu }: Cost): number | undefined => cpu && (cpu.server + cpu.database) * 1000;

/** Each request with its cost in each store. */
function requestsOf(steps: readonly GrowthStep[]): { name: string; costs: Cost[] }[] {
  const searches = (steps[0]?.searches ?? []).map(({ name }, place) => ({
    name,
    costs: steps.map((step) => step.searches[place]!),
  }));
  return [
    { name: 'a summary of 45 Observations', costs: steps.map(({ submission }) => submission) },
    ...searches,
  ];
}

function rowOf(name: string, values: readonly (number | undefined)[], digits: number): string[] {
  const [first, last] = [values[0], values.at(-1)];
  const ratio = first && last !== undefined ? fixed(last / first, 2) : '';
  return [name, ...values.map((value) => (value === undefined ? '' : fixed(value, digits))), ratio];
}

function printSizes(steps: readonly GrowthStep[], names: readonly string[]): void {
  const mib = (bytes: number): string => fixed(bytes / 2 ** 20, 0);
  const tables = steps.at(-1)?.size.tables ?? [];
  table([
    ['MiB', ...names],
    ['database', ...steps.map(({ size }) => mib(size.databaseBytes))],
    ...tables.flatMap(({ name }) => {
      const of = (step: GrowthStep): GrowthStep['size']['tables'][number] | undefined =>
        step.size.tables.find((each) => each.name === name);
      return [
        [`  ${name}`, ...steps.map((step) => mib(of(step)?.bytes ?? 0))],
        [`  its indexes`, ...steps.map((step) => mib(of(step)?.indexBytes ?? 0))],
      ];
    }),
    ['kB for a stay', ...steps.map(({ size, stays }) => fixed(size.databaseBytes / stays / 1000, 1))],
  ]);
}

function printSteps(steps: readonly GrowthStep[], names: readonly string[]): void {
  heading('Done once, in seconds (CPU seconds of the program and PostgreSQL)');
  const cell = ({ seconds, cpu }: GrowthStep['dump']): string =>
    `${fixed(seconds, 2)}${cpu ? ` (${fixed(cpu.server + cpu.database, 2)})` : ''}`;
  table([
    ['', ...names],
    ...(steps[0]?.counts ?? []).map(({ name }, place) => [
      `count ${name}`,
      ...steps.map(({ counts }) => cell(counts[place]!)),
    ]),
    ['read all rows as text', ...steps.map(({ dump }) => cell(dump))],
    ...backupRows(steps),
    ['verify the ledger', ...steps.map(({ ledger }) => cell(ledger))],
    [
      '  records checked',
      ...steps.map(({ ledger }) => `${ledger.records}${ledger.complete ? '' : ' so far'}`),
    ],
    ['  copies that it reports', ...steps.map(({ ledger }) => String(ledger.copiesReported))],
    ['  other faults', ...steps.map(({ ledger }) => String(ledger.otherFaults))],
  ]);
}

/** Nothing where no store was backed up. */
function backupRows(steps: readonly GrowthStep[]): string[][] {
  if (steps.every(({ backup }) => backup === undefined)) return [];
  const row = (name: string, of: (backup: NonNullable<GrowthStep['backup']>) => string): string[] => [
    name,
    ...steps.map(({ backup }) => (backup ? of(backup) : '')),
  ];
  return [
    row('back up with pg_dump', ({ seconds }) => fixed(seconds, 2)),
    row('  MiB of the backup', ({ bytes }) => fixed(bytes / 2 ** 20, 0)),
  ];
}
