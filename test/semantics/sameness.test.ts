/** semantics «Sameness»: what is the same submission sent again. */
import { gzipSync } from 'node:zlib';
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { AnyResource, Json } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, rowCounts, send, submissionCount, told } from './sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const xml = { headers: { 'Content-Type': 'application/fhir+xml' } };

/** The same members in the opposite order, at every depth. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, item]) => [name, reversed(item as Json)]),
  );
}

describe('the same bytes from the same sender', () => {
  it('are answered 200 with the first Location and X-Submission-ID, and nothing is written', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const before = [await rowCounts(homeward), await submissionCount(homeward, 'accepted')];
    const again = await send(homeward, summary);
    expect(again.status).toBe(200);
    expect(again.submissionId).toBe(first.submissionId);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('etag')).toBe('W/"1"');
    expect(again.json).toEqual(first.json);
    expect([await rowCounts(homeward), await submissionCount(homeward, 'accepted')]).toEqual(before);
  });

  it('are the same after content-decoding', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const again = await send(homeward, gzipSync(summary.bytes()), {
      headers: { 'Content-Encoding': 'gzip', 'Content-Type': 'application/fhir+json' },
    });
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
  });

  it('are the same when they were stored before a correction', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    await accepted(homeward, summary.correction(2));
    const again = await send(homeward, summary);
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
  });

  it('are a resend of a transaction, too, with the first answer', async () => {
    const transaction = freshSummary().changed((bundle) => {
      bundle.type = 'transaction';
      for (const entry of bundle.entry as { request?: Json; resource: AnyResource }[])
        entry.request = { method: 'POST', url: entry.resource.resourceType };
    });
    const first = await accepted(homeward, transaction, { path: '/FHIR/R4' });
    const again = await send(homeward, transaction, { path: '/FHIR/R4' });
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
    expect(again.json).toEqual(first.json);
  });

  it('from another sender are another submission', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const other = await accepted(homeward, summary, { as: 'RGT' });
    expect(other.submissionId).not.toBe(first.submissionId);
  });

  it('that were refused are refused again, and kept again', async () => {
    const summary = freshSummary().without('Encounter.period');
    const before = await submissionCount(homeward, 'refused');
    const [first, again] = [await send(homeward, summary), await send(homeward, summary)];
    expect([first.status, again.status]).toEqual([422, 422]);
    expect(again.submissionId).not.toBe(first.submissionId);
    expect(await submissionCount(homeward, 'refused')).toBe(before + 2);
  });

  it('sent twenty times at once are stored once, and the other nineteen get the answer of a resend', async () => {
    const summary = freshSummary();
    const before = await submissionCount(homeward, 'accepted');
    const sent = await Promise.all(Array.from({ length: 20 }, () => send(homeward, summary)));
    expect(sent.map(({ status }) => status).sort()).toEqual([...Array<number>(19).fill(200), 201]);
    expect(new Set(sent.map(({ submissionId }) => submissionId)).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(await submissionCount(homeward, 'accepted')).toBe(before + 1);
  });
});

describe('the same content of the same version of a lineage', () => {
  it('is a resend with its members in another order and other white space', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const again = await send(homeward, Buffer.from(JSON.stringify(reversed(summary.build()), undefined, 3)));
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
  });

  it('is a resend as XML of what came as JSON', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const again = await send(homeward, Buffer.from(writeXml(summary.build())), xml);
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('is a resend as JSON of what came as XML', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, Buffer.from(writeXml(summary.build())), xml);
    const again = await send(homeward, summary);
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
  });

  it('is a resend where neither has a version', async () => {
    const summary = freshSummary().without('Bundle.meta.versionId').without('Bundle.meta.lastUpdated');
    const first = await accepted(homeward, summary);
    const again = await send(homeward, Buffer.from(JSON.stringify(summary.build(), undefined, 1)));
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
  });

  it('is stored once, however many formats of it come at once', async () => {
    const summary = freshSummary();
    const bundle = summary.build();
    const sent = await Promise.all([
      ...Array.from({ length: 4 }, (_, indent) =>
        send(homeward, Buffer.from(JSON.stringify(bundle, undefined, indent))),
      ),
      ...Array.from({ length: 4 }, () => send(homeward, Buffer.from(writeXml(bundle)), xml)),
    ]);
    expect(sent.map(({ status }) => status).sort()).toEqual([...Array<number>(7).fill(200), 201]);
    expect(new Set(sent.map(({ submissionId }) => submissionId)).size).toBe(1);
  });
});

/** As an engine builds it again for a retry: new names throughout, another order, made later. */
function builtAgain(bundle: AnyResource): AnyResource {
  const text = JSON.stringify(bundle)
    .replace(/urn:uuid:[0-9a-f]{8}/g, 'urn:uuid:0a1b2c3d')
    .replace(/"id":"[0-9a-f]{8}/g, '"id":"0a1b2c3d');
  const again = JSON.parse(text) as AnyResource & { entry: { resource: AnyResource }[] };
  again.entry.reverse();
  for (const { resource } of again.entry)
    resource.meta = { ...(resource.meta as object), versionId: '7', lastUpdated: '2025-06-01T10:00:00Z' };
  return {
    ...again,
    id: 'built-again',
    timestamp: '2025-06-01T10:00:00Z',
    meta: { ...(again.meta as object), lastUpdated: '2025-06-01T10:00:00Z' },
  };
}

describe('the same content, built again for a retry', () => {
  it.each([
    ['with a version', 'Bundle.timestamp'],
    ['without a version', 'Bundle.meta.versionId'],
  ])('is a resend, whatever its lastUpdated, names and order: %s', async (_which, without) => {
    const summary = freshSummary().without(without);
    const first = await accepted(homeward, summary);
    const before = [await rowCounts(homeward), await submissionCount(homeward, 'accepted')];
    const again = await send(homeward, summary.changed(builtAgain));
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([await rowCounts(homeward), await submissionCount(homeward, 'accepted')]).toEqual(before);
  });

  it('is another submission without a Bundle.identifier: there is no lineage', async () => {
    const summary = freshSummary().without('Bundle.identifier');
    const first = await accepted(homeward, summary);
    const again = await accepted(homeward, summary.changed(builtAgain));
    expect(again.submissionId).not.toBe(first.submissionId);
  });

  it('is a conflict where a business identifier was made anew', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const again = await send(
      homeward,
      summary.changed(builtAgain).with('DocumentReference.masterIdentifier.value', 'made anew'),
    );
    expect([again.status, told(again.json)[0]]).toEqual([
      409,
      'error submission-same-version Bundle.meta.versionId',
    ]);
  });

  it('answers a transaction with the first response, its entries in the order of this request', async () => {
    const transaction = freshSummary()
      .with('Observation[2].identifier', [{ system: 'https://trust.example.nhs.uk/x', value: 'copied' }])
      .with('Observation[5].identifier', [{ system: 'https://trust.example.nhs.uk/x', value: 'copied' }])
      .changed((bundle) => {
        bundle.type = 'transaction';
        for (const entry of bundle.entry as { request?: Json; resource: AnyResource }[])
          entry.request = { method: 'POST', url: entry.resource.resourceType };
      });
    const first = await accepted(homeward, transaction, { path: '/FHIR/R4' });
    const again = await send(homeward, transaction.changed(builtAgain), { path: '/FHIR/R4' });
    expect([again.status, again.submissionId]).toEqual([200, first.submissionId]);
    const answers = (json: { entry: { response: { location: string } }[] }): string[] =>
      json.entry.map(({ response }) => response.location);
    expect(answers(again.json)).toEqual(answers(first.json).reverse());
    // What was said of an entry is said of it again, at its place in this request.
    const outcomes = again.json.entry.flatMap(
      ({ response }: { response: { outcome?: object } }, index: number) =>
        told(response.outcome)
          .filter((line) => line.includes('Bundle.entry['))
          .map((line) => line.includes(`Bundle.entry[${index}]`)),
    );
    expect(outcomes).not.toHaveLength(0);
    expect(outcomes).not.toContain(false);
  });
});

