/**
 * The writing transaction: locks, what is stored already, who is who, the rows, and the commit. All of it happens or
 * none of it; nobody is told before it is durable.
 */
import type { Issue } from '../../fhir/issue';
import { isObject } from '../../fhir/types';
import { bucketOf, inBucket } from '../../platform/ids';
import { inTurn } from '../../platform/in-turn';
import type { Queryable } from '../../platform/postgres';
import { commit } from '../../engines/store/commit';
import type { EmbeddedDocument, StoredBody } from '../../engines/store/submission-body';
import { answering } from './acknowledge';
import { lineageOf } from './commit/bundle-facts';
import { contentHashOf } from './recognise/content-hash';
import { isForbidden, resolveConditionalReferences } from './resolve/conditional-references';
import { match } from './match/match';
import type { SubmitDependencies } from './dependencies';
import { lockOn, takeLocks } from './locks/locks';
import { judgeReferences } from './resolve/one-patient';
import { patientIdOf, referencesAt, type Plan, type MatchInput } from './match/plan';
import { idsOfUpdates, mayActFor, patientsInCare } from './stored-before/may-change';
import { findHidden } from './stored-before/hidden';
import { readLineage } from './stored-before/lineage';
import { conditionOf, findByCondition, plainCondition, sameByCondition } from './conditions/same-conditions';
import { compareWithLineage, type Edition } from './recognise/compare-with-lineage';
import {
  failure,
  type EntryRequest,
  type Received,
  type Receipt,
  type Result,
  success,
  type Validated,
} from './steps';
import {
  findLineage,
  findOwnIds,
  findSameBytes,
  readStoredBefore,
  type Earlier,
} from './stored-before/stored-before';
import { timed } from './too-costly';
import { solely, resourcesToRead } from './stored-before/resources-to-read';
import { decompose, submissionRows } from './decompose/decompose';

export type StoreOutcome =
  | { outcome: 'stored'; receipt: Receipt }
  /** `positions`: where each entry of this sending comes in the order that the entries' content gives. */
  | { outcome: 'resent'; of: Earlier; positions?: readonly number[] };

/** The body as it is kept, and the documents that were cut out of it: they must be there to put it together again. */
export interface KeptBody extends StoredBody {
  cut: readonly EmbeddedDocument[];
  /** Every document that stands inline in the Bundle, cut out or not. */
  inline: readonly EmbeddedDocument[];
}

/** What of the Bundle decides its place among earlier submissions. */
interface Lineage extends Edition {
  identifier: string | undefined;
}

export async function storeSubmission(
  validated: Validated,
  issues: readonly Issue[],
  body: KeptBody,
  dependencies: SubmitDependencies,
): Promise<Result<StoreOutcome>> {
  const lineage = editionOf(validated, body.inline, dependencies);
  const locks = firstLocks(validated, lineage, dependencies);
  return inTurn(locks, dependencies.turnTimeoutMillis, () =>
    dependencies.database.transaction((tx) =>
      storeIn(
        timed(tx, dependencies.turnTimeoutMillis),
        validated,
        issues,
        body,
        lineage,
        new Set(locks),
        dependencies,
      ),
    ),
  );
}

/** What happens in the one transaction. */
async function storeIn(
  tx: Queryable,
  validated: Validated,
  issues: readonly Issue[],
  body: KeptBody,
  lineage: Lineage,
  held: Set<string>,
  dependencies: SubmitDependencies,
): Promise<Result<StoreOutcome>> {
  const { received } = validated;
  await takeLocks(tx, held);
  const same = await findSameBytes(tx, received.from.sender, received.sha256);
  if (same) return success<StoreOutcome>({ outcome: 'resent', of: same });
  const earlier =
    lineage.identifier === undefined ? [] : await findLineage(tx, received.from.sender, lineage.identifier);
  const sameness = compareWithLineage(lineage, earlier);
  if (sameness.kind === 'resend') {
    return success<StoreOutcome>({ outcome: 'resent', of: sameness.of, positions: lineage.positions });
  }
  if (sameness.kind === 'conflict') return failure('conflict', sameness.issue);
  const planned = await plan(tx, validated, lineage, earlier, held, dependencies);
  if (!planned.ok) return planned;
  return success<StoreOutcome>({
    outcome: 'stored',
    receipt: await write(tx, validated, issues, body, lineage, earlier[0], planned.value, dependencies),
  });
}

