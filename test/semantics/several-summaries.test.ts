/**
 * semantics «Corrections» 3 and 5, and «Who is who»: what several summaries of one patient do to each other. A
 * correction withdraws only what its own sender brought and nobody else carries; nobody overwrites what another sender
 * sent; what comes late does not turn back what is newer.
 */
import type { AnyResource, Json } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  count,
  freshSummary,
  read,
  record,
  send,
  stored,
  told,
  versions,
  type AnyJson,
} from './sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

let lineages = 0;
/** The same content under another Bundle.identifier, and under fullUrls of its own. */
const another = (summary: SummaryBuilder): SummaryBuilder => {
  lineages += 1;
  const mark = lineages.toString(16).padStart(8, '0');
  return summary
    .with('Bundle.identifier.value', `another ${lineages}`)
    .changed(
      (bundle) =>
        JSON.parse(
          JSON.stringify(bundle).replace(/urn:uuid:[0-9a-f]{8}/g, `urn:uuid:${mark}`),
        ) as AnyResource,
    );
};
const at = (summary: SummaryBuilder, lastUpdated: string): SummaryBuilder =>
  summary.with('Bundle.meta.lastUpdated', lastUpdated);
const reading = (value: string): Json => [{ system: 'https://trust.example.nhs.uk/reading', value }];

function asTransaction(bundle: AnyResource): void {
  bundle.type = 'transaction';
  for (const entry of bundle.entry as AnyJson[])
    entry.request = { method: 'POST', url: entry.resource.resourceType };
}

describe('what a correction drops', () => {
  it.each([
    ['Encounter', 'Encounter.identifier[0].value'],
    ['DocumentReference', 'DocumentReference.masterIdentifier.value'],
    ['Observation', 'Observation.identifier[0].value'],
  ])('stays where another summary carries it too: an %s', async (type, key) => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const other = another(summary);
    const second = await accepted(homeward, other);
    const shared = await stored(homeward, first.submissionId, type);
    expect(await stored(homeward, second.submissionId, type)).toMatchObject({ id: shared.id, version: 2 });

    const third = await accepted(
      homeward,
      another(other.correction(2).with(key, 'of its own')).with(
        'Bundle.identifier',
        other.build().identifier!,
      ),
    );

    expect((await stored(homeward, third.submissionId, type)).id).not.toBe(shared.id);
    expect((await read(homeward, shared)).id).toBe(shared.id);
    expect(told(third.json)).toContain('information submission-not-withdrawn');
    expect((await record(homeward, third.submissionId)).withdrawn).not.toContainEqual(
      expect.objectContaining({ id: shared.id }),
    );
  });

  it('stays where a summary without a Bundle.identifier carries it too', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    await accepted(homeward, another(summary).without('Bundle.identifier'));
    await accepted(
      homeward,
      another(summary.correction(2).with('Encounter.identifier[0].value', 'e2')).with(
        'Bundle.identifier',
        summary.build().identifier!,
      ),
    );
    expect((await read(homeward, await stored(homeward, first.submissionId, 'Encounter'))).status).toBe(
      'finished',
    );
  });

  it('is withdrawn by the last summary that drops it, whichever wrote it last', async () => {
    const summary = freshSummary().observations(17);
    const first = await accepted(homeward, summary);
    const other = another(summary);
    await accepted(homeward, other);
    const shared = await stored(homeward, first.submissionId, 'Observation', 16);
    await accepted(homeward, other.correction(2).without('Observation[16]'));
    expect((await read(homeward, shared)).id).toBe(shared.id);
    await accepted(homeward, summary.correction(2).without('Observation[16]'));
    expect(await read(homeward, shared)).toBe(410);
  });

  it('stays where another transaction has found it by its condition, and refers to it', async () => {
    const summary = freshSummary().changed((bundle) => {
      asTransaction(bundle);
      (bundle.entry as AnyJson[]).push({
        fullUrl: 'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-444444444444',
        resource: {
          resourceType: 'Practitioner',
          identifier: [{ system: 'https://trust.example.nhs.uk/staff', value: 'nurse 7' }],
        },
        request: {
          method: 'POST',
          url: 'Practitioner',
          ifNoneExist: 'identifier=https://trust.example.nhs.uk/staff|nurse 7',
        },
      });
    });
    const path = '/FHIR/R4';
    const first = await accepted(homeward, summary, { path });
    const second = await accepted(homeward, another(freshSummary().changed(() => summary.build())), { path });
    const nurse = await stored(homeward, first.submissionId, 'Practitioner');
    expect(await stored(homeward, second.submissionId, 'Practitioner')).toMatchObject({
      id: nurse.id,
      written: false,
    });
    const third = await accepted(homeward, summary.correction(2).without('Practitioner'), { path });
    expect((await read(homeward, nurse)).id).toBe(nurse.id);
    // What is about no entry is said with the first one.
    expect(told(third.json.entry[0].response.outcome)).toContain('information submission-not-withdrawn');
  });

  it('becomes the same resource again when the next version brings it back', async () => {
    const summary = freshSummary().observations(17);
    const first = await accepted(homeward, summary);
    const observation = await stored(homeward, first.submissionId, 'Observation', 16);
    await accepted(homeward, summary.correction(2).without('Observation[16]'));
    expect(await read(homeward, observation)).toBe(410);
    const third = await accepted(homeward, summary.correction(3));
    expect(await stored(homeward, third.submissionId, 'Observation', 16)).toMatchObject({
      id: observation.id,
      version: 3,
    });
    expect((await read(homeward, observation)).meta.versionId).toBe('3');
    expect(await versions(homeward, observation)).toEqual(['3', '2 withdrawn', '1']);
    expect(await count(homeward, `Observation?_id=${observation.id}`)).toBe(1);
  });

  it('becomes the same again by its business identifier, under another fullUrl', async () => {
    const summary = freshSummary().with('Observation.identifier', reading('r1'));
    const first = await accepted(homeward, summary);
    const observation = await stored(homeward, first.submissionId, 'Observation');
    await accepted(homeward, summary.correction(2).without('Observation[0]'));
    const third = await accepted(
      homeward,
      another(summary.correction(3)).with('Bundle.identifier', summary.build().identifier!),
    );
    expect((await stored(homeward, third.submissionId, 'Observation')).id).toBe(observation.id);
  });
});

