/** semantics «Corrections»: what a newer version of a summary replaces, and what it takes back. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
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
  storedBy,
  told,
  versions,
  type AnyJson,
} from './sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const entriesOf = (bundle: AnyResource): { fullUrl: string; resource: AnyResource & JsonObject }[] =>
  bundle.entry as never;

/** Gives every entry another fullUrl, and every reference with it. */
const underOtherFullUrls = (bundle: AnyResource): AnyResource =>
  JSON.parse(
    JSON.stringify(bundle).replace(
      /urn:uuid:[0-9a-f]{8}/g,
      (start) => `urn:uuid:${start.slice(9).split('').reverse().join('')}`,
    ),
  ) as AnyResource;

const nhsNumberOf = (bundle: AnyResource): string =>
  (entriesOf(bundle)[0]!.resource.identifier as { value: string }[])[0]!.value;

describe('a newer version of a summary', () => {
  it('is a submission of its own that replaces the earlier one', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, summary.correction(2));
    expect(second.submissionId).not.toBe(first.submissionId);
    expect(await record(homeward, second.submissionId)).toMatchObject({
      status: 'accepted',
      replaces: first.submissionId,
      lineage_position: 2,
    });
    expect((await homeward.call('GET', `/FHIR/R4/Bundle/${first.submissionId}`)).status).toBe(200);
  });

  it('is told by a higher meta.versionId, whatever the meta.lastUpdated', async () => {
    const summary = freshSummary().with('Bundle.meta.versionId', '9');
    await accepted(homeward, summary);
    await accepted(
      homeward,
      summary.with('Bundle.meta.versionId', '10').with('Bundle.meta.lastUpdated', '2025-03-01T10:00:00Z'),
    );
  });

  it('is told by a later meta.lastUpdated where versions are not whole numbers', async () => {
    const summary = freshSummary().with('Bundle.meta.versionId', 'b');
    await accepted(homeward, summary.with('Bundle.meta.lastUpdated', '2025-03-11T10:00:00Z'));
    await accepted(
      homeward,
      summary.with('Bundle.meta.versionId', 'a').with('Bundle.meta.lastUpdated', '2025-03-11T11:00:00Z'),
    );
  });

  it('is told by a later meta.lastUpdated where there are no versions, across time zones', async () => {
    const summary = freshSummary().without('Bundle.meta.versionId');
    await accepted(homeward, summary.with('Bundle.meta.lastUpdated', '2025-04-11T10:00:00+01:00'));
    const other = summary.with('Observation.note', [{ text: 'Seen again.' }]);
    const earlier = await send(homeward, other.with('Bundle.meta.lastUpdated', '2025-04-11T09:30:00+01:00'));
    expect(earlier.status).toBe(409);
    await accepted(homeward, other.with('Bundle.meta.lastUpdated', '2025-04-11T09:30:00Z'));
  });

  it('is older where its version is lower: a conflict, and nothing is written', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary.correction(3));
    const before = await rowCounts(homeward);
    const older = await send(homeward, summary.correction(2));
    expect(older.status).toBe(409);
    expect(older.json.issue[0].code).toBe('conflict');
    expect(told(older.json)[0]).toBe('error submission-older Bundle.meta');
    expect(await rowCounts(homeward)).toEqual(before);
  });

  it('is not had by a document that a refused one would have replaced', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    expect((await send(homeward, summary.correction(3).without('Encounter.period'))).status).toBe(422);
    await accepted(homeward, summary.correction(2));
  });
});

