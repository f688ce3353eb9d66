/** A reference by identifier alone, without a type, where R4 allows any type: it leads to whatever has the identifier. */
import type { AnyResource } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import { freshNhsNumber, freshSummary, send } from './sending';
import { known, post, sentIn, withOneMore } from './story';
import { transact } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

describe('a reference by identifier alone, to any type', () => {
  const more = (what: (named: object, patient: object) => object) => what;
  it.each([
    [
      'Condition.evidence.detail',
      more((detail, subject) => ({
        resourceType: 'Condition',
        subject,
        code: { text: 'Sepsis' },
        evidence: [{ detail: [detail] }],
      })),
    ],
    [
      'List.entry.item',
      more((item, subject) => ({
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        subject,
        entry: [{ item }],
      })),
    ],
    [
      'Communication.about',
      more((about, subject) => ({
        resourceType: 'Communication',
        status: 'completed',
        subject,
        about: [about],
      })),
    ],
    [
      'Task.focus',
      more((focus, patient) => ({
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        for: patient,
        focus,
      })),
    ],
    [
      'QuestionnaireResponse answer',
      more((valueReference, subject) => ({
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        subject,
        item: [{ linkId: '1', answer: [{ valueReference }] }],
      })),
    ],
  ])('leads to another patient, and is refused, in %s', async (_where, resource) => {
    const b = await known(homeward, (same) => same.observations(1));
    const identifier = sentIn(b.summary, 'Observation').identifier[0];
    const a = freshNhsNumber();
    const about = (named: object) =>
      withOneMore(
        freshSummary().observations(1).nhsNumber(a),
        (patient) => resource(named, patient) as AnyResource,
      );
    expect((await send(homeward, about({ identifier, type: 'Observation' }))).status).toBe(422);
    expect((await send(homeward, about({ identifier }))).status).toBe(422);
  });

  it('is refused in DocumentReference.context.related, which readers search by identifier', async () => {
    const b = await known(homeward, (same) => same.observations(1));
    const identifier = sentIn(b.summary, 'DocumentReference').masterIdentifier;
    const a = freshSummary().observations(0).with('DocumentReference.context.related', [{ identifier }]);
    expect((await send(homeward, a)).status).toBe(422);
  });

  it('files a resource without a patient in the record that it leads to', async () => {
    const b = await known(homeward, (same) => same.observations(1));
    const identifier = sentIn(b.summary, 'Encounter').identifier[0];
    const communication = {
      resourceType: 'Communication',
      status: 'completed',
      about: [{ identifier }],
      payload: [{ contentString: 'Allergic to penicillin' }],
    };
    expect((await transact(homeward, 'RR8', post(communication as unknown as AnyResource))).status).toBe(200);
    const { json } = await homeward.call('GET', `/FHIR/R4/${b.patient}/$everything?_count=500`);
    expect(json.entry.map((entry: { resource: AnyResource }) => entry.resource.resourceType)).toContain(
      'Communication',
    );
  });

  it('is of one patient in a transaction that is no summary', async () => {
    const [a, b] = [await known(homeward), await known(homeward)];
    const identifier = sentIn(b.summary, 'Encounter').identifier[0];
    const list = {
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      entry: [{ item: { identifier } }, { item: { reference: a.observation } }],
    };
    expect((await transact(homeward, 'RR8', post(list as unknown as AnyResource))).status).toBe(422);
  });
});