describe('a document of another sender', () => {
  it('is never overwritten: the same masterIdentifier is stored as new, with a warning', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const document = await stored(homeward, first.submissionId, 'DocumentReference');
    const stranger = another(summary).with('DocumentReference.description', 'Of a stranger');
    const second = await accepted(homeward, stranger, { as: 'RX1' });
    const theirs = await stored(homeward, second.submissionId, 'DocumentReference');
    expect(theirs).toMatchObject({ version: 1, created: true });
    expect(told(second.json)).toContain(
      `warning submission-document-of-other Bundle.entry[${theirs.index}].resource`,
    );
    // Nor is it withdrawn when the stranger drops it.
    await accepted(
      homeward,
      stranger.correction(2).with('DocumentReference.masterIdentifier.value', 'other'),
      {
        as: 'RX1',
      },
    );
    expect((await read(homeward, document)).meta.versionId).toBe('1');
  });

  it('is the same one where its custodian sends it; the bytes of both versions stay reachable', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary.pdf(Buffer.from('%PDF-1.4 by a supplier')), { as: 'RX1' });
    const second = await accepted(homeward, another(summary.pdf(Buffer.from('%PDF-1.4 by the custodian'))));
    const document = await stored(homeward, first.submissionId, 'DocumentReference');
    expect(await stored(homeward, second.submissionId, 'DocumentReference')).toMatchObject({
      id: document.id,
      version: 2,
    });
    const bytes = [];
    for (const version of [1, 2]) {
      const { json } = await homeward.call(
        'GET',
        `/FHIR/R4/DocumentReference/${document.id}/_history/${version}`,
      );
      bytes.push((await homeward.call('GET', `/FHIR/R4/${json.content[0].attachment.url}`)).bytes.toString());
    }
    expect(bytes).toEqual(['%PDF-1.4 by a supplier', '%PDF-1.4 by the custodian']);
  });

  it('stays the custodian’s, once it was replaced: the first sender’s correction is stored as new, with a warning', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary, { as: 'RX1' });
    await accepted(homeward, another(summary).with('DocumentReference.description', 'By the custodian'));
    const document = await stored(homeward, first.submissionId, 'DocumentReference');
    const third = await accepted(homeward, summary.correction(2), { as: 'RX1' });
    const theirs = await stored(homeward, third.submissionId, 'DocumentReference');
    expect(theirs.id).not.toBe(document.id);
    expect(told(third.json)).toContain(
      `warning submission-not-replaced Bundle.entry[${theirs.index}].resource`,
    );
    expect((await read(homeward, document)).description).toBe('By the custodian');
  });
});

