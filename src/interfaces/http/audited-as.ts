/**
 * What the audit trail calls a request: what its route says; and where no route takes it, what it tried. A DELETE of a
 * patient that is not offered is an attempt all the same.
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
 * @param routes those of the path, whatever their method
 * @returns undefined where nothing personal lies at the path
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
