/**
 * What a caller may not read, it can't learn: not by chaining, counting, sorting, including, paging, nor from the
 * refusal itself. Two patients and two senders are stored; the narrow tokens below try to learn of them.
 */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { agitationOf } from './calm';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const KNOWN = '9990000018';
const NOT_KNOWN = '9990000026';
const RATE = '86290005';
let homeward: Homeward;
const ids: Record<string, string> = {};
let receipts: { mine: string; theirs: string };
let ratesOnly: string;

beforeAll(async () => {
  homeward = await startHomeward();
  const mine = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  const theirs = await homeward.call('POST', '/FHIR/R4/Bundle', {
    body: aSummary().stay(2).bytes(),
    token: homeward.token('system/Bundle.crs', 'RX1'),
  });
  receipts = {
    mine: String(mine.headers.get('x-submission-id')),
    theirs: String(theirs.headers.get('x-submission-id')),
  };
  for (const type of [
    'Patient',
    'Encounter',
    'DocumentReference',
    'Observation',
    'Organization',
    'Provenance',
  ]) {
    const { resource } = (await homeward.call('GET', `/FHIR/R4/${type}?_count=1`)).json.entry[0];
    ids[type] = resource.id;
    if (type === 'DocumentReference') ids.Binary = resource.content[0].attachment.url.split('/').at(-1);
  }
  const coded = await homeward.call('GET', `/FHIR/R4/Observation?code=${RATE}&_count=1`);
  ids.Rate = coded.json.entry[0].resource.id;
  const others = await homeward.call('GET', `/FHIR/R4/Observation?code:not=${RATE}&_count=1`);
  ids.Other = others.json.entry[0].resource.id;
  ratesOnly = homeward.token(`system/Observation.rs?code=http://snomed.info/sct|${RATE}`);
});
afterAll(() => homeward.close());

