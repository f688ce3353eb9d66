/**
 * Writes an answer: in the format that the caller accepts, with the headers that all personal data needs.
 */
import type { Response } from 'express';
import { stringify } from '../../fhir/decimal';
import { readStored } from '../../fhir/json';
import type { AnyResource } from '../../fhir/types';
import { writeXml } from '../../fhir/xml/write-xml';
import type { Answer, Format } from './request-context';
import type { Rendering } from './rendering';
import { send, streamOf } from './stream';

const mediaTypes: Record<Format, string> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
};

/** @throws when a stream fails; if it failed at its beginning, nothing has been sent */
export async function respond(response: Response, answer: Answer, rendering: Rendering): Promise<void> {
  if (answer.stream) {
    await send(response, answer, streamOf(answer, answer.stream, rendering), rendering.withBody);
    return;
  }
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.cookies) response.setHeader('Set-Cookie', answer.cookies);
  const rendered = render(answer, rendering);
  if (rendered === undefined) {
    response.end();
    return;
  }
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', rendered.contentType);
  if (!response.hasHeader('Content-Length')) response.setHeader('Content-Length', rendered.body.length);
  response.end(rendering.withBody ? rendered.body : undefined);
}

/**
 * Renders the answer if it has at most `maxBytes`; otherwise renders its smaller alternative.
 * @returns undefined when neither fits
 */
export function within(answer: Answer, rendering: Rendering, maxBytes: number): Answer | undefined {
  if (answer.stream) return answer;
  const bytes = render(answer, rendering);
  if (bytes === undefined) return answer;
  const { status, headers = {}, cookies, otherwise } = answer;
  if (bytes.body.length <= maxBytes) return { status, headers, ...(cookies ? { cookies } : {}), bytes };
  return otherwise;
}

/** @returns undefined where there is nothing to write */
export function render(
  answer: Answer,
  { format, pretty }: Rendering,
): { contentType: string; body: Buffer } | undefined {
  if (answer.bytes) return answer.bytes;
  if (answer.json === undefined && answer.resource === undefined) return undefined;
  if (format === 'json') {
    const text =
      answer.json !== undefined && !pretty
        ? answer.json
        : stringify(resourceOf(answer), pretty ? 2 : undefined);
    return { contentType: mediaTypes.json, body: Buffer.from(pretty ? `${text}\n` : text) };
  }
  return { contentType: mediaTypes.xml, body: Buffer.from(writeXml(resourceOf(answer), { pretty })) };
}

/** The answer as a value, parsed if it is text. The server wrote the text, so text that cannot be parsed is a bug. */
function resourceOf(answer: Answer): AnyResource {
  if (answer.resource) return answer.resource;
  const resource = readStored(answer.json ?? '');
  if (resource === undefined) throw new Error('an answer is not JSON');
  return resource as AnyResource;
}
