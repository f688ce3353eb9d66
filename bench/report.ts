/** The figures as tables for a person. */
import type { AuditResult } from './audit';
import type { Compared } from './compare';
import type { IngestLevel } from './ingest';
import type { LookupResult } from './lookups';
import type { Measured } from './measure';
import type { RouteResult } from './route';
import type { SearchBenchmark } from './search';
import type { ValidateResult } from './validate';

/** What the figures were measured on and with. */
export function printMachine(
  {
    cpus,
    model,
    load,
    node,
    postgres,
  }: { cpus: number; model: string | undefined; load: number | undefined; node: string; postgres: string },
  { length, workers }: { length: string; workers: number },
): void {
  console.log(
    `${length} run, ${count(workers, 'process', 'processes')} for each server; ${cpus} CPUs (${model ?? 'unknown'}), ` +
      `load ${fixed(load ?? NaN, 1)}, Node.js ${node}, PostgreSQL ${postgres}`,
  );
}

export function printValidate({ both, decode, repairAndValidate, resources, bytes }: ValidateResult): void {
  heading(`Checking a summary of ${resources} resources, ${Math.round(bytes / 1000)} kB, once warm`);
  table([
    ['', 'CPU ms'],
    ['decode', fixed(decode, 2)],
    ['repair and validate', fixed(repairAndValidate, 2)],
    ['both (10 at most)', fixed(both, 2)],
  ]);
}

export function printIngest(levels: readonly IngestLevel[], validate: ValidateResult | undefined): void {
  heading('Submitting a summary (300 kB PDF, 45 Observations)');
  table([
    ['', ...MEASURED, 'of ceiling'],
    ...levels.flatMap(({ senders, server, ceiling, ofCeiling, leanest, ofLeanest }) => [
      [count(senders, 'sender'), ...cells(server), ''],
      ['  ceiling of this schema', ...cells(ceiling), percent(ofCeiling)],
      ['  ceiling of the leanest schema', ...cells(leanest), percent(ofLeanest)],
    ]),
  ]);
  const cpu = levels.find(({ senders }) => senders === 4)?.server.cpu ?? levels[0]?.server.cpu;
  if (!validate || !cpu) return;
  const ofServer = validate.repairAndValidate / (cpu.server * 1000);
  const ofWhole = validate.repairAndValidate / ((cpu.server + cpu.database) * 1000);
  console.log(
    `\nValidation is ${percent(ofWhole)} of the whole CPU time of a submission (less than 50%), ` +
      `${percent(ofServer)} of the server's own.`,
  );
}

export function printLookups(results: readonly LookupResult[]): void {
  heading('Reading by NHS number');
  table([
    ['', ...MEASURED, 'of ceiling'],
    ...results.flatMap(({ name, readers, server, ceiling, ofCeiling }) => [
      [`${name}, ${count(readers, 'reader')}`, ...cells(server), percent(ofCeiling)],
      ['  ceiling', ...cells(ceiling), ''],
    ]),
  ]);
}

export function printSearch({
  stays,
  observations,
  loadSeconds,
  databaseBytes,
  searches,
}: SearchBenchmark): void {
  const [few, many] = [stays.small, stays.large].map((n) => n.toLocaleString('en-GB'));
  heading(
    `Searching in ${few} and in ${many} stays of ${observations} Observations ` +
      `(loaded in ${Math.round(loadSeconds)} s, ${(databaseBytes / 2 ** 30).toFixed(1)} GiB)`,
  );
  table([
    ['', `p50 ms, ${few}`, many!, 'ratio', `p95 ms, ${few}`, many!, 'ratio (1.3 at most)'],
    ...searches.map(({ path, small, large, p50Ratio, p95Ratio }) => [
      path,
      ...[small.p50, large.p50, p50Ratio, small.p95, large.p95, p95Ratio].map((value) => fixed(value, 2)),
    ]),
  ]);
}

export function printAudit({ readers, audited, unaudited, share, records }: AuditResult): void {
  heading(`Searching with the audit trail and without, ${count(readers, 'reader')}`);
  table([
    ['', ...MEASURED, 'of without'],
    ['with', ...cells(audited), `${percent(share)} (80% at least)`],
    ['without', ...cells(unaudited), ''],
  ]);
  console.log(`\n${audited.count} searches were recorded as ${records} events.`);
}

export function printRoute(results: readonly RouteResult[]): void {
  heading('Searching by NHS number against a bare Express route with the same SQL and bytes');
  table([
    ['', ...MEASURED, 'of the route', 'by CPU time'],
    ...results.flatMap((each) => [
      [`${each.name}, ${count(each.readers, 'reader')}`, ...cells(each.server), '', ''],
      ['  the route', ...cells(each.bare), `${percent(each.ofBare)} (50% at least)`, share(each.cpuOfBare)],
      [
        '  the route with audit rows',
        ...cells(each.bareAudited),
        percent(each.ofBareAudited),
        share(each.cpuOfBareAudited),
      ],
    ]),
  ]);
}

const share = (value: number | undefined): string => (value === undefined ? '' : percent(value));

/** @param earlier the file of the run before */
export function printComparison(compared: readonly Compared[], earlier: string): void {
  heading(`Compared with ${earlier}`);
  table([
    ['', 'before', 'now', 'ratio', ''],
    ...compared.map(({ figure, before, now, ratio, verdict }) => [
      figure,
      ...[before, now].map((value) => value.toPrecision(3)),
      fixed(ratio, 2),
      verdict,
    ]),
  ]);
}

const MEASURED = ['per s', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms', 'PostgreSQL CPU ms'];

function cells({ perSecond, p50, p95, p99, cpu }: Measured): string[] {
  return [
    fixed(perSecond, perSecond < 100 ? 1 : 0),
    ...[p50, p95, p99].map((ms) => fixed(ms, 2)),
    ...(cpu ? [cpu.server, cpu.database].map((seconds) => fixed(seconds * 1000, 2)) : ['', '']),
  ];
}

export function heading(text: string): void {
  console.log(`\n${text}\n`);
}

/** The first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) {
    const line = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    console.log(`  ${line.join('  ').trimEnd()}`);
  }
}

export const fixed = (value: number, digits: number): string => value.toFixed(digits);
export const percent = (share: number): string => `${Math.round(share * 100)}%`;
const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
