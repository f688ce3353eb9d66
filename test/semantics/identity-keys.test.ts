/**
 * semantics, "Who is who": no update changes what a resource is known by, an organisation is changed by itself or by
 * who may act for it, and what identifies nobody any more does not count.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { minimalPdf } from '../fixtures/minimal-pdf';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  byNhsNumber,
  count,
  freshNhsNumber,
  freshSummary,
  read,
  rowCounts,
  send,
  stored,
  told,
  versions,
  type AnyJson,
  type Sent,
} from './sending';
import { bundleOf, put, transact, type Entry } from './transacting';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const SYSTEM = 'https://trust.example.nhs.uk/x';

const folder = mkdtempSync(join(tmpdir(), 'homeward-keys-'));
let open: Homeward;
let strict: Homeward;
beforeAll(async () => {
  const policy = join(folder, 'policy.json');
  const submitting = { default: 'own', organisations: { HUB1: ['*'] } };
  writeFileSync(policy, JSON.stringify({ submitting }));
  [open, strict] = await Promise.all([startHomeward(), startHomeward({ POLICY_FILE: policy })]);
});
afterAll(async () => {
  await Promise.all([open.close(), strict.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** An update by itself: its status, and the first thing that is said of it. */
async function alone(entry: Entry): Promise<(string | undefined)[]> {
  const { json } = await send(open, bundleOf('batch', entry), { path: '/FHIR/R4' });
  const { status, outcome } = json.entry[0].response;
  return [status, told(outcome)[0]];
}

/** What was stored of a type, as an update would send it. */
const latest = async (sent: Sent, type: string): Promise<AnyResource> => {
  const {
    id,
    resourceType,
    meta: _meta,
    ...rest
  } = await read(open, await stored(open, sent.submissionId, type));
  // An update brings the document itself, not the address of the stored one.
  const [content] = rest.content ?? [];
  if (content) {
    const { url: _url, hash: _hash, size: _size, ...attachment } = content.attachment;
    rest.content = [{ attachment: { ...attachment, data: minimalPdf('updated').toString('base64') } }];
  }
  return { resourceType, id, ...rest };
};

describe.each([
  ['Encounter', 'identifier'],
  ['Observation', 'identifier'],
  ['DocumentReference', 'masterIdentifier'],
  ['DocumentReference', 'identifier'],
])('the identifier of an %s (%s)', (type, element) => {
  const isList = element === 'identifier';
  const identifier = { system: SYSTEM, value: `${type} ${element}` };
  const other = { system: SYSTEM, value: 'another' };
  const known = (): SummaryBuilder =>
    freshSummary().with(`${type}.${element}`, isList ? [identifier] : identifier);

  it('is not changed, nor given another beside it, by an update', async () => {
    const resource = await latest(await accepted(open, known()), type);
    const changes = isList ? [[other], [identifier, other], undefined] : [other];
    for (const change of changes) {
      const { [element]: _before, ...rest } = resource;
      const changed = { ...rest, ...(change ? { [element]: change } : {}) } as AnyResource;
      expect(await alone(put(`${type}/${resource.id}`, changed))).toEqual([
        '409',
        'error submission-identifier-moves Bundle.entry[0].resource',
      ]);
    }
    expect(await versions(open, { type, id: resource.id! })).toEqual(['1']);
  });

  it('is not changed by a conditional update', async () => {
    const resource = await latest(await accepted(open, known()), type);
    const changed = { ...resource, [element]: isList ? [other] : other } as AnyResource;
    expect((await alone(put(`${type}?_id=${resource.id}`, changed)))[0]).toBe('409');
  });

  it('stays, and the rest is updated', async () => {
    const resource = await latest(await accepted(open, known()), type);
    const changed = { ...resource, language: 'en-GB' };
    expect((await alone(put(`${type}/${resource.id}`, changed)))[0]).toBe('200 OK');
    expect(await versions(open, { type, id: resource.id! })).toEqual(['2', '1']);
  });
});

