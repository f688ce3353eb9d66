/**
 * What Homeward does in the database for some requests, in a process of its own: it answers them one by one, and keeps
 * the statements that each of them runs. The parent sends the paths as a message, and gets a `RouteRequest` for each.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, Query, type PoolConfig } from 'pg';
import { createApp } from '../src/app';
import { readConfig } from '../src/config';
import type { SqlValue } from '../src/definitions/table';
import { createLogger } from '../src/platform/logger';
import { untraced, type Tracing } from '../src/platform/tracing';
import { AUDIT_COLUMNS } from '../src/use-cases/auditing/audit-record';
import { httpClient } from './http-client';
import { tokenOf } from './server';

export interface RanStatement {
  name?: string;
  text: string;
  values: unknown[];
}

export interface RouteRequest {
  /** With the query. */
  path: string;
  /** Those of the search, in their order; the audit record is not one of them. */
  statements: RanStatement[];
  /** The row of the audit record. */
  auditRow: Readonly<Record<string, SqlValue>>;
}

export interface ToCapture {
  connection: PoolConfig;
  dataDir: string;
  paths: string[];
}

const INSERT_AUDIT_ROW = 'insert_audit_record_1';

/** Keeps the statements of each request, whatever else the server runs at the same time. */
function capturing(): { tracing: Tracing; take(): RanStatement[] } {
  const requests = new AsyncLocalStorage<RanStatement[]>();
  let ran: RanStatement[] = [];
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, ...given: unknown[]): unknown {
    const [asked] = given;
    if (asked instanceof Query) {
      const { name, text, values = [] } = asked as unknown as RanStatement;
      requests.getStore()?.push({ ...(name === undefined ? {} : { name }), text, values });
    }
    return Reflect.apply(query as (...args: unknown[]) => unknown, this, given);
  } as typeof query;
  return {
    tracing: { ...untraced, request: (_headers, work) => requests.run(ran, work) },
    take() {
      const taken = ran;
      ran = [];
      return taken;
    },
  };
}

async function capture({ connection, dataDir, paths }: ToCapture): Promise<RouteRequest[]> {
  const { tracing, take } = capturing();
  const read = readConfig({ DATA_DIR: dataDir, PORT: '0' });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const app = await createApp({ config: read.config, log: createLogger('silent'), connection, tracing });
  const { url } = await app.listen();
  const client = httpClient(url, tokenOf(app), 1);
  const requests: RouteRequest[] = [];
  for (const path of paths) {
    const ask = async (): Promise<RanStatement[]> => {
      const { status } = await client.call({ method: 'GET', path });
      if (status !== 200) throw new Error(`${path} was answered ${status}`);
      return take();
    };
    await ask();
    // The second time: the server remembers whose resources it has shown, and need not look it up.
    requests.push(requestOf(path, await ask()));
  }
  client.close();
  await app.stop();
  return requests;
}

function requestOf(path: string, ran: readonly RanStatement[]): RouteRequest {
  const insert = ran.find(({ name }) => name === INSERT_AUDIT_ROW);
  const statements = ran.filter((statement) => statement !== insert);
  if (insert === undefined || statements.length === 0)
    throw new Error(`${path} ran ${ran.map(({ name }) => name).join(', ')}`);
  const columns = AUDIT_COLUMNS.map((column, index) => [column, insert.values[index]] as const);
  return { path, statements, auditRow: Object.fromEntries(columns) as RouteRequest['auditRow'] };
}

process.once('message', (asked: ToCapture) => {
  capture(asked).then(
    (requests) => process.send?.(requests, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
