import { createPatients } from '../../resources/patient/patients';
import { nhsNumbersIn, nhsNumbersInBody } from './nhs-numbers-in';

const patients = createPatients((nhsNumber) => nhsNumber);

const found = (...texts: string[]): string[] => [...nhsNumbersIn(texts)];

describe('the NHS numbers in a request', () => {
  it.each([
    ['patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018', ['9990000018']],
    ['/FHIR/R4/Patient/9990000018', ['9990000018']],
    ['identifier=999 000 0018', ['9990000018']],
    ['identifier=999-000-0018,9990000026', ['9990000018', '9990000026']],
    ['identifier=https://fhir.nhs.uk/Id/nhs-number|1234567890', ['1234567890']],
    ['identifier=1234567890', []],
    ['identifier=https://example.org/mrn|12345678', []],
    ['_id=0190aaaa-9990-0000-1800-000000000001', []],
    ['date=ge2026-11-22T10:00:00Z', []],
    ['', []],
  ])('of %s are %j', (text, numbers) => {
    expect(found(text)).toEqual(numbers);
  });

  it('are each told once, over all the texts', () => {
    expect(found('9990000018', 'x=9990000018&y=9990000026')).toEqual(['9990000018', '9990000026']);
  });
});

describe('the NHS numbers in a body that is refused unread', () => {
  const system = 'https://fhir.nhs.uk/Id/nhs-number';
  it.each([
    [`identifier=${encodeURIComponent(`${system}|9990000018`)}`, ['9990000018']],
    ['identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C999+000+0018&x=%ff', []],
    [`{"identifier":[{"system":"${system}","value":"9990000018"}]}`, ['9990000018']],
    [`{"identifier":[{"value":"999 000 0018","system":"${system}"}]}`, ['9990000018']],
    [
      `{"identifier":[{"system":"urn:local","value":"1234567890"},{"system":"${system}","value":"9990000018"},{"system":"urn:local","value":"1234567891"}]}`,
      ['9990000018'],
    ],
    [
      `<identifier><system value="${system}"/><value value="9990000018"/></identifier><identifier><value value="1234567890"/></identifier>`,
      ['9990000018'],
    ],
    ['{"telecom":[{"value":"0123456789"}]}', []],
    ['', []],
  ])('of %s are %j', (body, numbers) => {
    expect([...nhsNumbersInBody(body, patients)]).toEqual(numbers);
  });

  it('are those of the Patient alone, where the body is a Bundle with one', () => {
    const person = (resourceType: string, value: string): object => ({
      resource: { resourceType, identifier: [{ system, value }] },
    });
    const body = JSON.stringify({
      resourceType: 'Bundle',
      entry: [person('RelatedPerson', '9990000026'), person('Patient', '9990000018')],
    });
    expect([...nhsNumbersInBody(body, patients)]).toEqual(['9990000018']);
    expect([...nhsNumbersInBody(body.slice(0, -1), patients)]).toEqual(['9990000026', '9990000018']);
  });
});
