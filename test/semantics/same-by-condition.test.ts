/** Two entries of one transaction that are one resource by their conditions: what the second says otherwise is told. */
import type { SummaryBuilder } from '../fixtures/summary';
import type { Homeward } from '../support/homeward';
import { passingOnOfThisFile } from './passing-on';
import {
  accepted,
  byNhsNumber,
  freshSummary,
  read,
  stored,
  storedBy,
  told,
  type AnyJson,
  type Sent,
} from './sending';
import { asTransaction, find, post, sentIn } from './story';
import { transact, type Entry } from './transacting';

const { homeward: started, deliveryOf } = passingOnOfThisFile();
const path = '/FHIR/R4';
const READING = 'https://trust.example.nhs.uk/reading';
let homeward: Homeward;

beforeAll(() => {
  homeward = started();
});

const KEPT = 'submission-condition-kept';
const CLINICAL = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical';
const VERIFICATION = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';

/** The summary as a transaction, with a second entry that is like the first of its type. */
const withSecond = (
  summary: SummaryBuilder,
  type: string,
  condition: string,
  { change, on = [0, 1] }: { change: (second: AnyJson) => void; on?: number[] },
): SummaryBuilder =>
  asTransaction(summary).changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const first = entries.find(({ resource }) => resource.resourceType === type);
    const second = structuredClone(first);
    second.fullUrl = 'urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a002';
    delete second.resource.id;
    change(second.resource);
    entries.push(second);
    for (const n of on) [first, second][n].request.ifNoneExist = condition;
  });
const numbered = (): SummaryBuilder => {
  const summary = freshSummary();
  const { value } = sentIn(summary, 'Encounter').identifier[0];
  return summary.with('Observation[0].identifier', [{ system: READING, value }]);
};
const numberOf = (summary: SummaryBuilder): string =>
  `identifier=${READING}|${sentIn(summary, 'Observation').identifier[0].value}`;
const byPatient = (summary: SummaryBuilder, what: string): string =>
  `${what}&${byNhsNumber('patient:identifier', sentIn(summary, 'Patient').identifier[0].value)}`;
const withAllergy = (summary: SummaryBuilder): SummaryBuilder =>
  summary.changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const patient = entries.find(({ resource }) => resource.resourceType === 'Patient').fullUrl;
    entries.push({
      fullUrl: 'urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a003',
      resource: {
        resourceType: 'AllergyIntolerance',
        identifier: [{ system: READING, value: 'allergy' }],
        clinicalStatus: { coding: [{ system: CLINICAL, code: 'active' }] },
        verificationStatus: { coding: [{ system: VERIFICATION, code: 'confirmed' }] },
        code: { text: 'Nut' },
        patient: { reference: patient },
      },
    });
  });
const lastOf = (summary: SummaryBuilder): number => (summary.build().entry as AnyJson[]).length - 1;
const said = ({ json }: Sent): string[] =>
  json.entry.flatMap(({ response }: AnyJson) => told(response.outcome));
const kept = (sent: Sent): string[] => said(sent).filter((line) => line.includes(KEPT));

/** The second entry is told, and the submission is marked and not passed on. Both answers name the first. */
const isTold = async (sent: Sent, second: number, type: string): Promise<void> => {
  expect(said(sent)).toContain(`warning ${KEPT} Bundle.entry[${second}].resource`);
  expect(kept(sent)).toHaveLength(1);
  expect(said(sent).join()).not.toContain('submission-identifier-repeated');
  const { json } = await homeward.call('GET', `/submissions/${sent.submissionId}`);
  expect(json.review.reasons).toContainEqual(expect.stringContaining('made two entries one resource'));
  expect(await deliveryOf(sent)).toMatchObject({ state: 'refused' });
  const { location, status } = sent.json.entry[second].response;
  expect(status).toBe('200 OK');
  expect(location).toContain((await stored(homeward, sent.submissionId, type)).id);
};

/** The documents as Binary entries beside their DocumentReferences. */
const withBinaries = (summary: SummaryBuilder, bytesOfSecond: Buffer): SummaryBuilder =>
  summary.changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const documents = entries.filter(({ resource }) => resource.resourceType === 'DocumentReference');
    documents.forEach(({ resource }, n) => {
      const { attachment } = resource.content[0];
      const fullUrl = `urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a01${n}`;
      const data = n === 0 ? attachment.data : bytesOfSecond.toString('base64');
      const binary = { resourceType: 'Binary', contentType: 'application/pdf', data };
      for (const name of ['data', 'size', 'hash']) delete attachment[name];
      attachment.url = fullUrl;
      entries.push({ fullUrl, resource: binary, request: { method: 'POST', url: 'Binary' } });
    });
  });

