/** What people type when they look for a patient: NHS numbers, names, codes and times as they are written by hand. */
import { fold } from '../../src/engines/indexing/fold';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { accepted } from '../semantics/sending';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const CITY = Array.from({ length: 700 }, (_each, index) => `${index} `)
  .join('')
  .slice(0, 2_600);

let homeward: Homeward;

beforeAll(async () => {
  homeward = await startHomeward();
  await accepted(
    homeward,
    aSummary()
      .with('Observation[0].effectiveDateTime', '2025-03-05T09:00:00.000Z')
      .with('Observation[0].identifier', [{ system: 'urn:oid:2.16.840.1.113883.2.1.3', value: 'reading-1' }])
      .with('DocumentReference.masterIdentifier', {
        system: 'urn:ietf:rfc:3986',
        value: 'urn:uuid:0B8F6C52-93FD-4D1C-8E8B-5B1E0F5D7A11',
      })
      .with('Patient.name', [{ use: 'official', family: 'Þórsdóttir-O’Brien', given: ['Łucja'] }])
      .with('Patient.address[0].city', CITY),
  );
});
afterAll(() => homeward.close());

interface Entry {
  resource: fhir4.FhirResource;
  search: { mode: string };
}
const ask = async (query: string): Promise<Reply> => {
  const [path = '', ...rest] = query.split('?');
  const params = new URLSearchParams(rest.join('?'));
  const reply = await homeward.call('GET', `/FHIR/R4/${path}?${params.toString()}`);
  if (reply.status !== 200) throw new Error(`${query}: ${reply.bytes.toString()}`);
  return reply;
};
const totalOf = async (query: string): Promise<number> => (await ask(query)).json.total as number;
const warningsOf = ({ json }: Reply): string[] =>
  ((json.entry ?? []) as Entry[])
    .filter(({ search }) => search.mode === 'outcome')
    .flatMap(({ resource }) => (resource as fhir4.OperationOutcome).issue)
    .map(({ severity, details }) => `${severity} ${details?.coding?.[0]?.code}`);

describe('an NHS number', () => {
  it.each([
    `Patient?identifier=${NHS}|999 000 0018`,
    `Patient?identifier=${NHS}|999-000-0018`,
    `Patient?identifier=${NHS}|999–000–0018`,
    'Patient?identifier=999 000 0018',
    'Patient?identifier=9990000018',
    `Encounter?patient:identifier=${NHS}|999 000 0018`,
    'Encounter?patient:identifier=999 000 0018',
    `DocumentReference?subject:identifier=${NHS}|999 000 0018`,
    `DocumentReference?patient=${NHS}|999 000 0018`,
    `Encounter?patient.identifier=${NHS}|999 000 0018`,
    'Encounter?subject:Patient.identifier=999 000 0018',
    `Organization?_has:Encounter:service-provider:patient:identifier=${NHS}|999 000 0018`,
    `Patient?identifier=urn:other|1,${NHS}|999 000 0018`,
  ])('is found with or without spaces and dashes: %s', async (query) => {
    expect(await totalOf(query)).toBe(1);
  });

  it('with another system is never touched', async () => {
    expect(await totalOf('Patient?identifier=urn:other|999 000 0018')).toBe(0);
  });

  it.each([
    `Patient?identifier=${NHS}|999 000 0019`,
    `Patient?identifier=${NHS}|99900001`,
    'Patient?identifier=9990000019',
    `Encounter?patient:identifier=${NHS}|9990000019`,
    `Observation?subject.identifier=${NHS}|9990000019`,
    `Organization?_has:Encounter:service-provider:patient:identifier=${NHS}|9990000019`,
  ])('that is mistyped is told apart from one that is not there: %s', async (query) => {
    const reply = await ask(query);
    expect([reply.json.total, ...warningsOf(reply)]).toEqual([0, 'warning search-nhs-number']);
  });

  it('that is right and not there is not called mistyped', async () => {
    expect(warningsOf(await ask(`Patient?identifier=${NHS}|9990000026`))).toEqual([]);
  });

  it.each([
    'Encounter?subject=9990000018',
    'Encounter?patient=Patient/9990000018',
    'Encounter?patient=999 000 0018',
    'Patient?_id=9990000018',
  ])('in place of an id gets a warning that says how to search: %s', async (query) => {
    const reply = await ask(query);
    expect([reply.json.total, ...warningsOf(reply)]).toEqual([0, 'warning search-number-for-id']);
    expect(reply.bytes.toString()).toContain('identifier=https://fhir.nhs.uk/Id/nhs-number|<number>');
  });

  it('that is mistyped has no entry in a count, nor in the audit trail', async () => {
    expect((await ask(`Patient?identifier=${NHS}|9990000019&_summary=count`)).json.entry).toBeUndefined();
    const trail = await ask(`AuditEvent?patient:identifier=${NHS}|1234567890`);
    expect(warningsOf(trail)).toEqual([]);
  });

  it('is read in the same way by the register of submissions, which refuses a mistyped one', async () => {
    const list = (number: string): Promise<Reply> =>
      homeward.call('GET', `/submissions?nhs-number=${encodeURIComponent(number)}`);
    expect((await list('999 000 0018')).json.submissions).toHaveLength(1);
    for (const wrong of ['9990000019', '99900001']) expect((await list(wrong)).status).toBe(400);
  });

  it('is read in the same way by $match', async () => {
    const match = (value: string): Promise<Reply> =>
      homeward.call('POST', '/FHIR/R4/Patient/$match', {
        body: { resourceType: 'Patient', identifier: [{ system: NHS, value }], birthDate: '1950-03-14' },
      });
    expect((await match('999–000 0018')).json.total).toBe(1);
    const mistyped = await match('9990000019');
    expect([mistyped.json.total, ...warningsOf(mistyped)]).toEqual([0, 'warning search-nhs-number']);
  });

  it('with spaces is in the audit trail like one without', async () => {
    await ask(`Patient?identifier=${NHS}|999\u00a0000\u00a00026`);
    expect(await totalOf(`AuditEvent?patient:identifier=${NHS}|9990000026`)).toBeGreaterThan(0);
  });
});

