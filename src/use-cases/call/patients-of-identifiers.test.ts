import { seesEverything } from '../../engines/access/visibility';
import type { Queryable } from '../../platform/postgres';
import { storedResources } from '../../resources';
import { patientsOfIdentifiers, type ForIdentifiers, type Question } from './patients-of-identifiers';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

/** Looks identifiers up in a store where each is that of these patients; keeps what was asked. */
function storeOf(
  holders: Readonly<Record<string, readonly string[]>>,
  definitionFor: ForIdentifiers['definitionFor'],
) {
  const lookedUp: string[] = [];
  const dependencies: ForIdentifiers = {
    searchEngine: {
      patientsOfValues: async (_db, type, { name, values, most }) => {
        lookedUp.push(`${type}?${name}`);
        const found = values.map((each) => holders[each] ?? []);
        return new Set(found.flatMap((patients) => patients.slice(0, most)));
      },
    },
    patients: {
      type: 'Patient',
      identifierSystem: NHS,
      readNumber: (digits) => ({ digits, isRight: digits === '9990000018' }),
    },
    definitionFor,
  };
  return { lookedUp, dependencies };
}

const whole = { isWhole: true, namesPatients: true };
const empty = { isWhole: true, namesPatients: false };
const count = { isWhole: false, namesPatients: false };

async function ask(
  question: Partial<Question> & Pick<Question, 'params' | 'answer'>,
  holders: Readonly<Record<string, readonly string[]>> = { 'urn:s|1': ['p1'] },
  definitionFor: ForIdentifiers['definitionFor'] = () => undefined,
) {
  const { lookedUp, dependencies } = storeOf(holders, definitionFor);
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
    expect(patients.sort()).toEqual([...many.slice(0, 10), 'p1', 'p2']);
    expect(lookedUp).toEqual(['Encounter?identifier']);
  });

  it('are ten at most of one', async () => {
    const ten = Array.from({ length: 10 }, (_, each) => `m${each}`);
    const of = async (holders: string[]) =>
      (await ask({ params: [['identifier', 'urn:s|1']], answer: count }, { 'urn:s|1': holders })).patients;
    expect([await of(ten), await of([...ten, 'm10'])]).toEqual([ten, ten]);
  });
});

describe('the patients of an identifier at the end of a chain', () => {
  const definitions = new Map(storedResources.map((each) => [each.type, each]));
  const lookedUpFor = async (
    query: string,
    answer: Question['answer'] = empty,
    visibility = seesEverything,
  ): Promise<string[]> => {
    const [type = '', rest] = query.split('?');
    const params = [...new URLSearchParams(rest)];
    return (await ask({ type, params, answer, visibility }, {}, (each) => definitions.get(each))).lookedUp;
  };

  /** What the `encounter` of an Observation or a QuestionnaireResponse can be. */
  const stays = ['Encounter?identifier', 'EpisodeOfCare?identifier'];

  it.each<[string, string, string[]]>([
    ['a chain', 'Observation?encounter.identifier=urn:s|1', stays],
    ['a chain to one type', 'Observation?focus:Encounter.identifier=urn:s|1', ['Encounter?identifier']],
    ['a logical reference', 'Observation?encounter:identifier=urn:s|1', stays],
    ['a reference', 'Observation?encounter=urn:s|1', stays],
    ['a chain to a reference', 'Observation?encounter.part-of=urn:s|1', ['Encounter?identifier']],
    ['two steps', 'Observation?encounter.part-of.identifier=urn:s|1', ['Encounter?identifier']],
    [
      'an identifier with its type',
      'Observation?encounter.identifier:of-type=urn:t|VN|1',
      stays.map((each) => `${each}:of-type`),
    ],
    ['a hospital', 'Encounter?patient.identifier=urn:s|1', ['Patient?identifier']],
    ['a chain in reverse', 'Patient?_has:Observation:subject:encounter.identifier=urn:s|1', stays],
    [
      'a reverse step in a chain',
      'Encounter?patient._has:Observation:subject:encounter.identifier=urn:s|1',
      stays,
    ],
    [
      'any type',
      'Observation?focus.identifier=urn:s|1',
      ['DocumentReference', 'Encounter', 'Observation', 'Patient'].map((type) => `${type}?identifier`),
    ],
    ['a type that is nobody’s', 'Encounter?service-provider:identifier=urn:s|1', []],
  ])('are looked up there, and as asked: %s', async (_name, query, ends) => {
    const asked = /\?(?:_has:([A-Za-z]+):[a-z]+:)?([^=]+)=/.exec(query) ?? [];
    const referring = `${asked[1] ?? query.split('?')[0]}?${asked[2]}`;
    expect((await lookedUpFor(query)).sort()).toEqual([...ends, referring].sort());
  });

  it('are looked up as asked where a type is searched in reverse for what refers to itself', async () => {
    const query = 'Encounter?_has:Encounter:part-of:identifier=urn:s|1';
    expect(await lookedUpFor(query)).toEqual(['Encounter?identifier']);
  });

  it('are not looked up where the answer names the patient of the one identifier', async () => {
    expect(await lookedUpFor('Observation?encounter:identifier=urn:s|1', whole)).toEqual([]);
    expect(await lookedUpFor('Patient?_has:Encounter:subject:identifier=urn:s|1', whole)).toEqual([]);
  });

  it('are looked up where the answer may be that of another identifier', async () => {
    for (const values of ['urn:s|1,urn:s|2', '1'])
      expect(await lookedUpFor(`Observation?encounter:identifier=${values}`, whole)).toEqual(stays);
    const inReverse = 'Condition?_has:Encounter:diagnosis:identifier=urn:s|1,urn:s|2';
    expect(await lookedUpFor(inReverse, whole)).toEqual(['Encounter?identifier']);
  });

  it('are looked up together, also of many parameters', async () => {
    const chains = Array.from({ length: 60 }, (_, each) => `encounter.identifier=urn:s|${each}`);
    const lookedUp = await lookedUpFor(`Observation?${chains.join('&')}`);
    expect(lookedUp).toEqual([...stays, 'Observation?encounter.identifier']);
  });

  it.each([
    'QuestionnaireResponse?questionnaire=http://example.org/q|1',
    'Observation?encounter=0f1e2d3c-0000-4000-8000-000000000000',
    'Observation?nothing.identifier.x=urn:s|1',
    'Observation?status.encounter=urn:s|1',
    'Observation?encounter.class=urn:s|1',
    'Observation?code=urn:s|1',
  ])('are not looked up without an identifier: %s', async (query) => {
    expect(await lookedUpFor(query)).toEqual([]);
  });
});
