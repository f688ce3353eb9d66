/** The use cases of reading and auditing, called as an interface other than HTTP would call them. */
import type { Caller } from '../../src/engines/access/caller';
import { parseScopes } from '../../src/engines/access/scopes';
import { visibilityOf } from '../../src/engines/access/visibility';
import { accessReport } from '../../src/use-cases/auditing/access-report';
import { listOfSubmissions, oneSubmission } from '../../src/use-cases/auditing/submissions';
import type { Answered } from '../../src/use-cases/call/answered';
import { roomForJson, type Reader } from '../../src/use-cases/call/reader';
import { binary } from '../../src/use-cases/reading/binary';
import { documentsAbout, lastOfEach } from '../../src/use-cases/reading/derived-searches';
import { staySummary } from '../../src/use-cases/reading/document';
import { everything } from '../../src/use-cases/reading/everything';
import { history } from '../../src/use-cases/reading/history';
import { match } from '../../src/use-cases/reading/match';
import { read } from '../../src/use-cases/reading/read';
import { search, searchCompartment } from '../../src/use-cases/reading/search';
import { readSubmission } from '../../src/use-cases/reading/submission';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { scopeRules } from '../support/scope-rules';

const SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';
const NHS_NUMBER = '9990000018';
const BY_NUMBER: [string, string] = ['patient:identifier', `${SYSTEM}|${NHS_NUMBER}`];

let homeward: Homeward;
let submission: string;
let patient: string;
let stay: string;
let document: string;
beforeAll(async () => {
  homeward = await startHomeward();
  const { headers } = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  submission = String(headers.get('x-submission-id'));
  const first = async (type: string): Promise<{ id: string; content: { attachment: { url: string } }[] }> =>
    (await homeward.call('GET', `/FHIR/R4/${type}`)).json.entry[0].resource;
  patient = (await first('Patient')).id;
  stay = (await first('Encounter')).id;
  document = (await first('DocumentReference')).content[0]!.attachment.url.split('/').at(-1)!;
});
afterAll(() => homeward.close());

function readerWith(scope: string, reach: Parameters<typeof visibilityOf>[1] = { kind: 'all' }): Reader {
  const caller: Caller = {
    clientId: 'ward-pages',
    sender: 'RR8',
    odsCode: 'RR8',
    scopes: parseScopes(scope, scopeRules),
    issuer: 'https://issuer.example',
  };
  return {
    caller,
    visibility: visibilityOf(caller, reach, homeward.app.reading),
    fhirBase: 'https://homeward.example/FHIR/R4',
    now: new Date('2026-01-31T09:00:00Z'),
    room: roomForJson(1_000_000),
    gone: new AbortController().signal,
  };
}
const reader = (): Reader => readerWith('system/*.rs system/Bundle.rs system/AuditEvent.rs');
const strict = { handling: 'strict' } as const;

/** Each use case, and a call of it that answers something of the patient. */
const calls: Readonly<Record<string, (who: Reader) => Promise<Answered<unknown>>>> = {
  read: (who) => read(who, { type: 'Encounter', id: stay }, homeward.app.reading),
  history: (who) => history(who, { type: 'Encounter', id: stay }, homeward.app.reading),
  search: (who) => search(who, { type: 'Encounter', params: [BY_NUMBER], ...strict }, homeward.app.reading),
  searchCompartment: (who) =>
    searchCompartment(who, { type: 'Observation', patient, params: [], ...strict }, homeward.app.reading),
  lastOfEach: (who) =>
    lastOfEach(who, { type: 'Observation', params: [['patient', patient]], ...strict }, homeward.app.reading),
  documentsAbout: (who) =>
    documentsAbout(
      who,
      { type: 'DocumentReference', params: [['patient', patient]], ...strict },
      homeward.app.reading,
    ),
  everything: (who) => everything(who, { type: 'Patient', id: patient }, homeward.app.reading),
  staySummary: (who) => staySummary(who, { type: 'Encounter', id: stay }, homeward.app.reading),
  binary: (who) => binary(who, { id: document }, homeward.app.reading),
  match: (who) => {
    const identifier = [{ system: SYSTEM, value: NHS_NUMBER }];
    const wanted = { resourceType: 'Patient', identifier };
    return match(who, { patient: wanted, onlyCertain: false, count: 10 }, homeward.app.reading);
  },
};
/** What is asked for by its sender, or by an auditor: the policy of reading does not decide it. */
const ofAuditors: typeof calls = {
  readSubmission: (who) => readSubmission(who, { id: submission }, homeward.app.reading),
  listOfSubmissions: (who) => listOfSubmissions(who, { limit: 10 }, homeward.app.auditing),
  oneSubmission: (who) => oneSubmission(who, submission, homeward.app.auditing),
  accessReport: (who) =>
    accessReport(who, { nhsNumber: NHS_NUMBER, limit: 10, sizeOf: () => 100 }, homeward.app.auditing),
};

describe('a use case called without HTTP', () => {
  it.each(Object.keys({ ...calls, ...ofAuditors }))(
    '%s answers, and says whose data it disclosed',
    async (name) => {
      const result = await { ...calls, ...ofAuditors }[name]!(reader());
      expect([result.ok, result.disclosed.patients]).toEqual([true, [patient]]);
    },
  );

  const hidden = { kind: 'organisation', odsCode: 'EV9' } as const;
  it.each(Object.keys(calls))('%s shows nothing of a patient whom the policy hides', async (name) => {
    const result = await calls[name]!(readerWith('system/*.rs', hidden));
    expect(result.disclosed.resources).toEqual([]);
    expect(JSON.stringify(result.ok ? result.answer : {})).not.toMatch(/birthDate|"resource\b/);
  });

  it.each(['read', 'binary'])('%s names the hidden patient for the record of the attempt', async (name) => {
    const result = await calls[name]!(readerWith('system/*.rs', hidden));
    expect(result).toMatchObject({
      ok: false,
      failure: { category: 'not-found' },
      disclosed: { patients: [patient] },
    });
  });

  it('says by which conditions it looked, found or not', async () => {
    const { disclosed } = await calls.search!(reader());
    expect(disclosed.conditions).toEqual([`patient:identifier=${SYSTEM}|${NHS_NUMBER}`]);
    const { disclosed: refused } = await calls.search!(readerWith('system/Patient.rs'));
    expect(refused.conditions).toEqual(disclosed.conditions);
  });

  it('fails with a value where its answer has more bytes than there is room for', async () => {
    const small = { ...reader(), room: roomForJson(100) };
    expect(await calls.staySummary!(small)).toMatchObject({
      ok: false,
      failure: { category: 'forbidden', issues: [{ rule: 'answer-too-large' }] },
    });
  });

  it('fails with a value where nobody waits for the answer any more', async () => {
    const gone = new AbortController();
    gone.abort();
    expect(await calls.everything!({ ...reader(), gone: gone.signal })).toMatchObject({
      ok: false,
      failure: { issues: [{ rule: 'http-abandoned' }] },
    });
  });
});
