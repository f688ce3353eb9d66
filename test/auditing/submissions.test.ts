/** `/submissions`: what was received, accepted or refused, as an auditor and a reviewer see it. */
import { createHash } from 'node:crypto';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, freshSummary, send, stored, type AnyJson } from '../semantics/sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

async function list(query = ''): Promise<AnyJson> {
  const { status, json } = await homeward.call('GET', `/submissions?${query}`);
  if (status !== 200) throw new Error(`answered ${status}: ${JSON.stringify(json)}`);
  return json;
}
const idsOf = (page: AnyJson): string[] => page.submissions.map(({ id }: AnyJson) => id);

describe('the list of submissions', () => {
  it('tells of each what came, from whom, and what became of it', async () => {
    const number = freshNhsNumber();
    const body = freshSummary().nhsNumber(number).bytes();
    const sent = await accepted(homeward, body, { as: 'RLS01', headers: { 'X-Request-ID': 'list-1' } });
    const patient = await stored(homeward, sent.submissionId, 'Patient');
    const { submissions, next } = await list('sender=RLS01');
    expect(next).toBeNull();
    expect(submissions).toEqual([
      {
        id: sent.submissionId,
        status: 'accepted',
        sender: 'RLS01',
        clientId: 'test-RLS01',
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        door: 'http',
        httpStatus: 201,
        sha256: createHash('sha256').update(body).digest('hex'),
        size: body.length,
        contentType: 'application/fhir+json',
        bundleType: 'collection',
        nhsNumber: number,
        patient: `Patient/${patient.id}`,
        location: sent.headers.get('location'),
        requestId: 'list-1',
      },
    ]);
  });

  it('finds by status, sender, NHS number and time', async () => {
    const number = freshNhsNumber();
    const from = new Date().toISOString();
    const good = await accepted(homeward, freshSummary().nhsNumber(number), { as: 'RFN01' });
    const bad = await send(homeward, freshSummary().nhsNumber(number).without('Encounter'), { as: 'RFN01' });
    expect(idsOf(await list(`nhs-number=${number}`))).toEqual([bad.submissionId, good.submissionId]);
    expect(
      idsOf(await list(`nhs-number=${number.slice(0, 3)}%20${number.slice(3)}&status=accepted`)),
    ).toEqual([good.submissionId]);
    expect(idsOf(await list('sender=RFN01&status=refused'))).toEqual([bad.submissionId]);
    expect(idsOf(await list(`sender=RFN01&from=${from}`))).toEqual([bad.submissionId, good.submissionId]);
    expect(idsOf(await list(`sender=RFN01&to=2020-01-01`))).toEqual([]);
  });

  it('turns its pages without loss or repetition while submissions arrive', async () => {
    const sent: string[] = [];
    for (let count = 0; count < 5; count += 1)
      sent.unshift((await accepted(homeward, freshSummary(), { as: 'RPG01' })).submissionId);
    const first = await list('sender=RPG01&limit=2');
    await accepted(homeward, freshSummary(), { as: 'RPG01' });
    const second = await list(`sender=RPG01&limit=2&cursor=${first.next}`);
    const third = await list(`sender=RPG01&limit=2&cursor=${second.next}`);
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(sent);
    expect(third.next).toBeNull();
  });

  it.each([
    ['status=lost', 'submissions-parameter'],
    ['nhs-number=12', 'submissions-parameter'],
    ['nhs-number=9990000019', 'submissions-parameter'],
    ['review=maybe', 'submissions-parameter'],
    ['from=yesterday', 'submissions-parameter'],
    ['limit=0', 'submissions-parameter'],
    ['limit=501', 'submissions-parameter'],
    ['cursor=abc', 'submissions-parameter'],
    ['status=refused&status=refused', 'submissions-parameter'],
    ['colour=red', 'submissions-unknown-parameter'],
  ])('refuses %s', async (query, rule) => {
    const { status, json } = await homeward.call('GET', `/submissions?${query}`);
    expect([status, json.resourceType, json.issue[0].details.coding[0].code]).toEqual([
      400,
      'OperationOutcome',
      rule,
    ]);
  });

  it('is closed to whoever’s scopes do not name the audit trail', async () => {
    const token = homeward.token('system/Bundle.crs system/*.rs');
    for (const path of [
      '/submissions',
      '/submissions/7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11',
      '/ledger/verify',
    ])
      expect((await homeward.call('GET', path, { token })).status).toBe(403);
    expect((await homeward.call('GET', '/submissions', { token: null })).status).toBe(401);
  });
});

