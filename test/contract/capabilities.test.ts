/**
 * The CapabilityStatement, held to its word: whatever it lists is asked for once, and answered. What it says of R4's own
 * parameters is R4's: the canonical addresses of the parameters that every type has end in names without underscores.
 * @see https://hl7.org/fhir/R4/searchparameter-registry.html
 */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

interface Listed {
  type: string;
  interaction: { code: string }[];
  searchParam?: { name: string; definition?: string; type: string }[];
  searchInclude?: string[];
  searchRevInclude?: string[];
  operation?: { name: string; definition: string }[];
}

describe('the CapabilityStatement', () => {
  let homeward: Homeward;
  let resources: Listed[];
  beforeAll(async () => {
    homeward = await startHomeward();
    await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
    resources = (await homeward.call('GET', '/FHIR/R4/metadata')).json.rest[0].resource;
  });
  afterAll(() => homeward.close());

  const searched = (): Listed[] =>
    resources.filter(({ interaction }) => interaction.some(({ code }) => code === 'search-type'));

  /** The queries that are not answered with a searchset. */
  async function refusedOf(queries: readonly string[]): Promise<string[]> {
    const refused: string[] = [];
    for (const query of queries) {
      const { status } = await homeward.call('GET', `/FHIR/R4/${query}`);
      if (status !== 200) refused.push(`${status} ${query}`);
    }
    return refused;
  }

  /** Several at a time: one that is not answered has the whole query refused. */
  function together(type: string, parts: readonly string[], more: string): string[] {
    const queries: string[] = [];
    for (let at = 0; at < parts.length; at += 8)
      queries.push(`${type}?${parts.slice(at, at + 8).join('&')}&${more}`);
    return queries;
  }

  const VALUES: Readonly<Record<string, string>> = {
    composite: '',
    special: '51.5|-0.1|1|km',
    token: 'code',
    reference: 'Patient/00000000-0000-4000-8000-000000000000',
    date: 'ge2020',
    string: 'word',
    quantity: '5',
    number: '5',
    uri: 'http://example.org',
  };

  it('says what it is, of which version, and whom to ask', async () => {
    const statement = (await homeward.call('GET', '/FHIR/R4/metadata')).json;
    expect(statement).toMatchObject({
      url: `${homeward.fhir}/metadata`,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      name: 'Homeward',
      title: expect.any(String),
      description: expect.any(String),
      contact: [expect.any(Object)],
    });
    const documented = resources.filter((each) => 'documentation' in each).map(({ type }) => type);
    expect(documented).toEqual(
      expect.arrayContaining([
        'Patient',
        'Encounter',
        'DocumentReference',
        'Observation',
        'Bundle',
        'Binary',
      ]),
    );
  });

  it('lists search parameters that are all answered', async () => {
    const queries = searched().flatMap(({ type, searchParam = [] }) => {
      const simple = searchParam.filter((parameter) => parameter.type !== 'composite');
      expect(simple.length).toBeGreaterThan(5);
      return together(
        type,
        simple.map((parameter) => `${parameter.name}=${VALUES[parameter.type]}`),
        '_count=0',
      );
    });
    expect(queries.length).toBeGreaterThan(100);
    expect(await refusedOf(queries)).toEqual([]);
  });

  it('lists includes of both directions that are all answered', async () => {
    const queries = searched().flatMap(({ type, searchInclude = [], searchRevInclude = [] }) =>
      together(
        type,
        [
          ...searchInclude.map((include) => `_include=${include}`),
          ...searchRevInclude.map((include) => `_revinclude=${include}`),
        ],
        '_count=1',
      ),
    );
    expect(queries.length).toBeGreaterThan(50);
    expect(await refusedOf(queries)).toEqual([]);
  });

  it('lists operations that there are, and reads and histories of every type', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const paths = resources.flatMap(({ type, operation = [] }) =>
      operation.flatMap(({ name }) => [`${type}/$${name}`, `${type}/${id}/$${name}`]),
    );
    const answers = new Map<string, boolean>();
    for (const path of paths) {
      const { json } = await homeward.call('POST', `/FHIR/R4/${path}`, {
        body: { resourceType: 'Parameters' },
      });
      const rule = json.issue?.[0]?.details?.coding?.[0]?.code;
      const [type = '', ...rest] = path.split('/');
      const operation = `${type}/${rest.at(-1)}`;
      const isThere = !['http-path', 'http-method', 'http-compartment'].includes(rule);
      answers.set(operation, isThere || answers.get(operation) === true);
    }
    expect([...answers].filter(([, isThere]) => !isThere)).toEqual([]);
    const histories = resources
      .filter(({ interaction }) => interaction.some(({ code }) => code === 'history-type'))
      .map(({ type }) => `${type}/_history?_count=1`);
    expect(await refusedOf(histories)).toEqual([]);
  });

  it('names the parameters of every type as R4 does', () => {
    const common = searched().flatMap(({ searchParam = [] }) =>
      searchParam.filter(({ name }) => name.startsWith('_')),
    );
    expect(new Set(common.map(({ name, definition }) => `${name} ${definition}`))).toEqual(
      new Set(
        ['id', 'lastUpdated', 'profile', 'tag', 'security', 'source'].map(
          (name) => `_${name} http://hl7.org/fhir/SearchParameter/Resource-${name}`,
        ),
      ),
    );
  });

  it('is valid R4 itself', async () => {
    const { bytes } = await homeward.call('GET', '/FHIR/R4/metadata');
    const judged = await homeward.call('POST', '/FHIR/R4/CapabilityStatement/$validate', { body: bytes });
    expect(judged.json.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual(
      [],
    );
  });

  it('says that whatever is stored can be searched, and leaves out what cannot', async () => {
    expect(resources.map(({ type }) => type)).toEqual(expect.arrayContaining(['Condition', 'Bundle']));
    expect((await homeward.call('GET', '/FHIR/R4/Binary')).status).toBe(404);
    expect((await homeward.call('GET', '/FHIR/R4/Binary/_history')).status).toBe(404);
  });
});
