/** semantics «Who is who»: when what is sent is a resource that is stored already, and when it never is. */
import type { JsonObject } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  byNhsNumber,
  count,
  freshNhsNumber,
  freshSummary,
  read,
  record,
  rowCounts,
  send,
  stored,
  told,
  versions,
} from './sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

let lineages = 0;
/** The same summary under an identifier of its own: not a correction, not a resend. */
const another = (summary: SummaryBuilder): SummaryBuilder =>
  summary.with('Bundle.identifier.value', `lineage ${(lineages += 1)}`);

const unverified = (summary: SummaryBuilder): SummaryBuilder =>
  summary.with('Patient.identifier[0].extension[0].valueCodeableConcept.coding[0]', {
    system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland',
    code: '02',
    display: 'Number present but not traced',
  });

describe('a Patient with the same NHS number', () => {
  it('is the same one, whoever sends it: the newest demographics become the next version', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary).with('Patient.address[0].city', 'Ely'), {
      as: 'RGT',
    });
    const [before, after] = [
      await stored(homeward, first.submissionId, 'Patient'),
      await stored(homeward, second.submissionId, 'Patient'),
    ];
    expect(after).toMatchObject({ id: before.id, version: 2, written: true, created: false });
    expect((await read(homeward, after)).address[0].city).toBe('Ely');
    expect(await versions(homeward, after)).toEqual(['2', '1']);
  });

  it('gets no new version where nothing differs', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary), { as: 'RGT' });
    const patient = await stored(homeward, second.submissionId, 'Patient');
    expect(patient).toMatchObject({ version: 1, written: false });
    expect(await versions(homeward, patient)).toEqual(['1']);
  });

  it('keeps the birth date, gender and death that are not given: absence is no statement', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary.with('Patient.deceasedDateTime', '2025-03-12'));
    const second = await accepted(
      homeward,
      another(summary)
        .without('Patient.birthDate')
        .without('Patient.gender')
        .without('Patient.telecom')
        .with('Patient.address[0].city', 'Ely'),
      { as: 'RGT' },
    );
    const patient = await read(homeward, await stored(homeward, second.submissionId, 'Patient'));
    expect(patient).toMatchObject({
      birthDate: '1950-03-14',
      gender: 'female',
      deceasedDateTime: '2025-03-12',
      meta: { versionId: '2' },
    });
    expect(patient.telecom).toBeUndefined();
  });

  it('takes another gender, and a death that is denied, as the newest statement', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary.with('Patient.deceasedDateTime', '2025-03-12'));
    const second = await accepted(
      homeward,
      another(summary).with('Patient.gender', 'other').with('Patient.deceasedBoolean', false),
    );
    const patient = await read(homeward, await stored(homeward, second.submissionId, 'Patient'));
    expect(patient).toMatchObject({ gender: 'other', deceasedBoolean: false });
    expect(patient.deceasedDateTime).toBeUndefined();
  });

  it('may have less of its birth date: as far as both give it', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    await accepted(homeward, another(summary).birthDate('1950-03'));
    await accepted(homeward, another(summary).birthDate('1950'));
    expect((await send(homeward, another(summary).birthDate('1951'))).status).toBe(409);
  });

  it('is another person with another birth date: a conflict, and only the refused submission is kept', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const before = await rowCounts(homeward);
    const other = await send(homeward, another(summary).birthDate('1950-04-14'), { as: 'RGT' });
    expect(other.status).toBe(409);
    expect(other.json.issue[0]).toMatchObject({ severity: 'error', code: 'conflict' });
    expect(told(other.json)).toEqual(['error submission-other-person Bundle.entry[0].resource.birthDate']);
    expect(other.bytes.toString('utf8')).not.toContain('1950');
    expect(await rowCounts(homeward)).toEqual(before);
    expect(await record(homeward, other.submissionId)).toMatchObject({ status: 'refused', http_status: 409 });
    expect(await versions(homeward, await stored(homeward, first.submissionId, 'Patient'))).toEqual(['1']);
  });

  it('gets another birth date from a verified number where its own was not, with a warning', async () => {
    const summary = freshSummary();
    await accepted(homeward, unverified(summary));
    const second = await accepted(homeward, another(summary).birthDate('1950-04-14'), { as: 'RGT' });
    expect(told(second.json)).toContain('warning submission-demographics Bundle.entry[0].resource.birthDate');
    const patient = await stored(homeward, second.submissionId, 'Patient');
    expect(await read(homeward, patient)).toMatchObject({
      birthDate: '1950-04-14',
      meta: { versionId: '2' },
    });
  });

  it('gets none from a verified number where its own was verified, nor from an unverified one', async () => {
    const [one, two] = [freshSummary(), freshSummary()];
    await accepted(homeward, one);
    expect((await send(homeward, another(one).birthDate('1950-04-14'))).status).toBe(409);
    await accepted(homeward, unverified(two));
    expect((await send(homeward, another(unverified(two)).birthDate('1950-04-14'))).status).toBe(409);
  });

  it('gets another birth date from a correction of the summary it came by', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const second = await accepted(homeward, summary.correction(2).birthDate('1950-04-14'));
    const patient = await stored(homeward, second.submissionId, 'Patient');
    expect((await read(homeward, patient)).birthDate).toBe('1950-04-14');
  });

  it('gets none from a correction once another summary speaks of it', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    await accepted(homeward, another(summary), { as: 'RGT' });
    expect((await send(homeward, summary.correction(2).birthDate('1950-04-14'))).status).toBe(409);
  });

  it('gets none from a correction once a transaction of several patients speaks of it', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const patients = [summary, freshSummary()].map((each) => each.build().entry as JsonObject[]);
    const of = (entries: JsonObject[] | undefined): JsonObject => ({
      ...entries![0]!,
      request: { method: 'POST', url: 'Patient' },
    });
    const both = await send(
      homeward,
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          of(patients[0]),
          { ...of(patients[1]), fullUrl: 'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-222222222222' },
        ],
      },
      { path: '/FHIR/R4' },
    );
    expect([both.status, told(both.json)]).toEqual([200, []]);
    expect((await send(homeward, summary.correction(2).birthDate('1950-04-14'))).status).toBe(409);
  });

  it('is one, with a clean history, for a hundred senders at once', async () => {
    const summary = freshSummary();
    const nhsNumber = freshNhsNumber();
    const senders = Array.from({ length: 100 }, (_, index) => `RZ${String(index).padStart(3, '0')}`);
    const sent = await Promise.all(
      senders.map(async (as, index) => {
        const mine = summary.nhsNumber(nhsNumber).with('Patient.address[0].city', `Town ${index}`);
        let reply = await send(homeward, mine, { as });
        for (let tries = 0; reply.status === 503 && tries < 20; tries += 1) {
          await new Promise((resolve) => setTimeout(resolve, 200));
          reply = await send(homeward, mine, { as });
        }
        return reply;
      }),
    );
    expect(sent.map(({ status }) => status)).toEqual(senders.map(() => 201));
    expect(await count(homeward, `Patient?${byNhsNumber('identifier', nhsNumber)}`)).toBe(1);
    const patients = await Promise.all(
      sent.map(({ submissionId }) => stored(homeward, submissionId, 'Patient')),
    );
    expect(new Set(patients.map(({ id }) => id)).size).toBe(1);
    expect(patients.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      senders.map((_, i) => i + 1),
    );
    expect(await versions(homeward, patients[0]!)).toEqual(senders.map((_, i) => String(100 - i)));
    expect(
      await count(homeward, `Encounter?${byNhsNumber('patient:identifier', nhsNumber)}&_summary=count`),
    ).toBe(100);
  });
});

