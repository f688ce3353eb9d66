import { seesEverything } from '../../engines/access/visibility';
import type { Queryable } from '../../platform/postgres';
import { patientsOfIdentifiers, type ForIdentifiers, type Question } from './patients-of-identifiers';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

/** Looks identifiers up in a store where each is that of these patients; keeps what was asked. */
function storeOf(holders: Readonly<Record<string, readonly string[]>>) {
  const lookedUp: string[] = [];
  const dependencies: ForIdentifiers = {
    searchEngine: {
      findIds: async (_db, type, query) => {
        const [name, value = ''] = [...new URLSearchParams(query)][0]!;
        lookedUp.push(`${type}?${name}`);
        const patientIds = value.split(',').flatMap((each) => holders[each] ?? []);
        return { ok: true, ids: [...patientIds], patientIds: [...new Set(patientIds)] };
      },
    },
    patients: {
      identifierSystem: NHS,
      readNumber: (digits) => ({ digits, isRight: digits === '9990000018' }),
    },
    definitionFor: () => undefined,
  };
  return { lookedUp, dependencies };
}

const whole = { isWhole: true, namesPatients: true };
const empty = { isWhole: true, namesPatients: false };
const count = { isWhole: false, namesPatients: false };

async function ask(
  question: Partial<Question> & Pick<Question, 'params' | 'answer'>,
  holders: Readonly<Record<string, readonly string[]>> = { 'urn:s|1': ['p1'] },
) {
  const { lookedUp, dependencies } = storeOf(holders);
  const asked = { type: 'Encounter', visibility: seesEverything, ...question };
  const patients = await patientsOfIdentifiers({} as Queryable, asked, dependencies);
  return { lookedUp, patients: [...patients] };
}

describe('the patients of an identifier', () => {
  it.each<[string, Question['answer'], [string, string][]]>([
    ['all that has it is shown', whole, [['identifier', 'urn:s|1']]],
    ['all that refers to it is shown', whole, [['patient:identifier', 'urn:s|1']]],
    [
      'all is shown in some order',
      whole,
      [
        ['identifier', 'urn:s|1'],
        ['_sort', 'date'],
        ['_include', 'Encounter:patient'],
        ['_format', 'json'],
      ],
    ],
    ['nothing has it', empty, [['identifier', 'urn:s|1']]],
    ['it is an NHS number', count, [['patient:identifier', `${NHS}|9990000018`]]],
    [
      'it is that of an organisation',
      count,
      [['identifier', 'https://fhir.nhs.uk/Id/ods-organization-code|RR8']],
    ],
    ['there is none', count, [['status', 'finished']]],
  ])('are not looked up where %s', async (_name, answer, params) => {
    expect((await ask({ params, answer })).lookedUp).toEqual([]);
  });

  it.each<[string, Question['answer'], [string, string][]]>([
    ['it is counted', count, [['identifier', 'urn:s|1']]],
    ['what refers to it is not there', empty, [['encounter.identifier', 'urn:s|1']]],
    [
      'something else is asked',
      whole,
      [
        ['identifier', 'urn:s|1,urn:s|2'],
        ['status', 'finished'],
      ],
    ],
  ])('are looked up where %s', async (_name, answer, params) => {
    expect(await ask({ params, answer })).toEqual({
      lookedUp: [`Encounter?${params[0]![0]}`],
      patients: ['p1'],
    });
  });

  it('are looked up where the caller sees only some', async () => {
    const visibility = { ...seesEverything, restrictions: () => ['status=planned'] };
    const { patients } = await ask({ params: [['identifier', 'urn:s|1']], answer: empty, visibility });
    expect(patients).toEqual(['p1']);
  });

  it('are found among many, also beside one of many patients', async () => {
    const many = Array.from({ length: 11 }, (_, each) => `m${each}`);
    const values = Array.from({ length: 200 }, (_, each) => `urn:s|${each}`).join(',');
    const holders = { 'urn:s|77': many, 'urn:s|78': ['p1'], 'urn:s|199': ['p2'] };
    const { patients, lookedUp } = await ask({ params: [['identifier', values]], answer: count }, holders);
    expect(patients.sort()).toEqual(['p1', 'p2']);
    expect(lookedUp.length).toBeLessThan(20);
  });

  it('are looked up at most a hundred times', async () => {
    const many = Array.from({ length: 11 }, (_, each) => `m${each}`);
    const tokens = Array.from({ length: 200 }, (_, each) => `urn:s|${each}`);
    const holders = Object.fromEntries(tokens.map((token) => [token, many]));
    const { patients, lookedUp } = await ask(
      { params: [['identifier', tokens.join(',')]], answer: count },
      holders,
    );
    expect([patients.length, lookedUp.length]).toEqual([0, 100]);
  });
});