describe('a reading with the identifier of another', () => {
  const numbered = (summary: SummaryBuilder): SummaryBuilder =>
    summary.with('Observation[0].identifier', reading('0'));

  it('in another stay at another time is another reading, with a warning', async () => {
    const summary = numbered(freshSummary());
    const first = await accepted(homeward, summary);
    const second = await accepted(
      homeward,
      another(summary)
        .with('Encounter.identifier[0].value', 'the next stay')
        .with('Observation[0].effectiveDateTime', '2025-03-09T08:00:00Z'),
    );
    const [one, two] = [
      await stored(homeward, first.submissionId, 'Observation'),
      await stored(homeward, second.submissionId, 'Observation'),
    ];
    expect(two).toMatchObject({ version: 1, created: true });
    expect(told(second.json)).toContain(
      `warning submission-reading-renumbered Bundle.entry[${two.index}].resource`,
    );
    expect((await read(homeward, one)).meta.versionId).toBe('1');
  });

  it('in the same stay is the next version, even with another time and before its Encounter in the Bundle', async () => {
    const summary = numbered(freshSummary());
    const first = await accepted(homeward, summary);
    const second = await accepted(
      homeward,
      another(summary)
        .with('Observation[0].effectiveDateTime', '2025-03-09T08:00:00Z')
        .changed((bundle) => void (bundle.entry as AnyJson[]).reverse()),
    );
    const one = await stored(homeward, first.submissionId, 'Observation');
    const all = (await record(homeward, second.submissionId)).stored;
    expect(all).toContainEqual(expect.objectContaining({ id: one.id, version: 2 }));
  });

  it('at the same time in another stay is the next version, however the time is written', async () => {
    const summary = numbered(freshSummary()).with('Observation[0].effectiveDateTime', '2025-03-09T08:00:00Z');
    const first = await accepted(homeward, summary);
    const second = await accepted(
      homeward,
      another(summary)
        .with('Encounter.identifier[0].value', 'the next stay')
        .with('Observation[0].effectiveDateTime', '2025-03-09T09:00:00.000+01:00'),
    );
    expect(await stored(homeward, second.submissionId, 'Observation')).toMatchObject({
      id: (await stored(homeward, first.submissionId, 'Observation')).id,
      version: 2,
    });
  });

  it.each([
    ['the same', '2025-03-09T08:00:00Z', 2],
    ['another', '2025-03-09T08:30:00Z', 1],
  ])('and no stay is told by its time alone: %s time', async (_which, time, version) => {
    const withoutStay = numbered(freshSummary())
      .with('Observation[0].effectiveDateTime', '2025-03-09T08:00:00Z')
      .without('Observation[0].encounter');
    await accepted(homeward, withoutStay);
    const second = await accepted(
      homeward,
      another(withoutStay).with('Observation[0].effectiveDateTime', time),
    );
    expect((await stored(homeward, second.submissionId, 'Observation')).version).toBe(version);
  });
});

