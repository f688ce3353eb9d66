/** What a retraction leaves on the record of the wrong patient: the sender is told, and there is a review mark. */
import type { AnyResource } from '../../src/fhir/types';
import { asDocument } from '../../src/resources/composition/example';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  freshNhsNumber,
  freshSummary,
  read,
  send,
  stored,
  storedBy,
  told,
  type AnyJson,
  type Sent,
} from './sending';
import { at, retracted } from './statements';
import { asTransaction, post } from './story';
import { bundleOf } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const IN_ERROR = { status: 'entered-in-error' };
const MARK = 'A stay or document is entered in error, and other data that came with it is not';
const BUNDLE = 'warning retracted-stay Bundle.entry[2].resource.status';
const STORED = 'warning submission-readings-stay';

const codes = (system: string, code: string): AnyJson => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});
const allergy = (status: string): AnyResource => ({
  resourceType: 'AllergyIntolerance',
  ...(status === 'entered-in-error'
    ? {}
    : { clinicalStatus: codes('allergyintolerance-clinical', 'active') }),
  verificationStatus: codes('allergyintolerance-verification', status),
  code: { text: 'Penicillin' },
});
const condition = (status: string): AnyResource => ({
  resourceType: 'Condition',
  ...(status === 'entered-in-error' ? {} : { clinicalStatus: codes('condition-clinical', 'active') }),
  verificationStatus: codes('condition-ver-status', status),
  code: { text: 'COPD' },
});
const medicine = (status: string): AnyResource => ({
  resourceType: 'MedicationStatement',
  status,
  medicationCodeableConcept: { text: 'Warfarin' },
});
const answers = (status: string): AnyResource => ({ resourceType: 'QuestionnaireResponse', status });

/** The summary with more entries about its patient, which do not name the stay; a relative is no data about the patient. */
const withMore = (summary: SummaryBuilder, ...more: AnyResource[]): SummaryBuilder =>
  summary.changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const reference = entries.find(({ resource }) => resource.resourceType === 'Patient').fullUrl;
    const relative = { resourceType: 'RelatedPerson', relationship: [{ text: 'daughter' }] };
    for (const [index, resource] of [relative, ...more].entries()) {
      const { resourceType } = resource;
      const names = /^(All|Rel)/.test(resourceType as string) ? 'patient' : 'subject';
      const id = `5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a00${index}`;
      entries.push({ fullUrl: `urn:uuid:${id}`, resource: { id, ...resource, [names]: { reference } } });
    }
  });
const current = [allergy('confirmed'), condition('confirmed'), medicine('active'), answers('completed')];
const inError = [allergy, condition, medicine, answers].map((make) => make('entered-in-error'));

const summary = (): SummaryBuilder => at(freshSummary(), '01');
/** A summary of its own that says the same. */
const ofItsOwn = (summary: SummaryBuilder): SummaryBuilder =>
  at(summary, '02').with('Bundle.identifier.value', `retraction-${Math.random()}`);

const said = ({ json }: Sent): string[] => {
  const outcomes =
    json.type === undefined ? [json] : json.entry.map((each: AnyJson) => each.response.outcome);
  return outcomes.flatMap(told).filter((line: string) => /retracted-stay|readings-stay/.test(line));
};
const texts = ({ json }: Sent): string =>
  (json.issue as AnyJson[])
    .filter(({ details }) => /retracted-stay|readings-stay/.test(details.coding?.[0].code))
    .map(({ details }) => details.text)
    .join();
const marksOf = async (submissionId: string): Promise<string[]> =>
  (await homeward.call('GET', `/submissions/${submissionId}`)).json.review.reasons.filter(
    (reason: string) => reason === MARK,
  );
const marks = ({ submissionId }: Sent): Promise<string[]> => marksOf(submissionId);

