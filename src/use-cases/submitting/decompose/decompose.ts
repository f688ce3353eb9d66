/**
 * A plan becomes rows: the resources as they will be answered, their documents, and what is withdrawn. A pure function;
 * `engines/store/commit.ts` writes what it gives in one statement.
 */
import type { Slices } from '../../../fhir/slices';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { stringify } from '../../../fhir/decimal';
import type { AnyResource } from '../../../fhir/types';
import { bucketOf } from '../../../platform/ids';
import { rowOf } from '../../../engines/indexing/row';
import type { Commit, Row } from '../../../engines/store/commit';
import type { PlannedEntry } from '../next-version/plan';
import type { StoredEntry } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';
import { byPatient } from './by-patient';
import { binaryRow, binaryWrite, distinct, isBinary, ownDocument } from './binary-rows';
import { binaryBytes, described, detach, type Document } from './documents';
import { storedEntries } from './stored-entries';
import { historyWrite, rowFor, writeTo, type Tables, type Version } from './tables';
import { withdrawalsOf } from './withdrawals';
import type { DecomposeInput } from './decompose-input';

export interface Written {
  commit: Commit;
  stored: StoredEntry[];
}

/** What has been decomposed so far. */
interface Rows {
  input: DecomposeInput;
  tables: Tables;
  /** Versions that go straight to the history because newer content stays current. */
  late: Tables;
  documents: Document[];
  binaries: Row[];
}

export function* decompose(input: DecomposeInput): Slices<Written> {
  const rows: Rows = { input, tables: new Map(), late: new Map(), documents: [], binaries: [] };
  const stored = storedEntries(input.plan, input.positions);
  yield* putEntries(input.plan.entries, rows);
  yield;
  putBundle(stored, rows);
  putProvenance(stored, rows);
  return {
    stored,
    commit: {
      writes: [...rows.tables.values()],
      withdrawals: withdrawalsOf(input),
      documents: distinct(rows.documents),
      others: [
        ...(rows.binaries.length > 0 ? [binaryWrite(rows.binaries)] : []),
        ...[...rows.late.values()].map(historyWrite),
      ],
    },
  };
}

/** Documents are taken out of each resource, and its row points at them. */
function* putEntries(entries: readonly PlannedEntry[], rows: Rows): Slices<void> {
  const { input } = rows;
  const ownBinaries = new Map(
    entries
      .filter(({ resource }) => isBinary(resource))
      .map(({ id, resource }) => [`Binary/${id}` as string, binaryBytes(resource)?.bytes] as const),
  );
  for (const each of entries) {
    yield;
    if (!each.write) continue;
    const paths = each.definition.table.documents ?? [];
    const own = isBinary(each.resource)
      ? ownDocument(each)
      : detach(each.resource, paths, () => input.newId(bucketOf(each.patientId ?? each.id)));
    for (const document of own.documents) {
      rows.documents.push(document);
      rows.binaries.push(binaryRow(document, each, input));
    }
    if (isBinary(each.resource)) continue;
    const whole = described(own.resource, paths, (url) => ownBinaries.get(url));
    if (each.lateAfter !== undefined && each.stored) putBehind(each, whole, each.stored, rows);
    else put(each.definition, whole, each, rows);
  }
}

function put(
  definition: ResourceDefinition,
  resource: AnyResource,
  version: Version & Pick<PlannedEntry, 'stored'>,
  { tables, input }: Rows,
): void {
  const write = writeTo(tables, definition);
  write.rows.push(rowFor(definition, resource, version, input));
  if (version.stored && !version.stored.isWithdrawn) write.updates += 1;
}

/** Writes the older content to the history, and then writes the stored content again as the current version. */
function putBehind(
  each: PlannedEntry,
  resource: AnyResource,
  stored: StoredResource,
  { late, tables, input }: Rows,
): void {
  const { definition } = each;
  writeTo(late, definition).rows.push(rowFor(definition, resource, each, input));
  const again = { ...stored, version: each.version + 1 };
  const write = writeTo(tables, definition);
  write.rows.push(
    rowFor(definition, each.current ?? stored.content, again, { ...input, sender: stored.sender }),
  );
  write.updates += 1;
}

/** The submission as a Bundle that can be searched. */
function putBundle(stored: readonly StoredEntry[], { tables, input }: Rows): void {
  const bundle = input.bundleHeadOf(stored);
  const definition = input.definitionOf(bundle.resourceType);
  writeTo(tables, definition).rows.push(
    rowOf(definition, bundle, {
      id: input.submissionId,
      versionId: 1,
      lastUpdated: input.lastUpdated.toISOString(),
      patientId: input.plan.patientId,
      submissionId: input.submissionId,
      sender: input.sender,
      content: stringify(bundle),
    }),
  );
}

/** Each patient has a Provenance of their own. */
function putProvenance(stored: readonly StoredEntry[], rows: Rows): void {
  const { provenanceOf, definitionOf, newId, plan, submissionId } = rows.input;
  for (const [patientId, written] of byPatient(plan, stored)) {
    const provenance = provenanceOf(written);
    if (!provenance) continue;
    const id = newId(bucketOf(patientId ?? submissionId));
    const version = { id, version: 1, patientId, stored: undefined };
    put(definitionOf(provenance.resourceType), provenance, version, rows);
  }
}
