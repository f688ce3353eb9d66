/** A server of its own, and what becomes of a body on it: submitted, corrected, read back and shown. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app';
import { readConfig } from '../../src/config';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { stringify } from '../../src/fhir/decimal';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { createLogger } from '../../src/platform/logger';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres';
import { Visitor } from '../console/visitor';
import { entriesOf, type Case } from './grown';

export interface Server {
  url: string;
  token: string;
  auditor: Visitor;
  clinician: Visitor;
  /** Milliseconds of the database's processes that run now. */
  databaseMillis(): number;
}

export async function withServer<T>(use: (server: Server) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'homeward-costs-'));
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings });
  try {
    const read = readConfig({ PORT: '0', DATA_DIR: dataDir, DATABASE_MAX_CONNECTIONS: '4' });
    if (!read.ok) throw new Error(read.faults.join('\n'));
    const app = await createApp({
      config: read.config,
      log: createLogger('error'),
      connection: postgres.connection,
    });
    const { url } = await app.listen();
    const scope = 'system/Bundle.crs system/*.rs system/AuditEvent.rs';
    const token = app.sandbox?.token({ scope, ods: 'RR8', ttlSeconds: 24 * 3600, sub: 'costs' }) ?? '';
    const auditor = new Visitor({ url });
    const clinician = new Visitor({ url });
    try {
      await auditor.signIn('auditor');
      await clinician.signIn('clinician');
      return await use({ url, token, auditor, clinician, databaseMillis });
    } finally {
      await app.stop();
    }
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The processes of this one's PostgreSQL, where the system tells (Linux); a tick is ten milliseconds. */
function databaseMillis(): number {
  try {
    const stats = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
          const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
          return [{ pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]), name: text }];
        } catch {
          return [];
        }
      });
    const masters = new Set(
      stats
        .filter(({ parent, name }) => parent === process.pid && name.includes('postgres'))
        .map(({ pid }) => pid),
    );
    return stats
      .filter(({ pid, parent }) => masters.has(pid) || masters.has(parent))
      .reduce((sum, { ticks }) => sum + ticks * 10, 0);
  } catch {
    return 0;
  }
}

export interface Step {
  name: string;
  status: number;
  millis: number;
  database: number;
  bytes: number;
}

let stays = 1000;

/** What each step took. */
export async function storeSteps(
  server: Server,
  { bundleOf }: Case,
  size: number,
  format: 'json' | 'xml',
): Promise<Step[]> {
  const stay = (stays += 1);
  const make = (edition: number): Buffer | undefined => {
    const bundle = bundleOf(size, stay);
    edit(bundle, stay, edition);
    try {
      return Buffer.from(format === 'xml' ? writeXml(bundle) : stringify(bundle));
    } catch {
      return undefined;
    }
  };
  const steps: Step[] = [];
  const first = make(1);
  if (!first) return [];
  const path = /^\{"resourceType":"Bundle","type":"transaction"|<type value="transaction"/.test(
    first.subarray(0, 3000).toString(),
  )
    ? '/FHIR/R4'
    : '/FHIR/R4/Bundle';
  const post = (name: string, bytes: Buffer): Promise<Sent> =>
    timed(server, steps, name, { method: 'POST', path, body: bytes, format });
  const get = (name: string, path: string, format: 'json' | 'xml' = 'json'): Promise<Sent> =>
    timed(server, steps, name, { method: 'GET', path, format });
  const created = await post('submit', first);
  const submission = created.headers.get('x-submission-id');
  await shown(server, steps, 'submission page', server.auditor, `/console/submissions/${submission}`);
  if (created.status >= 400) return steps;
  await post('again', first);
  await post('correct', make(2)!);
  const changed = make(3)!;
  await post('correct again', changed);
  const nhs = nhsNumberOf(stay);
  const found = await get('find', `/FHIR/R4/Patient?identifier=${nhs}`);
  const patient = (JSON.parse(found.text) as { entry?: { resource: { id: string } }[] }).entry?.[0]?.resource
    .id;
  if (patient === undefined) return steps;
  await get('everything', `/FHIR/R4/Patient/${patient}/$everything?_count=1000`, format);
  const encounters = await get(
    'encounters',
    `/FHIR/R4/Encounter?patient=${patient}&_include=*&_revinclude=*`,
  );
  const encounter = (JSON.parse(encounters.text) as { entry?: { resource: AnyResource }[] }).entry?.find(
    ({ resource }) => resource.resourceType === 'Encounter',
  )?.resource.id;
  await get('summary', `/FHIR/R4/Encounter/${encounter}/$summary`);
  await get('history', `/FHIR/R4/Encounter/${encounter}/_history`);
  await shown(server, steps, 'stay page', server.clinician, `/console/stays/${encounter}`);
  await shown(server, steps, 'patient page', server.clinician, `/console/patients/${patient}`);
  return steps;
}

function edit(bundle: AnyResource, stay: number, edition: number): void {
  const patient = entriesOf(bundle).find(({ resource }) => resource.resourceType === 'Patient')?.resource;
  const first = Array.isArray(patient?.identifier) ? (patient.identifier[0] as JsonObject) : undefined;
  if (first && typeof first.value === 'string' && /^\d{10}$/.test(first.value))
    first.value = nhsNumberOf(stay);
  const meta = { ...(bundle.meta as JsonObject) };
  meta.versionId = String(edition);
  meta.lastUpdated = new Date(Date.UTC(2025, 2, 11 + edition)).toISOString();
  bundle.meta = meta;
  const encounter = entriesOf(bundle).find(({ resource }) => resource.resourceType === 'Encounter')?.resource;
  if (encounter && edition > 1) (encounter.period as JsonObject).end = `2025-03-10T14:0${edition}:00+00:00`;
}

interface Sent {
  status: number;
  headers: Headers;
  text: string;
}

interface Asked {
  method: 'GET' | 'POST';
  path: string;
  body?: Buffer;
  format: 'json' | 'xml';
}

async function timed(
  server: Server,
  steps: Step[],
  name: string,
  { method, path, body, format }: Asked,
): Promise<Sent> {
  return step(server, steps, name, body?.length ?? 0, async () => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${server.token}`,
        Accept: `application/fhir+${format}`,
        ...(body && { 'Content-Type': `application/fhir+${format}` }),
      },
      ...(body && { body: new Uint8Array(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  });
}

async function shown(
  server: Server,
  steps: Step[],
  name: string,
  visitor: Visitor,
  path: string,
): Promise<void> {
  await step(server, steps, name, 0, () => visitor.get(path));
}

async function step<T extends { status: number }>(
  server: Server,
  steps: Step[],
  name: string,
  bytes: number,
  work: () => Promise<T>,
): Promise<T> {
  const [before, database] = [process.cpuUsage(), server.databaseMillis()];
  const done = await work();
  const millis = process.cpuUsage(before).user / 1000;
  steps.push({
    name,
    status: done.status,
    millis,
    database: Math.max(0, server.databaseMillis() - database),
    bytes,
  });
  return done;
}
