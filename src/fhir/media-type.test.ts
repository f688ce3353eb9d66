import { ownOrFhir, requestFormat, responseFormat } from './media-type';

describe('requestFormat', () => {
  it.each([
    ['application/fhir+json', 'json'],
    ['application/json', 'json'],
    ['text/json', 'json'],
    ['application/fhir+xml', 'xml'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['Application/FHIR+JSON; charset=UTF-8', 'json'],
    ['application/fhir+json;charset="utf-8";fhirVersion=4.0', 'json'],
    ['application/fhir+json; charset=US-ASCII', 'json'],
    ['application/fhir+json; fhirVersion=4.0.1; version=1.2.0', 'json'],
    ['application/fhir+xml;fhirVersion=4.0', 'xml'],
    ['application/fhir+json; fhirVersion=3.0', undefined],
    ['application/fhir+json; charset=iso-8859-1', undefined],
    ['text/html', undefined],
    ['text/plain', undefined],
    ['application/octet-stream', undefined],
    ['*/*', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads a body of %s as %s', (contentType, format) => {
    expect(requestFormat(contentType)).toBe(format);
  });
});

describe('responseFormat', () => {
  it.each([
    [undefined, 'json', 'application/fhir+json'],
    ['', 'json', 'application/fhir+json'],
    ['*/*', 'json', 'application/fhir+json'],
    ['application/*', 'json', 'application/fhir+json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json', 'application/fhir+json'],
    ['application/fhir+xml', 'xml', 'application/fhir+xml'],
    ['application/xml', 'xml', 'application/xml'],
    ['application/json', 'json', 'application/json'],
    ['text/xml', 'xml', 'text/xml'],
    ['application/fhir+xml, application/fhir+json', 'xml', 'application/fhir+xml'],
    ['application/fhir+json;q=0.5, application/fhir+xml;q=0.9', 'xml', 'application/fhir+xml'],
    ['*/*, application/fhir+xml', 'xml', 'application/fhir+xml'],
    ['application/fhir+json;q=0, application/fhir+xml;q=0.1', 'xml', 'application/fhir+xml'],
    ['application/fhir+json;q=0, */*', 'xml', 'application/fhir+xml'],
    ['application/pdf, application/fhir+json;q=0.1', 'json', 'application/fhir+json'],
    ['application/fhir+json; fhirVersion=4.0; version=1', 'json', 'application/fhir+json'],
    ['application/fhir+json; fhirVersion=5.0, application/fhir+xml', 'xml', 'application/fhir+xml'],
    ['application/fhir+json; profile="a,b;c"', 'json', 'application/fhir+json'],
  ])('answers Accept: %s in %s', (accept, format, mediaType) => {
    expect(responseFormat(accept, undefined)).toEqual({ format, mediaType });
  });

  it.each([
    ['application/pdf'],
    ['text/turtle'],
    ['application/fhir+json; fhirVersion=3.0'],
    ['application/fhir+json;q=0'],
    ['application/fhir+json;q=high'],
  ])('has nothing for Accept: %s', (accept) => {
    expect(responseFormat(accept, undefined)).toBeUndefined();
  });

  it.each([
    ['json', { format: 'json', mediaType: 'application/fhir+json' }],
    ['XML', { format: 'xml', mediaType: 'application/fhir+xml' }],
    ['application/fhir+xml', { format: 'xml', mediaType: 'application/fhir+xml' }],
    ['application/fhir xml', { format: 'xml', mediaType: 'application/fhir+xml' }],
    ['application/json', { format: 'json', mediaType: 'application/json' }],
    ['text/xml', { format: 'xml', mediaType: 'text/xml' }],
    ['*/*', { format: 'json', mediaType: 'application/fhir+json' }],
    ['text/html', { format: 'json', mediaType: 'application/fhir+json' }],
    ['ttl', undefined],
    ['constructor', undefined],
  ])('lets _format=%s decide, whatever is accepted', (_format, expected) => {
    expect(responseFormat('application/pdf', _format)).toEqual(expected);
  });

  it('reads an empty _format as none', () => {
    expect(responseFormat('application/fhir+xml', '')).toEqual({
      format: 'xml',
      mediaType: 'application/fhir+xml',
    });
  });
});

describe('ownOrFhir', () => {
  it.each([
    [undefined, undefined, 'own'],
    ['*/*', undefined, 'own'],
    ['application/pdf', undefined, 'own'],
    ['application/pdf, application/fhir+json', undefined, 'own'],
    ['text/html, application/xml;q=0.9, */*;q=0.8', undefined, 'own'],
    ['application/fhir+json', undefined, 'fhir'],
    ['application/fhir+xml, */*', undefined, 'fhir'],
    ['application/fhir+json;q=0.5, application/*;q=0.9', undefined, 'own'],
    ['application/xml', undefined, 'fhir'],
    ['image/png', undefined, undefined],
    ['text/html', undefined, undefined],
    ['application/pdf;q=0', undefined, undefined],
    ['application/pdf', 'json', 'fhir'],
    ['application/fhir+json', 'application/pdf', 'own'],
    ['*/*', 'ttl', undefined],
  ])('answers a PDF to Accept: %s and _format=%s as %s', (accept, _format, expected) => {
    expect(ownOrFhir('application/pdf', accept, _format)).toBe(expected);
  });
});
