/**
 * `POST /FHIR/R4`: whatever Bundle is sent. A batch is taken apart here; every other type goes the one way of a
 * submission.
 */
import { nhsNumbersInBody } from '../../../use-cases/auditing/nhs-numbers-in';
import { atTheBase } from '../../../use-cases/submitting/accepted-kinds';
import { decode } from '../../../use-cases/submitting/decode';
import type { RequestContext } from '../request-context';
import { outOfScope } from '../refusals';
import type { PlainHandler } from '../route';
import { batch, type BatchDependencies } from './batch';
import { answerOf, receivedFrom, submitNoted, type SubmitHandlerDependencies } from './submit';

/** Only a body that has the word can be a batch. */
export const mayBeBatch = (body: Buffer): boolean => body.includes('batch');

/** The route has asked that the caller may submit or read something; a batch of reads takes no more. */
export function baseHandler(dependencies: BatchDependencies): PlainHandler {
  return async (context, body) => {
    const maySubmit = context.caller!.scopes.allows('Bundle', 'c');
    if (!maySubmit && !mayBeBatch(body)) throw refusedUnkept(context, body, dependencies);
    const received = receivedFrom(context, body, dependencies);
    const decoded = decode(received);
    if (decoded.ok && decoded.value.kind === 'batch')
      return batch(context, { received, ...decoded.value }, dependencies);
    if (!maySubmit) throw refusedUnkept(context, body, dependencies);
    const submitted = await submitNoted(context, received, decoded, atTheBase, dependencies);
    return answerOf(context, submitted, dependencies);
  };
}

/** As far as a refused body is looked through. */
const MOST_LOOKED_THROUGH = 1024 * 1024;

/** Refused for its scope: on record with whom it was about, and not kept. */
function refusedUnkept(
  { note }: RequestContext,
  body: Buffer,
  { definitions }: Pick<SubmitHandlerDependencies, 'definitions'>,
): Error {
  const text = body.subarray(0, MOST_LOOKED_THROUGH).toString('utf8');
  note({ nhsNumbers: nhsNumbersInBody(text, definitions.patients) });
  return outOfScope('Bundle', 'c');
}