describe('the id in the body of an update', () => {
  it('is not that of another resource of this server: 400, and nothing is stored', async () => {
    const sent = await accepted(open, freshSummary());
    const [one, two] = await Promise.all(
      [0, 1].map((n) => stored(open, sent.submissionId, 'Observation', n)),
    );
    const body = (await read(open, two!)) as AnyResource;
    const before = await rowCounts(open);
    for (const url of [`Observation/${one!.id}`, `Observation?_id=${one!.id}`]) {
      const refused = await transact(open, 'RR8', put(url, body));
      expect([refused.status, told(refused.json)[0]]).toEqual([
        400,
        'error fhir-update-id Bundle.entry[0].resource.id',
      ]);
    }
    expect(await rowCounts(open)).toEqual(before);
  });

  it('is not that of a resource of another type, nor of one that was withdrawn', async () => {
    const summary = freshSummary();
    const sent = await accepted(open, summary);
    const resource = await latest(sent, 'Observation');
    const encounter = await stored(open, sent.submissionId, 'Encounter');
    const gone = await stored(open, sent.submissionId, 'Observation', 1);
    await accepted(open, summary.without('Observation[1]').correction(2));
    expect(await read(open, gone)).toBe(410);
    for (const { id } of [encounter, gone]) {
      const refused = await transact(open, 'RR8', put(`Observation/${resource.id}`, { ...resource, id }));
      expect(refused.status).toBe(400);
    }
  });

  it('may be one of the sender’s own', async () => {
    const sent = await accepted(open, freshSummary());
    const resource = await latest(sent, 'Observation');
    const own = { ...resource, id: '0f0a2f6e-5b57-4d54-a6b2-777777777777' };
    expect((await transact(open, 'RR8', put(`Observation/${resource.id}`, own))).status).toBe(200);
  });
});

