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
