/** Two spellings of a path that RFC 3986 calls equivalent become one; nothing else does. */
import { plainPath } from './plain-path';

describe('a path', () => {
  it.each([
    ['/FHIR/R4/Patient/1/%24everything', '/FHIR/R4/Patient/1/$everything'],
    ['/FHIR/R4/Patient/%5Fsearch', '/FHIR/R4/Patient/_search'],
    ['/FHIR/R4/%6detadata', '/FHIR/R4/metadata'],
    ['/FHIR/R4/Bundle/', '/FHIR/R4/Bundle'],
    ['/FHIR/R4/', '/FHIR/R4'],
    ['/FHIR/R4/Bundle/%24validate/?_pretty=true', '/FHIR/R4/Bundle/$validate?_pretty=true'],
  ])('%s is %s', (written, plain) => {
    expect(plainPath(written)).toBe(plain);
  });

  it.each([
    ['an escaped slash', '/FHIR/R4/Patient%2F1'],
    ['double encoding', '/FHIR/R4/Bundle/%2524validate'],
    ['an escape that the decoding would make', '/FHIR/R4/Bundle/%2%34validate'],
    ['a query, whatever is in it', '/FHIR/R4/Patient?identifier=%24%5F/'],
    ['the root', '/'],
  ])('with %s stays as it is', (_what, path) => {
    expect(plainPath(path)).toBe(path);
  });

  it('loses one slash at its end, not two', () => {
    expect(plainPath('/FHIR/R4/Patient//')).toBe('/FHIR/R4/Patient/');
  });
});
