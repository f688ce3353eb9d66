/**
 * `npm run bench`: what the server does in a second, what that costs, and how near it is to what PostgreSQL could do at
 * best. Every run measures its own ceiling, so that ratios can be read on any machine. See docs/benchmark.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { benchAudit, type AuditResult } from './audit';
import { compareResults, lastResult } from './compare';
import { benchGrowth } from './growth';
import { broadSearches, growthSearches } from './growth-searches';
import { benchIngest } from './ingest';
import { benchLookups } from './lookups';
import { helpText, readOptions, type Options, type Part } from './options';
import { populate } from './population';
import {
  printAudit,
  printComparison,
  printIngest,
  printLookups,
  printMachine,
  printRoute,
  printSearch,
  printValidate,
} from './report';
import { printGrowth } from './report-growth';
import { benchRoute } from './route';
import { benchSearch } from './search';
import { setStage, type Stage } from './stage';
import { OBSERVATIONS, SEED } from './summaries';
import { benchValidate, type ValidateResult } from './validate';

/** The results of earlier runs that are kept; the name of each begins with its date. */
const RESULTS = join(__dirname, 'results');

/** What a part tells of itself: its figures, and how many requests were refused, of which there must be none. */
interface Outcome {
  figures: object;
  refused: number;
}

const allSearches = [...growthSearches, ...broadSearches];

/** How much is done of each, by the length of the run. */
const AMOUNTS = {
  full: {
    validate: { rounds: 400, warmUp: 300 },
    ingest: { summaries: 500, warmUp: 200 },
    lookups: { seconds: 4 },
    search: { requests: 800 },
    audit: { stays: 300, seconds: 15 },
    route: { stays: 300, patients: 200, turns: 5, seconds: 1.5 },
    growth: {
      requests: 60,
      summaries: 20,
      ledgerSeconds: 60,
      searches: allSearches,
    },
  },
  quick: {
    validate: { rounds: 100, warmUp: 100 },
    ingest: { summaries: 100, warmUp: 50 },
    lookups: { seconds: 1 },
    search: { requests: 60 },
    audit: { stays: 300, seconds: 3 },
    route: { stays: 100, patients: 50, turns: 5, seconds: 0.5 },
    growth: {
      requests: 10,
      summaries: 5,
      ledgerSeconds: 10,
      searches: allSearches,
    },
  },
  smoke: {
    validate: { rounds: 2, warmUp: 1 },
    ingest: { summaries: 2, warmUp: 1 },
    lookups: { seconds: 0.1 },
    search: { requests: 1 },
    audit: { stays: 10, seconds: 0.2 },
    route: { stays: 10, patients: 2, turns: 1, seconds: 0.1 },
    growth: { requests: 2, summaries: 1, ledgerSeconds: 5, searches: growthSearches.slice(0, 2) },
  },
} as const;

async function ingestPart(stage: Stage, options: Options, validate?: ValidateResult): Promise<Outcome> {
  const { length, profile } = options;
  const connection = await stage.createDatabase('ingest');
  const server = await stage.serve(connection, { profile });
  const submitting = await benchIngest(stage, server, connection, {
    senders: [1, 4, 16],
    ...AMOUNTS[length].ingest,
  });
  printIngest(submitting, validate);
  const reading = await benchLookups(stage, server, connection, {
    readers: [1, 16],
    ...AMOUNTS[length].lookups,
  });
  printLookups(reading);
  await server.stop();
  await stage.dropDatabase('ingest');
  const refused = [...submitting, ...reading].reduce((sum, each) => sum + each.refused, 0);
  return { figures: { submitting, reading }, refused };
}

async function searchPart(stage: Stage, { length, stays, observations }: Options): Promise<Outcome> {
  const figures = await benchSearch(stage, { stays, observations, ...AMOUNTS[length].search });
  printSearch(figures);
  await stage.dropDatabase('small');
  await stage.dropDatabase('large');
  return { figures, refused: figures.searches.reduce((sum, each) => sum + each.refused, 0) };
}

