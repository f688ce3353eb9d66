/**
 * Four searches by NHS number against a bare Express route: the same requests, in turn on the real server and on two
 * processes of Express that run the statements and send the bytes that Homeward ran and sent for the same request. One
 * of the two writes an audit row for each request, the other does not. See docs/benchmark.md for what a route leaves out.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Pool, PoolConfig } from 'pg';
import { readConfig } from '../src/config';
import { httpClient } from './http-client';
import { NHS_NUMBER } from './lookups';
import { measure, median, middle, type Measured } from './measure';
import { openPool } from './open-pool';
import type { RouteRequest, ToCapture } from './route-requests';
import type { ServedRequest, ToServe } from './route-server';
import { callOf } from './search';
import { AS_STARTED, MALLOC, type Server } from './start-server';
import type { Stage } from './stage';
import { TYPESCRIPT } from './typescript';

export interface RouteResult {
  name: string;
  readers: number;
  server: Measured;
  bare: Measured;
  /** The route that writes audit rows. */
  bareAudited: Measured;
  /** Answers per second of the server, as a share of those of the bare route: the median of the turns. */
  ofBare: number;
  ofBareAudited: number;
  /** CPU time of the bare route with its PostgreSQL, as a share of the server's with its own; 1 is as good as the route. */
  cpuOfBare?: number;
  cpuOfBareAudited?: number;
  refused: number;
}

export interface RouteOptions {
  readers: number;
  turns: number;
  /** Of each turn. */
  seconds: number;
  /** Patients who are searched for. */
  patients: number;
}

type Params = [string, string][];

/** The searches of which the aim speaks. @see docs/performance.md */
const SEARCHES: readonly { name: string; type: string; params(nhsNumber: string): Params }[] = [
  {
    name: 'Patient?identifier=',
    type: 'Patient',
    params: (nhsNumber) => [['identifier', nhsNumber]],
  },
  {
    name: 'DocumentReference?patient:identifier=',
    type: 'DocumentReference',
    params: (nhsNumber) => [['patient:identifier', nhsNumber]],
  },
  {
    name: 'Observation?patient:identifier=&code=',
    type: 'Observation',
    params: (nhsNumber) => [
      ['patient:identifier', nhsNumber],
      ['code', 'http://snomed.info/sct|1104051000000101'],
    ],
  },
  {
    name: 'Encounter?patient:identifier=&_include=Encounter:patient',
    type: 'Encounter',
    params: (nhsNumber) => [
      ['patient:identifier', nhsNumber],
      ['_include', 'Encounter:patient'],
    ],
  },
];

/** Something that answers: the server, or one of the two routes. */
interface Contender {
  name: 'server' | 'bare' | 'bareAudited';
  url: string;
  pid: number;
  /** A turn begins with so many seconds that are not measured: until the server seals as much as it records. */
  leadIn: number;
}

const AUDIT_SCHEMA = 'bare';
const SEALING_SECONDS = 1;

export async function benchRoute(
  stage: Stage,
  connection: PoolConfig,
  options: RouteOptions,
): Promise<RouteResult[]> {
  const pool = openPool(connection, 1);
  const routes: ChildProcess[] = [];
  const server = await stage.serve(connection);
  try {
    await pool.query(`CREATE SCHEMA ${AUDIT_SCHEMA};
      CREATE TABLE ${AUDIT_SCHEMA}.audit_record (LIKE public.audit_record INCLUDING ALL)`);
    const paths = await pathsOf(pool, options.patients);
    const requests = await answersOf(server, await captured(stage, connection, paths.flat()));
    const asked = { connection, connections: searchConnections(), requests };
    const bare = await startRoute(routes, asked);
    const bareAudited = await startRoute(routes, { ...asked, auditSchema: AUDIT_SCHEMA });
    const { seconds } = options;
    const contenders: Contender[] = [
      { name: 'server', url: server.url, pid: server.pid, leadIn: Math.min(seconds, SEALING_SECONDS) },
      { name: 'bare', ...bare, leadIn: seconds / 8 },
      { name: 'bareAudited', ...bareAudited, leadIn: seconds / 8 },
    ];
    for (const { url } of contenders.slice(1)) await expectTheSame(url, server.token, requests);
    const known = new Map(requests.map((each) => [each.path, each.body.length]));
    const turn = async (contender: Contender, ofSearch: readonly string[]): Promise<Turn> => {
      const client = httpClient(contender.url, server.token, options.readers);
      let refused = 0;
      const ask = async (index: number): Promise<void> => {
        const path = ofSearch[index % ofSearch.length]!;
        const { status, body } = await client.call({ method: 'GET', path });
        if (status !== 200 || body.length !== known.get(path)) refused += 1;
      };
      const lanes = options.readers;
      await measure({ lanes, seconds: contender.leadIn }, ask);
      const processes = { server: contender.pid, postmaster: stage.postmaster };
      const measured = await measure({ lanes, seconds, processes }, ask);
      client.close();
      if (contender.name === 'server') await auditSealed(pool);
      return { measured, refused };
    };
    // All of them before any is measured: otherwise the first turns would pay for what the compiler learns.
    for (const ofSearch of paths) for (const contender of contenders) await turn(contender, ofSearch);
    const results: RouteResult[] = [];
    for (const [index, { name }] of SEARCHES.entries()) {
      const turns = await inTurn(contenders, options.turns, (each) => turn(each, paths[index]!));
      results.push({ name, readers: options.readers, ...comparedOf(turns) });
    }
    return results;
  } finally {
    for (const route of routes) route.kill();
    await server.stop();
    await pool.end();
  }
}