describe('an Organization', () => {
  let codes = 0;
  const freshCode = (): string => `RK${(codes += 1)}`;
  const organization = (...values: string[]): AnyResource => ({
    resourceType: 'Organization',
    name: 'Taken over',
    ...(values.length > 0 ? { identifier: values.map((value) => ({ system: ODS, value })) } : {}),
  });
  const summaryOf = (code: string): SummaryBuilder =>
    freshSummary().with('Organization.identifier[0].value', code).with('Organization.name', `Trust ${code}`);

  /** Each way in which a sender tried to give another's Organization its own ODS code. */
  const takeovers: [string, (server: Homeward, id: string, code: string) => Promise<Sent>][] = [
    ['by id', (s, id) => transact(s, 'EV1', put(`Organization/${id}`, organization('EV1')))],
    [
      'by its code',
      (s, _id, code) =>
        transact(s, 'EV1', put(`Organization?identifier=${ODS}|${code}`, organization('EV1'))),
    ],
    [
      'by name',
      (s, _id, code) => transact(s, 'EV1', put(`Organization?name=Trust%20${code}`, organization('EV1'))),
    ],
    ['in small letters', (s, id) => transact(s, 'EV1', put(`Organization/${id}`, organization('ev1')))],
    [
      'with the old code kept beside the new one',
      (s, id, code) => transact(s, 'EV1', put(`Organization/${id}`, organization(code, 'EV1'))),
    ],
    [
      'with the new code first',
      (s, id, code) => transact(s, 'EV1', put(`Organization/${id}`, organization('EV1', code))),
    ],
    ['by leaving the code out', (s, id) => transact(s, 'EV1', put(`Organization/${id}`, organization()))],
    [
      'in XML',
      (s, id) =>
        send(
          s,
          Buffer.from(writeXml(bundleOf('transaction', put(`Organization/${id}`, organization('EV1'))))),
          { path: '/FHIR/R4', as: 'EV1', headers: { 'Content-Type': 'application/fhir+xml' } },
        ),
    ],
  ];

  it.each(takeovers)('keeps its code: another is a conflict (%s)', async (_way, takeOver) => {
    const code = freshCode();
    const { id } = await stored(open, (await accepted(open, summaryOf(code))).submissionId, 'Organization');
    expect((await takeOver(open, id, code)).status).toBe(409);
    expect((await read(open, { type: 'Organization', id })).name).toBe(`Trust ${code}`);
  });

  it.each(takeovers)('keeps its code: the policy forbids to act for it (%s)', async (_way, takeOver) => {
    const code = freshCode();
    const sent = await accepted(strict, summaryOf(code), { as: 'HUB1' });
    const { id } = await stored(strict, sent.submissionId, 'Organization');
    const refused = await takeOver(strict, id, code);
    expect([refused.status, told(refused.json)[0]]).toEqual([
      403,
      'error submission-organization-kept Bundle.entry[0].resource',
    ]);
    expect((await read(strict, { type: 'Organization', id })).name).toBe(`Trust ${code}`);
  });

  it('keeps its code in a batch, too', async () => {
    const code = freshCode();
    const { id } = await stored(open, (await accepted(open, summaryOf(code))).submissionId, 'Organization');
    const batch = bundleOf('batch', put(`Organization/${id}`, organization('EV1')));
    const sent = await send(open, batch, { path: '/FHIR/R4', as: 'EV1' });
    expect(sent.json.entry[0].response.status).toBe('409');
  });

  it('does not take the code of another organisation', async () => {
    const [own, other] = [freshCode(), freshCode()];
    const sent = await accepted(strict, summaryOf(own), { as: own });
    const { id } = await stored(strict, sent.submissionId, 'Organization');
    const taken = await transact(strict, own, put(`Organization/${id}`, organization(other)));
    expect(taken.status).toBe(403);
  });

  it.each([
    ['with its code', (code: string) => [{ system: ODS, value: code }]],
    ['with its code in small letters', (code: string) => [{ system: ODS, value: code.toLowerCase() }]],
    [
      'with its code and an old one',
      (code: string) => [
        { use: 'old', system: ODS, value: 'EV1' },
        { system: ODS, value: code },
      ],
    ],
  ])('stays as it is, with an information, where who may not act for it sends it %s', async (_way, ids) => {
    const code = freshCode();
    const { id } = await stored(
      strict,
      (await accepted(strict, summaryOf(code), { as: code })).submissionId,
      'Organization',
    );
    const foreign = { ...organization(), name: 'Renamed', identifier: ids(code) } as AnyResource;
    const summary = summaryOf('EV1').changed((bundle) => {
      (bundle.entry as JsonObject[]).push({
        fullUrl: 'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-888888888888',
        resource: foreign,
      });
    });
    const sent = await accepted(strict, summary, { as: 'EV1' });
    const entry = await stored(strict, sent.submissionId, 'Organization', 1);
    expect(entry).toMatchObject({ id, version: 1, written: false });
    expect(told(sent.json)).toContain(
      `information submission-organization-kept Bundle.entry[${entry.index}].resource`,
    );
    expect((await read(strict, { type: 'Organization', id })).name).toBe(`Trust ${code}`);
  });

  it('is changed by itself, and by who may act for it', async () => {
    const code = freshCode();
    const first = await accepted(strict, summaryOf(code), { as: code });
    const renamed = (name: string): SummaryBuilder => summaryOf(code).with('Organization.name', name);
    await accepted(strict, renamed('By itself'), { as: code });
    await accepted(strict, renamed('By the hub'), { as: 'HUB1' });
    const entry = await stored(strict, first.submissionId, 'Organization');
    expect((await read(strict, entry)).name).toBe('By the hub');
    expect(await versions(strict, entry)).toEqual(['3', '2', '1']);
  });

  it('stays the same one when the period of its code ends, for whoever made it', async () => {
    const [victim, thief] = [freshCode(), freshCode()];
    const end = new Date(Date.now() + 1_500).toISOString();
    const made = await transact(open, thief, {
      resource: {
        ...organization(),
        identifier: [
          { system: ODS, value: victim, period: { end } },
          { system: ODS, value: thief },
        ],
      },
      request: { method: 'POST', url: 'Organization' },
    });
    const entry = await stored(open, made.submissionId, 'Organization');
    const joined = await accepted(open, summaryOf(victim), { as: victim });
    expect((await stored(open, joined.submissionId, 'Organization')).id).toBe(entry.id);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    const own = organization(thief);
    const later = await transact(open, thief, {
      resource: own,
      request: { method: 'POST', url: 'Organization' },
    });
    expect((await stored(open, later.submissionId, 'Organization')).id).not.toBe(entry.id);
    const update = await send(open, bundleOf('batch', put(`Organization/${entry.id}`, own)), {
      path: '/FHIR/R4',
      as: thief,
    });
    expect(update.json.entry[0].response.status).toMatch(/^409/);
  });

  it('is known by its first code, and takes no second one', async () => {
    const [one, two] = [freshCode(), freshCode()];
    const first = await accepted(open, summaryOf(one));
    const both = await transact(open, 'EV1', {
      resource: organization(one, two),
      request: { method: 'POST', url: 'Organization' },
    });
    const entry = await stored(open, both.submissionId, 'Organization');
    expect(entry).toMatchObject({
      id: (await stored(open, first.submissionId, 'Organization')).id,
      written: false,
    });
    expect((await read(open, entry)).identifier).toHaveLength(1);
    const later = await accepted(open, summaryOf(two));
    expect((await stored(open, later.submissionId, 'Organization')).created).toBe(true);
  });
});

