/** The parameters of a search, and the HTTP parameters that only occur in the links of its pages. */
import { responseFormat } from '../../fhir/media-type';
import { refused, type RequestContext } from './request-context';

type Pairs = readonly (readonly [string, string])[];

/** Parameters of HTTP, not of the search. */
const aboutTheAnswer = new Set(['_format', '_pretty']);

export const searchParameters = (query: Pairs): { params: Pairs; inLinks: Pairs } => ({
  params: query.filter(([name]) => !aboutTheAnswer.has(name)),
  inLinks: query.filter(([name]) => aboutTheAnswer.has(name)),
});

/** Checks `_format` in the form of a POST, which was not yet known when Accept was read. @throws Refused (406) */
export function refuseUnknownFormat({ request, query }: Pick<RequestContext, 'request' | 'query'>): void {
  const format = query.find(([name]) => name === '_format')?.[1];
  if (responseFormat(request.headers.accept, format)) return;
  throw refused('not-acceptable', {
    code: 'not-supported',
    rule: 'http-accept',
    text: 'The _format is not supported. Send json or xml.',
  });
}
