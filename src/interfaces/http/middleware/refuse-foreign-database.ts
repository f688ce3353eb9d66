/**
 * Stops a sandbox from answering from a database that a secured server has opened since, because anyone can get a
 * sandbox token. `/_ping` and `/_status` still answer; the second says that nothing can be served.
 * @see docs/decisions/0019-modes.md
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { TAKEN_OVER, type SandboxWatch } from '../../../engines/store/database-mode';
import { operationOutcome } from '../../../fhir/operation-outcome';
import { plainPath } from '../plain-path';

/** @param sandbox watches who has opened the database; absent for a secured server */
export function whileOurs(sandbox: SandboxWatch | undefined): RequestHandler {
  if (sandbox === undefined) return (_request, _response, next) => next();
  const refuse = (response: Response): void => {
    const outcome = operationOutcome([
      { severity: 'error', code: 'transient', rule: 'sandbox-taken-over', text: TAKEN_OVER },
    ]);
    response
      .writeHead(503, { 'Retry-After': '60', 'Content-Type': 'application/fhir+json; charset=utf-8' })
      .end(JSON.stringify(outcome));
  };
  return (request: Request, response: Response, next: NextFunction) => {
    if (sandbox.isKnownOurs()) return next();
    const [path = ''] = plainPath(request.url).split('?');
    if (path === '/_ping') return next();
    const isProbe = path === '/_status';
    sandbox.isOurs().then(
      (isOurs) => (isOurs || isProbe ? next() : refuse(response)),
      // If the database is not available, the request fails when it uses it.
      () => next(),
    );
  };
}