describe('a name', () => {
  it.each(['thorsdottir obrien', "Þorsdottir-O'Brien", 'THÓRSDÓTTIR O’BRIEN', 'thorsdottir–obr'])(
    'is found as people type it: %s',
    async (family) => {
      expect(await totalOf(`Patient?family=${family}`)).toBe(1);
      expect(await totalOf(`Patient?name:contains=${family.slice(3)}`)).toBe(1);
    },
  );

  it('is matched as it is searched', async () => {
    const reply = await homeward.call('POST', '/FHIR/R4/Patient/$match', {
      body: {
        resourceType: 'Patient',
        name: [{ family: 'Thorsdottir OBrien', given: ['Lucja'] }],
        gender: 'female',
        birthDate: '1950-03-14',
      },
    });
    expect(reply.json.entry[0].search.extension[0].valueCode).toBe('probable');
  });

  it('is folded by the audit trail as by every search', async () => {
    const names = [
      '  Zoë  SMITH ',
      'O’Brien-Łukasz',
      'Þóra ÆGIR',
      'Weiß ﬁn ŉ',
      'Smith – Jones',
      "' - ’",
      'Yıldız Đorđe',
      'O´B`c',
    ];
    const [row] = await homeward.app.database.query<{ folded: string[] }>(
      { text: 'SELECT audit_folded($1::text[]) AS folded' },
      [names],
    );
    expect(row?.folded).toEqual(names.map(fold));
  });

  it('is compared as it stands by :exact', async () => {
    expect(await totalOf('Patient?family:exact=Þórsdóttir-O’Brien')).toBe(1);
    expect(await totalOf('Patient?family:exact=Thorsdottir OBrien')).toBe(0);
  });
});