describe('a resource of a correction', () => {
  it('is the next version of the one with the same fullUrl', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(
      homeward,
      summary
        .correction(2)
        .with('Encounter.identifier[0].value', 'another')
        .with('Observation.note', [{ text: 'x' }]),
    );
    const [before, after] = [
      await storedBy(homeward, first.submissionId),
      await storedBy(homeward, second.submissionId),
    ];
    expect(after.map(({ type, id }) => [type, id])).toEqual(before.map(({ type, id }) => [type, id]));
    const encounter = await stored(homeward, second.submissionId, 'Encounter');
    expect(encounter.version).toBe(2);
    expect(await versions(homeward, encounter)).toEqual(['2', '1']);
    expect((await read(homeward, encounter)).identifier[0].value).toBe('another');
    const observation = await stored(homeward, second.submissionId, 'Observation');
    expect((await read(homeward, observation)).note).toEqual([{ text: 'x' }]);
  });

  it('is, under another fullUrl, the next version of the one with the same business identifier', async () => {
    const summary = freshSummary()
      .with('Observation.identifier', [{ system: 'https://trust.example.nhs.uk/observation', value: 'o1' }])
      .without('Observation[1].identifier');
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, summary.correction(2).changed(underOtherFullUrls));
    for (const type of ['Patient', 'Organization', 'Encounter', 'DocumentReference', 'Observation']) {
      expect((await stored(homeward, second.submissionId, type)).id).toBe(
        (await stored(homeward, first.submissionId, type)).id,
      );
    }
    const [before, after] = [
      await stored(homeward, first.submissionId, 'Observation', 1),
      await stored(homeward, second.submissionId, 'Observation', 1),
    ];
    expect(after.id).not.toBe(before.id);
    expect(after.version).toBe(1);
    expect(await read(homeward, before)).toBe(410);
  });

  it('is by its fullUrl, even where an entry before it bears its business identifier', async () => {
    const named = (value: string): JsonObject[] => [
      { system: 'https://trust.example.nhs.uk/observation', value },
    ];
    const summary = freshSummary().with('Observation[1].identifier', named('one'));
    const first = await accepted(homeward, summary);
    const second = await accepted(
      homeward,
      summary
        .correction(2)
        .with('Observation[1].identifier', named('two'))
        .with('Observation[0].identifier', named('one')),
    );
    for (const position of [0, 1]) {
      const [before, after] = [
        await stored(homeward, first.submissionId, 'Observation', position),
        await stored(homeward, second.submissionId, 'Observation', position),
      ];
      expect([after.id, after.version]).toEqual([before.id, 2]);
    }
  });

  it('is new where the submission that it replaces had nothing like it', async () => {
    const summary = freshSummary().observations(17);
    await accepted(homeward, summary.without('Observation[16]'));
    const second = await accepted(homeward, summary.correction(2));
    expect(await stored(homeward, second.submissionId, 'Observation', 16)).toMatchObject({
      version: 1,
      created: true,
    });
  });

  it('does not turn one organisation into another: an ODS code of its own is an organisation of its own', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(
      homeward,
      summary
        .correction(2)
        .with('Organization.identifier[0].value', 'RX7')
        .with('Organization.name', 'Another'),
    );
    const [before, after] = [
      await stored(homeward, first.submissionId, 'Organization'),
      await stored(homeward, second.submissionId, 'Organization'),
    ];
    expect(after.id).not.toBe(before.id);
    expect((await read(homeward, before)).identifier[0].value).not.toBe('RX7');
    const encounter = await stored(homeward, second.submissionId, 'Encounter');
    expect((await read(homeward, encounter)).serviceProvider.reference).toBe(`Organization/${after.id}`);
  });

  it('goes on from version to version through many corrections, some of them at once', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const sent = await Promise.all(
      [2, 3, 4, 5, 6].map((version) => send(homeward, summary.correction(version))),
    );
    const stood = sent.filter(({ status }) => status === 201).length;
    expect(sent.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(sent.at(-1)!.status).toBe(201);
    const encounter = await stored(homeward, first.submissionId, 'Encounter');
    expect(await versions(homeward, encounter)).toEqual(
      Array.from({ length: stood + 1 }, (_, index) => String(stood + 1 - index)),
    );
  });
});

