import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

interface Entry {
  resource: { resourceType: string; id: string; code?: { coding: { code: string }[] } };
  search: { mode: string; score: number; extension: { valueCode: string }[] };
}

describe('the operations of a reader', () => {
  let homeward: Homeward;
  let patient: string;
  beforeAll(async () => {
    homeward = await startHomeward();
    for (const stay of [1, 2]) {
      await homeward.call('POST', '/FHIR/R4/Bundle', {
        body: aSummary().stay(stay).observations(32).bytes(),
      });
    }
    patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
  });
  afterAll(() => homeward.close());

  const resourcesOf = (bundle: { entry?: Entry[] }): Entry['resource'][] =>
    (bundle.entry ?? []).map(({ resource }) => resource);

  it('$lastn gives the newest of each code', async () => {
    const one = await homeward.call('GET', `/FHIR/R4/Observation/$lastn?patient=${patient}`);
    expect(one.status).toBe(200);
    const codes = resourcesOf(one.json).map(({ code }) => code?.coding[0]?.code);
    expect(codes.length).toBe(16);
    expect(new Set(codes).size).toBe(16);
    const two = await homeward.call(
      'GET',
      `/FHIR/R4/Observation/$lastn?patient=${patient}&max=2&category=survey`,
    );
    expect(resourcesOf(two.json).length % 2).toBe(0);
    expect((await homeward.call('GET', '/FHIR/R4/Observation/$lastn')).status).toBe(400);
  });

  it('$lastn comes in pages that hold no more than the last of each', async () => {
    const seen: string[] = [];
    let url: string | undefined = `/FHIR/R4/Observation/$lastn?patient=${patient}&max=2&_count=5`;
    for (let pages = 0; url !== undefined && pages < 50; pages += 1) {
      const page = await homeward.call('GET', url);
      seen.push(...resourcesOf(page.json).map(({ id }) => id));
      expect(page.json.link[0].url).toContain('/Observation/$lastn?');
      url = page.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
    }
    expect([seen.length, new Set(seen).size]).toEqual([32, 32]);
  });

  it('$lastn gives the last of what is searched, though there be later ones of other kinds', async () => {
    const code = 'http://snomed.info/sct|1104051000000101';
    const [newest] = resourcesOf(
      (await homeward.call('GET', `/FHIR/R4/Observation/$lastn?patient=${patient}&code=${code}`)).json,
    );
    const { effectiveDateTime } = newest as unknown as { effectiveDateTime: string };
    const before = `&date=lt${encodeURIComponent(effectiveDateTime)}`;
    const earlier = await homeward.call(
      'GET',
      `/FHIR/R4/Observation/$lastn?patient=${patient}&code=${code}${before}`,
    );
    expect(resourcesOf(earlier.json).length).toBe(1);
    expect(resourcesOf(earlier.json)[0]?.id).not.toBe(newest?.id);
  });

  it('$lastn leaves out a retracted reading, which would hide the one before it, unless status is asked for', async () => {
    const code = 'http://snomed.info/sct|1104051000000101';
    const last = async (more = ''): Promise<[string | undefined, number]> => {
      const { json } = await homeward.call(
        'GET',
        `/FHIR/R4/Observation/$lastn?patient=${patient}&code=${code}${more}`,
      );
      expect(json.link[0].url).not.toContain('status%3Anot');
      return [resourcesOf(json)[0]?.id, json.total];
    };
    const [newest] = await last();
    const { json } = await homeward.call('GET', `/FHIR/R4/Observation/${newest}`);
    const retraction = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { ...json, status: 'entered-in-error' },
          request: { method: 'PUT', url: `Observation/${newest}` },
        },
      ],
    };
    expect((await homeward.call('POST', '/FHIR/R4', { body: retraction })).status).toBe(200);
    const [before, total] = await last();
    expect(total).toBe(1);
    expect(before).not.toBe(newest);
    expect((await last('&status=entered-in-error'))[0]).toBe(newest);
    expect((await last('&status=final,entered-in-error'))[0]).toBe(newest);
  });

  it('are asked for by POST with Parameters, too', async () => {
    const parameter = [
      { name: 'patient', valueReference: { reference: `Patient/${patient}` } },
      { name: 'code', valueCoding: { system: 'http://snomed.info/sct', code: '1104051000000101' } },
      { name: 'max', valueInteger: 3 },
    ];
    const body = { resourceType: 'Parameters', parameter };
    const last = await homeward.call('POST', '/FHIR/R4/Observation/$lastn', { body });
    expect([last.status, last.json.total]).toEqual([200, 3]);
    const documents = await homeward.call('POST', '/FHIR/R4/DocumentReference/$docref', {
      body: { resourceType: 'Parameters', parameter: [{ name: 'patient', valueId: patient }] },
    });
    expect([documents.status, documents.json.total]).toEqual([200, 2]);
    const all = await homeward.call('POST', `/FHIR/R4/Patient/${patient}/$everything`, {
      body: { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'Encounter' }] },
    });
    expect([all.status, all.json.total]).toEqual([200, 2]);
    const wrong = await homeward.call('POST', '/FHIR/R4/Observation/$lastn', {
      body: { resourceType: 'Parameters', parameter: [{ name: 'patient', valuePeriod: {} }] },
    });
    expect([wrong.status, wrong.json.issue[0].expression]).toEqual([400, ['Parameters.parameter[0]']]);
  });

  it('$docref gives the patient’s documents', async () => {
    const all = await homeward.call('GET', `/FHIR/R4/DocumentReference/$docref?patient=${patient}`);
    expect(all.json.total).toBe(2);
    const none = await homeward.call(
      'GET',
      `/FHIR/R4/DocumentReference/$docref?patient=${patient}&start=2030-01-01`,
    );
    expect(none.json.total).toBe(0);
    expect((await homeward.call('GET', '/FHIR/R4/DocumentReference/$docref')).status).toBe(400);
  });

  it.each([
    ['start=2025-03-10', true],
    ['end=2025-03-03', true],
    ['start=2025-03-10&end=2025-03-10', true],
    ['start=2025-03&end=2025-03', true],
    ['start=2025-03-10T13:59:00Z', true],
    ['start=2025-03-11', false],
    ['end=2025-03-02', false],
    ['start=2025-03-10T15:00:00Z', false],
  ])('are about care that only begins or ends on the day that is asked for (%s)', async (dates, isFound) => {
    const path = `/FHIR/R4/Patient/${patient}/$everything?_type=Encounter&${dates}`;
    const stays = resourcesOf((await homeward.call('GET', path)).json).filter(
      ({ resourceType }) => resourceType === 'Encounter',
    );
    const about = await homeward.call(
      'GET',
      `/FHIR/R4/DocumentReference/$docref?patient=${patient}&${dates}`,
    );
    const [first] = [aSummary().stay(1).build()].map(
      ({ entry }) => entry as { resource: { period?: object } }[],
    );
    expect(first!.find(({ resource }) => resource.period)?.resource.period).toEqual({
      start: '2025-03-03T10:00:00+00:00',
      end: '2025-03-10T14:00:00+00:00',
    });
    expect([stays.length > 0, resourcesOf(about.json).length > 0]).toEqual([isFound, isFound]);
    const self = new URL(about.json.link[0].url as string).search;
    for (const each of dates.split('&')) expect(decodeURIComponent(self)).toContain(each);
  });

  it('finds what belongs to a patient below the patient’s own address', async () => {
    const found = await homeward.call(
      'GET',
      `/FHIR/R4/Patient/${patient}/DocumentReference?creation=ge2020-01-01`,
    );
    expect(found.json.total).toBe(2);
    const strangers = '0f0f0f0f-0000-4000-8000-000000000000';
    expect((await homeward.call('GET', `/FHIR/R4/Patient/${strangers}/Encounter`)).json.total).toBe(0);
    expect((await homeward.call('GET', `/FHIR/R4/Patient/${patient}/Organization`)).status).toBe(404);
    const posted = await homeward.call('POST', `/FHIR/R4/Patient/${patient}/DocumentReference/_search`, {
      body: 'creation=ge2020-01-01&_count=1',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(posted.json.total).toBe(2);
    expect(posted.json.link.map(({ url }: { url: string }) => url.replace(/_cursor=.*/, '_cursor'))).toEqual([
      `${homeward.fhir}/Patient/${patient}/DocumentReference?creation=ge2020-01-01&_count=1`,
      `${homeward.fhir}/Patient/${patient}/DocumentReference?_cursor`,
    ]);
    expect((await homeward.call('GET', posted.json.link[1].url)).json.entry.length).toBe(1);
  });

  it('$match is certain of an NHS number and birth date that agree, and of nothing less', async () => {
    const ask = async (change: object) => {
      const resource = { resourceType: 'Patient', ...change };
      const body = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }] };
      return homeward.call('POST', '/FHIR/R4/Patient/$match', { body });
    };
    const stored = (await homeward.call('GET', `/FHIR/R4/Patient/${patient}`)).json;
    const gradesOf = (bundle: { entry?: Entry[] }) =>
      (bundle.entry ?? []).map(({ search }) => search.extension[0]?.valueCode);
    expect(
      gradesOf((await ask({ identifier: stored.identifier, birthDate: stored.birthDate })).json),
    ).toEqual(['certain']);
    expect(gradesOf((await ask({ identifier: stored.identifier })).json)).toEqual(['probable']);
    expect(gradesOf((await ask({ identifier: stored.identifier, birthDate: '1999-01-01' })).json)).toEqual([
      'possible',
    ]);
    expect(gradesOf((await ask({ name: stored.name, birthDate: stored.birthDate })).json)).not.toContain(
      'certain',
    );
    expect((await ask({ name: stored.name })).status).toBe(422);
  });

  it('$summary gives the stay as a document Bundle that validates', async () => {
    const [encounter] = resourcesOf((await homeward.call('GET', '/FHIR/R4/Encounter')).json);
    const summary = await homeward.call('GET', `/FHIR/R4/Encounter/${encounter!.id}/$summary`);
    const types = resourcesOf(summary.json).map(({ resourceType }) => resourceType);
    expect(types[0]).toBe('Composition');
    expect(types).toEqual(
      expect.arrayContaining(['Patient', 'Organization', 'Encounter', 'DocumentReference', 'Binary']),
    );
    expect(types.filter((type) => type === 'Observation').length).toBe(32);
    const entries = summary.json.entry as { fullUrl: string }[];
    const within = new Set(entries.map(({ fullUrl }) => fullUrl.slice(`${homeward.fhir}/`.length)));
    const named = [...summary.bytes.toString().matchAll(/"(?:reference|url)":"([A-Z]\w+\/[^"]+)"/g)];
    expect(named.length).toBeGreaterThan(100);
    expect(named.map(([, reference = '']) => reference).filter((each) => !within.has(each))).toEqual([]);
    const judged = await homeward.call('POST', '/FHIR/R4/Bundle/$validate', { body: summary.bytes });
    const faults = judged.json.issue.filter(
      ({ severity }: { severity: string }) => severity === 'error' || severity === 'fatal',
    );
    expect(faults).toEqual([]);
  });
});

