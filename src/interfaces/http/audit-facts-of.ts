/** Makes the audit facts of an HTTP request or of an entry of a batch: what was requested, and what was disclosed. */
import { UUID } from '../../fhir/uuid';
import type { Caller } from '../../engines/access/caller';
import { idsIn } from '../../engines/store/owners';
import { NOTHING_SHOWN, type AuditFacts } from '../../use-cases/auditing/audit-facts';
import { decodeEscapes } from '../../platform/decode-escapes';
import { nhsNumbersIn } from '../../use-cases/auditing/nhs-numbers-in';
import type { Disclosed } from '../../use-cases/call/disclosed';
import type { RequestContext } from './request-context';
import type { RequestNotes } from './request-notes';
import type { Audited } from './route';
import { withoutSecrets } from './without-secrets';

/** One request, or one entry of a batch, as the audit trail records it. */
export interface AuditedRequest {
  audited: Audited;
  requestId: string;
  baseUrl: string;
  method: string;
  /** Path and query. */
  url: string;
  /** The parameters. If they could not be read, the query of `url` is recorded as received. */
  query: readonly (readonly [string, string])[];
  caller: Caller | undefined;
  address?: string;
  notes: RequestNotes;
}

/** The result of the request. */
export interface AuditedAnswer {
  status: number;
  disclosed: Disclosed;
}

export const auditedRequestOf = (
  audited: Audited,
  { request, requestId, baseUrl, query, caller, address, notes }: RequestContext,
): AuditedRequest => ({
  audited,
  requestId,
  baseUrl,
  method: request.method,
  url: request.originalUrl,
  query,
  caller,
  ...(address === undefined ? {} : { address }),
  notes,
});

/**
 * Characters of the path and of the query that are recorded for unauthenticated requests, so that they cannot fill the
 * disk.
 */
const MOST_OF_A_STRANGER = 256;

/**
 * The most patients, by number and by id, that the record of a refused request names. The refusal disclosed nothing
 * about them.
 */
const MOST_OF_A_REFUSAL = 200;
/** Characters of the query of a refused request: as many as a URL may have. */
const MOST_OF_A_REFUSED_QUERY = 20_000;

/** True when the caller has shown neither a valid token nor a valid assertion. */
export function isStranger({ caller, notes }: AuditedRequest): boolean {
  return caller === undefined && notes.client?.proven !== true;
}

/** @param owners the patients that own the ids in the request */
export function auditFactsOf(
  asked: AuditedRequest,
  { status, disclosed }: AuditedAnswer,
  owners: Iterable<string>,
): AuditFacts {
  const { audited, requestId, baseUrl, method, address, notes } = asked;
  const caller = asked.caller ?? notes.client;
  const { path, query, whole } = textsOf(asked, status);
  const texts = [decodeEscapes(path), whole];
  const most = status < 400 ? Infinity : MOST_OF_A_REFUSAL;
  const asking = disclosed.conditions;
  const numbers = upTo(most, notes.nhsNumbers, disclosed.nhsNumbers, nhsNumbersIn([...texts, ...asking]));
  const patients = upTo(most, disclosed.patients, owners, patientsNamedIn([...texts, ...asking]));
  return {
    action: audited.action,
    interaction: notes.interaction ?? audited.interaction,
    status,
    requestId,
    observer: baseUrl,
    target: `${method} ${path}`,
    patients: patients.some,
    nhsNumbers: numbers.some,
    ...(patients.isAll && numbers.isAll
      ? {}
      : { remark: `HTTP ${status}; it named more patients, and only the first ${most} are recorded here` }),
    ...(status < 400 && disclosed.isEmpty === true ? { remark: NOTHING_SHOWN } : {}),
    resources: disclosed.resources,
    ...(caller ? { caller } : {}),
    ...(notes.client?.proven === false ? { unproven: true } : {}),
    ...(address === undefined ? {} : { address }),
    ...(query === '' ? {} : { query }),
    ...(notes.submissionId === undefined ? {} : { submissionId: notes.submissionId }),
    ...(notes.breakGlass === undefined ? {} : { breakGlass: notes.breakGlass }),
  };
}

/**
 * Path and query without secrets, and shortened for unauthenticated and refused requests. The patients of a caller's
 * request are looked for in the whole of the query.
 */
function textsOf(asked: AuditedRequest, status: number): { path: string; query: string; whole: string } {
  const { url, query } = asked;
  const mark = url.indexOf('?');
  const path = withoutSecrets(mark < 0 ? url : url.slice(0, mark));
  const text = withoutSecrets(
    query.length > 0 || mark < 0 ? textOf(query) : decodeEscapes(url.slice(mark + 1)),
  );
  if (isStranger(asked)) {
    const short = text.slice(0, MOST_OF_A_STRANGER);
    return { path: path.slice(0, MOST_OF_A_STRANGER), query: short, whole: short };
  }
  return { path, query: status < 400 ? text : text.slice(0, MOST_OF_A_REFUSED_QUERY), whole: text };
}

/** The first `most` values, each once. */
function upTo(most: number, ...lists: Iterable<string>[]): { some: Set<string>; isAll: boolean } {
  const some = new Set<string>();
  for (const list of lists)
    for (const each of list) {
      if (some.size >= most && !some.has(each)) return { some, isAll: false };
      some.add(each);
    }
  return { some, isAll: true };
}

/** The server ids in the path or query whose patients the answer does not name. */
export function idsAskedFor(
  { url, query, notes }: AuditedRequest,
  { patients, resources }: Disclosed,
): string[] {
  const shown = new Set(patients.length > 0 ? resources.map((reference) => reference.split('/')[1]) : []);
  const known = new Set(patients);
  const named = [...idsIn([decodeEscapes(url), textOf(query)]), ...notes.ids];
  return named.filter((id) => !shown.has(id) && !known.has(id));
}

/** A query as an auditor reads it: decoded. */
export function textOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

const NAMED_PATIENT = new RegExp(
  `(?:Patient/|(?:^|[&\\n.])(?:patient|subject)(?::Patient)?=)(${UUID})`,
  'gi',
);

/** The patients that the request names by id, whether or not they exist or the caller may see them. */
function* patientsNamedIn(texts: readonly string[]): Generator<string> {
  for (const text of texts) for (const [, id = ''] of text.matchAll(NAMED_PATIENT)) yield id.toLowerCase();
}