describe('what a correction no longer carries', () => {
  it('is withdrawn: out of searches, 410 on read, still in its history and in the earlier submission', async () => {
    const summary = freshSummary().observations(17);
    const nhsNumber = nhsNumberOf(summary.build());
    const first = await accepted(homeward, summary);
    const observation = await stored(homeward, first.submissionId, 'Observation', 16);
    expect(await count(homeward, `Observation?${byNhsNumber('patient:identifier', nhsNumber)}`)).toBe(17);

    const second = await accepted(homeward, summary.correction(2).without('Observation[16]'));

    expect(await count(homeward, `Observation?${byNhsNumber('patient:identifier', nhsNumber)}`)).toBe(16);
    expect(await count(homeward, `Observation?_id=${observation.id}`)).toBe(0);
    const gone = await homeward.call('GET', `/FHIR/R4/Observation/${observation.id}`);
    expect([gone.status, gone.json.issue[0].code]).toEqual([410, 'deleted']);
    expect(await versions(homeward, observation)).toEqual(['2 withdrawn', '1']);
    const old = await homeward.call('GET', `/FHIR/R4/Observation/${observation.id}/_history/1`);
    expect([old.status, old.json.id]).toEqual([200, observation.id]);
    expect((await homeward.call('GET', `/FHIR/R4/Observation/${observation.id}/_history/2`)).status).toBe(
      410,
    );
    const submission = await homeward.call('GET', `/FHIR/R4/Bundle/${first.submissionId}`);
    expect(submission.json.entry).toHaveLength(21);
    expect((await record(homeward, second.submissionId)).withdrawn).toEqual([
      { type: 'Observation', id: observation.id, version: 2 },
    ]);
  });

  it('stays withdrawn when its carrier is sent again', async () => {
    const summary = freshSummary().observations(17);
    const first = await accepted(homeward, summary);
    await accepted(homeward, summary.correction(2).without('Observation[16]'));
    expect((await send(homeward, summary)).status).toBe(200);
    expect(await read(homeward, await stored(homeward, first.submissionId, 'Observation', 16))).toBe(410);
  });

  it('stays, where another summary of the sender has taken it on', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const encounter = await stored(homeward, first.submissionId, 'Encounter');
    const other = await accepted(homeward, summary.with('Bundle.identifier.value', 'another summary'));
    expect((await stored(homeward, other.submissionId, 'Encounter')).id).toBe(encounter.id);
    await accepted(
      homeward,
      summary.correction(2).with('Encounter.identifier[0].value', 'e2').changed(underOtherFullUrls),
    );
    expect((await read(homeward, encounter)).meta.versionId).toBe('2');
  });

  it('stays, where it is an Organization: those are never withdrawn', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const other = summary
      .correction(2)
      .with('Organization.identifier[0].value', 'RX8')
      .with('Organization.name', 'Yet another');
    await accepted(homeward, other);
    expect(
      (await read(homeward, await stored(homeward, first.submissionId, 'Organization'))).resourceType,
    ).toBe('Organization');
  });

  it('stays, where it is the Patient: a transaction that names the stored one withdraws nothing', async () => {
    const first = await accepted(homeward, freshSummary().changed(asTransaction), { path: '/FHIR/R4' });
    const patient = await stored(homeward, first.submissionId, 'Patient');
    const encounter = await stored(homeward, first.submissionId, 'Encounter');
    const again = await record(homeward, first.submissionId);
    const [system, value] = again.bundle_identifier.split('|');
    const second = await send(
      homeward,
      {
        resourceType: 'Bundle',
        type: 'transaction',
        meta: { versionId: '2' },
        identifier: { system, value },
        entry: [
          {
            fullUrl: 'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-111111111111',
            resource: {
              resourceType: 'Device',
              status: 'active',
              patient: { reference: `Patient/${patient.id}` },
            },
            request: { method: 'POST', url: 'Device' },
          },
        ],
      },
      { path: '/FHIR/R4' },
    );
    expect([second.status, told(second.json)]).toEqual([200, []]);
    expect((await read(homeward, patient)).id).toBe(patient.id);
    expect(await read(homeward, encounter)).toBe(410);
  });
});

describe('a correction of another patient', () => {
  it('is a conflict, and nothing but the refused submission is kept', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const before = await rowCounts(homeward);
    const other = await send(homeward, summary.correction(2).nhsNumber(freshNhsNumber()));
    expect([other.status, told(other.json)[0]]).toEqual([
      409,
      'error submission-other-patient Bundle.identifier',
    ]);
    expect(await rowCounts(homeward)).toEqual(before);
    expect((await record(homeward, other.submissionId)).status).toBe('refused');
  });

  it('is made by retracting the first, and sending a new summary', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    await accepted(
      homeward,
      summary
        .correction(2)
        .with('DocumentReference.status', 'entered-in-error')
        .with('Encounter.status', 'entered-in-error'),
    );
    const right = await accepted(
      homeward,
      summary
        .nhsNumber(freshNhsNumber())
        .with('Bundle.identifier.value', `the right patient of ${first.submissionId}`),
    );
    expect((await stored(homeward, right.submissionId, 'Encounter')).id).not.toBe(
      (await stored(homeward, first.submissionId, 'Encounter')).id,
    );
  });
});

describe('entered-in-error', () => {
  it.each([
    ['DocumentReference', (id: string) => `DocumentReference?_id=${id}&status=entered-in-error`],
    ['Encounter', (id: string) => `Encounter?_id=${id}&status=entered-in-error`],
    ['Observation', (id: string) => `Observation?_id=${id}&status=entered-in-error`],
  ])('on %s is an ordinary correction, and searchable by status', async (type, query) => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const second = await accepted(homeward, summary.correction(2).with(`${type}.status`, 'entered-in-error'));
    const [before, after] = [
      await stored(homeward, first.submissionId, type),
      await stored(homeward, second.submissionId, type),
    ];
    expect(after).toMatchObject({ id: before.id, version: 2 });
    expect((await read(homeward, after)).status).toBe('entered-in-error');
    expect(await count(homeward, query(after.id))).toBe(1);
  });
});

function asTransaction(bundle: AnyResource): void {
  bundle.type = 'transaction';
  for (const entry of bundle.entry as AnyJson[])
    entry.request = { method: 'POST', url: entry.resource.resourceType };
}