describe('other content of the same version of a lineage', () => {
  it('is a conflict', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    const before = await rowCounts(homeward);
    const other = await send(homeward, summary.with('Observation.note', [{ text: 'Seen again.' }]));
    expect(other.status).toBe(409);
    expect(other.json.issue[0]).toMatchObject({ severity: 'error', code: 'conflict' });
    expect(told(other.json)).toEqual(['error submission-same-version Bundle.meta.versionId']);
    expect(await rowCounts(homeward)).toEqual(before);
  });

  it('is a conflict where neither has a versionId, and the lastUpdated is the same', async () => {
    const summary = freshSummary().without('Bundle.meta.versionId');
    await accepted(homeward, summary);
    const other = await send(homeward, summary.with('Observation.note', [{ text: 'Seen again.' }]));
    expect([other.status, told(other.json)[0]]).toEqual([409, 'error submission-same-version Bundle.meta']);
  });

  it('of another sender is none: a lineage is of one sender', async () => {
    const summary = freshSummary();
    await accepted(homeward, summary);
    await accepted(homeward, summary.with('Observation.note', [{ text: 'Seen again.' }]), { as: 'RGT' });
  });

  it('of a refused submission is none: nothing of that was stored', async () => {
    const summary = freshSummary();
    expect((await send(homeward, summary.without('Encounter.period'))).status).toBe(422);
    await accepted(homeward, summary);
  });
});
