/**
 * One submission, one patient: B has a summary of their own, and a new one about A leads to B by one more reference.
 * @see semantics «One submission, one patient»
 */
import type { Json } from '../../src/fhir/types';
import { setPath } from '../fixtures/edit-path';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, rowCounts, send, stored, told, type AnyJson } from './sending';
import {
  byContainedResource,
  byDataOfB,
  byLiteralReference,
  byLogicalReference,
  type Story,
} from './stories-of-another';
import {
  add,
  b,
  byId,
  byNumber,
  condition,
  foreignPlaces,
  fullUrlOf,
  indexOf,
  storeB,
  UNKNOWN,
} from './two-patients';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
  await storeB(homeward);
});
afterAll(() => homeward.close());

function withStory({ carries }: Story): SummaryBuilder {
  return freshSummary().changed((bundle) =>
    add(bundle, carries({ reference: fullUrlOf(bundle, 'Patient') })),
  );
}

describe.each([
  ['by an NHS number or another identifier', byLogicalReference],
  ['by a literal reference', byLiteralReference],
  ['by a contained or carried resource', byContainedResource],
  ['by what is stored of B', byDataOfB],
])('a summary about A is refused where it names B %s', (_by, stories) => {
  it.each(stories.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const summary = withStory(each);
    const last = (summary.build().entry as Json[]).length - 1;
    const sent = await send(homeward, summary);
    expect([sent.status, foreignPlaces(sent.json)]).toEqual([
      422,
      [each.at].flat().map((place) => `Bundle.entry[${last}].resource.${place}`),
    ]);
  });
});

describe('the entries of the guidance', () => {
  it.each<[string, string, () => Json, string]>([
    ['a stay of B by number', 'Encounter.subject', byNumber, 'vw-bundle-21 subject'],
    ['a stay of B by id', 'Encounter.subject', byId, 'vw-xref-01 subject'],
    ['a document of B by number', 'DocumentReference.subject', byNumber, 'vw-bundle-21 subject'],
    ['a document of B by id', 'DocumentReference.subject', byId, 'vw-xref-02 subject'],
    ['a reading of B by number', 'Observation.subject', byNumber, 'vw-bundle-21 subject'],
    ['a reading of B by id', 'Observation.subject', byId, 'vw-xref-04 subject'],
    [
      'a document that was made of B, by id',
      'DocumentReference.context.sourcePatientInfo',
      byId,
      'vw-bundle-21 context.sourcePatientInfo',
    ],
    [
      'a document that was made of B, by number',
      'DocumentReference.context.sourcePatientInfo',
      byNumber,
      'vw-bundle-21 context.sourcePatientInfo',
    ],
    [
      'a document that goes with a reading of B',
      'DocumentReference.context.related',
      () => [{ reference: b.observation }],
      'submission-reference-patient context.related[0]',
    ],
    [
      'a document of a stay of B',
      'DocumentReference.context.encounter',
      () => [{ reference: b.encounter }],
      'submission-reference-patient context.encounter[0]',
    ],
    [
      'a document that replaces one of B',
      'DocumentReference.relatesTo',
      () => [{ code: 'replaces', target: { reference: b.document } }],
      'submission-reference-patient relatesTo[0].target',
    ],
    [
      'a reading in a stay of B',
      'Observation.encounter',
      () => ({ reference: b.encounter }),
      'submission-reference-patient encounter',
    ],
    [
      'a score from a reading of B',
      'Observation.derivedFrom',
      () => [{ reference: b.observation }],
      'submission-reference-patient derivedFrom[0]',
    ],
    [
      'a score with a member of B',
      'Observation.hasMember',
      () => [{ reference: b.observation }],
      'submission-reference-patient hasMember[0]',
    ],
    [
      'a stay that is part of one of B',
      'Encounter.partOf',
      () => ({ reference: b.encounter }),
      'submission-reference-patient partOf',
    ],
    [
      'a stay for a problem of B',
      'Encounter.diagnosis',
      () => [{ condition: { reference: b.condition } }],
      'submission-reference-patient diagnosis[0].condition',
    ],
  ])('refuse %s', async (_name, path, value, fault) => {
    const summary = freshSummary().changed((bundle) => setPath(bundle, path, value()));
    const [rule, place] = fault.split(' ');
    const sent = await send(homeward, summary);
    const at = indexOf(summary.build(), path.split('.')[0]!);
    expect(sent.status).toBe(422);
    expect(told(sent.json)).toContain(`error ${rule} Bundle.entry[${at}].resource.${place}`);
  });

  it('take the stored Patient for the Patient of the Bundle, with a warning', async () => {
    const first = freshSummary();
    const { submissionId } = await accepted(homeward, first);
    const { id } = await stored(homeward, submissionId, 'Patient');
    const at = indexOf(first.build(), 'Observation');
    for (const reference of [
      `Patient/${id}`,
      `Patient/${id}/_history/1`,
      `${homeward.fhir}/Patient/${id.toUpperCase()}`,
    ]) {
      const again = first
        .stay(1000 + reference.length)
        .with('Observation.subject', { reference })
        .changed((bundle) => add(bundle, condition({ reference })));
      const sent = await accepted(homeward, again);
      expect(told(sent.json)).toContain(`warning vw-xref-04 Bundle.entry[${at}].resource.subject`);
      const rows = await homeward.app.database.query<{ patient_id: string }>(
        {
          text: `SELECT patient_id FROM observation WHERE submission_id = $1
          UNION ALL SELECT patient_id FROM other_resource WHERE submission_id = $1`,
        },
        [sent.submissionId],
      );
      expect(new Set(rows.map(({ patient_id }) => patient_id))).toEqual(new Set([id]));
    }
  });
});

describe('a refused summary', () => {
  it('names every place at once, and leaves nothing behind', async () => {
    const before = await rowCounts(homeward);
    const summary = freshSummary().changed((bundle) => {
      for (const each of [...byLogicalReference, ...byLiteralReference, ...byContainedResource])
        add(bundle, each.carries({ reference: fullUrlOf(bundle, 'Patient') }));
    });
    const sent = await send(homeward, summary);
    expect(sent.status).toBe(422);
    expect(foreignPlaces(sent.json)).toHaveLength(
      byLogicalReference.length + byLiteralReference.length + byContainedResource.length,
    );
    expect(await rowCounts(homeward)).toEqual(before);
  });

  it('says of all that is stored of others with one sentence', async () => {
    const summary = freshSummary().changed((bundle) => {
      for (const each of byDataOfB) add(bundle, each.carries({ reference: fullUrlOf(bundle, 'Patient') }));
    });
    const { status, json } = await send(homeward, summary);
    const texts = json.issue
      .filter(({ severity }: AnyJson) => severity === 'error')
      .map(({ details }: AnyJson) => details.text);
    expect([status, texts.length, new Set(texts).size]).toEqual([422, byDataOfB.length, 1]);
  });
});
describe('what leads nowhere', () => {
  it('is told with a warning at its place, and stored', async () => {
    const summary = freshSummary().with('Encounter.partOf', { reference: UNKNOWN });
    const at = indexOf(summary.build(), 'Encounter');
    const sent = await accepted(homeward, summary);
    expect(told(sent.json)).toContain(`warning vw-xref-nowhere Bundle.entry[${at}].resource.partOf`);
  });
});
