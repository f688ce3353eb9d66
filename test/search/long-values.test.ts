/**
 * No text is too long to be stored and found. PostgreSQL refuses index entries above some 2,700 bytes, and only where
 * they do not compress: each search parameter of each type gets a long random text, and is searched by it.
 */
import { randomBytes } from 'node:crypto';
import { indexable } from '../../src/definitions/indexable';
import type { SearchParameter } from '../../src/definitions/table';
import type { ResourceDefinition } from '../../src/definitions/resource-definition';
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { isBaseColumn } from '../../src/engines/indexing/columns';
import { rowOf } from '../../src/engines/indexing/row';
import { newId } from '../../src/platform/ids';
import { storedResources } from '../../src/resources';
import { openHarness, store, type Harness } from './harness';

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** Text in an index that no search parameter writes, and what keeps it short. */
const BOUNDED: Readonly<Record<string, string>> = {
  'console_throttle.address': 'the address of a connection',
  'delivery.name': 'the name of a destination of a file of ours',
  'delivery.reference': 'the id that MESH gave to a message',
  'delivery.state': 'one of four words',
  'hl7v2_message.sender': 'an ODS code of a file of ours',
  'indexed_type.type': 'a name of R4’s',
  'reindexing.table_name': 'a name of the definitions',
  'administered_file.name': 'the name of one of our settings',
  'audit_record.outcome': 'one of four digits',
  'audit_record.patient': 'Patient/<uuid>',
  'audit_record.patient_identifier': 'NHS numbers of ten digits',
  'audit_record_default.outcome': 'as audit_record',
  'audit_record_default.patient': 'as audit_record',
  'audit_record_default.patient_identifier': 'as audit_record',
  'bundle.sender': 'a client id of 256 characters at most, or an ODS code',
  'folder_file.path': 'an ODS code and a name of 255 bytes',
  'folder_file.identity': 'three numbers',
  'lease.name': 'the name of a mailbox, a folder or a destination of a file of ours',
  'ledger_key.key_id': 'our own',
  'ledger_shape.sha256': 'our own',
  'mesh_mailbox.mailbox': 'of a file of ours',
  'mesh_message.mailbox': 'of a file of ours',
  'mesh_message.message_id': 'the id that MESH gave to a message',
  'observation.news2_total': 'a number that JavaScript made',
  'organization.ods_code': 'shortened by identifierValue',
  'other_resource.resource_type': 'a type of R4',
  'patient.general_practitioner_identifier': 'shortened by escapeToken',
  'patient_history.general_practitioner': 'as patient',
  'patient_history.general_practitioner_identifier': 'as patient',
  'patient.nhs_number': 'shortened by identifierValue',
  'patient.postcode': 'shortened by the definition of Patient',
  'provenance.patient': 'Patient/<uuid>',
  'server_secret.name': 'our own',
  'signing_key.kid': 'our own',
  'submission.bundle_identifier': 'shortened by lineageOf',
  'submission.nhs_number': 'ten digits',
  'submission.sender': 'a client id of 256 characters at most, or an ODS code',
  'used_assertion.client_id': 'of the clients file',
};

interface Filled {
  definition: ResourceDefinition;
  parameter: SearchParameter;
  resource: AnyResource;
  /** What finds it: a query's name and value. */
  asked: [name: string, value: string];
}

/** One element of each shape that a parameter of the type may be read from. */
function elements({ type }: SearchParameter): { value: Json; asked: string; modifier?: string }[] {
  const [long, system] = [random(6_000), `https://${random(3_000)}`];
  const address = `https://${random(6_000)}`;
  switch (type) {
    case 'token':
      return [
        { value: { coding: [{ system, code: long }] }, asked: `${system}|${long}` },
        { value: { system, value: long }, asked: `${system}|${long}` },
        { value: { system: 'phone', value: long }, asked: long },
        { value: { system: 'email', value: long }, asked: long },
        { value: long, asked: long },
      ];
    case 'reference':
      return [
        { value: { reference: address }, asked: address },
        { value: address, asked: address },
      ];
    case 'string':
      return [
        { value: long, asked: long, modifier: ':exact' },
        { value: { text: long }, asked: long, modifier: ':exact' },
      ];
    case 'uri':
      return [{ value: address, asked: address }];
    default:
      return [];
  }
}

/** The element at the end of a path of objects. */
function at(path: string, value: Json): JsonObject {
  return path
    .split('.')
    .reverse()
    .reduce<Json>((inner, name) => ({ [name]: inner }), value) as JsonObject;
}

