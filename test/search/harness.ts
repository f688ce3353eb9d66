/** A database with the population in it, and an engine to search it. */
import { openDatabase, type Database } from '../../src/platform/postgres';
import { columnsOf } from '../../src/engines/indexing/columns';
import { rowOf } from '../../src/engines/indexing/row';
import type { AnyResource } from '../../src/fhir/types';
import type { ResourceDefinition } from '../../src/definitions/resource-definition';
import { createPatients } from '../../src/resources/patient/patients';
import { storedResources } from '../../src/resources';
import { createSearchEngine, type SearchEngine } from '../../src/engines/search/search';
import type {
  SearchAnswer,
  SearchLimits,
  SearchRequest,
  SearchResult,
} from '../../src/engines/search/request';
import { createTestDatabase } from '../support/database';
import { patientIdOf } from './population';

export const NOW = new Date('2024-02-01T00:00:00Z');

/** A search engine whose Patients have the ids of the population. */
export const engineAt = (now = (): Date => NOW, limits?: Partial<SearchLimits>): SearchEngine =>
  createSearchEngine(storedResources, {
    cursorKey: Buffer.alloc(32, 7),
    patients: { ...createPatients(patientIdOf) },
    baseUrl: BASE_URL,
    now,
    ...(limits === undefined ? {} : { limits }),
  });
export const BASE_URL = 'http://localhost:8080/FHIR/R4';

export interface Harness {
  database: Database;
  engine: SearchEngine;
  store(resources: readonly AnyResource[], sender?: string): Promise<void>;
  /** Searches as a caller who may see everything. */
  ask(type: string, params: SearchRequest['params'], more?: Partial<SearchRequest>): Promise<SearchAnswer>;
  /** The result. @throws where the search is refused */
  search(type: string, params: SearchRequest['params'], more?: Partial<SearchRequest>): Promise<SearchResult>;
  close(): Promise<void>;
}

const byType = new Map(storedResources.map((definition) => [definition.type, definition]));

export async function openHarness(
  options: { now?: () => Date; limits?: Partial<SearchLimits> } = {},
): Promise<Harness> {
  const test = await createTestDatabase();
  const database = openDatabase(test.connection, {
    maxConnections: 4,
    connectionTimeoutMillis: 5000,
    statementTimeoutMillis: 20_000,
    onError: () => undefined,
  });
  const engine = engineAt(options.now, options.limits);
  const ask: Harness['ask'] = (type, params, more = {}) =>
    engine.search(database, {
      type,
      params,
      handling: 'strict',
      allowed: () => true,
      restrictions: () => null,
      sees: () => null,
      ...more,
    });
  return {
    database,
    engine,
    ask,
    store: (resources, sender) => store(database, resources, sender),
    async search(type, params, more) {
      const answer = await ask(type, params, more);
      if (!answer.ok) throw new Error(answer.issues.map(({ text }) => text).join(' '));
      return answer.result;
    },
    async close() {
      await database.close();
      await test.drop();
    },
  };
}

/** Stores resources as they are, with the version and time of their meta. */
export async function store(
  database: Database,
  resources: readonly AnyResource[],
  sender = 'RR8',
): Promise<void> {
  const rows = new Map<ResourceDefinition, unknown[]>();
  for (const resource of resources) {
    const definition = byType.get(resource.resourceType)!;
    const meta = resource.meta as { versionId?: string; lastUpdated?: string } | undefined;
    const row = rowOf(definition, resource, {
      id: String(resource.id),
      versionId: Number(meta?.versionId ?? 1),
      lastUpdated: meta?.lastUpdated ?? NOW.toISOString(),
      patientId: ownerOf(definition, resource),
      submissionId: '33333333-3333-4333-8333-333333333333',
      sender,
      content: JSON.stringify(resource),
    });
    rows.set(definition, [...(rows.get(definition) ?? []), row]);
  }
  for (const [definition, list] of rows)
    await database.query({ text: insertStatement(definition) }, [JSON.stringify(list)]);
}

/** The patient whom the resource is about, by the paths of its definition. */
export function ownerOf({ type, table }: ResourceDefinition, resource: AnyResource): string | null {
  if (type === 'Patient') return String(resource.id);
  for (const path of table.patient) {
    const found = [resource[path]].flat() as ({ reference?: string } | undefined)[];
    for (const value of found)
      if (value?.reference?.startsWith('Patient/')) return value.reference.split('/')[1]!;
  }
  return null;
}

/** The statement that stores rows given as one JSON list (`$1`). */
function insertStatement(definition: ResourceDefinition): string {
  const table = definition.table.name;
  const names = columnsOf(definition)
    .map((column) => `"${column.name}"`)
    .join(', ');
  return `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${table}, $1::json)`;
}