describe('a correction that enters the stay and the document in error', () => {
  const corrected = async (first: SummaryBuilder, second: SummaryBuilder): Promise<Sent> => {
    await accepted(homeward, first);
    return accepted(homeward, at(second, '02'));
  };

  it('is told of everything else about the patient that is not, with its place', async () => {
    const first = summary().observations(1);
    const sent = await corrected(
      withMore(first, ...current),
      withMore(retracted(first).with('Observation[0].status', 'entered-in-error'), ...current),
    );
    expect(said(sent)).toEqual([BUNDLE]);
    expect(texts(sent)).toContain(
      'AllergyIntolerance (Bundle.entry[6]), Condition (Bundle.entry[7]), MedicationStatement (Bundle.entry[8]), QuestionnaireResponse (Bundle.entry[9]). Readers',
    );
    expect(await marks(sent)).toEqual([MARK]);
  });

  it('is told nothing where everything is entered in error, or left out', async () => {
    const first = summary().observations(1);
    const whole = retracted(first).with('Observation[0].status', 'entered-in-error');
    const all = await corrected(withMore(first, ...current), withMore(whole, ...inError));
    expect([said(all), await marks(all)]).toEqual([[], []]);
    const second = summary();
    const rest = await corrected(withMore(second, ...current), retracted(second).observations(0));
    expect([said(rest), await marks(rest)]).toEqual([[], []]);
  });

  it('is told of the document and everything else, too, where a reading is left beside them', async () => {
    const first = summary().observations(1);
    const stay = first.with('Encounter.status', 'entered-in-error');
    const sent = await corrected(withMore(first, current[0]!), withMore(stay, current[0]!));
    expect(said(sent)).toEqual([BUNDLE]);
    expect(texts(sent)).toContain(
      'AllergyIntolerance (Bundle.entry[6]), DocumentReference (Bundle.entry[3]), Observation (Bundle.entry[4]). Readers',
    );
    expect(await marks(sent)).toEqual([MARK]);
  });

  it('is told of a Composition that stays final', async () => {
    const first = summary().observations(0);
    const withStatus = (status: string) => asDocument((composition) => void (composition.status = status));
    await accepted(homeward, withStatus('final')(first.build()));
    const whole = at(retracted(first), '02').build();
    const sent = await accepted(homeward, withStatus('final')(structuredClone(whole)));
    expect(texts(sent)).toContain('are not: Composition (Bundle.entry[0]). Readers');
    const last = at(retracted(first), '03').build();
    const all = await accepted(homeward, withStatus('entered-in-error')(last));
    expect([said(all), await marks(all)]).toEqual([[], []]);
  });

  it('is told nothing where the document holds without its stay', async () => {
    const first = summary().observations(0);
    const stay = first.with('Encounter.status', 'entered-in-error');
    const sent = await corrected(withMore(first, ...current), withMore(stay, ...current));
    expect([said(sent), await marks(sent)]).toEqual([[], []]);
  });
});

describe('a stay and a document that are retracted elsewhere than in their summary', () => {
  const namedBy = async (first: Sent, types: RegExp): Promise<string[]> =>
    (await storedBy(homeward, first.submissionId))
      .filter(({ type }) => types.test(type))
      .map(({ type, id }) => `${type}/${id}`);

  it.each<[string, (summary: SummaryBuilder) => SummaryBuilder]>([
    ['another summary', (same) => same],
    [
      'another summary, the document by its docStatus',
      (same) =>
        same
          .with('DocumentReference.status', 'current')
          .with('DocumentReference.docStatus', 'entered-in-error'),
    ],
    ['a summary without an identifier', (same) => same.without('Bundle.identifier')],
    ['a transaction', (same) => asTransaction(same)],
  ])('by %s, leave what came with them: the sender is told', async (_, change) => {
    const first = summary().observations(1);
    const before = await accepted(homeward, withMore(first, ...current));
    const retraction = change(ofItsOwn(retracted(first).observations(0)));
    const isTransaction = retraction.build().type === 'transaction';
    const sent = await accepted(homeward, retraction, isTransaction ? { path: '/FHIR/R4' } : {});
    expect(said(sent)).toEqual([`${STORED} Bundle.entry[2].resource.status`]);
    expect(await marks(sent)).toEqual([MARK]);
    const left = await namedBy(before, /^(Obs|All|Cond|Med|Quest)/);
    expect(left).toHaveLength(5);
    for (const each of left) expect(JSON.stringify(sent.json)).toContain(each);
    expect(JSON.stringify(sent.json)).not.toContain('RelatedPerson (');
  });

  it('are told with what an earlier edition of their summary has stored', async () => {
    const first = withMore(summary().observations(0), ...current);
    await accepted(homeward, first);
    await accepted(homeward, at(first, '02').with('Encounter.period.start', '2025-03-03T11:00:00+00:00'));
    const sent = await accepted(homeward, at(ofItsOwn(retracted(summaryOf(first))), '03'));
    expect(said(sent)).toEqual([`${STORED} Bundle.entry[2].resource.status`]);
  });

  it('are told with what came before another summary stored the same stay and document', async () => {
    const first = withMore(summary().observations(0), ...current);
    await accepted(homeward, first);
    await accepted(homeward, ofItsOwn(summaryOf(first)));
    const sent = await accepted(homeward, at(ofItsOwn(retracted(summaryOf(first))), '03'));
    expect(said(sent)).toEqual([`${STORED} Bundle.entry[2].resource.status`]);
    expect(JSON.stringify(sent.json)).toContain('AllergyIntolerance/');
  });

  it('of which an update by id retracts the stay alone, leave its reading and document: the sender is told', async () => {
    const before = await accepted(homeward, summary().observations(1));
    const stay = await read(homeward, await stored(homeward, before.submissionId, 'Encounter'));
    const request = { method: 'PUT', url: `Encounter/${stay.id}` };
    const sent = await send(homeward, bundleOf('batch', { request, resource: { ...stay, ...IN_ERROR } }), {
      path: '/FHIR/R4',
    });
    expect(said(sent)).toEqual([`${STORED} Bundle.entry[0].resource.status`]);
    expect(JSON.stringify(sent.json)).toContain('DocumentReference (DocumentReference/');
  });

  it('are told nothing where all that came with them is retracted, too', async () => {
    const first = summary().observations(1);
    await accepted(homeward, withMore(first, ...inError));
    const whole = retracted(first).with('Observation[0].status', 'entered-in-error');
    const sent = await accepted(homeward, ofItsOwn(whole));
    expect([said(sent), await marks(sent)]).toEqual([[], []]);
  });

  it('by a POST of the stay alone, leave its readings: the sender is told', async () => {
    const nhsNumber = freshNhsNumber();
    const before = await accepted(homeward, summary().nhsNumber(nhsNumber).observations(1));
    const entry = await stored(homeward, before.submissionId, 'Encounter');
    const { meta: _meta, id: _id, text: _text, ...stay } = await read(homeward, entry);
    const sent = await send(homeward, bundleOf('batch', post({ ...stay, ...IN_ERROR })), {
      path: '/FHIR/R4',
    });
    expect(said(sent)).toEqual([`${STORED} Bundle.entry[0].resource.status`]);
    const { json } = await homeward.call('GET', `/submissions?nhs-number=${nhsNumber}`);
    const reasons = await Promise.all(json.submissions.map(({ id }: AnyJson) => marksOf(id)));
    expect(reasons.flat()).toEqual([MARK]);
  });
});