interface Turn {
  measured: Measured;
  refused: number;
}

type Turns = Record<Contender['name'], Turn[]>;

/** Each as often first as any other. */
async function inTurn(
  contenders: readonly Contender[],
  count: number,
  turn: (contender: Contender) => Promise<Turn>,
): Promise<Turns> {
  const turns: Turns = { server: [], bare: [], bareAudited: [] };
  for (let i = 0; i < count; i += 1) {
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(i + place) % contenders.length]!;
      turns[contender.name].push(await turn(contender));
    }
  }
  return turns;
}

function comparedOf(turns: Turns): Omit<RouteResult, 'name' | 'readers'> {
  const of = (name: Contender['name']): Measured[] => turns[name].map(({ measured }) => measured);
  const server = of('server');
  const share = (name: Contender['name']): number =>
    median(of(name).map(({ perSecond }, i) => server[i]!.perSecond / perSecond));
  const cpuShare = (name: Contender['name']): number | undefined =>
    server[0]?.cpu && median(of(name).map((each, i) => cpuOf(each) / cpuOf(server[i]!)));
  const [cpuOfBare, cpuOfBareAudited] = [cpuShare('bare'), cpuShare('bareAudited')];
  return {
    server: middle(server),
    bare: middle(of('bare')),
    bareAudited: middle(of('bareAudited')),
    ofBare: share('bare'),
    ofBareAudited: share('bareAudited'),
    ...(cpuOfBare === undefined || cpuOfBareAudited === undefined ? {} : { cpuOfBare, cpuOfBareAudited }),
    refused: Object.values(turns)
      .flat()
      .reduce((sum, { refused }) => sum + refused, 0),
  };
}

const cpuOf = ({ cpu }: Measured): number => (cpu?.server ?? NaN) + (cpu?.database ?? NaN);

/** For each search, a path for each patient. */
async function pathsOf(pool: Pool, patients: number): Promise<string[][]> {
  const { rows } = await pool.query<{ nhs_number: string }>(
    'SELECT nhs_number FROM patient ORDER BY md5(nhs_number) LIMIT $1',
    [patients],
  );
  return SEARCHES.map(({ type, params }) =>
    rows.map(({ nhs_number: number }) => callOf(type, params(NHS_NUMBER + number)).path),
  );
}

/** Those of the server that are not for the audit trail. */
function searchConnections(): number {
  const read = readConfig({});
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return read.config.maxConnections - 1;
}

const started = (file: string): ChildProcess =>
  fork(join(__dirname, file), {
    execArgv: [...AS_STARTED, ...TYPESCRIPT],
    env: { ...MALLOC },
    serialization: 'advanced',
  });

async function captured(stage: Stage, connection: PoolConfig, paths: string[]): Promise<RouteRequest[]> {
  const asked: ToCapture = { connection, dataDir: stage.dataDir, paths };
  return answerOf<RouteRequest[]>(started('route-requests.ts'), asked);
}

async function startRoute(routes: ChildProcess[], asked: ToServe): Promise<{ url: string; pid: number }> {
  const route = started('route-server.ts');
  routes.push(route);
  const port = await answerOf<number>(route, asked);
  return { url: `http://127.0.0.1:${port}`, pid: route.pid ?? 0 };
}

/** What the child sends back. */
async function answerOf<T>(child: ChildProcess, asked: object): Promise<T> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the benchmark has ended');
  });
  // It may end later, too, when its answer is there.
  ended.catch(() => undefined);
  child.send(asked);
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [T];
  return answer;
}

/** Node.js adds these by itself. */
const OF_NODE = /^(?:date|connection|keep-alive)$/i;

const withoutThose = (headers: readonly string[]): string[] =>
  headers.filter((_, index) => !OF_NODE.test(headers[index - (index % 2)]!));

/** With what the server answers. */
async function answersOf(server: Server, requests: readonly RouteRequest[]): Promise<ServedRequest[]> {
  const client = httpClient(server.url, server.token, 1);
  const served: ServedRequest[] = [];
  for (const request of requests) {
    const { body, headers } = await client.call({ method: 'GET', path: request.path });
    if (!body.includes('"entry"')) throw new Error(`${request.path} has found nothing`);
    served.push({ ...request, body, headers: withoutThose(headers) });
  }
  client.close();
  return served;
}

/** @throws when the route answers anything else than the server */
async function expectTheSame(url: string, token: string, requests: readonly ServedRequest[]): Promise<void> {
  const client = httpClient(url, token, 1);
  for (const { path, body, headers } of requests) {
    const answer = await client.call({ method: 'GET', path });
    const isSame = answer.body.equals(body) && withoutThose(answer.headers).join('\n') === headers.join('\n');
    if (!isSame) throw new Error(`the route answers something else: ${path}`);
  }
  client.close();
}

/** Until the server has sealed what it recorded: its sealing must not burden the turn of another. */
async function auditSealed(pool: Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ waits: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM audit_record
        WHERE xid >= coalesce((SELECT max(upto) FROM ledger_seal), '0')) AS waits`,
    );
    if (rows[0]?.waits !== true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
