/**
 * A decided submission becomes rows: the resources as they will be answered, their documents, the submission itself.
 * A pure function; `store/commit.ts` writes what it gives in one statement.
 */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { SqlValue } from '../../../definitions/table';
import { stringify, withPlainNumbers } from '../../../fhir/decimal';
import type { Issue } from '../../../fhir/issue';
import { isObject, type AnyResource } from '../../../fhir/types';
import { bucketOf, type NewId } from '../../../platform/ids';
import { columnsOf } from '../../../engines/indexing/columns';
import { rowOf } from '../../../engines/indexing/row';
import type { Commit, PlainWrite, Row, TableWithdrawal, TableWrite } from '../../../engines/store/commit';
import type { DocumentWrite } from '../../../engines/store/document-bytes';
import type { Plan, Planned } from '../match/plan';
import { byPatient } from './by-patient';
import { binaryBytes, described, detach, sha256Of, type Document } from './documents';
import type { StoredEntry } from '../steps';
import type { StoredResource } from '../stored-before/stored-before';

export interface Writing {
  plan: Plan;
  submissionId: string;
  sender: string;
  lastUpdated: Date;
  newId: NewId;
  /** Of a transaction: where each entry comes in the order that the entries' content gives, by its index. */
  positions?: readonly number[];
  definitionOf: (type: string) => ResourceDefinition;
  /** What of the submission is searched by as a Bundle. */
  bundleHeadOf: (written: readonly StoredEntry[]) => AnyResource;
  /** The record of who made what, as a resource of its own; absent where nothing was written. */
  provenanceOf: (written: readonly StoredEntry[]) => AnyResource | undefined;
}

export interface Written {
  commit: Commit;
  documents: Document[];
  stored: StoredEntry[];
}

/** Entries of the submission's record: what it stored, in the order of the Bundle. */
export function storedEntries(plan: Plan, positions?: readonly number[]): StoredEntry[] {
  const entries = plan.entries.map(({ request, id, version, write, stored, sameAs }): StoredEntry => ({
    index: request.index,
    ...(request.fullUrl === undefined ? {} : { fullUrl: request.fullUrl }),
    type: request.resource.resourceType,
    id,
    version,
    written: write,
    created: stored === undefined && sameAs === undefined,
    ...(positions?.[request.index] === undefined ? {} : { position: positions[request.index]! }),
  }));
  const keptCurrent = plan.entries.flatMap(({ request, id, version, lateAfter }): StoredEntry[] =>
    lateAfter === undefined
      ? []
      : [
          {
            index: request.index,
            type: request.resource.resourceType,
            id,
            version: version + 1,
            written: true,
            created: false,
            contentOf: lateAfter,
          },
        ],
  );
  return [...entries, ...keptCurrent];
}

export function decompose(writing: Writing): Written {
  const stored = storedEntries(writing.plan, writing.positions);
  const lastUpdated = writing.lastUpdated.toISOString();
  const tables: Tables = new Map();
  const late = new Map<ResourceDefinition, Row[]>();
  const documents: Document[] = [];
  const binaries: Row[] = [];

  const put = (
    definition: ResourceDefinition,
    resource: AnyResource,
    each: Pick<Planned, 'id' | 'version' | 'patientId' | 'stored'>,
  ): void => {
    const write = writeTo(tables, definition);
    write.rows.push(rowFor(definition, resource, each, writing));
    if (each.stored && !each.stored.isWithdrawn) write.updates += 1;
  };
  /** The older content goes to the history, and after it what is stored becomes the current version once more. */
  const putBehind = (each: Planned, resource: AnyResource, stored: StoredResource): void => {
    const { definition } = each;
    const past = late.get(definition) ?? [];
    past.push(rowFor(definition, resource, each, writing));
    late.set(definition, past);
    const again = { ...stored, version: each.version + 1, stored };
    writeTo(tables, definition).rows.push(
      rowFor(definition, stored.content, again, { ...writing, sender: stored.sender }),
    );
    writeTo(tables, definition).updates += 1;
  };

  const ownBinaries = new Map(
    writing.plan.entries
      .filter(({ resource }) => isBinary(resource))
      .map(({ id, resource }) => [`Binary/${id}` as string, binaryBytes(resource)?.bytes] as const),
  );
  for (const each of writing.plan.entries) {
    if (!each.write) continue;
    const own = isBinary(each.resource)
      ? ownDocument(each)
      : detach(each.resource, each.definition.table.documents ?? [], () =>
          writing.newId(bucketOf(each.patientId ?? each.id)),
        );
    for (const document of own.documents) {
      documents.push(document);
      binaries.push(binaryRow(document, each, writing, lastUpdated));
    }
    if (isBinary(each.resource)) continue;
    const paths = each.definition.table.documents ?? [];
    const whole = described(own.resource, paths, (url) => ownBinaries.get(url));
    if (each.lateAfter !== undefined && each.stored) putBehind(each, whole, each.stored);
    else put(each.definition, whole, each);
  }
  const bundle = writing.bundleHeadOf(stored);
  const bundles = writing.definitionOf(bundle.resourceType);
  writeTo(tables, bundles).rows.push(
    rowOf(bundles, bundle, {
      id: writing.submissionId,
      versionId: 1,
      lastUpdated,
      patientId: writing.plan.patientId,
      submissionId: writing.submissionId,
      sender: writing.sender,
      content: stringify(bundle),
    }),
  );
  for (const [patientId, written] of byPatient(writing.plan, stored)) {
    const provenance = writing.provenanceOf(written);
    if (!provenance) continue;
    const id = writing.newId(bucketOf(patientId ?? writing.submissionId));
    const each = { id, version: 1, patientId, stored: undefined };
    put(writing.definitionOf(provenance.resourceType), provenance, each);
  }
  return {
    documents,
    stored,
    commit: {
      writes: [...tables.values()],
      withdrawals: withdrawalsOf(writing, lastUpdated),
      documents: distinct(documents),
      others: [
        ...(binaries.length > 0 ? [binaryWrite(binaries)] : []),
        ...[...late].map(([definition, rows]) => historyWrite(definition, rows)),
      ],
    },
  };
}

