/** Whose numbers they are: the patients behind each of many values of a parameter, for the audit record. */
import type { AnyResource } from '../../src/fhir/types';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { openHarness, type Harness } from './harness';
import { patientIdOf } from './population';

const all = { allowed: () => true, restrictions: () => null, sees: () => null };
const MOST = 10;
const MANY = 250;

const person = (n: number): string => patientIdOf(nhsNumberOf(n));
let ids = 0;
const nextId = (): string => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;

function aResource(resourceType: string, n: number, numbers: readonly string[], more = {}): AnyResource {
  const identifier = numbers.map((value) => ({ system: 'urn:n', value }));
  return { resourceType, id: nextId(), subject: { reference: `Patient/${person(n)}` }, identifier, ...more };
}

const hundred = Array.from({ length: 100 }, (_, each) => `F${each}`);
const at = ({ id }: AnyResource) => ({ reference: `Encounter/${id as string}` });
const stay = aResource('Encounter', 1, ['HID']);
const flooded = aResource('Encounter', 8, ['FLOODED']);
const reading = aResource('Observation', 8, [], { encounter: at(flooded) });
const solo = aResource('Encounter', 7, ['SOLO']);
const typed = { system: 'urn:n', value: 'TYPED', type: { coding: [{ system: 'urn:t', code: 'VN' }] } };

let harness: Harness;
/** Stays of ten patients of another sender under the number, and readings of theirs. */
const floods = (from: number): AnyResource[] => {
  const stays = Array.from({ length: MOST }, (_, n) => aResource('Encounter', from + n, ['FLOODED']));
  const readings = stays.map((each, n) => aResource('Observation', from + n, [], { encounter: at(each) }));
  return [...stays, ...readings];
};
const [before, after] = [floods(100), floods(200)];

beforeAll(async () => {
  harness = await openHarness();
  // In the order of their ids, the one patient of this sender is behind ten of the other, and before ten more.
  await harness.store([...before, ...after], 'DC1');
  await harness.store([flooded, reading]);
  const flood = (resourceType: string) =>
    Array.from({ length: MANY }, () => aResource(resourceType, 2, [...hundred, 'BOTH']));
  await harness.store([
    stay,
    aResource('Encounter', 3, ['BOTH']),
    aResource('Encounter', 4, [], { identifier: [typed] }),
    aResource('Observation', 1, ['R', 'BOTH'], { encounter: at(stay) }),
    aResource('Goal', 1, ['G', 'BOTH']),
    aResource('CarePlan', 5, ['G']),
    { resourceType: 'Patient', id: person(6), identifier: [{ system: 'urn:n', value: '9990000010' }] },
    ...['Encounter', 'Observation', 'Goal'].flatMap(flood),
    ...Array.from({ length: MOST }, (_, n) => aResource('Encounter', 20 + n, ['TEN', 'ELEVEN'])),
    aResource('Encounter', 40, ['ELEVEN']),
    ...Array.from({ length: MOST }, (_, n) => aResource('Observation', 20 + n, [], { encounter: at(stay) })),
    solo,
    aResource('Observation', 7, [], { encounter: at(solo) }),
  ]);
}, 60_000);
afterAll(() => harness.close());

async function patientsOf(type: string, name: string, values: readonly string[]): Promise<string[]> {
  const asked = { name, values, most: MOST };
  return [...(await harness.engine.patientsOfValues(harness.database, type, asked, all))].sort();
}

const people = (...numbers: number[]): string[] => numbers.map(person).sort();
const withSystem = (numbers: readonly string[]): string[] => numbers.map((each) => `urn:n|${each}`);

describe('the patients of each value', () => {
  it.each(['with the system', 'without a system'])(
    'are found beside very many of one patient, %s',
    async (how) => {
      const written = how === 'with the system' ? withSystem : (numbers: readonly string[]) => numbers;
      expect(await patientsOf('Encounter', 'identifier', written([...hundred, 'HID']))).toEqual(people(1, 2));
      expect(await patientsOf('Observation', 'identifier', written([...hundred, 'R']))).toEqual(people(1, 2));
      expect(await patientsOf('Goal', 'identifier', written([...hundred, 'G']))).toEqual(people(1, 2));
    },
  );

  it('are found where one patient has very many of the same value', async () => {
    expect(await patientsOf('Encounter', 'identifier', ['urn:n|BOTH'])).toEqual(people(2, 3));
    expect(await patientsOf('Goal', 'identifier', ['BOTH'])).toEqual(people(1, 2));
  });

  it('are ten at most: those stored first, beside those of other values', async () => {
    const ten = people(...Array.from({ length: MOST }, (_, n) => 20 + n));
    expect(await patientsOf('Encounter', 'identifier', ['urn:n|TEN'])).toEqual(ten);
    expect(await patientsOf('Encounter', 'identifier', ['urn:n|ELEVEN'])).toEqual(ten);
    expect(await patientsOf('Encounter', 'identifier', ['urn:n|ELEVEN', 'urn:n|HID'])).toEqual(
      [...ten, person(1)].sort(),
    );
  });

  it.each([
    ['Encounter', 'identifier', 'urn:n|FLOODED'],
    ['Encounter', 'identifier', 'FLOODED'],
    ['Observation', 'encounter.identifier', 'urn:n|FLOODED'],
    ['Observation', 'encounter:identifier', 'urn:n|FLOODED'],
    ['Encounter', '_has:Observation:encounter:encounter.identifier', 'urn:n|FLOODED'],
  ])(
    'are of every sender, whatever another has stored before and after: %s?%s=%s',
    async (type, name, value) => {
      const nine = Array.from({ length: MOST - 1 }, (_, n) => 100 + n);
      expect(await patientsOf(type, name, [value])).toEqual(people(8, ...nine));
      expect(await patientsOf(type, name, [value, 'urn:n|SOLO', 'urn:n|x'])).toEqual(people(7, 8, ...nine));
    },
  );

  it('are found by the type of the identifier', async () => {
    expect(await patientsOf('Encounter', 'identifier:of-type', ['urn:t|VN|TYPED'])).toEqual(people(4));
  });

  it('are found by a hospital’s number of ten digits', async () => {
    const values = ['urn:n|9990000010', 'urn:n|x'];
    expect(await patientsOf('Patient', 'identifier', values)).toEqual(people(6));
  });

  it.each(['encounter.identifier', 'encounter:identifier', 'encounter'])(
    'are found by what refers to it (%s), beside a value of many patients',
    async (name) => {
      const first = [1, ...Array.from({ length: MOST - 1 }, (_, n) => 20 + n)];
      expect(await patientsOf('Observation', name, ['urn:n|HID'])).toEqual(people(...first));
      expect(await patientsOf('Observation', name, withSystem(['HID', 'SOLO', 'x']))).toEqual(
        people(7, ...first),
      );
    },
  );

  it('are found in reverse, beside a value of many patients', async () => {
    const values = withSystem(['HID', 'SOLO', 'x']);
    expect(await patientsOf('Encounter', '_has:Observation:encounter:encounter.identifier', values)).toEqual(
      people(1, 7),
    );
  });

  it('are those of the values that can be read', async () => {
    expect(await patientsOf('Encounter', 'identifier', ['a|b|c', 'urn:n|HID'])).toEqual(people(1));
    expect(await patientsOf('Encounter', 'nothing', ['urn:n|HID'])).toEqual([]);
    expect(await patientsOf('Nothing', 'identifier', ['urn:n|HID'])).toEqual([]);
  });
});
