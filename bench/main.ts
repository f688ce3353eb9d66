/**
 * `npm run bench`: what the server does in a second, what that costs, and how near it is to what PostgreSQL could do at
 * best. Every run measures its own ceiling, so that ratios can be read on any machine. See docs/benchmark.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchAudit, type AuditResult } from './audit';
import { compareResults, lastResult } from './compare';
import { benchIngest } from './ingest';
import { benchLookups } from './lookups';
import { populate } from './population';
import { printAudit, printComparison, printIngest, printLookups, printSearch, printValidate } from './report';
import { benchSearch } from './search';
import { setStage, type Stage } from './stage';
import { OBSERVATIONS, SEED } from './summaries';
import { benchValidate, type ValidateResult } from './validate';

const PARTS = ['validate', 'ingest', 'search', 'audit'] as const;
type Part = (typeof PARTS)[number];

/** The results of earlier runs that are kept; the name of each begins with its date. */
const RESULTS = join(__dirname, 'results');

const USAGE = `npm run bench -- [--quick] [--only ${PARTS.join('|')}]… [--stays N] [--observations N] [--json FILE] [--compare] [--with FILE] [--profile FOLDER]`;

interface Options {
  quick: boolean;
  /** Of the large store that is searched, and Observations in each. */
  stays: number;
  observations: number;
  /** Where the CPU profile of the server that takes in and answers goes. */
  profile: string | undefined;
}

/** What a part tells of itself: its figures, and how many requests were refused, of which there must be none. */
interface Outcome {
  figures: object;
  refused: number;
}

function validatePart({ quick }: Options): Promise<ValidateResult> {
  return benchValidate(quick ? { rounds: 100, warmUp: 100 } : { rounds: 400, warmUp: 300 });
}

async function ingestPart(stage: Stage, options: Options, validate?: ValidateResult): Promise<Outcome> {
  const { quick, profile } = options;
  const connection = await stage.createDatabase('ingest');
  const server = await stage.serve(connection, { profile });
  const submitting = await benchIngest(stage, server, connection, {
    senders: [1, 4, 16],
    summaries: quick ? 100 : 500,
    warmUp: quick ? 50 : 200,
  });
  printIngest(submitting, validate);
  const reading = await benchLookups(stage, server, connection, { readers: [1, 16], seconds: quick ? 1 : 4 });
  printLookups(reading);
  await server.stop();
  await stage.dropDatabase('ingest');
  const refused = [...submitting, ...reading].reduce((sum, each) => sum + each.refused, 0);
  return { figures: { submitting, reading }, refused };
}

async function searchPart(stage: Stage, { quick, stays, observations }: Options): Promise<Outcome> {
  const figures = await benchSearch(stage, { stays, observations, requests: quick ? 60 : 800 });
  printSearch(figures);
  await stage.dropDatabase('small');
  await stage.dropDatabase('large');
  return { figures, refused: figures.searches.reduce((sum, each) => sum + each.refused, 0) };
}

async function auditPart(stage: Stage, { quick }: Options): Promise<Outcome> {
  const connection = await stage.createDatabase('audited');
  const { dataDir } = stage;
  await populate({ connection, dataDir, seed: SEED, from: 0, to: 300, observations: OBSERVATIONS });
  const figures: AuditResult[] = [];
  for (const readers of [16, 64])
    figures.push(await benchAudit(stage, connection, { readers, seconds: quick ? 3 : 15 }));
  for (const each of figures) printAudit(each);
  return { figures, refused: figures.reduce((sum, { refused }) => sum + refused, 0) };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [...PARTS] },
      stays: { type: 'string' },
      observations: { type: 'string', default: String(OBSERVATIONS) },
      json: { type: 'string' },
      compare: { type: 'boolean', default: false },
      with: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const { quick } = values;
  const options: Options = {
    quick,
    stays: Number(values.stays ?? (quick ? 3_000 : 100_000)),
    observations: Number(values.observations),
    profile: values.profile,
  };
  if (values.only.some((part) => !PARTS.includes(part as Part)) || !(options.stays > 0)) {
    console.error(USAGE);
    return 64;
  }
  const wanted = (part: Part): boolean => values.only.includes(part);
  const stage = await setStage();
  const result: Record<string, unknown> = {
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model,
      load: loadavg()[0],
      node: process.version,
      postgres: stage.postgresVersion,
    },
  };
  let refused = 0;
  const keep = (part: Part, outcome: Outcome): void => {
    result[part] = outcome.figures;
    refused += outcome.refused;
  };
  try {
    const validate = wanted('validate') ? await validatePart(options) : undefined;
    if (validate) {
      printValidate(validate);
      keep('validate', { figures: validate, refused: 0 });
    }
    if (wanted('ingest')) keep('ingest', await ingestPart(stage, options, validate));
    if (wanted('audit')) keep('audit', await auditPart(stage, options));
    if (wanted('search')) keep('search', await searchPart(stage, options));
  } finally {
    await stage.strike();
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  const earlier = values.with ?? (values.compare ? lastResult(RESULTS) : undefined);
  if (values.compare && earlier === undefined)
    console.log('\nNo result is kept in bench/results. Name a file with --with.');
  if (earlier !== undefined)
    printComparison(compareResults(JSON.parse(readFileSync(earlier, 'utf8')), result), earlier);
  console.log(refused === 0 ? '\nNothing was refused.' : `\n${refused} requests were refused.`);
  return refused === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof TypeError && 'code' in error ? USAGE : error);
    process.exit(70);
  },
);