/** One version of a resource as a row of its table. */
function rowFor(
  definition: ResourceDefinition,
  resource: AnyResource,
  { id, version, patientId }: Pick<Planned, 'id' | 'version' | 'patientId'>,
  writing: Pick<Writing, 'lastUpdated' | 'submissionId' | 'sender'>,
): Row {
  const lastUpdated = writing.lastUpdated.toISOString();
  const whole = withServerMeta(resource, id, version, lastUpdated);
  return rowOf(definition, whole, {
    id,
    versionId: version,
    lastUpdated,
    patientId,
    submissionId: writing.submissionId,
    sender: writing.sender,
    content: stringify(whole),
  });
}

/** Versions that never were the current one. */
const historyWrite = (definition: ResourceDefinition, rows: Row[]): PlainWrite => ({
  table: `${definition.table.name}_history`,
  columns: columnsOf(definition).map(({ name }) => name),
  rows,
});

type Tables = Map<string, TableWrite & { rows: Row[]; types: Set<string> }>;

/** Where a type's rows go. Types that share a table need not have the same columns. */
function writeTo(tables: Tables, definition: ResourceDefinition): TableWrite & { rows: Row[] } {
  const { type, table } = definition;
  let write = tables.get(table.name);
  if (!write)
    tables.set(
      table.name,
      (write = { table: table.name, rows: [], updates: 0, columns: [], types: new Set() }),
    );
  if (!write.types.has(type)) {
    write.types.add(type);
    write.columns = [...new Set([...write.columns, ...columnsOf(definition).map((column) => column.name)])];
  }
  return write;
}

/** The resource as it is answered: the server's id, version and time; the rest as sent. */
export function withServerMeta(
  resource: AnyResource,
  id: string,
  version: number,
  lastUpdated: string,
): AnyResource {
  const { resourceType, id: _id, meta, ...rest } = resource;
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = isObject(meta) ? meta : {};
  return { resourceType, id, meta: { versionId: String(version), lastUpdated, ...kept }, ...rest };
}

const isBinary = (resource: AnyResource): boolean => resource.resourceType === 'Binary';

/** A Binary sent by itself is a document under its own id. */
function ownDocument(each: Planned): { resource: AnyResource; documents: Document[] } {
  const read = binaryBytes(each.resource);
  if (!read) return { resource: each.resource, documents: [] };
  const document: Document = {
    binaryId: each.id,
    contentType: String(each.resource.contentType),
    sha256: sha256Of(read.bytes),
    ...read,
  };
  return { resource: each.resource, documents: [document] };
}

const binaryColumns = [
  'id',
  'patient_id',
  'submission_id',
  'owner_type',
  'owner_id',
  'content_type',
  'size',
  'sha256',
  'last_updated',
  'security_context',
] as const;

const binaryWrite = (rows: Row[]): PlainWrite => ({ table: 'binary', columns: binaryColumns, rows });