/** A resource whose column holds a long text; undefined where the parameter takes none. */
function filled(definition: ResourceDefinition, parameter: SearchParameter): Filled | undefined {
  for (const { value, asked, modifier = '' } of elements(parameter)) {
    for (const path of parameter.paths.filter((each) => each !== '')) {
      const resource = { resourceType: definition.type, id: newId(), ...at(path, value) };
      const row = rowOf(definition, resource, base(resource.id));
      const stored = row[parameter.column];
      if (stored === undefined || stored === null || (Array.isArray(stored) && stored.length === 0)) continue;
      return { definition, parameter, resource, asked: [`${parameter.code}${modifier}`, asked] };
    }
  }
  return undefined;
}

const base = (id: string) => ({
  id,
  versionId: 1,
  lastUpdated: '2024-01-01T00:00:00.000Z',
  patientId: null,
  submissionId: id,
  sender: 'RR8',
  content: '{}',
});

describe('a long text that does not compress', () => {
  let harness: Harness;
  const all: Filled[] = [];
  const without: string[] = [];

  beforeAll(async () => {
    harness = await openHarness();
    const tables = new Set<string>();
    for (const definition of storedResources) {
      // Types that share a table share its columns: the first of them stands for all.
      // The audit trail is written by the server alone, and cut to size (use-cases/auditing/clean-text.ts).
      if (tables.has(definition.table.name) || definition.type === 'AuditEvent') continue;
      tables.add(definition.table.name);
      for (const parameter of definition.searchParameters) {
        if (parameter.anyOf !== undefined || isBaseColumn(parameter) || elements(parameter).length === 0)
          continue;
        const found = filled(definition, parameter);
        if (found) all.push(found);
        else without.push(`${definition.type}.${parameter.code}`);
      }
    }
  });
  afterAll(() => harness.close());

  it('is stored in every column that holds text', async () => {
    for (const { resource, definition, parameter } of all)
      await store(harness.database, [resource]).catch((error: unknown) => {
        throw new Error(`${definition.type}.${parameter.code}`, { cause: error });
      });
    expect(all.length).toBeGreaterThan(250);
    // `deceased` is true or false; the others take a reference to one type only, which is short.
    expect(without).toEqual(['Patient.deceased', 'Encounter.practitioner', 'Provenance.patient']);
  });

  it('is found by that text, and by nothing like it', async () => {
    const missed: string[] = [];
    for (const { definition, parameter, resource, asked } of all) {
      const [name, value] = asked;
      const [{ matches }, like] = [
        await harness.search(definition.type, [[name, value]]),
        await harness.search(definition.type, [[name, `${value.slice(0, -1)}.`]]),
      ];
      const isLike = like.matches.length > 0 && parameter.encode === undefined;
      if (matches.map(({ id }) => id).join() !== resource.id || isLike)
        missed.push(`${definition.type}?${name}`);
    }
    expect(missed).toEqual([]);
  });

  it('is shortened in, or never reaches, each text column that an index holds', async () => {
    const rows = await harness.database.query<{ name: string }>({
      text: `SELECT DISTINCT t.relname || '.' || a.attname AS name
        FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_am AS m ON true
          JOIN pg_class AS x ON x.oid = i.indexrelid AND x.relam = m.oid
          JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey)
        WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p')
          AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'numeric'::regtype)`,
    });
    const searched = new Set(
      all.flatMap(({ definition, parameter }) => [
        `${definition.table.name}.${parameter.column}`,
        `${definition.table.name}.${parameter.column}_folded`,
      ]),
    );
    expect(rows.map(({ name }) => name).filter((name) => !searched.has(name) && !(name in BOUNDED))).toEqual(
      [],
    );
  });

  it('stays as it is where it is short, and is never the short form of another text', () => {
    const long = random(3_000);
    expect(indexable('RR8|7')).toBe('RR8|7');
    expect(indexable('é'.repeat(300))).toBe('é'.repeat(300));
    expect(Buffer.byteLength(indexable(long))).toBeLessThan(700);
    expect(indexable(indexable(long))).not.toBe(indexable(long));
  });

  it('is cut between characters: half a surrogate pair would be refused by the database', async () => {
    const family = `${'a'.repeat(499)}\u{1f600}${'b'.repeat(600)}`;
    const patient = { resourceType: 'Patient', id: newId(), name: [{ family }] };
    await store(harness.database, [patient]);
    const { matches } = await harness.search('Patient', [['family', family.slice(0, 700)]]);
    expect(matches.map(({ id }) => id)).toEqual([patient.id]);
  });

  it('comes a thousand times in one resource, and the resource is stored', async () => {
    const name = Array.from({ length: 1_000 }, () => ({ family: random(1_500) }));
    const patient = { resourceType: 'Patient', id: newId(), name };
    await store(harness.database, [patient]);
    const { matches } = await harness.search('Patient', [['family', String(name[0]?.family)]]);
    expect(matches.map(({ id }) => id)).toEqual([patient.id]);
  });
});
