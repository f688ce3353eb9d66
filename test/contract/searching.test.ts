/** Searching: by NHS number, GET and POST, paging, includes, totals, parts of what is found. */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';
import { watchStatements } from '../support/watch-statements';

let homeward: Homeward;
const nhsNumber = '9990000018';
const nhs = `https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`;
const quoted = encodeURIComponent(nhs);

interface Found {
  fullUrl: string;
  resource: fhir4.FhirResource & { id: string };
  search: { mode: string };
}

beforeAll(async () => {
  homeward = await startHomeward();
  for (const stay of [1, 2, 3]) {
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().stay(stay).bytes() });
    if (sent.status !== 201) throw new Error(JSON.stringify(sent.json));
  }
});
afterAll(() => homeward.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('GET', `/FHIR/R4/${path}`, { headers });

const entries = (reply: Reply): Found[] => (reply.json.entry ?? []) as Found[];
const linkOf = (reply: Reply, relation: string): string | undefined =>
  (reply.json.link as { relation: string; url: string }[]).find((link) => link.relation === relation)?.url;

describe('a search', () => {
  it('answers a searchset with full URLs, modes, a total and a self link', async () => {
    const reply = await get(`Encounter?patient:identifier=${quoted}`);
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 3 });
    for (const { fullUrl, resource, search } of entries(reply)) {
      expect(fullUrl).toBe(`${homeward.fhir}/Encounter/${resource.id}`);
      expect(search).toEqual({ mode: 'match' });
    }
    expect(linkOf(reply, 'self')).toBe(`${homeward.fhir}/Encounter?patient:identifier=${quoted}`);
  });

  it('finds the patient once, however many summaries came', async () => {
    const reply = await get(`Patient?identifier=${quoted}`);
    expect(entries(reply).map(({ resource }) => resource.resourceType)).toEqual(['Patient']);
  });

  it('finds nothing for another number, or another system', async () => {
    for (const value of ['https://fhir.nhs.uk/Id/nhs-number|9990000026', `urn:other|${nhsNumber}`]) {
      const reply = await get(`Patient?identifier=${encodeURIComponent(value)}`);
      expect([reply.status, reply.json.total, reply.json.entry]).toEqual([200, 0, undefined]);
    }
  });

  it('is the same by POST _search, with its query in the body, the URL or both', async () => {
    const got = await get(`Observation?patient:identifier=${quoted}&_count=5&_sort=_lastUpdated`);
    const post = (query: string, body: string): Promise<Reply> =>
      homeward.call('POST', `/FHIR/R4/Observation/_search${query}`, {
        body,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
    const all = await post('', `patient:identifier=${quoted}&_count=5&_sort=_lastUpdated`);
    expect(all.status).toBe(200);
    expect(all.json.total).toBe(got.json.total);
    expect(entries(all)).toEqual(entries(got));
    expect(entries(await post('?_count=5', `patient:identifier=${quoted}&_sort=_lastUpdated`))).toEqual(
      entries(got),
    );
  });

  it('keeps the format in its links, and tells the count that it keeps to', async () => {
    const found = await homeward.call('GET', '/FHIR/R4/Observation?_count=2&_format=xml');
    const links = [...found.bytes.toString().matchAll(/<url value="([^"]*)"/g)].map(([, url = '']) =>
      url.replaceAll('&amp;', '&').replace(/_cursor=[\w-]*/, '_cursor'),
    );
    expect(links).toEqual([
      `${homeward.fhir}/Observation?_count=2&_format=xml`,
      `${homeward.fhir}/Observation?_cursor&_format=xml`,
    ]);
    const most = await homeward.call('GET', '/FHIR/R4/Observation?_count=5000');
    expect(most.json.link[0].url).toBe(`${homeward.fhir}/Observation?_count=1000`);
  });

  it('takes an identifier for a reference, as consumers of GP Connect write it', async () => {
    const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';
    const by = (code: string): string => `/FHIR/R4/DocumentReference?custodian=${ods}|${code}&_summary=count`;
    const trust = (await homeward.call('GET', '/FHIR/R4/Organization')).json.entry[0].resource;
    expect((await homeward.call('GET', by(trust.identifier[0].value))).json.total).toBeGreaterThan(0);
    expect((await homeward.call('GET', by('XXX'))).json.total).toBe(0);
  });

  it('is the same with a slash before its query, or a plus that was not encoded', async () => {
    const asked = '_lastUpdated=gt2020-01-01T00:00:00+00:00&_summary=count';
    const [plain, slash] = [
      await homeward.call('GET', `/FHIR/R4/Observation?${asked}`),
      await homeward.call('GET', `/FHIR/R4/Observation/?${asked}`),
    ];
    expect([plain.status, slash.status]).toEqual([200, 200]);
    expect(slash.json).toEqual(plain.json);
  });

  it('reads _format in the body of a POST', async () => {
    const reply = await homeward.call('POST', '/FHIR/R4/Patient/_search', {
      body: `identifier=${quoted}&_format=xml`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(reply.headers.get('content-type')).toBe('application/fhir+xml; charset=utf-8');
  });

  it('takes no other body: 415', async () => {
    const reply = await homeward.call('POST', '/FHIR/R4/Patient/_search', { body: '{}' });
    expect(reply.status).toBe(415);
  });

  it('is answered in XML where XML is accepted', async () => {
    const reply = await get(`Patient?identifier=${quoted}`, { Accept: 'application/fhir+xml' });
    expect(reply.headers.get('content-type')).toBe('application/fhir+xml; charset=utf-8');
    expect(reply.bytes.toString()).toMatch(/^(<\?xml[^>]*\?>)?\s*<Bundle xmlns="http:\/\/hl7.org\/fhir">/);
  });

  it('has the headers of GET, and no body, by HEAD', async () => {
    const head = await homeward.call('HEAD', '/FHIR/R4/Patient');
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
  });

  it('leaves the bytes of documents out', async () => {
    const reply = await get(`DocumentReference?patient:identifier=${quoted}`);
    for (const { resource } of entries(reply)) {
      const [content] = (resource as fhir4.DocumentReference).content;
      expect(content?.attachment.url).toMatch(/Binary\/[0-9a-f-]{36}$/);
      expect(content?.attachment.data).toBeUndefined();
    }
  });
});

describe('pages', () => {
  it('come to all that matches, each once, by following next', async () => {
    const seen = new Set<string>();
    let url: string | undefined = `${homeward.fhir}/Observation?patient:identifier=${quoted}&_count=7`;
    let pages = 0;
    while (url !== undefined) {
      const reply: Reply = await homeward.call('GET', url);
      expect(reply.status).toBe(200);
      expect(reply.json.total).toBe(48);
      for (const { resource } of entries(reply)) {
        expect(seen.has(resource.id)).toBe(false);
        seen.add(resource.id);
      }
      pages += 1;
      url = linkOf(reply, 'next');
      if (url !== undefined) expect(url).not.toContain(nhsNumber);
    }
    expect([seen.size, pages]).toEqual([48, 7]);
  });

  it('are refused where the cursor is none of ours: 400', async () => {
    expect((await get('Observation?_cursor=abc')).status).toBe(400);
  });

  it('are not needed for the total alone', async () => {
    for (const query of ['_summary=count', '_count=0']) {
      const reply = await get(`Observation?patient:identifier=${quoted}&${query}`);
      expect([reply.json.total, reply.json.entry]).toEqual([48, undefined]);
    }
  });
});

describe('what is included', () => {
  it('comes beside the matches, marked as such', async () => {
    const reply = await get(`Encounter?patient:identifier=${quoted}&_count=1&_include=Encounter:patient`);
    expect(entries(reply).map(({ resource, search }) => [resource.resourceType, search.mode])).toEqual([
      ['Encounter', 'match'],
      ['Patient', 'include'],
    ]);
  });

  it('comes by references that point here, too', async () => {
    const reply = await get(`Patient?identifier=${quoted}&_revinclude=Observation:subject`);
    const modes = entries(reply).map(({ search }) => search.mode);
    expect(modes.filter((mode) => mode === 'match')).toHaveLength(1);
    expect(modes.filter((mode) => mode === 'include')).toHaveLength(48);
  });
});

describe('parts of what is found', () => {
  it('are what R4 marks under _summary=true, includes too', async () => {
    const reply = await get(`Encounter?_count=1&_include=Encounter:patient&_summary=true`);
    for (const { resource } of entries(reply))
      expect(resource.meta?.tag).toContainEqual(expect.objectContaining({ code: 'SUBSETTED' }));
  });

  it('are the elements named, of the matches', async () => {
    const reply = await get(`Encounter?_count=1&_include=Encounter:patient&_elements=period,Patient.name`);
    const [encounter, patient] = entries(reply);
    expect(Object.keys(encounter!.resource).sort()).toEqual(
      ['class', 'id', 'meta', 'period', 'resourceType', 'status'].sort(),
    );
    expect(Object.keys(patient!.resource).sort()).toEqual(['id', 'meta', 'name', 'resourceType']);
  });

  it('stay so on the next page', async () => {
    const first = await get('Encounter?_count=1&_elements=period');
    const second = await homeward.call('GET', linkOf(first, 'next') ?? '');
    expect((entries(second)[0]!.resource as fhir4.Encounter).subject).toBeUndefined();
  });
});

describe('a search that cannot be read', () => {
  it.each(['birthdate=soon', '_summary=most', '_count=many', '_sort=colour', '_include=Nothing:at-all'])(
    '%s: 400 with what would be right',
    async (query) => {
      const reply = await get(`Patient?${query}`);
      expect(reply.status).toBe(400);
      expect(told(reply).map(({ severity }) => severity)).toEqual(['error']);
    },
  );
});

describe('the plan of a search by NHS number', () => {
  const tables: Record<string, string> = {
    Patient: 'patient',
    Encounter: 'encounter',
    DocumentReference: 'document_reference',
    Observation: 'observation',
  };

  it.each([
    ['Patient', 'identifier'],
    ...['Encounter', 'DocumentReference', 'Observation'].flatMap((type) =>
      ['patient:identifier', 'subject:identifier', 'patient.identifier'].map((parameter) => [
        type,
        parameter,
      ]),
    ),
  ])('%s?%s reads one range of an index', async (type, parameter) => {
    const { database } = homeward.app;
    const seen = await watchStatements(database, () => get(`${type}?${parameter}=${quoted}`));
    const [search, ...others] = seen.filter(({ text }) => new RegExp(`FROM "?${tables[type!]}"?`).test(text));
    expect(others).toEqual([]);
    const plan = await database.transaction(async (tx) => {
      // So few rows as a test has are read through at once, unless that is made dear.
      await tx.query({ text: 'SET LOCAL enable_seqscan = off' });
      const rows = await tx.query<{ 'QUERY PLAN': string }>(
        { text: `EXPLAIN ${search!.text}` },
        search!.values,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).not.toMatch(/Seq Scan/);
    expect(plan).toMatch(
      type === 'Patient' ? /Index Cond: \(.*\bidentifier\b/ : /Index Cond: \(.*patient_id/,
    );
  });
});

describe('a mistyped search', () => {
  const textOf = async (path: string): Promise<string> =>
    (await get(path)).json.issue[0].details.text as string;

  it.each([
    ['Patient?birthDate=1950-02-11', 'Did you mean `birthdate`?'],
    ['Encounter?serviceProvider=x', 'Did you mean `service-provider`?'],
    ['Observation?effective=2025', 'Did you mean `date`?'],
    ['Observation?_sort=effective', 'Did you mean `date`?'],
    ['Patient?nhs-number=9990000018', 'use identifier=https://fhir.nhs.uk/Id/nhs-number|<number>'],
    ['Encounter?nhsNumber=9990000018', 'use patient:identifier=https://fhir.nhs.uk/Id/nhs-number|<number>'],
    ['Patient?count=1', 'Did you mean `_count`?'],
    ['Patient?_cont=1', 'Did you mean `_count`?'],
    ['Observation?_sort=-dat', 'Did you mean `date`?'],
    ['Observation?_sort=lastUpdated', 'Did you mean `_lastUpdated`?'],
    ['Observation?cod=1', 'Did you mean `code`?'],
    ['Patient?name:exct=x', 'Did you mean :exact?'],
    ['Patient?identifier:oftype=x', 'Did you mean :of-type?'],
    ['Observation?subject:Patinet=x', 'Did you mean :Patient?'],
    ['Observation?subject:Patinet.name=x', 'Did you mean `subject:Patient`?'],
    ['Observation?subject.nam=x', 'Did you mean `subject.name`?'],
    ['Observation?patient.identifer=x', 'Did you mean `identifier`?'],
    ['Observation?subjct.name=x', 'Did you mean `subject.name`?'],
    ['Patient?_has:Observtion:patient:code=x', 'Did you mean Observation?'],
    ['Patient?_has:Observation:pateint:code=x', 'Did you mean `patient`?'],
    ['Observation?_include=Observation:hasMember', 'Did you mean `Observation:has-member`?'],
    ['Observation?_include=Obervation:encountr', 'Did you mean `Observation:encounter`?'],
    ['Observation?_include=encounter', 'Did you mean `Observation:encounter`?'],
    ['Observation?_include=Observation:subject:Patinet', 'Did you mean `Observation:subject:Patient`?'],
    ['Patient?_revinclude=Observation:pateint', 'Did you mean `Observation:patient`?'],
    ['Patients?_count=1', 'Did you mean Patient?'],
    ['Patients/_history', 'Did you mean Patient?'],
    ['metdata', 'Did you mean metadata?'],
    ['Observation/$lastn?pateint=x', 'Did you mean patient?'],
    ['DocumentReference/$docref?patinet=x', 'Did you mean patient?'],
    ['bundle?_count=1', 'Did you mean Bundle?'],
  ])('%s is answered with what was meant', async (path, hint) => {
    expect(await textOf(path)).toContain(hint);
  });

  it('is answered without what was asked for, where that is no name of FHIR', async () => {
    const text = await textOf('Observation?_include=Obervation:encounter:9990000018');
    expect(text).toMatch(/ Did you mean `Observation:encounter`\?$/);
  });
});