function binaryRow(document: Document, each: Planned, writing: Writing, lastUpdated: string): Row {
  const context = each.resource.securityContext;
  return {
    id: document.binaryId,
    patient_id: each.patientId ?? (isBinary(each.resource) ? writing.plan.patientId : null),
    submission_id: writing.submissionId,
    owner_type: each.request.resource.resourceType,
    owner_id: each.id,
    content_type: document.contentType,
    size: document.bytes.length,
    sha256: `\\x${document.sha256.toString('hex')}`,
    last_updated: lastUpdated,
    security_context: isObject(context) && typeof context.reference === 'string' ? context.reference : null,
  };
}

function distinct(documents: readonly Document[]): DocumentWrite[] {
  return [
    ...new Map(documents.map(({ sha256, bytes }) => [sha256.toString('hex'), { sha256, bytes }])).values(),
  ];
}

function withdrawalsOf(
  { plan, submissionId, sender, definitionOf }: Writing,
  lastUpdated: string,
): TableWithdrawal[] {
  const byTable = new Map<string, TableWithdrawal & { tombstones: Row[] }>();
  for (const gone of plan.withdrawn) {
    const definition = definitionOf(gone.type);
    const { name } = definition.table;
    const entry = byTable.get(name) ?? {
      table: name,
      columns: columnsOf(definition).map((column) => column.name),
      tombstones: [],
    };
    entry.tombstones.push(tombstoneOf(gone, { submissionId, sender, lastUpdated }, definition));
    byTable.set(name, entry);
  }
  return [...byTable.values()];
}

function tombstoneOf(
  gone: StoredResource,
  by: { submissionId: string; sender: string; lastUpdated: string },
  definition: ResourceDefinition,
): Row {
  return rowOf(definition, { resourceType: gone.type, id: gone.id } as AnyResource, {
    id: gone.id,
    versionId: gone.version + 1,
    lastUpdated: by.lastUpdated,
    patientId: gone.patientId,
    submissionId: by.submissionId,
    sender: by.sender,
    content: '',
  });
}

/** The row of the submission itself. */
export interface SubmissionRecord {
  id: string;
  sender: string;
  clientId: string;
  userName: string | undefined;
  door: string;
  receivedAt: Date;
  status: 'accepted' | 'refused';
  httpStatus: number;
  sha256: Buffer;
  size: number;
  contentType: string;
  requestId: string | undefined;
  bundleType: string | undefined;
  bundleIdentifier: string | undefined;
  bundleVersion: string | undefined;
  bundleLastUpdated: string | undefined;
  contentSha256: Buffer | undefined;
  lineagePosition: number | undefined;
  replaces: string | undefined;
  nhsNumber: string | undefined;
  /** The patient that it is about, where there is just one. */
  patientId: string | undefined;
  /** Every patient concerned. */
  patients: readonly string[];
  issues: readonly Issue[];
  repairs: readonly unknown[];
  review: readonly string[];
  stored: readonly StoredEntry[];
  withdrawn: readonly { type: string; id: string; version: number }[];
}

const hexOf = (bytes: Buffer | undefined): string | null =>
  bytes === undefined ? null : `\\x${bytes.toString('hex')}`;

/** The submission and its body, as rows of their tables. */
export function submissionRows(
  record: SubmissionRecord,
  body: { encoding: string; skeleton: Buffer; documents: readonly unknown[] },
): PlainWrite[] {
  const row: Record<string, SqlValue> = {
    id: record.id,
    sender: record.sender,
    client_id: record.clientId,
    user_name: record.userName ?? null,
    door: record.door,
    received_at: record.receivedAt.toISOString(),
    status: record.status,
    http_status: record.httpStatus,
    sha256: hexOf(record.sha256),
    size: record.size,
    content_type: record.contentType,
    request_id: record.requestId ?? null,
    bundle_type: record.bundleType ?? null,
    bundle_identifier: record.bundleIdentifier ?? null,
    bundle_version: record.bundleVersion ?? null,
    bundle_last_updated: record.bundleLastUpdated ?? null,
    content_sha256: hexOf(record.contentSha256),
    lineage_position: record.lineagePosition ?? null,
    replaces: record.replaces ?? null,
    nhs_number: record.nhsNumber ?? null,
    patient_id: record.patientId ?? null,
    patients: record.patients.every((id) => id === record.patientId) ? [] : [...record.patients],
    outcome: JSON.stringify(record.issues),
    repairs: withPlainNumbers(record.repairs) as never,
    review: [...record.review],
    stored: record.stored as never,
    withdrawn: record.withdrawn as never,
  };
  return [
    { table: 'submission', columns: Object.keys(row), rows: [row] },
    {
      table: 'submission_body',
      columns: ['submission_id', 'encoding', 'skeleton', 'documents'],
      rows: [
        {
          submission_id: record.id,
          encoding: body.encoding,
          skeleton: `\\x${body.skeleton.toString('hex')}`,
          documents: body.documents as never,
        },
      ],
    },
  ];
}
