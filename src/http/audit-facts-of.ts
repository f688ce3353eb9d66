/** What the audit trail is told of a request over HTTP: from the request itself, and from what its handler noted. */
import type { AuditFacts } from '../auditing/audit-facts';
import { nhsNumbersIn } from '../auditing/nhs-numbers-in';
import type { Exchange } from './exchange';
import type { Audited } from './route';

export function auditFactsOf(audited: Audited, exchange: Exchange, status: number): AuditFacts {
  const { request, audit, requestId, baseUrl } = exchange;
  const caller = exchange.caller ?? audit.client;
  const mark = request.originalUrl.indexOf('?');
  const path = mark < 0 ? request.originalUrl : request.originalUrl.slice(0, mark);
  const query = audit.query ?? textOf(exchange.query);
  const named = nhsNumbersIn([decoded(path), query]);
  for (const number of audit.nhsNumbers) named.add(number);
  return {
    action: audited.action,
    interaction: audit.interaction ?? audited.interaction,
    status,
    requestId,
    observer: baseUrl,
    target: `${request.method} ${path}`,
    patients: audit.patients,
    nhsNumbers: named,
    resources: audit.resources,
    ...(caller ? { caller } : {}),
    ...(audit.client?.proven === false ? { unproven: true } : {}),
    ...(exchange.address === undefined ? {} : { address: exchange.address }),
    ...(query === '' ? {} : { query }),
    ...(audit.submissionId === undefined ? {} : { submissionId: audit.submissionId }),
    ...(audit.breakGlass === undefined ? {} : { breakGlass: audit.breakGlass }),
  };
}

/** A query as an auditor reads it: decoded. */
export function textOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
