/**
 * `npm run bench`: what the server does in a second, what that costs, and how near it is to what PostgreSQL could do at
 * best. Every run measures its own ceiling, so that ratios can be read on any machine. See docs/benchmark.md.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchIngest } from './ingest';
import { benchLookups } from './lookups';
import { printIngest, printLookups, printSearch, printValidate } from './report';
import { benchSearch } from './search';
import { setStage } from './stage';
import { OBSERVATIONS } from './summaries';
import { benchValidate } from './validate';

type Part = 'validate' | 'ingest' | 'search' | 'audit';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      stays: { type: 'string' },
      observations: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const wanted = (part: Part): boolean => values.only.length === 0 || values.only.includes(part);
  const { quick, profile } = values;
  const result: Record<string, unknown> = {};
  let refused = 0;
  const stage = await setStage();
  try {
    result.machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model,
      node: process.version,
      postgres: stage.postgresVersion,
    };
    const validate = wanted('validate')
      ? await benchValidate(quick ? { rounds: 100, warmUp: 100 } : { rounds: 400, warmUp: 300 })
      : undefined;
    if (validate) printValidate((result.validate = validate));
    if (wanted('ingest')) {
      const connection = await stage.createDatabase('ingest');
      const server = await stage.serve(connection, { profile });
      const levels = await benchIngest(stage, server, connection, {
        senders: [1, 4, 16],
        summaries: quick ? 100 : 500,
        warmUp: quick ? 50 : 200,
      });
      printIngest(levels, validate);
      const lookups = await benchLookups(stage, server, connection, {
        readers: [1, 16],
        seconds: quick ? 1 : 4,
      });
      printLookups(lookups);
      await server.stop();
      Object.assign(result, { ingest: levels, lookups });
      for (const each of [...levels, ...lookups]) refused += each.refused;
    }
    if (wanted('search')) {
      const search = await benchSearch(stage, {
        stays: Number(values.stays ?? (quick ? 5_000 : 100_000)),
        observations: Number(values.observations ?? OBSERVATIONS),
        requests: quick ? 60 : 300,
      });
      printSearch(search);
      result.search = search;
      for (const each of search.searches) refused += each.refused;
    }
  } finally {
    await stage.strike();
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  console.log(refused === 0 ? '\nNothing was refused.' : `\n${refused} requests were refused.`);
  return refused === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(70);
  },
);
