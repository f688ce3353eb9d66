/**
 * What comes beside the content of an answer: links, totals, times, parameters that are taken or not. It comes from what
 * the caller sees alone.
 */
import { createHash } from 'node:crypto';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { isObject, type AnyResource } from '../../src/fhir/types';

const NUMBER = '9990000018';
let homeward: Homeward;

const resourcesOf = (bundle: AnyResource, type: string): AnyResource[] =>
  (bundle.entry as { resource: AnyResource }[])
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === type);

/** A summary whose document has a security label, and bytes of its own. */
function labelled(bundle: AnyResource, code: string, text: string): AnyResource {
  const [document] = resourcesOf(bundle, 'DocumentReference');
  const pdf = minimalPdf(text);
  document!.securityLabel = [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code }] },
  ];
  const [content] = document!.content as { attachment: Record<string, unknown> }[];
  content!.attachment.data = pdf.toString('base64');
  content!.attachment.size = pdf.length;
  content!.attachment.hash = createHash('sha1').update(pdf).digest('base64');
  return bundle;
}

beforeAll(async () => {
  homeward = await startHomeward();
  const first = labelled(aSummary().nhsNumber(NUMBER).build(), 'R', 'the whole report');
  expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body: first })).status).toBe(201);
  const second = labelled(aSummary().nhsNumber(NUMBER).correction(2).build(), 'N', 'the redacted report');
  for (const encounter of resourcesOf(second, 'Encounter')) encounter.status = 'entered-in-error';
  expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body: second })).status).toBe(201);
});
afterAll(() => homeward.close());

const as = (scope: string, path: string, ods = 'RR8'): Promise<Reply> =>
  homeward.call('GET', path.startsWith('http') ? path : `/FHIR/R4/${path}`, {
    token: homeward.token(scope, ods),
  });
const idOf = async (type: string): Promise<string> =>
  (await as('system/*.rs', type)).json.entry[0].resource.id as string;
const NOWHERE = '0b5e2f0a-5f0e-4d0e-8d6d-6b0d2f6f8a11';

describe('the history of a resource of which a scope hides', () => {
  it('all versions tells no more than that of an id that is not there', async () => {
    const id = await idOf('Encounter');
    const scope = 'system/Encounter.r?status=planned';
    for (const query of [
      '',
      '?_count=1',
      '?_since=2000-01-01&_count=1',
      '?_before=99&_count=1',
      '?_at=2100&_count=1',
    ]) {
      const [there, notThere] = [
        await as(scope, `Encounter/${id}/_history${query}`),
        await as(scope, `Encounter/${NOWHERE}/_history${query}`),
      ];
      expect([query, there.status, there.bytes.toString('utf8').replaceAll(id, NOWHERE)]).toEqual([
        query,
        notThere.status,
        notThere.bytes.toString('utf8'),
      ]);
    }
  });

  it('the newest version has no page for it, and its time is in nothing', async () => {
    const id = await idOf('Encounter');
    const whole = (await as('system/*.rs', `Encounter/${id}/_history`)).json.entry as {
      resource: { status: string };
    }[];
    expect(whole).toHaveLength(2);
    const old = whole[1]!.resource.status;
    const scope = `system/Encounter.r?status=${old}`;
    for (const path of [`Encounter/${id}/_history`, 'Encounter/_history', '_history']) {
      for (const query of ['?_count=1', '?_at=2100']) {
        const page = (await as(scope, `${path}${query}`)).json;
        if (path === '_history') continue;
        expect([path, query, page.link.length, page.entry?.length]).toEqual([path, query, 1, 1]);
        expect(page.entry[0].resource.status).toBe(old);
      }
    }
  });
});

