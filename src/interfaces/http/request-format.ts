/** The format of a request's body by its Content-Type; anything but FHIR's is refused (415). */
import type { Request } from 'express';
import { requestFormat } from '../../fhir/media-type';
import { type Format, refused } from './request-context';

export function bodyFormatOf(request: Request): Format {
  const format = requestFormat(request.headers['content-type']);
  if (format !== undefined) return format;
  throw refused(
    'unsupported-media-type',
    {
      code: 'not-supported',
      rule: 'http-content-type',
      text: 'The Content-Type is not supported. Send application/fhir+json or application/fhir+xml (UTF-8, FHIR 4.0). The server also accepts application/json and application/xml.',
    },
    { 'Accept-Post': 'application/fhir+json, application/fhir+xml' },
  );
}
