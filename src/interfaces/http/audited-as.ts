/**
 * Decides what the audit trail calls a request: the interaction of its route or, if no route supports it, the
 * interaction that it attempted. For example, a DELETE of a patient is recorded as an attempt even though the server
 * does not support it.
 * @see https://hl7.org/fhir/R4/valueset-audit-event-sub-type.html
 */
import type { Audited, Route } from './route';

const tried: Readonly<Record<string, Audited>> = {
  GET: { action: 'R', interaction: 'read' },
  HEAD: { action: 'R', interaction: 'read' },
  POST: { action: 'C', interaction: 'create' },
  PUT: { action: 'U', interaction: 'update' },
  PATCH: { action: 'U', interaction: 'patch' },
  DELETE: { action: 'D', interaction: 'delete' },
};
const OTHER: Audited = { action: 'E', interaction: 'operation' };

/**
 * @param routes the routes of the path, for any method
 * @returns undefined when the path gives no personal data
 */
export function auditedAs(
  method: string,
  route: Pick<Route, 'audit'> | undefined,
  routes: readonly Pick<Route, 'audit'>[],
): Audited | undefined {
  if (route) return route.audit;
  if (routes.length > 0 && routes.every(({ audit }) => audit === undefined)) return undefined;
  return Object.hasOwn(tried, method) ? tried[method] : OTHER;
}
