/** Decides how a failure is presented: an OperationOutcome, an OAuth error, or a page where a person asks. */
import type { Request } from 'express';
import { prefers } from '../../fhir/media-type';
import type { FaultFormat, Route } from './route';

/** @param routes the routes of the path, for any method */
export function faultFormatOf(
  { path, headers }: Pick<Request, 'path' | 'headers'>,
  routes: readonly Pick<Route, 'faults'>[],
): FaultFormat {
  const given = routes.find(({ faults }) => faults !== undefined)?.faults;
  if (given !== undefined) return given;
  if (routes.length > 0 || path.startsWith('/FHIR/')) return 'fhir';
  const isPage =
    path.startsWith('/console/') || prefers('text/html', 'application/fhir+json', headers.accept);
  return isPage ? 'page' : 'fhir';
}
