/**
 * A Bundle that is filed under the number of its document (TXA-12) keeps an identifier of its own, under which another
 * road may send it. What a later message says of the number concerns the summary of the number alone.
 */
import type { AnyResource } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { accepted as sent, freshSummary, read, stored, told, type Sent } from '../semantics/sending';
import { nextId, ofBundle, type MessageOptions } from './messages';
import { receiverOfThisFile } from './receiving';

const { accepted, get, homeward } = receiverOfThisFile();

const at = (summary: SummaryBuilder, day: number): SummaryBuilder =>
  summary.with('Bundle.meta.lastUpdated', `2026-05-${String(day).padStart(2, '0')}T12:00:00Z`);
const on = (day: number): string => `202605${String(day).padStart(2, '0')}120000`;

interface Filed {
  number: string;
  message: MessageOptions;
  retraction: MessageOptions;
  summary: SummaryBuilder;
}

/** A Bundle with an identifier of its own, a stay, a document and one reading. */
function aBundle(): Filed {
  const number = `DOC-${nextId()}`;
  const identifier = [{ system: 'https://trust.example.nhs.uk/reading', value: nextId() }];
  const summary = freshSummary().observations(1).with('Observation[0].identifier', identifier);
  const patient = summary.build().entry as { resource: AnyResource & { identifier: { value: string }[] } }[];
  const nhsNumber = patient.find(({ resource }) => resource.resourceType === 'Patient')!.resource
    .identifier[0]!.value;
  const fields = { PID: { 3: `${nhsNumber}^^^NHS^NH`, 7: '' } };
  const message = { document: number, fields };
  return {
    number,
    message,
    retraction: { ...message, type: 'MDM^T11^MDM_T01', without: ['OBX'] },
    summary,
  };
}

const replacedBy = async (submission: string): Promise<string> =>
  (await get(`/submissions/${submission}`)).replaces;
const valueOf = async (reading: { type: string; id: string }): Promise<number> =>
  (await read(homeward(), reading)).valueQuantity.value;
const of = ({ said }: { said: string }): Sent => ({ submissionId: said }) as Sent;
const warnings = async (said: string): Promise<string[]> => [
  ...new Set(
    told(await get(`/submissions/${said}/outcome`))
      .map((line) => line.split(' ')[1]!)
      .filter((rule) => /^submission-(?:retracts|late)/.test(rule)),
  ),
];

describe('A retraction of a Bundle with an identifier of its own that has corrected a PDF', () => {
  it('leaves what another road has said under the identifier of the Bundle', async () => {
    const { message, retraction, summary, number } = aBundle();
    await accepted({ ...message, sentAt: on(8) });
    const bundle = await accepted({ ...message, sentAt: on(9), value: ofBundle(at(summary, 9).bytes()) });
    const { changed } = summary.with('Observation[0].valueQuantity.value', 81);
    const more = changed((all) => {
      const entries = all.entry as { fullUrl: string; resource: AnyResource }[];
      for (const type of ['Observation', 'DocumentReference']) {
        const text = JSON.stringify(entries.find(({ resource }) => resource.resourceType === type));
        const again = JSON.parse(text) as (typeof entries)[number];
        again.fullUrl = `urn:uuid:${crypto.randomUUID()}`;
        again.resource.id = again.fullUrl.slice('urn:uuid:'.length);
        if (type === 'Observation')
          again.resource.identifier = [{ system: 'https://a.example', value: nextId() }];
        else again.resource.masterIdentifier = { system: 'https://a.example', value: nextId() };
        entries.push(again);
      }
    });
    const http = await sent(homeward(), at(more.with('Bundle.meta.versionId', '2'), 11));
    const t11 = await accepted({ ...retraction, sentAt: on(15) });
    expect(await replacedBy(t11.said)).toBe(bundle.said);
    expect((await get(`/FHIR/R4/Bundle/${t11.said}`)).identifier.value).toBe(number);
    const [first, second] = await Promise.all([0, 1].map((n) => stored(homeward(), http.submissionId, 'Observation', n))); // prettier-ignore
    expect([await valueOf(first!), await valueOf(second!)]).toEqual([81, expect.any(Number)]);
    const documents = await Promise.all([0, 1].map((n) => stored(homeward(), http.submissionId, 'DocumentReference', n))); // prettier-ignore
    const statuses = documents.map(async (each) => (await read(homeward(), each)).status);
    expect(await Promise.all(statuses)).toEqual(['entered-in-error', 'current']);
    // The retraction holds, and a person is asked whether it should.
    expect(await warnings(t11.said)).toEqual(['submission-late', 'submission-retracts-other']);
    expect((await get(`/submissions/${t11.said}`)).review.state).toBe('open');
    // What was made before the retraction may still come.
    await sent(homeward(), at(more.with('Bundle.meta.versionId', '3'), 12));
  });

  it('and a later PDF of the number are one summary', async () => {
    const { message, retraction, summary } = aBundle();
    await accepted({ ...message, sentAt: on(8) });
    const bundle = await accepted({ ...message, sentAt: on(9), value: ofBundle(at(summary, 9).bytes()) });
    const t11 = await accepted({ ...retraction, sentAt: on(10) });
    const again = await accepted({ ...retraction, sentAt: on(11), more: ['NTE|1||Wrong'] });
    expect([await replacedBy(t11.said), await replacedBy(again.said)]).toEqual([bundle.said, t11.said]);
    const t02 = await accepted({ ...message, sentAt: on(12) });
    expect(await replacedBy(t02.said)).toBe(again.said);
    for (const type of ['Encounter', 'Observation'])
      expect(await read(homeward(), await stored(homeward(), of(bundle).submissionId, type))).toBe(410);
  });

  it('that came as a replacement (T10) is a correction of the replacement', async () => {
    const [{ message, retraction, summary }, other] = [aBundle(), `DOC-${nextId()}`];
    await accepted({ ...message, document: other, sentAt: on(8) });
    const fields = { ...message.fields, TXA: { 13: other } };
    const value = ofBundle(at(summary, 9).bytes());
    const t10 = await accepted({ ...message, type: 'MDM^T10^MDM_T02', fields, sentAt: on(9), value });
    const t11 = await accepted({ ...retraction, sentAt: on(10) });
    expect(await replacedBy(t11.said)).toBe(t10.said);
    const next = await accepted({ ...message, sentAt: on(11), value });
    expect(await replacedBy(next.said)).toBe(t11.said);
  });
});

