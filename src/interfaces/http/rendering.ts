/** The format that a caller requests: by `Accept`, `_format` and `_pretty`. */
import { responseFormat } from '../../fhir/media-type';
import type { RequestContext, Format } from './request-context';

export interface Rendering {
  format: Format;
  pretty: boolean;
  /** False for HEAD: the headers alone. */
  withBody: boolean;
}

export function renderingOf(context: Pick<RequestContext, 'request' | 'query'>): Rendering {
  return {
    format: formatOf(context) ?? 'json',
    pretty: isPretty(context),
    withBody: context.request.method !== 'HEAD',
  };
}

/** Undefined when the server supports no format that the caller accepts. */
export function formatOf({ request, query }: Pick<RequestContext, 'request' | 'query'>): Format | undefined {
  const wished = query.find(([name]) => name === '_format')?.[1];
  return responseFormat(request.headers.accept, wished)?.format;
}

export function isPretty({ query }: Pick<RequestContext, 'query'>): boolean {
  return query.some(([name, value]) => name === '_pretty' && value !== 'false');
}