describe('an Organization with the same ODS code', () => {
  it('is the same one, whoever sends it, with a next version where something differs', async () => {
    const [one, two, three] = [freshSummary(), freshSummary(), freshSummary()].map((summary) =>
      summary.with('Organization.identifier[0].value', 'RY1'),
    );
    const first = await accepted(homeward, one!);
    const second = await accepted(homeward, two!, { as: 'RGT' });
    const third = await accepted(homeward, three!.with('Organization.name', 'Renamed'));
    const organizations = await Promise.all(
      [first, second, third].map(({ submissionId }) => stored(homeward, submissionId, 'Organization')),
    );
    expect(new Set(organizations.map(({ id }) => id)).size).toBe(1);
    expect(organizations.map(({ version, written }) => [version, written])).toEqual([
      [1, true],
      [1, false],
      [2, true],
    ]);
  });

  it('is one, where many send it for the first time at once', async () => {
    const summaries = Array.from({ length: 12 }, () =>
      freshSummary().with('Organization.identifier[0].value', 'RY2'),
    );
    const sent = await Promise.all(
      summaries.map((summary, i) => accepted(homeward, summary, { as: `RW${i}` })),
    );
    const ids = await Promise.all(
      sent.map(async ({ submissionId }) => (await stored(homeward, submissionId, 'Organization')).id),
    );
    expect(new Set(ids).size).toBe(1);
  });
});

