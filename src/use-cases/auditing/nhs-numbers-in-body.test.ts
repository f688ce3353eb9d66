import { textOfBody } from '../../platform/text-of-body';
import { createPatients } from '../../resources/patient/patients';
import { atOnce } from '../../fhir/slices';
import { nhsNumberOf } from '../../demo/nhs-number';
import { nhsNumbersInBody } from './nhs-numbers-in-body';
import { growth, IN_PROPORTION } from '../../../test/support/growth';

const patients = createPatients((nhsNumber) => nhsNumber);

const numbersIn = (body: string): Set<string> => atOnce(nhsNumbersInBody(body, patients));

describe('the NHS numbers in a body that is refused unread', () => {
  const system = 'https://fhir.nhs.uk/Id/nhs-number';
  it.each([
    [`identifier=${encodeURIComponent(`${system}|9990000018`)}`, ['9990000018']],
    ['identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C999+000+0018&x=%ff', ['9990000018']],
    ['identifier=999%C2%A0000%090018&x=%ff', ['9990000018']],
    [`{"identifier":[{"system":"${system}","value": 9990000018 , "use":"usual"}]}`, ['9990000018']],
    [`{"identifier":[{"system":"${system}","value":"99 90 00 00 18-"}]}`, ['9990000018']],
    ['{"identifier":9990000018', ['9990000018']],
    ['{"patient.identifier":"99 90-00 0018"', ['9990000018']],
    ['{"identifier":"%39990000018"}', ['9990000018']],
    [
      '{"entry":[{"request":{"url":"Patient?birthdate=1950&identifier=99%2090%2000%2000%2018"',
      ['9990000018'],
    ],
    ['<url value="Patient?identifier:not=x,999  000  0018&amp;_count=0"/>', ['9990000018']],
    [`{"system":"${system}","period":{"start":"2020-01-01"}}`, []],
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
    expect([...numbersIn(body)]).toEqual(numbers);
  });

  it('are those of the Patient alone, where the body is a Bundle with one', () => {
    const person = (resourceType: string, value: string): object => ({
      resource: { resourceType, identifier: [{ system, value }] },
    });
    const body = JSON.stringify({
      resourceType: 'Bundle',
      entry: [person('RelatedPerson', '9990000026'), person('Patient', '9990000018')],
    });
    expect([...numbersIn(body)]).toEqual(['9990000018']);
    expect([...numbersIn(body.slice(0, -1))]).toEqual(['9990000026', '9990000018']);
  });
});

describe('the text of a body that is refused unread', () => {
  const number = '9990000018';
  const asked = `{"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"${number}"}]}`;
  const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
  it.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(asked)],
    ['UTF-16', Buffer.from(`\ufeff${asked}`, 'utf16le')],
    ['UTF-16 without a mark', Buffer.from(asked, 'utf16le')],
    ['UTF-16, big end first', swapped(`\ufeff${asked}`)],
    ['UTF-16, big end first, without a mark', swapped(asked)],
    ['UTF-16 that is cut', swapped(asked).subarray(0, 2 * asked.length - 5)],
    ['escapes of JSON', Buffer.from(asked.replace(number, '999\\t000\\u20130018'))],
    ['references of XML', Buffer.from(asked.replace(number, '999&#160;000&#x2013;0018'))],
  ])('names the patient in %s', (_name, bytes) => {
    expect([...numbersIn(textOfBody(bytes))]).toEqual([number]);
  });

  it('names more than two hundred, so that the record says so', () => {
    const numbers = Array.from(
      { length: 300 },
      (_, index) => `{"system":"x/nhs-number","value":"${4e9 + index}"}`,
    );
    expect(numbersIn(`[${numbers.join(',')}`).size).toBe(201);
  });
});

it('are found where many systems and broken escapes are beside each other, in time', () => {
  const found = (body: string): string[] => [...numbersIn(body)];
  const system = '"/nhs-number"';
  // Between two systems, further from the first than is looked at.
  expect(found(`{${system}${' '.repeat(280)} "9990000018" ${' '.repeat(200)}${system}`)).toEqual([
    '9990000018',
  ]);
  expect(found(`{${system} "999000002" }${system}`)).toEqual([]);
  const bodyOf = (count: number): string =>
    `{${'/nhs-number" %399990000018 %ed%a0%80'.repeat(count)}"9990000018"`;
  const look = (body: string): void => expect(found(body)).toEqual(['9990000018']);
  expect(growth(bodyOf, look, 8_000)).toBeLessThan(IN_PROPORTION);
});

it.each([
  ['valid numbers', (index: number) => `${nhsNumberOf(index)}~`],
  ['one number again and again', () => '9990000018~'],
  ['numbers with a wrong check digit', () => '9990000011~'],
  ['systems', () => 'nhs-number|9990000018~'],
])('are looked for in slices: %s', (_what, part) => {
  const body = Array.from({ length: 20_000 }, (_, index) => part(index)).join('');
  const looking = nhsNumbersInBody(body, patients);
  let longest = 0;
  for (let isDone = false; !isDone;) {
    const began = performance.now();
    isDone = looking.next().done === true;
    longest = Math.max(longest, performance.now() - began);
  }
  // A few at a time, where all take a tenth of a second and more.
  expect(longest).toBeLessThan(50);
});