describe('a stay that is entered in error beside another one that holds', () => {
  /** The summary with a second stay, of which its first reading is. */
  const twoStays = (status: string, first: SummaryBuilder = summary().observations(2)): SummaryBuilder =>
    first.changed((bundle) => {
      const entries = bundle.entry as AnyJson[];
      const stay = structuredClone(entries.find(({ resource }) => resource.resourceType === 'Encounter'));
      const id = '5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a0ff';
      stay.fullUrl = `urn:uuid:${id}`;
      Object.assign(stay.resource, { id, status });
      stay.resource.identifier[0].value += ' second';
      entries.push(stay);
      const reading = entries.find(({ resource }) => resource.resourceType === 'Observation');
      reading.resource.encounter = { reference: stay.fullUrl };
    });

  it('is told of its readings alone, with a review mark', async () => {
    await accepted(homeward, twoStays('finished'));
    const sent = await accepted(homeward, twoStays('entered-in-error'));
    expect(said(sent)).toEqual(['warning retracted-stay Bundle.entry[6].resource.status']);
    expect(texts(sent)).toContain('these entries are not: Observation (Bundle.entry[4]). Readers');
    expect(await marks(sent)).toEqual([MARK]);
  });

  it('is told nothing where its readings are in error, too, or are the other stay’s', async () => {
    const wrong = twoStays('entered-in-error').with('Observation[0].status', 'entered-in-error');
    const sent = await accepted(homeward, wrong);
    expect([said(sent), await marks(sent)]).toEqual([[], []]);
    const others = twoStays('entered-in-error').changed((bundle) => {
      const [, , stay, , one] = bundle.entry as AnyJson[];
      one.resource.encounter = { reference: stay.fullUrl };
    });
    expect(said(await accepted(homeward, others))).toEqual([]);
  });
});

/** The summary without what `withMore` added. */
const summaryOf = (summary: SummaryBuilder): SummaryBuilder =>
  summary.changed((bundle) => {
    bundle.entry = (bundle.entry as AnyJson[]).filter(({ resource }) =>
      ['Patient', 'Organization', 'Encounter', 'DocumentReference'].includes(resource.resourceType),
    );
  });

it('a correction to another NHS number is told how everything of the first is retracted', async () => {
  const first = summary();
  await accepted(homeward, first);
  const sent = await send(homeward, at(first.nhsNumber('9990000018'), '02'));
  expect(sent.status).toBe(409);
  expect(JSON.stringify(sent.json)).toMatch(
    /everything else about the patient.*verificationStatus.*a correction withdraws it/,
  );
});
