/**
 * Asynchronous messages: `$process-message?async=true&response-url=…` is answered 202, and the answer to the message is
 * sent afterwards, through the outbox, to an address that `RESPONSE_URLS` allows. Without `response-url` it is sent to
 * `MessageHeader.source.endpoint`, as FHIR says.
 * @see https://hl7.org/fhir/R4/messageheader-operation-process-message.html
 * @see docs/exchange.md
 */
import { isObject, type JsonObject } from '../../../fhir/types';
import { writeXml } from '../../../fhir/xml/write-xml';
import { deliveryRow } from '../../../use-cases/forwarding/outbox';
import { responseMessage } from '../../../use-cases/submitting/response-message';
import type { Alongside, Failure } from '../../../use-cases/submitting/steps';
import { badParameter } from '../operations/bad-parameter';
import type { RequestContext } from '../request-context';

export interface ResponseDependencies {
  newId: () => string;
  /** The addresses that answers may be sent to. */
  responseUrls: readonly string[];
  /** The queue of the outbox for such an address. */
  responseQueue: (url: string) => string;
}

export interface AskedLater {
  /** Where the sender wants the answer; undefined for the address in the message. */
  url: string | undefined;
}

/** @returns undefined for a message that is answered at once. @throws Refused for a parameter that cannot be read */
export function askedLater({ query }: Pick<RequestContext, 'query'>): AskedLater | undefined {
  const of = (name: string): string | undefined => {
    const values = query.filter(([given]) => given === name).map(([, value]) => value);
    if (values.length > 1) throw badParameter(name, 'it appears more than once. Send it once');
    return values[0];
  };
  const isAsync = of('async') ?? 'false';
  if (isAsync !== 'true' && isAsync !== 'false') throw badParameter('async', 'send true or false');
  const url = of('response-url');
  return isAsync === 'true' ? { url } : undefined;
}

export type ResponseAddress = { ok: true; url: string } | { ok: false; failure: Failure };

/** Where the answer goes: only to an address that the site allows, compared character by character. */
export function addressOfResponse(
  { url }: AskedLater,
  header: JsonObject,
  { responseUrls }: Pick<ResponseDependencies, 'responseUrls'>,
): ResponseAddress {
  const source = isObject(header.source) ? header.source.endpoint : undefined;
  const wanted = url ?? (typeof source === 'string' ? source : undefined);
  if (wanted !== undefined && responseUrls.includes(wanted)) return { ok: true, url: wanted };
  const text =
    url === undefined
      ? 'The answer to this message cannot be sent later, because the site does not allow MessageHeader.source.endpoint as an address. Name an allowed address in response-url, or send the message without async=true.'
      : 'The site does not allow the address in response-url. Ask the operator to add it to RESPONSE_URLS, or send the message without async=true.';
  return {
    ok: false,
    failure: {
      category: 'forbidden',
      issues: [
        {
          severity: 'error',
          code: 'forbidden',
          rule: 'message-response-url',
          text,
          ...(url === undefined ? { expression: 'Bundle.entry[0].resource.source.endpoint' } : {}),
        },
      ],
    },
  };
}

/** The answer to the message as a delivery, which is written together with the submission. */
export function responseRow(
  url: string,
  header: JsonObject,
  { fhirBase, now }: Pick<RequestContext, 'fhirBase' | 'now'>,
  { newId, responseQueue }: ResponseDependencies,
): Alongside {
  return ({ submissionId, received, status, end, issues }) => {
    if (end === 'unreadable') return [];
    const code = status === 'refused' ? 'fatal-error' : 'ok';
    const endpoint = `${fhirBase}/$process-message`;
    const message = responseMessage({ header, code, issues, endpoint, now }, newId);
    const { format } = received;
    const text = format === 'xml' ? writeXml(message) : JSON.stringify(message);
    return [
      deliveryRow(
        {
          name: responseQueue(url),
          submission: submissionId,
          payload: { bytes: Buffer.from(text), contentType: `application/fhir+${format}` },
        },
        { newId, now: () => now },
      ),
    ];
  };
}
