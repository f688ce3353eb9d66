/**
 * `POST /FHIR/R4/$process-message`: submits a message, and answers with a message whose header gives the result.
 * @see https://hl7.org/fhir/R4/messageheader-operation-process-message.html
 */
import { operationOutcome } from '../../../fhir/operation-outcome';
import { isObject, isResource, type AnyResource, type JsonObject } from '../../../fhir/types';
import type { Issue } from '../../../fhir/issue';
import { meansDatabaseAway } from '../../../platform/postgres';
import type { PlainHandler } from '../route';
import { type Answer, type RequestContext, Refused } from '../request-context';
import { asMessage } from '../../../use-cases/submitting/accepted-kinds';
import { decode } from '../../../use-cases/submitting/decode';
import { receivedFrom, submitNoted, type SubmitHandlerDependencies } from './submit';

type ResponseCode = 'ok' | 'transient-error' | 'fatal-error';

export function processMessageHandler(dependencies: SubmitHandlerDependencies): PlainHandler {
  return async (context, body) => {
    const received = receivedFrom(context, body, dependencies, '$process-message');
    const decoded = decode(received);
    const header = decoded.ok ? headerOf(decoded.value.bundle) : undefined;
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

/** The MessageHeader of the request, where there is one. */
function headerOf({ entry }: AnyResource): JsonObject | undefined {
  const [first] = Array.isArray(entry) ? entry : [];
  const resource = isObject(first) ? first.resource : undefined;
  return isResource(resource) && resource.resourceType === 'MessageHeader' ? resource : undefined;
}

/** @see https://hl7.org/fhir/R4/messageheader.html#response */
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
  const [messageId, headerId, outcomeId] = [newId(), newId(), newId()];
  const source = isObject(header?.source) ? header.source : {};
  const response: JsonObject = {
    resourceType: 'MessageHeader',
    id: headerId,
    ...event(header),
    ...(typeof source.endpoint === 'string' ? { destination: [{ endpoint: source.endpoint }] } : {}),
    source: { name: 'Homeward', endpoint: `${context.fhirBase}/$process-message` },
    response: {
      identifier: typeof header?.id === 'string' ? header.id : 'unknown',
      code,
      details: { reference: `urn:uuid:${outcomeId}` },
    },
  };
  return {
    status: 200,
    headers,
    resource: {
      resourceType: 'Bundle',
      id: messageId,
      type: 'message',
      timestamp: context.now.toISOString(),
      entry: [
        { fullUrl: `urn:uuid:${headerId}`, resource: response },
        {
          fullUrl: `urn:uuid:${outcomeId}`,
          resource: operationOutcome(issues, outcomeId) as unknown as JsonObject,
        },
      ],
    } as AnyResource,
  };
}

/** The event of the response is that of the request. */
function event(header: JsonObject | undefined): JsonObject {
  if (isObject(header?.eventCoding)) return { eventCoding: header.eventCoding };
  if (typeof header?.eventUri === 'string') return { eventUri: header.eventUri };
  return { eventUri: 'urn:homeward:message' };
}