const as = (scope: string, path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('GET', `/FHIR/R4/${path}`, { token: homeward.token(scope), headers });

describe('who may read Observations alone is refused', () => {
  const reaching: [string, string][] = [
    ['a chain to the patient', 'Observation?patient.name=smith'],
    ['a chain to the patient’s birth date', 'Observation?patient.birthdate=1950-03-14'],
    ['a chain that names the type', 'Observation?subject:Patient.name=smith'],
    [
      'a chain by NHS number with more to it',
      `Observation?patient.identifier=${NHS_NUMBER}|${KNOWN}&patient.gender=female`,
    ],
    ['a chain over two steps', 'Observation?encounter.patient.name=smith'],
    ['a chain through an open reference', 'Observation?subject.name=smith'],
    ['a chain to the stay', 'Observation?encounter.status=finished'],
    ['_has', 'Observation?_has:DocumentReference:related:status=current'],
    ['_has of Provenance', 'Observation?_has:Provenance:target:recorded=gt2020'],
    ['_include of the patient', 'Observation?_include=Observation:patient'],
    ['_include by type', 'Observation?_include=Observation:subject:Patient'],
    ['_include of the stay, iterated', 'Observation?_include:iterate=Observation:encounter'],
    ['_revinclude of documents', 'Observation?_revinclude=DocumentReference:related'],
    ['_revinclude of Provenance', 'Observation?_revinclude=Provenance:target'],
  ];
  it.each(reaching)('%s', async (_name, query) => {
    const reply = await as('system/Observation.rs', query);
    expect([reply.status, agitationOf(reply)]).toEqual([403, []]);
  });

  it.each(reaching)('%s, and lenient handling changes nothing', async (_name, query) => {
    const [strict, lenient] = await Promise.all([
      as('system/Observation.rs', query),
      as('system/Observation.rs', query, { Prefer: 'handling=lenient' }),
    ]);
    expect([lenient.status, lenient.json]).toEqual([403, strict.json]);
  });

  it.each([
    'Patient',
    'Encounter',
    'DocumentReference',
    'Binary',
    'Bundle',
    'AuditEvent',
    'Provenance',
    'Organization',
  ])('reading %s, with one answer whether it exists or not', async (type) => {
    const [there, absent] = await Promise.all([
      as('system/Observation.rs', `${type}/${ids[type] ?? receipts.theirs}`),
      as('system/Observation.rs', `${type}/00000000-0000-4000-8000-000000000000`),
    ]);
    expect([there.status, there.json]).toEqual([403, absent.json]);
  });

  it('$everything of the patient, $match, $summary, $docref, $document', async () => {
    const replies = await Promise.all(
      [
        `Patient/${ids.Patient}/$everything`,
        `Encounter/${ids.Encounter}/$everything`,
        `Encounter/${ids.Encounter}/$summary`,
        `DocumentReference/$docref?patient=Patient/${ids.Patient}`,
        `Composition/${ids.Patient}/$document`,
      ].map((path) => as('system/Observation.rs', path)),
    );
    expect(replies.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    const match = await homeward.call('POST', '/FHIR/R4/Patient/$match', {
      token: ratesOnly,
      body: { resourceType: 'Parameters' },
    });
    expect(match.status).toBe(403);
  });

  it('everything else in `_include=*` is left out, without a word', async () => {
    const reply = await as('system/Observation.rs', 'Observation?_include=*&_revinclude=*&_count=5');
    const types = new Set(
      reply.json.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType),
    );
    expect([...types]).toEqual(['Observation']);
  });

  it('nothing is told of whether an NHS number is known', async () => {
    const [known, not] = await Promise.all(
      [KNOWN, NOT_KNOWN].map((number) =>
        as('system/Encounter.rs', `Observation?patient:identifier=${NHS_NUMBER}|${number}`),
      ),
    );
    expect([known!.status, known!.json]).toEqual([403, not!.json]);
  });
});

describe('a scope for one kind of Observation', () => {
  const ask = (path: string): Promise<Reply> =>
    homeward.call('GET', `/FHIR/R4/${path}`, { token: ratesOnly });

  it('reads that kind, and no other: 404, as if it were not there', async () => {
    const [rate, other, none] = await Promise.all([
      ask(`Observation/${ids.Rate}`),
      ask(`Observation/${ids.Other}`),
      ask('Observation/00000000-0000-4000-8000-000000000000'),
    ]);
    expect([rate.status, other.status, other.json]).toEqual([200, 404, none.json]);
  });

  it.each(['_history', '_history/1'])('holds of %s too', async (path) => {
    const [rate, other] = await Promise.all([
      ask(`Observation/${ids.Rate}/${path}`),
      ask(`Observation/${ids.Other}/${path}`),
    ]);
    expect([rate.status, other.status]).toEqual([200, 404]);
  });

  it.each([
    ['a search for all', 'Observation', 2],
    ['a count', 'Observation?_summary=count', 2],
    ['a count of the other kinds', `Observation?code:not=${RATE}&_summary=count`, 0],
    ['a search by the other’s id', 'Observation?_id=OTHER&_total=accurate', 0],
    ['a total', 'Observation?_count=1&_total=accurate', 2],
    ['$lastn', `Observation/$lastn?patient=PATIENT&max=50`, 2],
  ])('holds of %s', async (_name, path, total) => {
    const reply = await ask(path.replace('OTHER', ids.Other!).replace('PATIENT', `Patient/${ids.Patient}`));
    expect([reply.status, reply.json.total]).toEqual([200, total]);
  });

  it('holds of $everything and of what is included', async () => {
    const token = homeward.token(
      `system/Patient.rs system/Encounter.rs system/Observation.rs?code=http://snomed.info/sct|${RATE}`,
    );
    for (const path of [
      `Patient/${ids.Patient}/$everything?_type=Observation`,
      `Encounter?_revinclude=Observation:encounter`,
      `Encounter/${ids.Encounter}/$summary`,
    ]) {
      const reply = await homeward.call('GET', `/FHIR/R4/${path}`, { token });
      const codes = JSON.stringify(
        reply.json.entry
          .filter(
            ({ resource }: { resource: { resourceType: string } }) => resource.resourceType === 'Observation',
          )
          .map(({ resource }: { resource: { code: unknown } }) => resource.code),
      );
      expect([path, reply.status, codes.includes('"code":"364075005"'), codes.includes(RATE)]).toEqual([
        path,
        200,
        false,
        true,
      ]);
    }
  });

  it('holds of a chain through it', async () => {
    const token = homeward.token(
      `system/Patient.rs system/Observation.rs?code=http://snomed.info/sct|${RATE}`,
    );
    const by = (code: string): Promise<Reply> =>
      homeward.call('GET', `/FHIR/R4/Patient?_has:Observation:patient:code=${code}`, { token });
    expect([(await by(RATE)).json.total, (await by('364075005')).json.total]).toEqual([1, 0]);
  });

  it('grants nothing where its query can’t be read', async () => {
    for (const query of ['nonsense=1', '_has:Patient:x:y=1', 'code=', '_include=*']) {
      const reply = await as(`system/Observation.rs?${query}`, 'Observation');
      expect([query, reply.status === 403 || reply.json.total === 0]).toEqual([query, true]);
    }
  });

  it.each(["code=' OR 1=1--", 'code=x%27)%20OR%20TRUE--', 'code=\\'])(
    'restricts by a value, whatever it is: %s',
    async (query) => {
      const reply = await as(`system/Observation.rs?${query.replaceAll(' ', '%20')}`, 'Observation');
      expect([reply.status, reply.json.total ?? 0]).toEqual([200, 0]);
    },
  );

  it('for documents holds of their bytes', async () => {
    const [in_, out] = await Promise.all([
      as('system/DocumentReference.rs?status=current', `Binary/${ids.Binary}`),
      as('system/DocumentReference.rs?status=superseded', `Binary/${ids.Binary}`),
    ]);
    expect([in_.status, out.status]).toEqual([200, 404]);
  });
});

describe('a cursor', () => {
  const wideNext = async (): Promise<string> => {
    const page = await homeward.call('GET', '/FHIR/R4/Observation?_count=1&_include=Observation:patient');
    return page.json.link.find(({ relation }: { relation: string }) => relation === 'next').url as string;
  };

  it('of a wide token shows a narrow one no more than it may see', async () => {
    const reply = await homeward.call('GET', await wideNext(), { token: ratesOnly });
    const text = JSON.stringify(reply.json);
    expect(reply.status).toBeLessThan(500);
    expect(text).not.toContain('"resourceType":"Patient"');
    for (const { resource } of reply.json.entry ?? [])
      if (resource.resourceType === 'Observation') expect(JSON.stringify(resource.code)).toContain(RATE);
  });

  it('is refused to who may not search the type', async () => {
    expect(
      (await homeward.call('GET', await wideNext(), { token: homeward.token('system/Patient.rs') })).status,
    ).toBe(403);
  });

  it('of one type is none of another', async () => {
    const next = await wideNext();
    expect((await homeward.call('GET', next.replace('/Observation?', '/Patient?'))).status).toBe(400);
  });

  it('shows nothing of the search it carries on', async () => {
    const page = await homeward.call(
      'GET',
      `/FHIR/R4/Observation?_count=1&patient:identifier=${NHS_NUMBER}|${KNOWN}`,
    );
    const next = page.json.link.find(({ relation }: { relation: string }) => relation === 'next')
      .url as string;
    expect([
      next.includes(KNOWN),
      Buffer.from(next.split('_cursor=')[1]!, 'base64url').includes(KNOWN),
    ]).toEqual([false, false]);
  });

  it.each([
    ['empty', ''],
    ['random', 'A'.repeat(200)],
    ['no base64', '%%%'],
    ['very long', 'A'.repeat(17_000)],
    [
      'JSON',
      Buffer.from('{"type":"Observation","params":[],"after":[null],"snapshot":"1:1:"}').toString(
        'base64url',
      ),
    ],
  ])('that is %s is refused', async (_name, cursor) => {
    const reply = await homeward.call('GET', `/FHIR/R4/Observation?_cursor=${encodeURIComponent(cursor)}`);
    expect([reply.status, agitationOf(reply)]).toEqual([400, []]);
  });

  it('with one bit changed is refused', async () => {
    const next = await wideNext();
    const [base, text] = next.split('_cursor=') as [string, string];
    const bytes = Buffer.from(text, 'base64url');
    bytes[bytes.length - 3]! ^= 1;
    expect((await homeward.call('GET', `${base}_cursor=${bytes.toString('base64url')}`)).status).toBe(400);
  });
});

describe('submissions', () => {
  const asSender = (path: string, scope = 'system/Bundle.crs', ods = 'RR8'): Promise<Reply> =>
    homeward.call('GET', `/FHIR/R4/${path}`, { token: homeward.token(scope, ods) });

  it.each(['Bundle/ID', 'Bundle/ID/_history/1', 'Bundle/ID/_history'])(
    'of another sender are not there: %s',
    async (path) => {
      const [mine, theirs] = await Promise.all([
        asSender(path.replace('ID', receipts.mine)),
        asSender(path.replace('ID', receipts.theirs)),
      ]);
      expect([mine.status, theirs.status]).toEqual([200, 404]);
    },
  );

  it('of another sender are neither found nor counted, by the wildcard either', async () => {
    for (const scope of ['system/Bundle.crs', 'system/*.rs', 'user/*.rs']) {
      const reply = await asSender('Bundle?_total=accurate', scope);
      expect([scope, reply.json.total, JSON.stringify(reply.json).includes(receipts.theirs)]).toEqual([
        scope,
        1,
        false,
      ]);
    }
  });

  it('of another sender are not found by a scope for a part of the audit trail', async () => {
    const scope = 'system/Bundle.rs system/AuditEvent.rs?action=D';
    expect((await asSender('Bundle?_total=accurate', scope)).json.total).toBe(1);
    expect((await asSender(`Bundle/${receipts.theirs}`, scope)).status).toBe(404);
  });

  it('of another sender are not read through a batch', async () => {
    const entry = ['Bundle/ID', 'Bundle/ID/_history/1', 'Bundle/ID/_history', 'Bundle?_id=ID'].map((url) => ({
      request: { method: 'GET', url: url.replace('ID', receipts.theirs) },
    }));
    const reply = await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Bundle.crs system/*.rs'),
      body: { resourceType: 'Bundle', type: 'batch', entry },
    });
    const text = JSON.stringify(
      reply.json.entry.map(
        ({ resource }: { resource?: { total?: number; entry?: unknown } }) => resource?.entry ?? null,
      ),
    );
    expect([reply.status, text.includes('RX1'), text]).toEqual([200, false, '[null,null,null,null]']);
  });

  it.each(['/submissions', '/ledger/verify'])('and %s are for auditors, who are named', async (path) => {
    for (const scope of [
      'system/*.rs',
      'system/*.*',
      'user/*.cruds',
      'system/Bundle.crs',
      'patient/AuditEvent.rs',
      'system/auditevent.rs',
    ])
      expect((await homeward.call('GET', path, { token: homeward.token(scope) })).status).toBe(403);
  });
});

describe('scopes that are not what they seem', () => {
  it.each([
    '',
    ' ',
    'system/Patient',
    'system/patient.rs',
    'System/Patient.rs',
    'system/Patient.sr',
    'patient/Patient.rs',
    'launch/Patient.rs',
    'system/*.r*',
    'system/*',
    '*/*.rs',
    'system/Patient.rs,system/Observation.rs',
    'system/Patient.rs#',
    'system/Pat*.rs',
    'openid',
    'system/Patient.rs?',
    'system/Patient.cud',
    '__proto__',
  ])('%j reads no Patient', async (scope) => {
    expect((await as(scope, 'Patient')).status).toBe(403);
  });
});