describe.each(['Encounter', 'Observation'])('an %s with the same identifier', (type) => {
  const named = (summary: SummaryBuilder): SummaryBuilder =>
    summary.with(`${type}.identifier`, [{ system: 'https://trust.example.nhs.uk/x', value: `${type} 7` }]);

  it('of the same patient and sender is the next version', async () => {
    const summary = named(freshSummary());
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary));
    const [before, after] = [
      await stored(homeward, first.submissionId, type),
      await stored(homeward, second.submissionId, type),
    ];
    expect(after).toMatchObject({ id: before.id, version: 2 });
    expect(await versions(homeward, after)).toEqual(['2', '1']);
  });

  it('of another sender is new', async () => {
    const summary = named(freshSummary());
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary), { as: 'RGT' });
    const [before, after] = [
      await stored(homeward, first.submissionId, type),
      await stored(homeward, second.submissionId, type),
    ];
    expect(after.id).not.toBe(before.id);
    expect(await versions(homeward, before)).toEqual(['1']);
  });

  it('of another patient never merges and never moves: it is new, with a warning', async () => {
    const summary = named(freshSummary());
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary).nhsNumber(freshNhsNumber()));
    const [before, after] = [
      await stored(homeward, first.submissionId, type),
      await stored(homeward, second.submissionId, type),
    ];
    expect(after).toMatchObject({ version: 1, created: true });
    expect(after.id).not.toBe(before.id);
    expect(told(second.json)).toContain(
      `warning submission-identifier-of-other Bundle.entry[${after.index}].resource`,
    );
    expect((await read(homeward, before)).subject.reference).not.toBe(
      (await read(homeward, after)).subject.reference,
    );
    expect(await versions(homeward, before)).toEqual(['1']);
  });
});

describe('an Observation whose identifier its Bundle repeats', () => {
  it('is stored each time, with a warning, and is never the next version', async () => {
    const identifier = [{ system: 'https://trust.example.nhs.uk/x', value: 'copied' }];
    const summary = freshSummary()
      .with('Observation[0].identifier', identifier)
      .with('Observation[1].identifier', identifier);
    const first = await accepted(homeward, summary);
    const warning = (index: number): string =>
      `warning submission-identifier-repeated Bundle.entry[${index}].resource`;
    expect(told(first.json)).toEqual(expect.arrayContaining([warning(4), warning(5)]));
    const second = await accepted(homeward, another(summary));
    for (const position of [0, 1]) {
      expect((await stored(homeward, second.submissionId, 'Observation', position)).id).not.toBe(
        (await stored(homeward, first.submissionId, 'Observation', position)).id,
      );
    }
  });
});

describe('a DocumentReference with the same masterIdentifier', () => {
  it('of the same patient, custodian and sender is the next version; the bytes of every version stay reachable', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary.pdf(Buffer.from('%PDF-1.4 the first')));
    const second = await accepted(homeward, another(summary.pdf(Buffer.from('%PDF-1.4 the second'))));
    const [before, after] = [
      await stored(homeward, first.submissionId, 'DocumentReference'),
      await stored(homeward, second.submissionId, 'DocumentReference'),
    ];
    expect(after).toMatchObject({ id: before.id, version: 2 });
    const bytes = [];
    for (const version of [1, 2]) {
      const { json } = await homeward.call(
        'GET',
        `/FHIR/R4/DocumentReference/${after.id}/_history/${version}`,
      );
      const { url } = json.content[0].attachment;
      bytes.push((await homeward.call('GET', `/FHIR/R4/${url}`)).bytes.toString('latin1'));
    }
    expect(bytes).toEqual(['%PDF-1.4 the first', '%PDF-1.4 the second']);
  });

  it('of another custodian is new', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary).with('Organization.identifier[0].value', 'RY3'));
    expect((await stored(homeward, second.submissionId, 'DocumentReference')).id).not.toBe(
      (await stored(homeward, first.submissionId, 'DocumentReference')).id,
    );
  });

  it('of another patient is new, with a warning', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary).nhsNumber(freshNhsNumber()));
    const [before, after] = [
      await stored(homeward, first.submissionId, 'DocumentReference'),
      await stored(homeward, second.submissionId, 'DocumentReference'),
    ];
    expect(after.id).not.toBe(before.id);
    expect(told(second.json)).toContain(
      `warning submission-identifier-of-other Bundle.entry[${after.index}].resource`,
    );
  });
});

describe('anything else', () => {
  it('is new: a Device is never the same one outside a lineage', async () => {
    const summary = freshSummary().changed((bundle) => {
      (bundle.entry as JsonObject[]).push({
        fullUrl: 'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-333333333333',
        resource: {
          resourceType: 'Device',
          identifier: [{ system: 'https://trust.example.nhs.uk/device', value: 'oximeter 1' }],
          status: 'active',
        },
      });
    });
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, another(summary));
    const third = await accepted(homeward, summary.correction(2));
    const devices = await Promise.all(
      [first, second, third].map(({ submissionId }) => stored(homeward, submissionId, 'Device')),
    );
    expect(devices[1]!.id).not.toBe(devices[0]!.id);
    expect(devices[2]).toMatchObject({ id: devices[0]!.id, version: 2 });
  });
});
