/**
 * The answer to a FHIR message: a message whose header says what became of it. `$process-message` returns it, and MESH
 * reports it to the sender. @see https://hl7.org/fhir/R4/messageheader.html#response
 */
import type { Issue } from '../../fhir/issue';
import { operationOutcome } from '../../fhir/operation-outcome';
import { isObject, isResource, type AnyResource, type JsonObject } from '../../fhir/types';
import type { NewId } from '../../platform/ids';

export type ResponseCode = 'ok' | 'transient-error' | 'fatal-error';

/** The MessageHeader of a message, where there is one. */
export function messageHeaderOf({ entry }: AnyResource): JsonObject | undefined {
  const [first] = Array.isArray(entry) ? entry : [];
  const resource = isObject(first) ? first.resource : undefined;
  return isResource(resource) && resource.resourceType === 'MessageHeader' ? resource : undefined;
}

export interface MessageAnswer {
  /** The MessageHeader that is answered. */
  header: JsonObject | undefined;
  code: ResponseCode;
  issues: readonly Issue[];
  /** Where this server received the message. */
  endpoint: string;
  now: Date;
}

export function responseMessage(
  { header, code, issues, endpoint, now }: MessageAnswer,
  newId: NewId,
): AnyResource {
  const [messageId, headerId, outcomeId] = [newId(), newId(), newId()];
  const source = isObject(header?.source) ? header.source : {};
  const response: JsonObject = {
    resourceType: 'MessageHeader',
    id: headerId,
    ...event(header),
    ...(typeof source.endpoint === 'string' ? { destination: [{ endpoint: source.endpoint }] } : {}),
    source: { name: 'Homeward', endpoint },
    response: {
      identifier: typeof header?.id === 'string' ? header.id : 'unknown',
      code,
      details: { reference: `urn:uuid:${outcomeId}` },
    },
  };
  return {
    resourceType: 'Bundle',
    id: messageId,
    type: 'message',
    timestamp: now.toISOString(),
    entry: [
      { fullUrl: `urn:uuid:${headerId}`, resource: response },
      {
        fullUrl: `urn:uuid:${outcomeId}`,
        resource: operationOutcome(issues, outcomeId) as unknown as JsonObject,
      },
    ],
  } as AnyResource;
}

/** The event of the response is that of the request. */
function event(header: JsonObject | undefined): JsonObject {
  if (isObject(header?.eventCoding)) return { eventCoding: header.eventCoding };
  if (typeof header?.eventUri === 'string') return { eventUri: header.eventUri };
  return { eventUri: 'urn:homeward:message' };
}