describe('one submission', () => {
  it('tells what it stored, and who has read that since', async () => {
    const sent = await accepted(homeward, freshSummary(), { as: 'RON01' });
    const encounter = await stored(homeward, sent.submissionId, 'Encounter');
    await homeward.call('GET', `/FHIR/R4/Encounter/${encounter.id}`, {
      token: homeward.token('system/Encounter.rs', 'RDR99'),
    });
    const { json } = await homeward.call('GET', `/submissions/${sent.submissionId}`);
    expect(json).toMatchObject({
      id: sent.submissionId,
      status: 'accepted',
      sender: 'RON01',
      outcome: { errors: 0 },
      withdrawn: [],
    });
    expect(json.stored).toContainEqual(
      expect.objectContaining({ type: 'Encounter', id: encounter.id, version: 1 }),
    );
    expect(json.readBy).toEqual([
      expect.objectContaining({
        action: 'R',
        interaction: 'read',
        clientId: 'test-RDR99',
        organisation: 'RDR99',
      }),
    ]);
  });

  it('gives back the very bytes, as they came', async () => {
    const body = Buffer.concat([freshSummary().bytes(), Buffer.from('\n  \n')]);
    const sent = await accepted(homeward, body);
    const raw = await homeward.call('GET', `/submissions/${sent.submissionId}/raw`);
    expect(raw.status).toBe(200);
    expect(raw.bytes.equals(body)).toBe(true);
    expect(raw.headers.get('content-type')).toBe('application/fhir+json');
    expect(raw.headers.get('content-disposition')).toBe(`attachment; filename="${sent.submissionId}.json"`);
  });

  it('gives back what could not even be read', async () => {
    const body = Buffer.from('{"resourceType": "Bundle", ');
    const sent = await send(homeward, body);
    expect(sent.status).toBe(400);
    const raw = await homeward.call('GET', `/submissions/${sent.submissionId}/raw`);
    expect(raw.bytes.equals(body)).toBe(true);
    const { json } = await homeward.call('GET', `/submissions/${sent.submissionId}`);
    expect(json).toMatchObject({ status: 'refused', httpStatus: 400, stored: [] });
    expect(json.location).toBeUndefined();
  });

  it('gives the outcome that was answered', async () => {
    const sent = await send(homeward, freshSummary().without('Encounter'));
    const outcome = await homeward.call('GET', `/submissions/${sent.submissionId}/outcome`);
    expect(outcome.status).toBe(200);
    expect(outcome.json).toEqual(sent.json);
    const xml = await homeward.call('GET', `/submissions/${sent.submissionId}/outcome`, {
      headers: { Accept: 'application/fhir+xml' },
    });
    expect(xml.headers.get('content-type')).toMatch(/^application\/fhir\+xml/);
  });

  it('names what it replaces, and what replaced it', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, summary.correction(2));
    const of = async (id: string): Promise<AnyJson> =>
      (await homeward.call('GET', `/submissions/${id}`)).json;
    expect((await of(first.submissionId)).replacedBy).toBe(second.submissionId);
    expect((await of(second.submissionId)).replaces).toBe(first.submissionId);
  });

  it('keeps review marks, which are only ever added', async () => {
    const { submissionId } = await accepted(homeward, freshSummary());
    const path = `/submissions/${submissionId}/review`;
    const json = { 'Content-Type': 'application/json' };
    const first = await homeward.call('POST', path, { body: { note: 'Rang the ward.' }, headers: json });
    expect(first.status).toBe(201);
    await homeward.call('POST', path, { body: { note: 'All is well.' }, headers: json });
    const whole = (await homeward.call('GET', `/submissions/${submissionId}`)).json;
    expect(
      whole.review.marks.map(({ note, clientId, organisation }: AnyJson) => [note, clientId, organisation]),
    ).toEqual([
      ['Rang the ward.', 'test-RR8', 'RR8'],
      ['All is well.', 'test-RR8', 'RR8'],
    ]);
    expect((await homeward.call('POST', path, { body: { note: '' }, headers: json })).status).toBe(400);
    expect((await homeward.call('POST', path, { body: { note: 'x' } })).status).toBe(415);
    expect((await homeward.call('DELETE', path)).status).toBe(405);
  });

  it('leaves the queue when its review is closed, and comes back when it is opened again', async () => {
    const { submissionId } = await send(homeward, freshSummary().without('Encounter'), { as: 'RQU01' });
    const queue = async (): Promise<string[]> => idsOf(await list('status=refused&review=open&sender=RQU01'));
    const review = async (body: object): Promise<AnyJson> => {
      const headers = { 'Content-Type': 'application/json' };
      const reply = await homeward.call('POST', `/submissions/${submissionId}/review`, { body, headers });
      expect(reply.status).toBe(201);
      return reply.json;
    };
    expect(await queue()).toEqual([submissionId]);
    await review({ note: 'I look into it.' });
    expect(await queue()).toEqual([submissionId]);
    expect(await review({ note: 'The ward sends it again.', closed: true })).toMatchObject({ closed: true });
    expect(await queue()).toEqual([]);
    expect(idsOf(await list('review=closed&sender=RQU01'))).toEqual([submissionId]);
    await review({ note: 'A remark changes nothing.' });
    expect(await queue()).toEqual([]);
    await review({ note: 'It has not come.', closed: false });
    expect(await queue()).toEqual([submissionId]);
    const { json } = await homeward.call('GET', `/submissions/${submissionId}`);
    expect(json.review).toMatchObject({ reasons: [], reviewed: true, state: 'open' });
    expect(json.review.marks.map(({ closed }: AnyJson) => closed)).toEqual([
      undefined,
      true,
      undefined,
      false,
    ]);
  });

  it('is not in the queue where it was accepted and there is no reason to look at it', async () => {
    const { submissionId } = await accepted(homeward, freshSummary(), { as: 'RQU02' });
    expect((await list('review=open&sender=RQU02')).submissions).toEqual([]);
    const { json } = await homeward.call('GET', `/submissions/${submissionId}`);
    expect(json.review).toEqual({ reasons: [], reviewed: false, state: 'none', marks: [] });
  });

  it.each([{ note: 'x', closed: 'yes' }, { closed: true }, { note: 'x', closed: null }])(
    'takes no review that is none: %j',
    async (body) => {
      const { submissionId } = await send(homeward, freshSummary().without('Encounter'));
      const headers = { 'Content-Type': 'application/json' };
      const reply = await homeward.call('POST', `/submissions/${submissionId}/review`, { body, headers });
      expect([reply.status, reply.json.issue[0].details.coding[0].code]).toEqual([400, 'submissions-review']);
    },
  );

  it('is unknown by an id that was never given', async () => {
    for (const path of ['', '/raw', '/outcome']) {
      const { status } = await homeward.call(
        'GET',
        `/submissions/7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11${path}`,
      );
      expect(status).toBe(404);
    }
  });
});