it('A Bundle with an identifier of its own that is filed by its number has an information', async () => {
  const { message, summary } = aBundle();
  const filed = async (day: number, bundle: SummaryBuilder): Promise<boolean> => {
    const { said } = await accepted({
      ...message,
      sentAt: on(day),
      value: ofBundle(at(bundle, day).bytes()),
    });
    return told(await get(`/submissions/${said}/outcome`))
      .join()
      .includes('hl7v2-filed-by-number');
  };
  expect(await filed(8, summary)).toBe(false);
  expect(await filed(9, summary.with('Bundle.meta.versionId', '2'))).toBe(false);
  expect(await filed(10, summary.with('Bundle.identifier.value', nextId()))).toBe(true);
  expect(await filed(11, summary.without('Bundle.identifier'))).toBe(false);
});

describe('A Bundle that HL7 v2 has filed by its number, and that another road corrects', () => {
  const RULE = 'submission-other-summary';
  const ofRule = (outcome: AnyResource): string[] =>
    (outcome.issue as unknown as { details: { coding: [{ code: string }]; text: string } }[])
      .filter(({ details }) => details.coding[0].code === RULE)
      .map(({ details }) => details.text);

  /** Two readings over HL7 v2, filed under the number of a PDF that came before. */
  async function filed(sender?: string): Promise<{ both: SummaryBuilder; bundle: Sent }> {
    const { message: usual, summary } = aBundle();
    const message = { ...usual, ...(sender === undefined ? {} : { sender }) };
    await accepted({ ...message, sentAt: on(8) });
    const [fullUrl, value] = [`urn:uuid:${crypto.randomUUID()}`, nextId()];
    const both = summary.changed((all) => {
      const entries = all.entry as { fullUrl: string; resource: AnyResource }[];
      const again = structuredClone(entries.find(({ resource }) => resource.resourceType === 'Observation')!);
      again.fullUrl = fullUrl;
      again.resource.id = fullUrl.slice('urn:uuid:'.length);
      again.resource.identifier = [{ system: 'https://a.example', value }];
      entries.push(again);
    });
    const bundle = await accepted({ ...message, sentAt: on(9), value: ofBundle(at(both, 9).bytes()) });
    return { both, bundle: of(bundle) };
  }
  const withoutSecond = (all: AnyResource): void => {
    (all.entry as unknown[]).pop();
  };

  it('leaves what the correction drops, and its sender is told', async () => {
    const { both, bundle } = await filed();
    const dropped = await stored(homeward(), bundle.submissionId, 'Observation', 1);
    const http = await sent(
      homeward(),
      at(both.changed(withoutSecond).with('Bundle.meta.versionId', '2'), 11),
    );
    expect(ofRule(http.json)).toEqual([
      expect.stringMatching(
        new RegExp(
          `withdraws nothing of that summary\\. These are yours and stay current: Observation/${dropped.id}\\. If they are wrong`,
        ),
      ),
    ]);
    expect(await read(homeward(), dropped)).toMatchObject({ id: dropped.id, status: 'final' });
    expect((await get(`/submissions/${http.submissionId}`)).review.reasons).toEqual([]);
    // Told once, of the first of its summary.
    const next = await sent(
      homeward(),
      at(both.changed(withoutSecond).with('Bundle.meta.versionId', '3'), 12),
    );
    expect(ofRule(next.json)).toEqual([]);
  });

  it('says nothing where the correction has all of it, or is late', async () => {
    const { both } = await filed();
    const whole = both.with('Observation[0].valueQuantity.value', 81).with('Bundle.meta.versionId', '2');
    expect(ofRule((await sent(homeward(), at(whole, 11))).json)).toEqual([]);
    const other = await filed();
    const late = other.both.changed(withoutSecond).with('Bundle.meta.versionId', '2');
    expect(ofRule((await sent(homeward(), at(late, 8))).json)).toEqual([]);
  });

  it('leaves what another sender sent, which only a person is told', async () => {
    const { both, bundle } = await filed('EPR|OTHER');
    const dropped = await stored(homeward(), bundle.submissionId, 'Observation', 1);
    const correction = at(both.changed(withoutSecond).with('Bundle.meta.versionId', '2'), 11);
    const http = await sent(homeward(), correction);
    expect([ofRule(http.json), JSON.stringify(http.json).includes(dropped.id)]).toEqual([[], false]);
    const { review } = await get(`/submissions/${http.submissionId}`);
    expect(JSON.stringify(review)).toMatch(/what other senders sent with it stays current \(3 in all\)/);
  });
});
