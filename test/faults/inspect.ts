/**
 * Looks at what the store holds, and says what must not be: something acknowledged that is not there in full, something
 * there in part, a gap in a history, bytes that are not the ones that came. Every look gives sentences; none is good.
 */
import { createHash } from 'node:crypto';
import { storedResources } from '../../src/resources';
import { openDocuments } from '../../src/engines/store/documents';
import { rawBytes } from '../../src/engines/store/raw-bytes';
import type { Database } from '../../src/platform/postgres';
import { contentOf, type Loose } from '../model/bundle';
import { emptyState, submitted, type Kept, type State } from '../model/model';
import type { Acknowledged } from './load';

interface Version {
  type: string;
  id: string;
  version: number;
  submissionId: string;
  deleted: boolean;
  current: boolean;
  content: string;
}

interface SubmissionRow {
  id: string;
  sha256: string;
  status: string;
  stored: Kept[];
  withdrawn: { type: string; id: string; version: number }[];
  has_body: boolean;
  documents: { sha256: string }[];
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export async function allVersions(database: Database): Promise<Version[]> {
  const tables = new Map(
    storedResources
      .filter(({ table }) => table.history !== false)
      .map(({ type, table }) => [table.name, table.typeColumn ? `"${table.typeColumn}"` : `'${type}'`]),
  );
  const parts = [...tables].flatMap(([name, type]) => [
    `SELECT ${type} AS type, id, version_id AS version, submission_id AS "submissionId", false AS deleted, true AS current, content FROM "${name}"`,
    `SELECT ${type}, id, version_id, submission_id, deleted, false, content FROM "${name}_history"`,
  ]);
  return database.query<Version>({ text: parts.join(' UNION ALL ') });
}

async function allSubmissions(database: Database): Promise<SubmissionRow[]> {
  return database.query<SubmissionRow>({
    text: `SELECT id, encode(sha256, 'hex') AS sha256, status, stored, withdrawn,
        submission_body.submission_id IS NOT NULL AS has_body, coalesce(documents, '[]') AS documents
      FROM submission LEFT JOIN submission_body ON submission_body.submission_id = submission.id`,
  });
}

/** What is there in part, and what is there of nothing. */
export async function inconsistencies(database: Database): Promise<string[]> {
  const wrong: string[] = [];
  const versions = await allVersions(database);
  const submissions = await allSubmissions(database);
  const byKey = new Map(versions.map((each) => [`${each.type}/${each.id}/${each.version}`, each]));
  const listed = new Set<string>();
  for (const submission of submissions) {
    if (!submission.has_body) wrong.push(`submission ${submission.id} has no body`);
    for (const { type, id, version, written } of submission.stored) {
      const key = `${type}/${id}/${version}`;
      if (!byKey.has(key)) wrong.push(`${key} of an accepted submission is not there`);
      else if (written && byKey.get(key)!.submissionId !== submission.id)
        wrong.push(`${key} is another submission’s`);
      if (written) listed.add(key);
    }
    for (const { type, id, version } of submission.withdrawn) {
      if (!byKey.get(`${type}/${id}/${version}`)?.deleted) wrong.push(`${type}/${id} was not withdrawn`);
      listed.add(`${type}/${id}/${version}`);
    }
  }
  const accepted = new Map(submissions.filter(({ status }) => status === 'accepted').map((s) => [s.id, s]));
  /** What the server makes of each submission beside what it lists: its Provenance, and itself as a Bundle. */
  const made = new Map<string, string[]>();
  const byId = new Map<string, Version[]>();
  for (const [key, each] of byKey) {
    byId.set(`${each.type}/${each.id}`, [...(byId.get(`${each.type}/${each.id}`) ?? []), each]);
    if (!accepted.has(each.submissionId)) wrong.push(`${key} is of no accepted submission`);
    if (['Bundle', 'Provenance'].includes(each.type))
      made.set(each.submissionId, [...(made.get(each.submissionId) ?? []), each.type]);
    else if (!listed.has(key)) wrong.push(`${key} is on no submission’s list`);
  }
  for (const id of accepted.keys()) {
    const types = made.get(id)?.sort().join(' and ') ?? 'nothing';
    if (types !== 'Bundle and Provenance' || !byKey.has(`Bundle/${id}/1`))
      wrong.push(`submission ${id} has ${types} beside its resources`);
  }
  for (const [id, history] of byId) {
    const numbers = history.map(({ version }) => version).sort((a, b) => a - b);
    if (numbers.some((version, index) => version !== index + 1))
      wrong.push(`${id} has the versions ${numbers.join()}`);
    const last = history.find(({ version }) => version === numbers.length);
    if (history.filter(({ current }) => current).length !== (last?.deleted ? 0 : 1))
      wrong.push(`${id} is current ${history.filter(({ current }) => current).length} times`);
  }
  return [...wrong, ...(await looseBytes(database)), ...(await unaudited(database))];
}

async function looseBytes(database: Database): Promise<string[]> {
  const rows = await database.query<{ says: string }>({
    text: `SELECT 'Binary ' || id || ' has no bytes' AS says FROM "binary"
        WHERE NOT EXISTS (SELECT 1 FROM document_bytes WHERE document_bytes.sha256 = "binary".sha256)
      UNION ALL SELECT 'Binary ' || id || ' is of no accepted submission' FROM "binary"
        WHERE NOT EXISTS (SELECT 1 FROM submission WHERE submission.id = "binary".submission_id AND status = 'accepted')
      UNION ALL SELECT 'bytes of nothing: ' || encode(sha256, 'hex') FROM document_bytes
        WHERE NOT EXISTS (SELECT 1 FROM "binary" WHERE "binary".sha256 = document_bytes.sha256)
      UNION ALL SELECT 'bytes that are others: ' || encode(sha256, 'hex') FROM document_bytes
        WHERE sha256(bytes) <> sha256 OR octet_length(bytes) <> size`,
  });
  return rows.map(({ says }) => says);
}

/** The audit record of a submission commits with it. */
async function unaudited(database: Database): Promise<string[]> {
  const rows = await database.query<{ id: string }>({
    text: `SELECT id FROM submission WHERE NOT EXISTS
      (SELECT 1 FROM audit_record WHERE audit_record.submission_id = submission.id)`,
  });
  return rows.map(({ id }) => `submission ${id} is not in the audit trail`);
}

/** What was acknowledged and is not there, and what is there though nobody sent it (or it was refused a place). */
export async function unexplained(
  database: Database,
  log: readonly Acknowledged[],
  inFlight: ReadonlySet<string>,
): Promise<string[]> {
  const wrong: string[] = [];
  const submissions = await allSubmissions(database);
  const accepted = new Map(
    submissions.filter(({ status }) => status === 'accepted').map((each) => [each.id, each]),
  );
  for (const { submissionId, submission } of log) {
    if (accepted.get(submissionId)?.sha256 !== submission.sha256)
      wrong.push(`${submissionId} was acknowledged and is not there`);
  }
  const known = new Set(log.map(({ submissionId }) => submissionId));
  const bytes = new Set(inFlight);
  for (const { id, sha256: sha } of accepted.values())
    if (!known.has(id) && !bytes.delete(sha))
      wrong.push(`${id} is there though it was not sent, or is there twice`);
  return wrong;
}

/** Whether the very bytes and the documents of what was acknowledged come back. */
export async function lostBytes(database: Database, log: readonly Acknowledged[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { submissionId, bytes, pdf } of log) {
    const raw = await rawBytes(database, submissionId, openDocuments());
    if (!raw || !raw.bytes.equals(bytes)) wrong.push(`the bytes of ${submissionId} are others`);
    const [binary] = await database.query<{ sha256: string }>(
      { text: `SELECT encode(sha256, 'hex') AS sha256 FROM "binary" WHERE submission_id = $1` },
      [submissionId],
    );
    if (binary?.sha256 !== sha256(pdf)) wrong.push(`the document of ${submissionId} is another`);
  }
  return wrong;
}

/** Whether ids, versions, counts and contents are those that a replay of the log gives. */
export async function replayed(database: Database, log: readonly Acknowledged[]): Promise<string[]> {
  const submissions = new Map((await allSubmissions(database)).map((each) => [each.id, each]));
  const versions = await allVersions(database);
  const wrong: string[] = [];
  let expected = 0;
  const bySender = new Map<string, Acknowledged[]>();
  for (const each of log)
    bySender.set(each.submission.sender, [...(bySender.get(each.submission.sender) ?? []), each]);
  const current = new Map(versions.filter((each) => each.current).map((each) => [each.id, each]));
  for (const [sender, entries] of bySender) {
    let state: State = emptyState;
    for (const { submission, submissionId } of entries) {
      const stored = submissions.get(submissionId)?.stored;
      // 200 to what was sent again after an answer that was lost: it was stored then.
      const outcome = submitted(state, submission, { status: 201, submissionId, stored });
      if ('differs' in outcome) wrong.push(`${sender}: ${outcome.differs}`);
      else state = outcome.state;
    }
    for (const each of state.resources.values()) {
      expected += each.deleted ? 0 : 1;
      const is = current.get(each.id);
      if (each.deleted ? is !== undefined : is?.version !== each.version)
        wrong.push(`${each.type}/${each.id} is not as the replay has it`);
      else if (is && contentOf(JSON.parse(is.content)) !== each.content)
        wrong.push(`${each.type}/${each.id} has other content`);
    }
    for (const person of state.people.values()) {
      expected += 1;
      const is = current.get(person.id);
      const same = is && contentOf(JSON.parse(is.content) as Loose) === contentOf(person.resource);
      if (is?.version !== person.version || !same)
        wrong.push(`Patient/${person.id} is not as the replay has it`);
    }
  }
  const counted = [...current.values()].filter(
    ({ type }) => !['Organization', 'Provenance', 'Bundle'].includes(type),
  );
  if (counted.length !== expected) wrong.push(`${counted.length} resources are there, not ${expected}`);
  return wrong;
}

/** One hash over every version of every resource: equal where nothing has changed. */
export async function fingerprint(database: Database): Promise<string> {
  const versions = (await allVersions(database))
    .map(({ type, id, version, deleted, content }) => `${type}/${id}/${version} ${deleted} ${content}`)
    .sort();
  const [{ rows } = { rows: 0 }] = await database.query<{ rows: number }>({
    text: 'SELECT (SELECT count(*) FROM submission)::int + (SELECT count(*) FROM "binary")::int AS rows',
  });
  return sha256(Buffer.from([...versions, rows].join('\n')));
}