describe('the document of an earlier version', () => {
  it('follows a restriction by the version that refers to it', async () => {
    const id = await idOf('DocumentReference');
    const history = (await as('system/*.rs', `DocumentReference/${id}/_history`)).json;
    const binaries = (history.entry as { resource: AnyResource }[]).map(({ resource }) => {
      const [content] = resource.content as { attachment: { url: string } }[];
      return content!.attachment.url;
    });
    expect(new Set(binaries).size).toBe(2);
    const statuses = async (scope: string): Promise<number[]> => {
      const replies: number[] = [];
      for (const binary of binaries) replies.push((await as(scope, binary)).status);
      return replies;
    };
    expect(await statuses('system/DocumentReference.rs')).toEqual([200, 200]);
    expect(await statuses('system/DocumentReference.rs?security-label=N')).toEqual([200, 404]);
    expect(await statuses('system/DocumentReference.rs?security-label=R')).toEqual([404, 200]);
  });
});

describe('a page of $everything', () => {
  it('is taken or refused whether or not something of its type is stored', async () => {
    const id = await idOf('Patient');
    const stored = {
      resourceType: 'Condition',
      subject: { reference: `Patient/${id}` },
      code: { text: 'x' },
    };
    const body = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: stored, request: { method: 'POST', url: 'Condition' } }],
    };
    expect((await homeward.call('POST', '/FHIR/R4', { body })).status).toBe(200);
    const statuses = async (scope: string): Promise<number[]> => {
      const replies: number[] = [];
      for (const type of ['Condition', 'AllergyIntolerance'])
        replies.push((await as(scope, `Patient/${id}/$everything?_page=${type}`)).status);
      return replies;
    };
    expect(await statuses('system/Patient.r')).toEqual([400, 400]);
    expect(await statuses('system/*.r')).toEqual([200, 200]);
    expect(
      await statuses('system/Patient.r system/Condition.r?code=none system/AllergyIntolerance.r'),
    ).toEqual([200, 200]);
  });
});

describe('a cursor', () => {
  it('tells its total to the caller it was counted for, and is recorded with what it asks', async () => {
    const id = await idOf('Patient');
    const first = await as('system/*.rs', `Observation?patient=${id}&_count=1`);
    const next = (first.json.link as { relation: string; url: string }[]).find(
      ({ relation }) => relation === 'next',
    )!.url;
    expect((await as('system/*.rs', next)).json.total).toBe(first.json.total);
    for (const [scope, ods] of [
      ['system/*.rs', 'ZZ9'],
      ['system/Observation.rs?code=none', 'RR8'],
    ] as const)
      expect((await as(scope, next, ods)).json.total).toBeUndefined();
    const requestId = 'cursor-of-another';
    await homeward.call('GET', next, {
      token: homeward.token('system/Observation.rs?code=none', 'ZZ9'),
      headers: { 'X-Request-ID': requestId },
    });
    const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
    expect(JSON.stringify(json)).toContain(`Patient/${id}`);
  });
});

describe('the representation of what a sender created', () => {
  it('shows nothing of what was found for it', async () => {
    const create = async (subject: object): Promise<Reply> =>
      homeward.call('POST', '/FHIR/R4', {
        token: homeward.token('system/Bundle.c', 'RR8'),
        headers: {
          Prefer: 'return=representation',
          'X-Request-ID': `shown-${JSON.stringify(subject).length}`,
        },
        body: {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            {
              resource: { resourceType: 'Procedure', status: 'completed', code: { text: 'x' }, subject },
              request: { method: 'POST', url: 'Procedure' },
            },
          ],
        },
      });
    const logical = (value: string): object => ({
      identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value },
    });
    const { status, json } = await create(logical(NUMBER));
    expect([status, json.entry[0].response.status, json.entry[0].resource]).toEqual([
      200,
      '201 Created',
      undefined,
    ]);
    // Whose number is not stored is refused (decision 52), and the attempt is on record like the other.
    const unknown = await create(logical('9990000131'));
    expect([unknown.status, unknown.json.issue[0].details.coding[0].code]).toEqual([
      422,
      'submission-unknown-patient',
    ]);
    const own = await create({ type: 'Group', display: 'those of one ward' });
    expect(isObject(own.json.entry[0].resource)).toBe(true);
    for (const value of [NUMBER, '9990000131']) {
      const report = await homeward.call('GET', `/access-report?nhs-number=${value}`);
      const what = (report.json.rows as { action: string }[]).filter(({ action }) => action === 'C');
      expect([value, what.length > 0]).toEqual([value, true]);
    }
  });
});
