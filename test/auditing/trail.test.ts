/** The audit trail as an auditor sees it: who did what to whose data, refusals too, found as FHIR. */
import { auditEvent } from '../../src/resources/audit-event';
import { columnsOf } from '../../src/engines/indexing/columns';
import { rowOf } from '../../src/engines/indexing/row';
import type { AnyResource } from '../../src/fhir/types';
import { createStructureValidator } from '../../src/engines/validation/structure/create-structure-validator';
import { everything, startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  byNhsNumber,
  freshNhsNumber,
  freshSummary,
  send,
  stored,
  type AnyJson,
} from '../semantics/sending';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** The AuditEvents that a search finds, newest first. */
async function events(query: string): Promise<AnyJson[]> {
  const { status, json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?${query}`);
  if (status !== 200) throw new Error(`answered ${status}: ${JSON.stringify(json)}`);
  return (json.entry ?? []).map((entry: AnyJson) => entry.resource);
}

/** The one event of a request. */
async function eventOf(requestId: string): Promise<AnyJson> {
  const found = await events(`entity:identifier=${requestId}`);
  expect(found).toHaveLength(1);
  return found[0];
}

const withRequestId = (requestId: string, more: Record<string, string> = {}) => ({
  headers: { 'X-Request-ID': requestId, ...more },
});

const strings = (value: AnyJson): string => JSON.stringify(value);

const summaryOf = (event: AnyJson): AnyJson => ({
  action: event.action,
  outcome: event.outcome,
  subtype: event.subtype[0].code,
});

describe('the audit trail', () => {
  it('has the whole record of each request, however many come at once', async () => {
    const sent = await accepted(homeward, freshSummary(), { as: 'RXX01' });
    const patient = await stored(homeward, sent.submissionId, 'Patient');
    const recordsOf = async (count: number): Promise<AnyJson[]> => {
      const ids = Array.from({ length: count }, (_, index) => `burst-${count}-${index}`);
      await Promise.all(
        ids.map((id) => homeward.call('GET', `/FHIR/R4/Patient/${patient.id}`, withRequestId(id))),
      );
      const found: AnyJson[] = [];
      for (const id of ids) {
        const { id: ownId, meta, recorded, entity, agent, ...rest } = await eventOf(id);
        const [request, ...entities] = entity;
        expect([typeof ownId, typeof meta, typeof recorded]).toEqual(['string', 'object', 'string']);
        expect(request.what.identifier.value).toBe(id);
        found.push({ ...rest, entities, agents: agent.length });
      }
      return found;
    };
    const alone = await recordsOf(1);
    expect(alone[0].entities).toHaveLength(2);
    for (const count of [7, 60])
      expect(new Set((await recordsOf(count)).map(strings))).toEqual(new Set(alone.map(strings)));
  });

  it('records a submission with its sender, patient and what it stored', async () => {
    const number = freshNhsNumber();
    const sent = await accepted(homeward, freshSummary().nhsNumber(number), {
      as: 'RXX01',
      headers: { 'X-Request-ID': 'submit-1', 'NHSD-End-User-Organisation-ODS': 'y12345' },
    });
    const patient = await stored(homeward, sent.submissionId, 'Patient');
    const event = await eventOf('submit-1');
    expect(summaryOf(event)).toEqual({ action: 'C', outcome: '0', subtype: 'create' });
    expect(event.agent.map((agent: AnyJson) => agent.who.identifier.value)).toEqual([
      'test-RXX01',
      'RXX01',
      'Y12345',
      homeward.url,
    ]);
    expect(event.entity.map((entity: AnyJson) => entity.what.reference)).toEqual(
      expect.arrayContaining([
        `Patient/${patient.id}`,
        `Bundle/${sent.submissionId}`,
        `Patient/${patient.id}/_history/1`,
      ]),
    );
    expect(await events(`patient=Patient/${patient.id}&action=C`)).toHaveLength(1);
    expect(await events(`${byNhsNumber('patient:identifier', number)}&action=C`)).toHaveLength(1);
  });

  it('records a refused submission, with the NHS number that it named', async () => {
    const number = freshNhsNumber();
    const sent = await send(
      homeward,
      freshSummary().nhsNumber(number).without('Encounter'),
      withRequestId('refused-1'),
    );
    expect(sent.status).toBe(422);
    const event = await eventOf('refused-1');
    expect(summaryOf(event)).toEqual({ action: 'C', outcome: '4', subtype: 'create' });
    expect(event.entity).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: { reference: `Bundle/${sent.submissionId}` } }),
        expect.objectContaining({
          what: expect.objectContaining({ identifier: { system: NHS_NUMBER, value: number } }),
        }),
      ]),
    );
  });

  it('records a resend, and that it changed nothing', async () => {
    const body = freshSummary().bytes();
    const first = await accepted(homeward, body);
    const again = await send(homeward, body, withRequestId('resend-1'));
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
    const event = await eventOf('resend-1');
    expect(summaryOf(event)).toEqual({ action: 'C', outcome: '0', subtype: 'create' });
    expect(event.outcomeDesc).toMatch(/^resend/);
    expect(JSON.stringify(event)).toContain(`Bundle/${first.submissionId}`);
  });

  it('records reads, versions, histories and documents with what they disclosed and whose it is', async () => {
    const number = freshNhsNumber();
    const { submissionId } = await accepted(homeward, freshSummary().nhsNumber(number));
    const patient = await stored(homeward, submissionId, 'Patient');
    const document = await stored(homeward, submissionId, 'DocumentReference');
    const path = `/FHIR/R4/DocumentReference/${document.id}`;
    const { json } = await homeward.call('GET', path, withRequestId('read-1'));
    await homeward.call('GET', `${path}/_history/1`, withRequestId('vread-1'));
    await homeward.call('GET', `${path}/_history`, withRequestId('history-1'));
    const binary = json.content[0].attachment.url.split('/').slice(-2).join('/');
    await homeward.call('GET', `/FHIR/R4/${binary}`, withRequestId('binary-1'));
    const expected = [
      ['read-1', 'read', `DocumentReference/${document.id}/_history/1`],
      ['vread-1', 'vread', `DocumentReference/${document.id}/_history/1`],
      ['history-1', 'history-instance', `DocumentReference/${document.id}/_history/1`],
      ['binary-1', 'read', binary],
    ];
    for (const [requestId, subtype, reference] of expected) {
      const event = await eventOf(requestId!);
      expect(summaryOf(event)).toEqual({ action: 'R', outcome: '0', subtype });
      const whats = event.entity.map((entity: AnyJson) => entity.what);
      expect(whats).toContainEqual({ reference });
      expect(whats).toContainEqual({
        reference: `Patient/${patient.id}`,
        type: 'Patient',
        identifier: { system: NHS_NUMBER, value: number },
      });
    }
    expect(await events(`entity=DocumentReference/${document.id}&action=R`)).toHaveLength(3);
  });

  it('records a search with its words, and which resources came back', async () => {
    const number = freshNhsNumber();
    const { submissionId } = await accepted(homeward, freshSummary().nhsNumber(number));
    const encounter = await stored(homeward, submissionId, 'Encounter');
    const query = byNhsNumber('patient:identifier', number);
    await homeward.call('GET', `/FHIR/R4/Encounter?${query}`, withRequestId('search-1'));
    await homeward.call('POST', '/FHIR/R4/Encounter/_search', {
      body: query,
      headers: { 'X-Request-ID': 'search-2', 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    for (const requestId of ['search-1', 'search-2']) {
      const event = await eventOf(requestId);
      expect(summaryOf(event)).toEqual({ action: 'E', outcome: '0', subtype: 'search-type' });
      expect(event.entity.map((entity: AnyJson) => entity.what?.reference)).toContain(
        `Encounter/${encounter.id}/_history/1`,
      );
      const { query: asked } = event.entity.find((entity: AnyJson) => entity.query);
      expect(Buffer.from(asked, 'base64').toString()).toBe(`patient:identifier=${NHS_NUMBER}|${number}`);
    }
  });

  it('records the NHS number of a search that found nothing, and of one that was refused', async () => {
    const number = freshNhsNumber();
    const query = byNhsNumber('patient:identifier', number);
    const found = await homeward.call('GET', `/FHIR/R4/Encounter?${query}`);
    expect(found.json.total).toBe(0);
    const refused = await homeward.call('GET', `/FHIR/R4/Encounter?${query}`, {
      token: homeward.token('system/Patient.rs'),
    });
    expect(refused.status).toBe(403);
    const nobody = await homeward.call('GET', `/FHIR/R4/Encounter?${query}`, { token: null });
    expect(nobody.status).toBe(401);
    const trail = await events(query);
    expect(trail.map(({ outcome }) => outcome)).toEqual(['4', '4', '0']);
    expect(trail[0].agent[0].who).toEqual({ display: 'not authenticated' });
  });

  it('records what was refused because it is not there, or the token is bad', async () => {
    await homeward.call(
      'GET',
      '/FHIR/R4/Patient/7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11',
      withRequestId('missing-1'),
    );
    await homeward.call('GET', '/FHIR/R4/Patient/nonsense', { ...withRequestId('bad-1'), token: 'x.y.z' });
    expect(summaryOf(await eventOf('missing-1'))).toEqual({ action: 'R', outcome: '4', subtype: 'read' });
    const bad = await eventOf('bad-1');
    expect([bad.outcome, bad.outcomeDesc]).toEqual(['4', 'HTTP 401']);
    expect(bad.entity[0].name).toBe('GET /FHIR/R4/Patient/nonsense');
  });

  it('records that the audit trail itself was read', async () => {
    await homeward.call('GET', '/FHIR/R4/AuditEvent?action=R', withRequestId('audit-1'));
    const event = await eventOf('audit-1');
    expect(summaryOf(event)).toEqual({ action: 'E', outcome: '0', subtype: 'search-type' });
    const read = await homeward.call('GET', `/FHIR/R4/AuditEvent/${event.id}`, withRequestId('audit-2'));
    expect(read.json).toEqual(event);
    expect(summaryOf(await eventOf('audit-2'))).toEqual({ action: 'R', outcome: '0', subtype: 'read' });
  });

  it('is closed to a caller whose scopes do not name it', async () => {
    const token = homeward.token('system/*.rs');
    expect((await homeward.call('GET', '/FHIR/R4/AuditEvent', { token })).status).toBe(403);
  });

  it('is found by each parameter of R4', async () => {
    const number = freshNhsNumber();
    await homeward.call('GET', `/FHIR/R4/Encounter?${byNhsNumber('patient:identifier', number)}`, {
      headers: { 'X-Request-ID': 'find-me', 'NHSD-End-User-Organisation-ODS': 'Y99999' },
      token: homeward.token(everything, 'RZZ99'),
    });
    const [event] = await events('entity:identifier=find-me');
    const day = event.recorded.slice(0, 10);
    const queries = [
      'action=E',
      'address=127.0.0.1',
      'agent:identifier=https://fhir.nhs.uk/Id/ods-organization-code|RZZ99',
      'agent:identifier=Y99999',
      'agent-name=TEST-rzz99',
      'agent-role:missing=true',
      `altid:missing=${event.agent[0].altId === undefined}`,
      `date=${day}`,
      `date=ge${event.recorded}`,
      `entity=${event.entity[1].what.reference}`,
      'entity-name=get /fhir/r4/enc',
      'entity-role=24',
      'entity-type=http://terminology.hl7.org/CodeSystem/audit-entity-type|1',
      'outcome=0',
      `patient=${event.entity[1].what.reference}`,
      'policy:missing=true',
      'site:missing=true',
      `source:identifier=${homeward.url}`,
      'subtype=http://hl7.org/fhir/restful-interaction|search-type',
      'type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest',
    ];
    for (const query of queries) {
      const [name, value] = [query.slice(0, query.indexOf('=')), query.slice(query.indexOf('=') + 1)];
      const found = await events(`${name}=${encodeURIComponent(value)}&entity:identifier=find-me`);
      expect({ query, found: found.map(({ id }) => id) }).toEqual({ query, found: [event.id] });
    }
    for (const query of [
      'action=C',
      'outcome=8',
      'subtype=read',
      'date=lt2020-01-01',
      'address=10.',
      'type=object',
    ])
      expect({ query, found: await events(`${query}&entity:identifier=find-me`) }).toEqual({
        query,
        found: [],
      });
  });

  it('holds valid R4, whose columns say what the content says', async () => {
    const rows = await homeward.app.database.query({ text: 'SELECT * FROM audit_event ORDER BY id' });
    expect(rows.length).toBeGreaterThan(30);
    const names = columnsOf(auditEvent).map(({ name }) => name);
    const validator = createStructureValidator();
    for (const row of rows) {
      const content = JSON.parse(row.content as string) as AnyResource;
      const faults = validator.validate(content);
      expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
      const expected = rowOf(auditEvent, content, {
        id: row.id as string,
        versionId: 1,
        lastUpdated: content.recorded as string,
        patientId: null,
        submissionId: '',
        sender: '',
        content: row.content as string,
      });
      for (const name of names) {
        if (
          ['patient_id', 'submission_id', 'sender', 'last_updated'].includes(name) ||
          name.endsWith('_text')
        )
          continue;
        expect({ name, value: plain(row[name]) }).toEqual({ name, value: plain(expected[name]) });
      }
    }
  });

  it('can’t be written by a sender', async () => {
    const bundle = freshSummary().build() as AnyJson;
    bundle.entry.push({
      fullUrl: 'urn:uuid:5f1b0c1e-93f5-4c0e-8d39-0d5a9b9a6a01',
      resource: { resourceType: 'AuditEvent' },
    });
    const sent = await send(homeward, Buffer.from(JSON.stringify(bundle)));
    expect(sent.status).toBe(422);
    expect(JSON.stringify(sent.json)).toContain('audit-01');
  });

  it('keeps back the answer where the record can’t be written', async () => {
    const { database } = homeward.app;
    await database.query({ text: 'ALTER TABLE audit_record RENAME TO audit_record_away' });
    try {
      const { status, bytes } = await homeward.call('GET', '/FHIR/R4/Encounter?status=finished');
      expect(status).toBe(503);
      expect(bytes.toString()).not.toContain('searchset');
    } finally {
      await database.query({ text: 'ALTER TABLE audit_record_away RENAME TO audit_record' });
    }
    expect((await homeward.call('GET', '/FHIR/R4/Encounter?status=finished')).status).toBe(200);
  });

  it('lies in partitions by month', async () => {
    const [row] = await homeward.app.database.query<{ away: string; there: string }>({
      text: 'SELECT (SELECT count(*) FROM audit_record_default) AS away, (SELECT count(*) FROM audit_record) AS there',
    });
    expect(Number(row?.away)).toBe(0);
    expect(Number(row?.there)).toBeGreaterThan(0);
  });
});

/** Lists without order or repeats, and no list for an empty one. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : [...new Set(value)].sort();
  return value ?? null;
}
