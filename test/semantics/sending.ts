/**
 * What the tests of `semantics` have in common: a summary nobody has sent yet, sending it as some organisation, and
 * looking at what the server made of it.
 */
import { nhsNumberOf } from '../../src/demo/nhs-number';
import type { StoredEntry } from '../../src/use-cases/submitting/steps';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import { everything, type CallOptions, type Homeward, type Reply } from '../support/homeward';

let given = 0;

/** A stay and a patient that no other test of this file speaks of. */
export function freshSummary(): SummaryBuilder {
  given += 1;
  return aSummary().stay(given).nhsNumber(nhsNumberOf(given));
}

export const freshNhsNumber = (): string => nhsNumberOf((given += 1));

export type Sent = Reply & { submissionId: string };

export interface SendOptions extends CallOptions {
  /** The ODS code of the sender; RR8 unless given. */
  as?: string;
  /** `/FHIR/R4/Bundle` unless given. */
  path?: string;
}

export async function send(
  homeward: Homeward,
  what: SummaryBuilder | Buffer | object,
  { as, path = '/FHIR/R4/Bundle', ...options }: SendOptions = {},
): Promise<Sent> {
  const body = Buffer.isBuffer(what) ? what : 'bytes' in what ? (what as SummaryBuilder).bytes() : what;
  const reply = await homeward.call('POST', path, {
    ...(as === undefined ? {} : { token: homeward.token(everything, as) }),
    ...options,
    body,
  });
  return { ...reply, submissionId: reply.headers.get('x-submission-id') ?? '' };
}

/** Sends what must be stored. @throws where it is not, with what the server said */
export async function accepted(
  homeward: Homeward,
  what: SummaryBuilder | Buffer | object,
  options: SendOptions = {},
): Promise<Sent> {
  const sent = await send(homeward, what, options);
  if (sent.status !== (options.path === '/FHIR/R4' ? 200 : 201)) {
    throw new Error(`answered ${sent.status}: ${sent.bytes.toString('utf8')}`);
  }
  return sent;
}

/** What a submission stored, in the order of its entries. */
export async function storedBy(homeward: Homeward, submissionId: string): Promise<StoredEntry[]> {
  const [row] = await homeward.app.database.query<{ stored: StoredEntry[] }>(
    { text: 'SELECT stored FROM submission WHERE id = $1' },
    [submissionId],
  );
  return row?.stored ?? [];
}

/** The one (or first) resource of a type that a submission stored. */
export async function stored(
  homeward: Homeward,
  submissionId: string,
  type: string,
  position = 0,
): Promise<StoredEntry> {
  const found = (await storedBy(homeward, submissionId)).filter((entry) => entry.type === type)[position];
  if (!found) throw new Error(`the submission stored no such ${type}`);
  return found;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what comes back, whatever it is
export type AnyJson = any;

/** A stored resource as it is read; its status where it is not there. */
export async function read(homeward: Homeward, { type, id }: { type: string; id: string }): Promise<AnyJson> {
  const { status, json } = await homeward.call('GET', `/FHIR/R4/${type}/${id}`);
  return status === 200 ? json : status;
}

/** The numbers of a resource's versions, newest first; a withdrawal has no content. */
export async function versions(
  homeward: Homeward,
  { type, id }: { type: string; id: string },
): Promise<string[]> {
  const { json } = await homeward.call('GET', `/FHIR/R4/${type}/${id}/_history?_count=500`);
  return json.entry.map((entry: AnyJson) =>
    entry.resource
      ? String(entry.resource.meta.versionId)
      : `${entry.response.etag.replace(/\D/g, '')} withdrawn`,
  );
}

/** How many a search finds. */
export async function count(homeward: Homeward, query: string): Promise<number> {
  const { status, json } = await homeward.call('GET', `/FHIR/R4/${query}`);
  if (status !== 200) throw new Error(`answered ${status}: ${JSON.stringify(json)}`);
  return json.total;
}

export const byNhsNumber = (parameter: string, value: string): string =>
  `${parameter}=${encodeURIComponent(`https://fhir.nhs.uk/Id/nhs-number|${value}`)}`;

/** The rules that an OperationOutcome names, with where, in its order. */
export function told(outcome: AnyJson): string[] {
  return (outcome?.issue ?? []).map((issue: AnyJson) =>
    [issue.severity, issue.details?.coding?.[0]?.code, issue.expression?.[0]].filter(Boolean).join(' '),
  );
}

/** How many rows each table holds, but for the record of submissions: to see that nothing was written. */
export async function rowCounts(homeward: Homeward): Promise<Record<string, number>> {
  const tables = await homeward.app.database.query<{ name: string }>({
    text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
      AND tablename !~ '^(schema_migration|submission|audit|ledger|row_lock|server_|signing|assertion)' ORDER BY 1`,
  });
  const counts = await homeward.app.database.query<{ name: string; rows: number }>({
    text: tables
      .map(({ name }) => `SELECT '${name}' AS name, count(*)::int AS rows FROM "${name}"`)
      .join(' UNION ALL '),
  });
  return Object.fromEntries(counts.map(({ name, rows }) => [name, rows]));
}

export async function submissionCount(homeward: Homeward, status: string): Promise<number> {
  const [row] = await homeward.app.database.query<{ rows: number }>(
    { text: 'SELECT count(*)::int AS rows FROM submission WHERE status = $1' },
    [status],
  );
  return row?.rows ?? 0;
}

/** What is kept of a submission, accepted or refused. */
export async function record(homeward: Homeward, submissionId: string): Promise<AnyJson> {
  const [row] = await homeward.app.database.query(
    { text: 'SELECT *, encode(sha256, $2) AS sha256_hex FROM submission WHERE id = $1' },
    [submissionId, 'hex'],
  );
  return row;
}
