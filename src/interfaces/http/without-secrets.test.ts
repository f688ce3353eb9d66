import { withoutSecrets } from './without-secrets';

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';

describe('what is recorded of a URL', () => {
  it.each([
    [
      'identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018',
      'identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018',
    ],
    [`access_token=${token}&name=x`, 'access_token=(not recorded)&name=x'],
    ['client_secret=hunter2', 'client_secret=(not recorded)'],
    [`name=${token}`, 'name=(not recorded)'],
    [`/FHIR/R4/Patient/${token}`, '/FHIR/R4/Patient/(not recorded)'],
    ['code=1104051000000101&status=final', 'code=1104051000000101&status=final'],
    ['', ''],
  ])('of %s is %s', (text, recorded) => {
    expect(withoutSecrets(text)).toBe(recorded);
  });
});
