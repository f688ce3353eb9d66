/**
 * Loads a range of demo stays, in a process of its own (`population-worker.ts JSON`): each stay takes the real path of a
 * submission from its entries to its rows, without the checks and with a document of a few bytes; the rows of many are
 * then written together.
 */
import { atOnce } from '../src/fhir/slices';
import { operatorCaller } from '../src/engines/access/operator';
import type { PoolConfig } from 'pg';
import { createApp } from '../src/app';
import { readConfig } from '../src/config';
import { stay } from '../src/demo/stay';
import { summaryOf } from '../src/demo/summary';
import { createLogger } from '../src/platform/logger';
import { newId } from '../src/platform/ids';
import { storeSubmission } from '../src/use-cases/submitting/store-submission';
import { entryRequestsOf } from '../src/use-cases/submitting/validate/entry-requests';
import { editionOf } from '../src/use-cases/submitting/recognise/edition';
import { receive } from '../src/use-cases/submitting/receive';
import type { SubmitDependencies } from '../src/use-cases/submitting/dependencies';
import type { Validated } from '../src/use-cases/submitting/steps';
import { entriesOf } from '../src/engines/validation/entries';
import { capture, together, type SharedRow } from './capture';

export interface Range {
  connection: PoolConfig;
  dataDir: string;
  seed: number;
  /** The first stay, and the one after the last. */
  from: number;
  to: number;
  observations: number;
}

const STAYS_AT_ONCE = 40;
const DOCUMENT = Buffer.from('%PDF-1.4\n%%EOF\n');

async function load({ connection, dataDir, seed, from, to, observations }: Range): Promise<void> {
  const read = readConfig({ DATA_DIR: dataDir });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const app = await createApp({ config: read.config, log: createLogger('silent'), connection });
  const organisations = await app.database.query<SharedRow & { last_updated: string }>({
    text: 'SELECT id, version_id, patient_id, sender, submission_id, last_updated::text, content, identifier FROM organization',
  });
  const captured = capture(app.database, organisations);
  const dependencies: SubmitDependencies = { ...app.submission, database: captured.database };
  let writing: Promise<unknown> = Promise.resolve();
  for (let index = from; index < to; index += 1) {
    await fileStay(seed, index, observations, dependencies);
    if ((index + 1 - from) % STAYS_AT_ONCE !== 0 && index + 1 < to) continue;
    const statements = together(captured.take());
    await writing;
    // The next stays are made while PostgreSQL writes these.
    writing = app.database.transaction(async (tx) => {
      await tx.query({ text: 'SET LOCAL synchronous_commit = off' });
      for (const { text, values } of statements) await tx.query({ text }, values);
    });
    writing.catch(() => undefined);
    process.send?.(index + 1 - from);
  }
  await writing;
  await app.stop();
}

async function fileStay(
  seed: number,
  index: number,
  observations: number,
  dependencies: SubmitDependencies,
): Promise<void> {
  const one = stay(seed, index);
  const bundle = summaryOf(one, { pdf: DOCUMENT, observations });
  const received = atOnce(
    receive(
      {
        door: 'cli',
        caller: operatorCaller(one.trust.odsCode),
        reach: { kind: 'all' },
        bytes: Buffer.from(JSON.stringify(bundle)),
        contentType: 'application/fhir+json',
        format: 'json',
        handling: 'default',
      },
      newId,
      new Date(),
    ),
  );
  const entries = entriesOf(bundle);
  const validated: Validated = {
    received,
    bundle,
    kind: 'collection',
    issues: [],
    repairs: [],
    review: [],
    entries,
    requests: entryRequestsOf(bundle, 'collection', entries).requests,
  };
  const stored = await storeSubmission(
    {
      validated,
      issues: [],
      body: { encoding: 'deflate-raw', skeleton: Buffer.alloc(0), documents: [], cut: [] },
      edition: atOnce(editionOf(validated, [], dependencies.definitions)),
    },
    dependencies,
  );
  if (!stored.ok) throw new Error('a demo stay was not stored');
}

load(JSON.parse(process.argv[2] ?? '{}') as Range).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
