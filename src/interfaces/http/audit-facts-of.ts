/** What the audit trail is told of a request over HTTP: from the request itself, and from what its handler noted. */
import type { AuditFacts } from '../../use-cases/auditing/audit-facts';
import { decodeEscapes } from '../../platform/decode-escapes';
import { nhsNumbersIn } from '../../use-cases/auditing/nhs-numbers-in';
import { idsIn } from '../../engines/store/owners';
import type { RequestContext } from './request-context';
import type { Audited } from './route';
import { withoutSecrets } from './without-secrets';

/** Characters of the path and of the query that are kept of who has shown no token: strangers must not fill the disk. */
const MOST_OF_A_STRANGER = 256;

/** Patients, by number and by id, that the record of a refused request names: nothing was told of any of them. */
const MOST_OF_A_REFUSAL = 200;
/** Characters of the query of a refused request: as many as a URL may have. */
const MOST_OF_A_REFUSED_QUERY = 20_000;

/** True of who has shown neither a good token nor a good assertion. */
export function isStranger({ caller, audit }: RequestContext): boolean {
  return caller === undefined && audit.client?.proven !== true;
}

export function auditFactsOf(audited: Audited, context: RequestContext, status: number): AuditFacts {
  const { request, audit, requestId, baseUrl } = context;
  const caller = context.caller ?? audit.client;
  const url = audit.url ?? request.originalUrl;
  const mark = url.indexOf('?');
  const wholePath = withoutSecrets(mark < 0 ? url : url.slice(0, mark));
  const asked =
    context.query.length > 0 || mark < 0 ? textOf(context.query) : decodeEscapes(url.slice(mark + 1));
  const mostOfQuery = status < 400 ? undefined : MOST_OF_A_REFUSED_QUERY;
  const [ofPath, ofQuery] = isStranger(context)
    ? [MOST_OF_A_STRANGER, MOST_OF_A_STRANGER]
    : [undefined, mostOfQuery];
  const path = wholePath.slice(0, ofPath);
  const query = withoutSecrets(asked).slice(0, ofQuery);
  const texts = [decodeEscapes(path), query];
  const most = status < 400 ? Infinity : MOST_OF_A_REFUSAL;
  const nhsNumbers = upTo(most, audit.nhsNumbers, nhsNumbersIn(texts));
  const patients = upTo(most, audit.patients, patientsNamedIn(texts));
  return {
    action: audited.action,
    interaction: audit.interaction ?? audited.interaction,
    status,
    requestId,
    observer: baseUrl,
    target: `${audit.method ?? request.method} ${path}`,
    patients: patients.some,
    nhsNumbers: nhsNumbers.some,
    ...(patients.isAll && nhsNumbers.isAll
      ? {}
      : { remark: `HTTP ${status}; it named more patients than the first ${most}, which are recorded here` }),
    resources: audit.resources,
    ...(caller ? { caller } : {}),
    ...(audit.client?.proven === false ? { unproven: true } : {}),
    ...(context.address === undefined ? {} : { address: context.address }),
    ...(query === '' ? {} : { query }),
    ...(audit.submissionId === undefined ? {} : { submissionId: audit.submissionId }),
    ...(audit.breakGlass === undefined ? {} : { breakGlass: audit.breakGlass }),
  };
}

/** The first of them, each once. */
function upTo(most: number, ...lists: Iterable<string>[]): { some: Set<string>; isAll: boolean } {
  const some = new Set<string>();
  for (const list of lists)
    for (const each of list) {
      if (some.size >= most && !some.has(each)) return { some, isAll: false };
      some.add(each);
    }
  return { some, isAll: true };
}

/** The server's ids that a request names in its path or query, and whose patients its handler has not named. */
export function idsAskedFor({ request, audit, query }: RequestContext): string[] {
  const isNamed = audit.patients.size > 0;
  const shown = new Set(isNamed ? audit.resources.map((reference) => reference.split('/')[1]) : []);
  const texts = [decodeEscapes(audit.url ?? request.originalUrl), textOf(query)];
  return idsIn(texts).filter((id) => !shown.has(id) && !audit.patients.has(id));
}

/** A query as an auditor reads it: decoded. */
export function textOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const NAMED_PATIENT = new RegExp(`(?:Patient/|(?:^|[&\\n.])(?:patient|subject)(?::Patient)?=)(${ID})`, 'gi');

/** The patients that were asked for by their ids, found or not, seen or not: each is whom the attempt was about. */
function* patientsNamedIn(texts: readonly string[]): Generator<string> {
  for (const text of texts) for (const [, id = ''] of text.matchAll(NAMED_PATIENT)) yield id.toLowerCase();
}