describe('two entries of one transaction that are one resource by their conditions', () => {
  it.each([
    ['both have a condition', [0, 1]],
    ['the second finds the first', [1]],
  ])('are one reading, and the other value is told, where %s', async (_which, on) => {
    const summary = numbered();
    const two = withSecond(summary, 'Observation', numberOf(summary), {
      on,
      change: (second) => (second.valueInteger += 1),
    });
    const sent = await accepted(homeward, two, { path });
    await isTold(sent, lastOf(two), 'Observation');
    const first = await read(homeward, await stored(homeward, sent.submissionId, 'Observation'));
    expect(first.valueInteger).toBe(sentIn(summary, 'Observation').valueInteger);
    const again = await accepted(homeward, two, { path });
    expect(again.submissionId).toBe(sent.submissionId);
  });

  it('are one allergy, and the other one is told', async () => {
    const summary = withAllergy(freshSummary());
    const two = withSecond(
      summary,
      'AllergyIntolerance',
      byPatient(summary, `identifier=${READING}|allergy`),
      {
        change: (second) => (second.code.text = 'Egg'),
      },
    );
    const sent = await accepted(homeward, two, { path });
    await isTold(sent, lastOf(two), 'AllergyIntolerance');
    const found = await find(
      homeward,
      byPatient(summary, `AllergyIntolerance?identifier=${READING}|allergy`),
    );
    expect(found.map(({ code }) => code.text)).toEqual(['Nut']);
  });

  it('are one stay, and the reading of the second is filed under it', async () => {
    const summary = freshSummary();
    const condition = byPatient(summary, 'class=HH');
    const two = withSecond(summary, 'Encounter', condition, {
      change: (second) => (second.identifier[0].value += '-2'),
    }).changed((bundle) => {
      const entries = bundle.entry as AnyJson[];
      const readings = entries.filter(({ resource }) => resource.resourceType === 'Observation');
      readings[0].resource.encounter.reference = entries.at(-1).fullUrl;
    });
    const sent = await accepted(homeward, two, { path });
    await isTold(sent, lastOf(two), 'Encounter');
    const { id } = await stored(homeward, sent.submissionId, 'Encounter');
    const reading = await read(homeward, await stored(homeward, sent.submissionId, 'Observation'));
    expect(reading.encounter.reference).toBe(`Encounter/${id}`);
  });

  it.each(['inline', 'in a Binary beside it'])(
    'are one document, and other bytes %s are told',
    async (where) => {
      const summary = freshSummary();
      const other = Buffer.from('%PDF-1.4\nOTHER\n%%EOF\n');
      const two = withSecond(summary, 'DocumentReference', byPatient(summary, 'status=current'), {
        change: (second) => {
          const { attachment } = second.content[0];
          for (const name of ['size', 'hash']) delete attachment[name];
          if (where === 'inline') attachment.data = other.toString('base64');
        },
      });
      const sent = await accepted(homeward, where === 'inline' ? two : withBinaries(two, other), { path });
      await isTold(sent, lastOf(two), 'DocumentReference');
    },
  );

  it('are one Binary, and other bytes are told', async () => {
    const binary = (text: string): Entry =>
      post(
        {
          resourceType: 'Binary',
          contentType: 'application/pdf',
          data: Buffer.from(`%PDF-1.4\n${text}`).toString('base64'),
        },
        '_lastUpdated=gt2999-01-01',
      );
    const sent = await transact(homeward, 'RR8', binary('A'), binary('A'), binary('B'));
    expect(kept(sent)).toEqual([`warning ${KEPT} Bundle.entry[2].resource`]);
  });

  it.each<[string, (summary: SummaryBuilder) => SummaryBuilder]>([
    ['a reading', (summary) => withSecond(summary, 'Observation', numberOf(summary), { change: () => {} })],
    [
      'a document',
      (summary) =>
        withSecond(summary, 'DocumentReference', byPatient(summary, 'status=current'), { change: () => {} }),
    ],
    [
      'a document in a Binary beside it',
      (summary) => {
        const { data } = sentIn(summary, 'DocumentReference').content[0].attachment;
        const condition = byPatient(summary, 'status=current');
        return withBinaries(
          withSecond(summary, 'DocumentReference', condition, { change: () => {} }),
          Buffer.from(data, 'base64'),
        );
      },
    ],
  ])('are told nothing where both say the same of %s, and are passed on', async (_what, twice) => {
    const sent = await accepted(homeward, twice(numbered()), { path });
    expect(kept(sent)).toEqual([]);
    expect(said(sent).join()).not.toContain('submission-identifier-repeated');
    expect(await deliveryOf(sent)).toMatchObject({ state: 'delivered' });
    const all = await storedBy(homeward, sent.submissionId);
    expect(all.length - new Set(all.map(({ id }) => id)).size).toBe(1);
  });
});
