/**
 * `POST /FHIR/R4/$process-message`: submits a message, and answers with a message whose header gives the result.
 * @see https://hl7.org/fhir/R4/messageheader-operation-process-message.html
 */
import type { JsonObject } from '../../../fhir/types';
import type { Issue } from '../../../fhir/issue';
import { meansDatabaseAway } from '../../../platform/postgres';
import type { PlainHandler } from '../route';
import { type Answer, type RequestContext, Refused } from '../request-context';
import { asMessage } from '../../../use-cases/submitting/accepted-kinds';
import {
  messageHeaderOf,
  responseMessage,
  type ResponseCode,
} from '../../../use-cases/submitting/response-message';
import { receivedAndDecoded, submitNoted, type SubmitHandlerDependencies } from './submit';

export function processMessageHandler(dependencies: SubmitHandlerDependencies): PlainHandler {
  return async (context, body) => {
    const { received, decoded } = receivedAndDecoded(context, body, dependencies, '$process-message');
    const header = decoded.ok ? messageHeaderOf(decoded.value.bundle) : undefined;
    try {
      const submitted = await submitNoted(context, received, decoded, asMessage, dependencies);
      if (submitted.ok) {
        const { receipt } = submitted;
        return answer(context, dependencies, header, {
          code: 'ok',
          issues: receipt.issues,
          headers: { 'X-Submission-ID': receipt.submissionId },
        });
      }
      const { failure, submissionId } = submitted.refusal;
      // A message without a header cannot be answered with a message.
      if (!header || failure.category === 'unreadable') throw new Refused(failure);
      return answer(context, dependencies, header, {
        code: 'fatal-error',
        issues: failure.issues,
        headers: { 'X-Submission-ID': submissionId },
      });
    } catch (error) {
      if (!header || !meansDatabaseAway(error)) throw error;
      const issue: Issue = {
        severity: 'error',
        code: 'transient',
        rule: 'http-unavailable',
        text: 'The database is not available at the moment. Send the same message again soon. The server does not store it twice.',
      };
      return {
        ...answer(context, dependencies, header, {
          code: 'transient-error',
          issues: [issue],
          headers: { 'Retry-After': '2' },
        }),
        status: 503,
      };
    }
  };
}

function answer(
  context: RequestContext,
  { newId }: Pick<SubmitHandlerDependencies, 'newId'>,
  header: JsonObject | undefined,
  {
    code,
    issues,
    headers,
  }: { code: ResponseCode; issues: readonly Issue[]; headers: Record<string, string> },
): Answer {
  const endpoint = `${context.fhirBase}/$process-message`;
  return {
    status: 200,
    headers,
    resource: responseMessage({ header, code, issues, endpoint, now: context.now }, newId),
  };
}
