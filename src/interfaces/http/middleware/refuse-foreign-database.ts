/**
 * A sandbox answers nothing from a database that a secured server has opened since: its tokens are for everybody.
 * `/_ping` and `/_status` go on answering; the second says that nothing can be served.
 * @see docs/decisions/0019-modes.md
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { TAKEN_OVER, type SandboxWatch } from '../../../engines/store/database-mode';
import { operationOutcome } from '../../../fhir/operation-outcome';
import { plainPath } from '../plain-path';

/** @param sandbox asks whose the database is; absent of a secured server, which keeps it */
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
    const [path = ''] = plainPath(request.url).split('?');
    if (path === '/_ping') return next();
    const isProbe = path === '/_status';
    sandbox.isOurs().then(
      (isOurs) => (isOurs || isProbe ? next() : refuse(response)),
      // A database that is away is answered where the request asks it.
      () => next(),
    );
  };
}