describe('a submission that comes late', () => {
  const early = '2025-03-11T10:00:00Z';
  const between = '2025-03-11T11:00:00Z';
  const newest = '2025-03-11T12:00:00Z';

  it.each([
    ['Encounter', 'Encounter.reasonCode[0].text', (each: AnyJson) => each.reasonCode[0].text],
    ['DocumentReference', 'DocumentReference.description', (each: AnyJson) => each.description],
    ['Observation', 'Observation.note', (each: AnyJson) => each.note?.[0].text ?? each.note],
  ])('does not turn back a newer %s: its content is a version of the history', async (type, path, textOf) => {
    const says = (text: string): Json => (type === 'Observation' ? [{ text }] : text);
    const summary = freshSummary();
    const first = await accepted(homeward, at(summary.with(path, says('first')), early));
    await accepted(homeward, at(another(summary.with(path, says('newer'))), newest));
    const resource = await stored(homeward, first.submissionId, type);

    const late = await accepted(homeward, at(summary.correction(2).with(path, says('late')), between));

    expect(told(late.json)).toContain(`warning submission-late Bundle.entry[${resource.index}].resource`);
    const now = await read(homeward, resource);
    expect([textOf(now), now.meta.versionId]).toEqual(['newer', '4']);
    const { json: history } = await homeward.call('GET', `/FHIR/R4/${type}/${resource.id}/_history`);
    expect(
      history.entry.map((entry: AnyJson) => [entry.resource.meta.versionId, textOf(entry.resource)]),
    ).toEqual([
      ['4', 'newer'],
      ['3', 'late'],
      ['2', 'newer'],
      ['1', 'first'],
    ]);
    const kept = (await record(homeward, late.submissionId)).stored.filter(
      ({ id }: AnyJson) => id === resource.id,
    );
    expect(kept.map(({ version }: AnyJson) => version)).toEqual([3, 4]);
    expect(await count(homeward, `${type}?_id=${resource.id}`)).toBe(1);
  });

  it('stays behind the newer one however often it comes, and gives way to what is newer still', async () => {
    const summary = freshSummary();
    const path = 'Encounter.reasonCode[0].text';
    const first = await accepted(homeward, at(summary, early));
    const newer = another(summary.with(path, 'newer'));
    await accepted(homeward, at(newer, newest));
    const encounter = await stored(homeward, first.submissionId, 'Encounter');
    for (const version of [2, 3, 4])
      await accepted(homeward, at(summary.correction(version).with(path, `late ${version}`), between));
    expect((await read(homeward, encounter)).reasonCode[0].text).toBe('newer');
    await accepted(homeward, at(newer.correction(2).with(path, 'corrected'), '2025-03-11T13:00:00Z'));
    expect((await read(homeward, encounter)).reasonCode[0].text).toBe('corrected');
    expect((await versions(homeward, encounter))[0]).toBe('9');
  });

  it('is the newest all the same within its own summary, where its version says so', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, at(summary, newest));
    await accepted(homeward, at(summary.correction(2).with('Encounter.reasonCode[0].text', 'second'), early));
    const encounter = await read(homeward, await stored(homeward, first.submissionId, 'Encounter'));
    expect([encounter.meta.versionId, encounter.reasonCode[0].text]).toEqual(['2', 'second']);
  });

  it('is answered with the version that it became, and named so in its Provenance', async () => {
    const summary = freshSummary().changed(asTransaction);
    const path = '/FHIR/R4';
    const first = await accepted(homeward, at(summary, early), { path });
    await accepted(homeward, at(another(summary), newest), { path });
    const encounter = await stored(homeward, first.submissionId, 'Encounter');
    const late = await accepted(homeward, at(summary.correction(2), between), { path });
    expect(late.json.entry).toHaveLength((summary.build().entry as Json[]).length);
    const { response } = late.json.entry[encounter.index];
    expect(response).toMatchObject({
      status: '200 OK',
      location: `Encounter/${encounter.id}/_history/3`,
      etag: 'W/"3"',
    });
    expect(told(response.outcome)).toContain(
      `warning submission-late Bundle.entry[${encounter.index}].resource`,
    );
    const again = await send(homeward, at(summary.correction(2), between), { path });
    expect(again.json).toEqual(late.json);
    const { json: found } = await homeward.call(
      'GET',
      `/FHIR/R4/Provenance?target=Encounter/${encounter.id}`,
    );
    const named = found.entry
      .flatMap(({ resource }: AnyJson) => resource.target)
      .map(({ reference }: AnyJson) => reference);
    for (const version of [1, 2, 3, 4])
      expect(named).toContain(`Encounter/${encounter.id}/_history/${version}`);
  });

  it('leaves a ledger that can be verified', async () => {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const { json } = await homeward.call('GET', '/ledger/verify');
      expect(json).toMatchObject({ status: 'pass' });
      const [row] = await homeward.app.database.query<{ waiting: number }>({
        text: `SELECT count(*)::int AS waiting FROM submission
          WHERE xid >= coalesce((SELECT max(upto) FROM ledger_seal), '0'::xid8)`,
      });
      if (row!.waiting === 0 || Date.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  });
});