function editionOf(
  { bundle, entries }: Validated,
  documents: readonly EmbeddedDocument[],
  { resolverOf }: SubmitDependencies,
): Lineage {
  const meta = isObject(bundle.meta) ? bundle.meta : {};
  const lastUpdated = typeof meta.lastUpdated === 'string' ? new Date(meta.lastUpdated) : undefined;
  const canonical = contentHashOf(bundle, { entries, resolve: resolverOf(entries) }, documents);
  return {
    identifier: lineageOf(bundle.identifier),
    version: typeof meta.versionId === 'string' ? meta.versionId : undefined,
    lastUpdated: lastUpdated && !Number.isNaN(lastUpdated.getTime()) ? lastUpdated : undefined,
    contentSha256: canonical.sha256,
    positions: canonical.positions,
  };
}

/** Locks known before anything is read. */
function firstLocks(
  { received, requests }: Validated,
  lineage: Lineage,
  dependencies: SubmitDependencies,
): Set<string> {
  const { sender } = received.from;
  const locks = new Set([lockOn('1-bytes', sender, received.sha256.toString('hex'))]);
  if (lineage.identifier !== undefined) locks.add(lockOn('2-lineage', sender, lineage.identifier));
  for (const request of requests) {
    const type = request.resource.resourceType;
    for (const id of patientsOf(request, dependencies)) locks.add(lockOn('3-patient', id));
    if (request.update && 'id' in request.update)
      locks.add(lockOn('4-resource', type, request.update.id.toLowerCase()));
    const condition = conditionOf(request);
    if (condition !== undefined) locks.add(lockOn('5-condition', type, plainCondition(condition)));
  }
  return locks;
}

/** Server ids of the patients that an entry is or names, as far as they are known before anything is read. */
function patientsOf({ resource }: EntryRequest, { definitionOf, patients }: SubmitDependencies): string[] {
  if (resource.resourceType === patients.type) {
    const id = patients.idOfResource(resource);
    return id === undefined ? [] : [id];
  }
  return definitionOf(resource.resourceType)
    .table.patient.flatMap((path) => referencesAt(resource, path.split('.')))
    .map((reference) => patientIdOf(reference, patients))
    .filter((id) => id !== undefined);
}

/** Decides, takes the locks that the decision asks for, and decides again until it holds them all. */
async function plan(
  tx: Queryable,
  validated: Validated,
  lineage: Lineage,
  earlier: readonly Earlier[],
  held: Set<string>,
  dependencies: SubmitDependencies,
): Promise<Result<Plan>> {
  const { received, entries } = validated;
  const { sender } = received.from;
  const literal = await resolveConditionalReferences(tx, validated.requests, received, dependencies);
  if (!literal.ok) return literal;
  const requests = literal.value;
  if (requests !== validated.requests) {
    const patients = requests
      .flatMap((request) => patientsOf(request, dependencies))
      .map((id) => lockOn('3-patient', id));
    await takeLocks(tx, new Set(patients.filter((lock) => !held.has(lock))));
    for (const lock of patients) held.add(lock);
  }
  const resolve = dependencies.resolverOf(entries);
  const corrected = earlier[0];
  for (;;) {
    const found = await findConditional(tx, requests, received, dependencies);
    if (!found.ok) return found;
    const sameAs = sameByCondition(requests, found.value);
    if (!sameAs.ok) return sameAs;
    const before = await readStoredBefore(
      tx,
      resourcesToRead(requests, corrected, found.value, dependencies),
      earlier,
    );
    await readLineage(tx, before, earlier, { sender, identifier: lineage.identifier }, dependencies);
    const hidden = await findHidden(tx, requests, received, dependencies);
    const input: MatchInput = {
      requests,
      views: new Map(entries.map((view) => [view.index, view])),
      before,
      sender,
      lastUpdated: lineage.lastUpdated,
      corrects: corrected && {
        stored: corrected.stored,
        before: earlier.slice(1).flatMap(({ stored }) => stored),
        submissions: new Set(earlier.map(({ id }) => id)),
        patientId: corrected.patientId,
      },
      hidden,
      found: found.value,
      sameAs: sameAs.value,
      ownIds: await findOwnIds(tx, dependencies.tables, idsOfUpdates(requests, hidden)),
      inCare: await patientsInCare(tx, requests, found.value, sender, dependencies),
      mayActFor: (odsCode) => mayActFor(odsCode, received, dependencies),
      solelyThisLineage: await solely(
        tx,
        { before, requests, corrected, sender, identifier: lineage.identifier },
        dependencies,
      ),
      resolve,
      definitionOf: dependencies.definitionOf,
      patients: dependencies.patients,
      newId: dependencies.newId,
      idOfKey: dependencies.idOfKey,
    };
    const decided = match(input);
    if (!decided.ok) return decided;
    const missing = new Set([...decided.value.locks].filter((lock) => !held.has(lock)));
    if (missing.size === 0)
      return (await judgeReferences(tx, decided.value, validated, dependencies)) ?? decided;
    await takeLocks(tx, missing);
    for (const lock of missing) held.add(lock);
  }
}