describe('$summary of a stay that does not hold, or not yet', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  it.each([
    [1, 'finished', 'current', 'final', ''],
    [2, 'entered-in-error', 'entered-in-error', 'entered-in-error', ' (entered in error)'],
    [3, 'finished', 'entered-in-error', 'entered-in-error', ' (entered in error)'],
    [4, 'cancelled', 'current', 'final', ' (cancelled)'],
    [5, 'in-progress', 'current', 'preliminary', ' (not final)'],
  ])('says so (%d: %s, its document %s)', async (number, status, document, ofComposition, inTitle) => {
    const summary = aSummary()
      .stay(number)
      .with('Encounter.status', status)
      .with('DocumentReference.status', document);
    const sent = summary.build().entry as {
      resource: { resourceType: string; identifier: [{ value: string }] };
    }[];
    const [{ value }] = sent.find(({ resource }) => resource.resourceType === 'Encounter')!.resource
      .identifier;
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() })).status).toBe(201);
    const found = await homeward.call('GET', `/FHIR/R4/Encounter?identifier=${value}`);
    const { json, bytes } = await homeward.call(
      'GET',
      `/FHIR/R4/Encounter/${found.json.entry[0].resource.id}/$summary`,
    );
    const composition = json.entry[0].resource;
    expect([composition.status, composition.title]).toEqual([
      ofComposition,
      `Virtual ward stay: supplementary remote monitoring data${inTitle}`,
    ]);
    expect(composition.text.div).toContain(`Status of the stay: ${status.replaceAll('-', ' ')}.`);
    expect(bytes.toString().includes('do not rely on them')).toBe(ofComposition === 'entered-in-error');
  });
});

describe('$summary of what is restricted', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  const label = (code: string): object => ({
    system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
    code,
  });
  it.each([
    [1, { 'Patient.meta.security': [label('N')] }, undefined],
    [2, { 'Patient.meta.security': [label('R')] }, 'R'],
    [
      3,
      {
        'DocumentReference.securityLabel': [{ coding: [label('R')] }],
        'Encounter.meta.security': [label('V')],
      },
      'V',
    ],
  ])('has the highest label of what is in it (%d)', async (number, labels, code) => {
    const sent = Object.entries(labels).reduce(
      (summary, [path, value]) => summary.with(path, value as never),
      aSummary()
        .stay(number)
        .nhsNumber(['9990000018', '9990000026', '9990000034'][number - 1]!),
    );
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body: sent.bytes() })).status).toBe(201);
    const [stay] = (await homeward.call('GET', '/FHIR/R4/Encounter?_sort=-_lastUpdated')).json.entry;
    const { json } = await homeward.call('GET', `/FHIR/R4/Encounter/${stay.resource.id}/$summary`);
    expect(json.meta?.security?.map((each: { code: string }) => each.code)).toEqual(code && [code]);
    expect(json.entry[0].resource.confidentiality).toBe(code);
  });
});
