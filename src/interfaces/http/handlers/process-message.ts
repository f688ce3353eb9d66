/**
 * `POST /FHIR/R4/$process-message`: submits a message, and answers with a message whose header gives the result, at once
 * or, with `async=true`, later.
 * @see https://hl7.org/fhir/R4/messageheader-operation-process-message.html
 */
import { operationOutcome } from '../../../fhir/operation-outcome';
import type { AnyResource, JsonObject } from '../../../fhir/types';
import type { Issue } from '../../../fhir/issue';
import { meansDatabaseAway } from '../../../platform/postgres';
import type { PlainHandler } from '../route';
import { type Answer, type RequestContext, Refused } from '../request-context';
import { asMessage } from '../../../use-cases/submitting/accepted-kinds';
import { refuse } from '../../../use-cases/submitting/submit';
import {
  messageHeaderOf,
  responseMessage,
  type ResponseCode,
} from '../../../use-cases/submitting/response-message';
import type { DecodedBundle, Received, Result } from '../../../use-cases/submitting/steps';
import {
  addressOfResponse,
  type AskedLater,
  askedLater,
  type ResponseDependencies,
  responseRow,
} from './answer-later';
import { noteSubmitted, receivedAndDecoded, submitNoted, type SubmitHandlerDependencies } from './submit';

export type MessageDependencies = SubmitHandlerDependencies & ResponseDependencies;

export function processMessageHandler(dependencies: MessageDependencies): PlainHandler {
  return async (context, body) => {
    const later = askedLater(context);
    const { received, decoded } = await receivedAndDecoded(context, body, dependencies, '$process-message');
    const header = decoded.ok ? messageHeaderOf(decoded.value.bundle) : undefined;
    // A message without a header names nobody to answer later: its faults are answered at once.
    if (later && header) return answeredLater(context, { later, received, decoded, header }, dependencies);
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

interface Message {
  later: AskedLater;
  received: Received;
  decoded: Result<DecodedBundle>;
  header: JsonObject;
}

/** Stores the message together with the answer that will be sent. An address that is not allowed refuses the message. */
async function answeredLater(
  context: RequestContext,
  { later, received, decoded, header }: Message,
  dependencies: MessageDependencies,
): Promise<Answer> {
  const address = addressOfResponse(later, header, dependencies);
  if (!address.ok) {
    const bundle = decoded.ok ? decoded.value.bundle : undefined;
    const refusal = await refuse(received, address.failure, dependencies, bundle);
    noteSubmitted(context, refusal);
    throw new Refused(address.failure);
  }
  const alongside = responseRow(address.url, header, context, dependencies);
  const submitted = await submitNoted(context, { ...received, alongside }, decoded, asMessage, dependencies);
  const submissionId = submitted.ok ? submitted.receipt.submissionId : submitted.refusal.submissionId;
  const issue: Issue = {
    severity: 'information',
    code: 'informational',
    rule: 'message-answered-later',
    text: 'The message is stored. Its answer is sent to the address for responses.',
  };
  return {
    status: 202,
    headers: { 'X-Submission-ID': submissionId },
    resource: operationOutcome([issue]) as unknown as AnyResource,
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
