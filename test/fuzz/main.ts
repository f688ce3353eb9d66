/**
 * `npm run test:fuzz -- --count 100000 [--seed 1] [--lanes 4] [--read 0.2] [--medplum FOLDER]`: a long fuzz run against
 * a server of its own on an embedded PostgreSQL. `--case N` tries one case and prints what was sent and answered.
 * Exit 0 where nothing was wrong. @see docs/fuzzing.md
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApp } from '../../src/app';
import { readConfig } from '../../src/config';
import { createLogger } from '../../src/platform/logger';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres';
import { fuzzCase } from './fuzz-case';
import { tryCase, type Answered, type Judge, type Send } from './judge-answer';
import { medplumJudge } from './medplum-judge';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000' },
      first: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      lanes: { type: 'string', default: '4' },
      read: { type: 'string', default: '1' },
      case: { type: 'string' },
      medplum: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  if (values.case !== undefined) return show(seed, Number(values.case));
  const judges = values.medplum === undefined ? [] : [medplumJudge(values.medplum)];
  const first = Number(values.first);
  return withServer((send) =>
    run(send, {
      seed,
      first,
      count: Number(values.count),
      lanes: Number(values.lanes),
      read: Number(values.read),
      judges,
    }),
  );
}

interface Run {
  seed: number;
  first: number;
  count: number;
  lanes: number;
  /** The share of what was accepted that is read back. */
  read: number;
  judges: readonly Judge[];
}

async function run(send: Send, { seed, first, count, lanes, read, judges }: Run): Promise<number> {
  const outcomes = new Map<string, number>();
  const wrong = new Map<string, { times: number; case: number; done: string[] }>();
  let next = 0;
  let tried = 0;
  let isStopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isStopped = true));
  let resources = 0;
  const startedAt = Date.now();
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count && !isStopped; index = next++) {
      const mutated = fuzzCase(seed, first + index);
      const readsBack = (index * 0.618033988749895) % 1 < read;
      const verdict = await tryCase(mutated, send, {
        readsBack,
        accept: index % 5 === 0 ? 'xml' : 'json',
        judges,
      });
      outcomes.set(verdict.outcome, (outcomes.get(verdict.outcome) ?? 0) + 1);
      resources += verdict.read;
      for (const what of new Set(verdict.wrong)) {
        const known = wrong.get(what);
        if (known) known.times += 1;
        else {
          wrong.set(what, { times: 1, case: first + index, done: mutated.done });
          console.error(`case ${first + index}: ${what}`);
        }
      }
      tried += 1;
      if (tried % 5000 === 0) console.error(`${tried} of ${count}, ${wrong.size} kinds of fault`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (Date.now() - startedAt) / 1000;
  console.log(`${tried} cases of seed ${seed} from ${first} in ${seconds.toFixed(0)} s`);
  for (const [outcome, times] of [...outcomes].sort(([, a], [, b]) => b - a))
    console.log(`  ${outcome.padEnd(12)}${times}`);
  console.log(`  ${resources} stored resources read back`);
  for (const [what, { times, case: index, done }] of wrong)
    console.log(`WRONG ${times} × ${what}\n    case ${index}: ${done.join('; ')}`);
  return wrong.size === 0 ? 0 : 1;
}

async function show(seed: number, index: number): Promise<number> {
  const mutated = fuzzCase(seed, index);
  console.log(mutated.done.join('\n'), `\nPOST ${mutated.path}\n`, mutated.bytes.toString());
  return withServer(async (send) => {
    const spy: Send = async (method, path, headers, body) => {
      const answer = await send(method, path, headers, body);
      console.log(`\n${method} ${path}: ${answer.status}\n${answer.bytes.toString()}`);
      return answer;
    };
    const verdict = await tryCase(mutated, spy, { readsBack: true });
    console.log(verdict);
    return verdict.wrong.length === 0 ? 0 : 1;
  });
}

async function withServer(use: (send: Send) => Promise<number>): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-fuzz-'));
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings });
  try {
    const read = readConfig({ PORT: '0', DATA_DIR: dataDir });
    if (!read.ok) throw new Error(read.faults.join('\n'));
    const log = createLogger('error');
    const app = await createApp({ config: read.config, log, connection: postgres.connection });
    const { url } = await app.listen();
    const scope = 'system/Bundle.crs system/*.rs system/AuditEvent.rs';
    const token = app.sandbox?.token({ scope, ods: 'RR8', ttlSeconds: 24 * 3600, sub: 'fuzz' }) ?? '';
    try {
      return await use(sender(url, token));
    } finally {
      await app.stop();
    }
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function sender(url: string, token: string): Send {
  const agent = new Agent({ keepAlive: true });
  return (method, path, headers, body) =>
    new Promise<Answered>((resolve, reject) => {
      const length = body && { 'Content-Length': body.length };
      const options = { agent, method, headers: { ...headers, ...length, Authorization: `Bearer ${token}` } };
      const sent = request(`${url}${path}`, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(response.headers as Record<string, string>),
            bytes: Buffer.concat(chunks),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(70);
  },
);