async function growthPart(stage: Stage, options: Options): Promise<Outcome> {
  const { length, sizes, observationsOfGrowth, ledgerSeconds } = options;
  const figures = await benchGrowth(stage, {
    sizes,
    observations: observationsOfGrowth,
    ...AMOUNTS[length].growth,
    ...(ledgerSeconds === undefined ? {} : { ledgerSeconds }),
  });
  printGrowth(figures);
  const costs = figures.steps.flatMap(({ searches, submission }) => [...searches, submission]);
  return { figures, refused: costs.reduce((sum, each) => sum + each.refused, 0) };
}

async function auditPart(stage: Stage, { length }: Options): Promise<Outcome> {
  const connection = await stage.createDatabase('audited');
  const { dataDir } = stage;
  const { stays, seconds } = AMOUNTS[length].audit;
  await populate({ connection, dataDir, seed: SEED, from: 0, to: stays, observations: OBSERVATIONS });
  const figures: AuditResult[] = [];
  for (const readers of [16, 64]) figures.push(await benchAudit(stage, connection, { readers, seconds }));
  for (const each of figures) printAudit(each);
  return { figures, refused: figures.reduce((sum, { refused }) => sum + refused, 0) };
}

async function routePart(stage: Stage, { length }: Options): Promise<Outcome> {
  const connection = await stage.createDatabase('routed');
  const { dataDir } = stage;
  const { stays, ...amounts } = AMOUNTS[length].route;
  await populate({ connection, dataDir, seed: SEED, from: 0, to: stays, observations: OBSERVATIONS });
  const figures = await benchRoute(stage, connection, { readers: 16, ...amounts });
  printRoute(figures);
  return { figures, refused: figures.reduce((sum, { refused }) => sum + refused, 0) };
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) console.log(helpText());
  else if (typeof options === 'string') console.error(`${options}\n\n${helpText()}`);
  if (options === undefined || typeof options === 'string') return options === undefined ? 0 : 64;
  const stage = await setStage(options);
  const { length, parts, workers } = options;
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model,
    load: loadavg()[0],
    node: process.version,
    postgres: stage.postgresVersion,
  };
  const result: Record<string, unknown> = { options: { length, workers }, machine };
  printMachine(machine, options);
  let refused = 0;
  const keep = (part: Part, outcome: Outcome): void => {
    result[part] = outcome.figures;
    refused += outcome.refused;
  };
  try {
    const validate = parts.includes('validate') ? await benchValidate(AMOUNTS[length].validate) : undefined;
    if (validate) {
      printValidate(validate);
      keep('validate', { figures: validate, refused: 0 });
    }
    if (parts.includes('ingest')) keep('ingest', await ingestPart(stage, options, validate));
    if (parts.includes('audit')) keep('audit', await auditPart(stage, options));
    if (parts.includes('route')) keep('route', await routePart(stage, options));
    if (parts.includes('search')) keep('search', await searchPart(stage, options));
    if (parts.includes('growth')) keep('growth', await growthPart(stage, options));
  } finally {
    await stage.strike();
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  compareWithEarlier(options, result);
  console.log(refused === 0 ? '\nNothing was refused.' : `\n${refused} requests were refused.`);
  return refused === 0 ? 0 : 1;
}

function compareWithEarlier(options: Options, result: Record<string, unknown>): void {
  const { length, workers } = options;
  const earlier = options.with ?? (options.compare ? lastResult(RESULTS, { length, workers }) : undefined);
  if (options.compare && earlier === undefined)
    console.log(
      '\nbench/results has no result of a run with the same length and workers. Name a file with --with.',
    );
  if (earlier !== undefined)
    printComparison(compareResults(JSON.parse(readFileSync(earlier, 'utf8')), result), earlier);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(70);
  },
);