describe('what identifies nobody any more', () => {
  const superseded: [string, JsonObject][] = [
    ['of use old', { use: 'old' }],
    ['whose period has ended', { period: { end: '2020-01-31' } }],
  ];

  it.each(superseded)(
    'is an NHS number %s: the Patient is accepted with an information',
    async (_how, mark) => {
      const [current, old] = [freshNhsNumber(), freshNhsNumber()];
      const formerly = await accepted(open, freshSummary().nhsNumber(old));
      const summary = freshSummary()
        .nhsNumber(current)
        .changed((bundle) => {
          const patient = (bundle.entry as AnyJson[])[0].resource;
          patient.identifier.unshift({ ...mark, system: NHS_NUMBER, value: old });
        });
      const sent = await accepted(open, summary);
      expect(told(sent.json)).toContain('information vw-patient-40 Bundle.entry[0].resource.identifier[0]');
      const patient = await stored(open, sent.submissionId, 'Patient');
      expect(patient.id).not.toBe((await stored(open, formerly.submissionId, 'Patient')).id);
      const { json } = await open.call('GET', `/submissions/${sent.submissionId}`);
      expect(json.nhsNumber).toBe(current);
      expect(await count(open, `Encounter?${byNhsNumber('patient:identifier', current)}`)).toBe(1);
      const condition = await transact(open, 'RR8', {
        resource: {
          resourceType: 'Device',
          patient: { reference: `Patient?identifier=${NHS_NUMBER}|${old}` },
        },
        request: { method: 'POST', url: 'Device' },
      });
      const device = await read(open, await stored(open, condition.submissionId, 'Device'));
      expect(device.patient.reference).toBe(
        `Patient/${(await stored(open, formerly.submissionId, 'Patient')).id}`,
      );
    },
  );

  it('is no NHS number at all, where the only one is superseded', async () => {
    const sent = await send(open, freshSummary().with('Patient.identifier[0].use', 'old'));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      422,
      'error vw-patient-04 Bundle.entry[0].resource.identifier[0]',
    ]);
  });

  it.each(superseded)('is the identifier of a stay %s: the next one is new', async (_how, mark) => {
    const value = `old ${_how}`;
    const named = (nhsNumber: string, identifier: JsonObject): SummaryBuilder =>
      freshSummary().nhsNumber(nhsNumber).with('Encounter.identifier', [identifier]);
    const nhsNumber = freshNhsNumber();
    const first = await accepted(open, named(nhsNumber, { ...mark, system: SYSTEM, value }));
    const second = await accepted(open, named(nhsNumber, { system: SYSTEM, value }));
    expect((await stored(open, second.submissionId, 'Encounter')).id).not.toBe(
      (await stored(open, first.submissionId, 'Encounter')).id,
    );
  });

  it('is an old ODS code of a custodian: it does not make the sender the custodian', async () => {
    const summary = freshSummary().with('Organization.identifier', [
      { use: 'old', system: ODS, value: 'EV1' },
      { system: ODS, value: 'RR8' },
    ]);
    const sent = await send(strict, summary, { as: 'EV1' });
    expect([sent.status, told(sent.json)[0]]).toEqual([403, 'error submission-custodian Bundle']);
  });
});