describe(':contains', () => {
  it.each([
    [300, 600],
    [0, 512],
    [990, 1_010],
    [1_500, 2_450],
    [2_580, 2_600],
  ])('sees the whole of a long text: characters %d to %d', async (from, to) => {
    const part = CITY.slice(from, to).trim();
    expect(await totalOf(`Patient?address-city:contains=${part}`)).toBe(1);
    expect(await totalOf(`Patient?address:contains=${part}`)).toBe(1);
  });

  it('does not find a beginning in the middle of a long text', async () => {
    expect(await totalOf(`Patient?address-city=${CITY.slice(1_000, 1_050).trim()}`)).toBe(0);
    expect(await totalOf(`Patient?address-city=${CITY.slice(0, 1_900).trim()}`)).toBe(1);
  });

  it('says so where it cannot see as much as it is asked for', async () => {
    const reply = await homeward.call(
      'GET',
      `/FHIR/R4/Patient?address-city:contains=${encodeURIComponent(CITY.slice(0, 1_200))}`,
    );
    expect([reply.status, reply.json.issue[0].details.text]).toEqual([
      400,
      expect.stringContaining('1000 bytes'),
    ]);
  });
});

describe('a time', () => {
  it.each([
    '2025-03-05T09:00:00Z',
    '2025-03-05T09:00:00.000Z',
    '2025-03-05T09:00:00.0%2B00:00',
    'le2025-03-05T09:00:00Z',
    'ge2025-03-05T09:00:00Z',
  ])('with a fraction of zeros counts as its second: %s', async (date) => {
    expect(await totalOf(`Observation?identifier=reading-1&date=${decodeURIComponent(date)}`)).toBe(1);
  });

  it.each([
    'gt2025-03-05T09:00:00Z',
    'lt2025-03-05T09:00:00.000Z',
    'ne2025-03-05T09:00:00Z',
    '2025-03-05T09:00:00.500Z',
  ])('is neither before nor after that second: %s', async (date) => {
    expect(await totalOf(`Observation?identifier=reading-1&date=${date}`)).toBe(0);
  });

  it('without seconds’ fraction is found by a time with one, as JavaScript writes it', async () => {
    const [{ resource }] = (await ask('DocumentReference')).json.entry;
    const asked = new Date(resource.date).toISOString();
    expect(asked).toMatch(/\.000Z$/);
    expect(await totalOf(`DocumentReference?date=${asked}`)).toBe(1);
  });

  it('of the server’s own is compared to the millisecond', async () => {
    const [{ resource }] = (await ask('Patient')).json.entry;
    const at = new Date(resource.meta.lastUpdated);
    expect(await totalOf(`Patient?_lastUpdated=${at.toISOString()}`)).toBe(1);
    expect(await totalOf(`Patient?_lastUpdated=gt${new Date(at.getTime() - 1).toISOString()}`)).toBe(1);
    expect(await totalOf(`Patient?_lastUpdated=gt${at.toISOString()}`)).toBe(0);
    const zeros = new Date(Math.floor(at.getTime() / 1000) * 1000).toISOString();
    const expected = at.getMilliseconds() === 0 ? 1 : 0;
    expect(await totalOf(`Patient?_lastUpdated=${zeros}`)).toBe(expected);
    expect(await totalOf(`Provenance?recorded=gt${zeros}`)).toBe(1 - expected);
  });
});

describe('a code', () => {
  const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';

  it.each([
    `Organization?identifier=${ODS}|rr8`,
    'Organization?identifier=rr8',
    `DocumentReference?custodian:identifier=${ODS}|rr8`,
    `DocumentReference?custodian.identifier=${ODS}|rr8`,
    `Encounter?service-provider:Organization.identifier=${ODS}|rr8`,
  ])('of an organisation is found in small letters: %s', async (query) => {
    expect(await totalOf(query)).toBe(1);
  });

  it('of an organisation is found in small letters in the register of submissions', async () => {
    expect((await homeward.call('GET', '/submissions?sender=rr8')).json.submissions).toHaveLength(1);
  });

  it.each([
    'DocumentReference?identifier=urn:uuid:0b8f6c52-93fd-4d1c-8e8b-5b1e0f5d7a11',
    'DocumentReference?identifier=urn:ietf:rfc:3986|URN:UUID:0B8F6C52-93FD-4D1C-8E8B-5B1E0F5D7A11',
    'Observation?identifier=URN:OID:2.16.840.1.113883.2.1.3|reading-1',
  ])('that is a urn:uuid or urn:oid is found whatever its case: %s', async (query) => {
    expect(await totalOf(query)).toBe(1);
  });

  it('of any other kind keeps its case', async () => {
    expect(await totalOf('Observation?identifier=READING-1')).toBe(0);
  });
});
