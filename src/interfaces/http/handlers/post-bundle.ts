/**
 * `POST /FHIR/R4`: accepts a Bundle of any type. A batch is split into its entries; every other type is one submission.
 */
import { atTheBase } from '../../../use-cases/submitting/accepted-kinds';
import { outOfScope } from '../refusals';
import type { PlainHandler } from '../route';
import { batch, type BatchDependencies } from './batch';
import { answerOf, receivedAndDecoded, submitNoted } from './submit';

/** Only a body that has the word can be a batch. */
export const mayBeBatch = (body: Buffer): boolean => body.includes('batch');

/** The route has checked that the caller may submit or read something, which is enough for a batch of reads. */
export function baseHandler(dependencies: BatchDependencies): PlainHandler {
  return async (context, body) => {
    const maySubmit = context.caller!.scopes.allows('Bundle', 'c');
    // The refusal is recorded with the patients in the body, and the body is not stored.
    if (!maySubmit && !mayBeBatch(body)) throw outOfScope('Bundle', 'c');
    const { received, decoded } = await receivedAndDecoded(context, body, dependencies);
    if (decoded.ok && decoded.value.kind === 'batch')
      return batch(context, { received, ...decoded.value }, dependencies);
    if (!maySubmit) throw outOfScope('Bundle', 'c');
    const submitted = await submitNoted(context, received, decoded, atTheBase, dependencies);
    return answerOf(context, submitted, decoded, dependencies);
  };
}
