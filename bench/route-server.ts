/**
 * A bare Express route, in a process of its own: it runs the statements that Homeward ran for the same request, and
 * answers the bytes and header fields that Homeward answered. It reads no token and no query, checks nothing, makes
 * nothing of the rows, and logs nothing. If it is told to, it also writes an audit row for each request, in groups as
 * Homeward does. The parent sends a `ToServe` as a message, and gets the port.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Pool, type PoolConfig } from 'pg';
import { insertAuditRows } from '../src/engines/store/audit';
import { bucketOf, newId } from '../src/platform/ids';
import { inGroups } from '../src/platform/in-groups';
import type { Queryable } from '../src/platform/postgres';
import { AUDIT_COLUMNS } from '../src/use-cases/auditing/audit-record';
import type { RouteRequest } from './route-requests';

export interface ServedRequest extends RouteRequest {
  /** Names and values in turn, without those that Node.js adds by itself. */
  headers: string[];
  body: Uint8Array;
}

export interface ToServe {
  connection: PoolConfig;
  /** Connections for searches. Audit rows have one more. */
  connections: number;
  requests: ServedRequest[];
  /** The schema with the table for audit rows; no row is written unless given. */
  auditSchema?: string;
}

/** As Homeward keeps a connection open. */
const KEEP_ALIVE_MILLIS = 10_000;

async function serve({ connection, connections, requests, auditSchema }: ToServe): Promise<number> {
  const pool = new Pool({ ...connection, max: connections, keepAlive: true });
  const audit = auditSchema === undefined ? undefined : auditing(connection, auditSchema);
  const known = new Map(requests.map((each) => [each.path, { ...each, body: Buffer.from(each.body) }]));
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/FHIR/R4/:type', async (request, response) => {
    const asked = known.get(request.originalUrl);
    if (!asked) {
      response.sendStatus(404);
      return;
    }
    const answered = audit?.expect();
    for (const statement of asked.statements) await pool.query(statement);
    await audit?.record(asked.auditRow);
    response.writeHead(200, asked.headers).end(asked.body);
    answered?.();
  });
  const server = app.listen(0, '127.0.0.1');
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS;
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

type AuditRow = RouteRequest['auditRow'];

interface Audit {
  expect(): () => void;
  record(row: AuditRow): Promise<void>;
}

/** Writes rows that were made before, each with a new id. */
function auditing(connection: PoolConfig, schema: string): Audit {
  const pool = new Pool({
    ...connection,
    max: 1,
    keepAlive: true,
    options: `-c search_path=${schema},public`,
  });
  const db: Queryable = {
    query: async (statement, values) =>
      (await pool.query({ ...statement, values: values as unknown[] })).rows as never,
  };
  interface Waiting {
    row: AuditRow;
    written: () => void;
    failed: (error: unknown) => void;
  }
  const groups = inGroups<Waiting>((group) => {
    const rows = group.map(({ row }) => ({ ...row, id: newId(bucketOf(String(row.id))) }));
    return insertAuditRows(db, AUDIT_COLUMNS, rows).then(
      () => group.forEach(({ written }) => written()),
      (error: unknown) => group.forEach(({ failed }) => failed(error)),
    );
  });
  return {
    expect: groups.expect,
    record: (row) => new Promise((written, failed) => groups.add({ row, written, failed })),
  };
}

process.once('message', (asked: ToServe) => {
  serve(asked).then(
    (port) => process.send?.(port),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit(0));