async function findConditional(
  tx: Queryable,
  requests: readonly EntryRequest[],
  received: Received,
  dependencies: SubmitDependencies,
): Promise<Result<Map<number, readonly string[]>>> {
  const found = new Map<number, readonly string[]>();
  for (const request of requests) {
    const condition = conditionOf(request);
    if (condition === undefined) continue;
    const result = await findByCondition(
      tx,
      request.resource.resourceType,
      condition,
      received,
      dependencies,
    );
    if (!result.ok) {
      const expression = `Bundle.entry[${request.index}].request`;
      const issues = result.issues.map((issue) => ({ ...issue, expression }));
      return failure(isForbidden(issues) ? 'forbidden' : 'invalid', ...issues);
    }
    found.set(request.index, result.ids);
  }
  return success(found);
}

async function write(
  tx: Queryable,
  validated: Validated,
  issues: readonly Issue[],
  body: KeptBody,
  lineage: Lineage,
  replaced: Earlier | undefined,
  decided: Plan,
  dependencies: SubmitDependencies,
): Promise<Receipt> {
  const { received, kind, bundle } = validated;
  const { sender, clientId, userName } = received.from;
  const lastUpdated = dependencies.now();
  // Received before it was known whose it is: a submission about one patient takes the patient's bucket.
  const submissionId =
    decided.patientId === null ? received.id : inBucket(received.id, bucketOf(decided.patientId));
  const written = decompose({
    plan: decided,
    submissionId,
    sender,
    lastUpdated,
    newId: dependencies.newId,
    ...(kind === 'transaction' ? { positions: lineage.positions } : {}),
    definitionOf: dependencies.definitionOf,
    bundleHeadOf: ([first]) => dependencies.bundleHeadOf(bundle, first?.index === 0 ? first : undefined),
    provenanceOf: (stored) =>
      dependencies.provenanceOf({
        submissionId,
        sender,
        recorded: lastUpdated,
        written: stored,
      }),
  });
  const told = dependencies.presentable([...issues, ...decided.issues]);
  const concerned = [...decided.patients];
  const nhsNumbers = [
    ...new Set([
      ...dependencies.patients.nhsNumbersIn(bundle),
      ...concerned.map(([, nhsNumber]) => nhsNumber).filter((nhsNumber) => nhsNumber !== undefined),
    ]),
  ];
  const httpStatus = dependencies.statusOf(kind === 'transaction' || kind === 'batch' ? 'ok' : 'created');
  const rows = submissionRows(
    {
      id: submissionId,
      sender,
      clientId,
      userName,
      door: received.door,
      receivedAt: received.receivedAt,
      status: 'accepted',
      httpStatus,
      sha256: received.sha256,
      size: received.bytes.length,
      contentType: received.contentType,
      requestId: received.requestId,
      bundleType: kind,
      bundleIdentifier: lineage.identifier,
      bundleVersion: lineage.version,
      bundleLastUpdated: lineage.lastUpdated?.toISOString(),
      contentSha256: lineage.contentSha256,
      lineagePosition: lineage.identifier === undefined ? undefined : (replaced?.position ?? 0) + 1,
      replaces: replaced?.id,
      nhsNumber: nhsNumbers[0],
      patientId: decided.patientId ?? undefined,
      patients: concerned.map(([id]) => id),
      issues: told,
      repairs: validated.repairs,
      review: [...new Set([...validated.review, ...decided.review])],
      stored: written.stored,
      withdrawn: decided.withdrawn.map(({ type, id, version }) => ({ type, id, version: version + 1 })),
    },
    body,
  );
  const audit =
    dependencies.auditRows?.({
      received,
      submissionId,
      httpStatus,
      patients: concerned.map(([id]) => id),
      nhsNumbers,
      stored: written.stored,
    }) ?? [];
  const kept = new Set(written.commit.documents.map(({ sha256 }) => sha256.toString('hex')));
  const documents = [
    ...written.commit.documents,
    ...body.cut.filter(({ sha256 }) => !kept.has(sha256.toString('hex'))),
  ];
  const others = [...written.commit.others, ...rows, ...audit];
  await commit(tx, { ...written.commit, documents, others }, dependencies.witness);
  return {
    submissionId,
    outcome: 'stored',
    kind,
    receivedAt: received.receivedAt,
    issues: told,
    stored: answering(written.stored),
  };
}
