/**
 * Who may be another patient in a summary: who did it, said it, asked for it, was told of it or pays for it; and the
 * focus of a reading. @see src/definitions/other-people.ts
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, byNhsNumber, count, freshSummary, send, told, type AnyJson } from './sending';
import type { Carried } from './stories-of-another';
import {
  add,
  b,
  byId,
  byNumber,
  condition,
  containedB,
  fullUrlOf,
  indexOf,
  NHS,
  storeB,
} from './two-patients';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
  await storeB(homeward);
});
afterAll(() => homeward.close());

describe('who did it, said it, asked for it, was told of it or pays for it', () => {
  const others: [string, Carried][] = [
    [
      'the performer of a Procedure',
      (a) => ({
        resourceType: 'Procedure',
        status: 'completed',
        subject: a,
        performer: [{ actor: byNumber() }],
      }),
    ],
    [
      'the asserter and recorder of a Condition',
      (a) => ({ ...condition(a), asserter: byId(), recorder: byNumber() }),
    ],
    [
      'a contained neighbour who asserts a Condition',
      (a) => ({ ...condition(a), contained: [{ ...containedB() }], asserter: { reference: '#q' } }),
    ],
    ['the author of a note', (a) => ({ ...condition(a), note: [{ text: 'Seen', authorReference: byId() }] })],
    [
      'the sender and recipient of a Communication',
      (a) => ({
        resourceType: 'Communication',
        status: 'completed',
        subject: a,
        sender: byId(),
        recipient: [byNumber()],
      }),
    ],
    [
      'the owner and requester of a Task',
      (a) => ({
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        for: a,
        owner: byId(),
        requester: byNumber(),
      }),
    ],
    [
      'a member of a CareTeam',
      (a) => ({ resourceType: 'CareTeam', subject: a, participant: [{ member: byId() }] }),
    ],
    [
      'who pays for a Coverage',
      (a) => ({
        resourceType: 'Coverage',
        status: 'active',
        beneficiary: a,
        payor: [byId()],
        subscriber: byNumber(),
        policyHolder: byId(),
      }),
    ],
    [
      'the source of a MedicationStatement',
      (a) => ({
        resourceType: 'MedicationStatement',
        status: 'active',
        medicationCodeableConcept: { text: 'Warfarin' },
        subject: a,
        informationSource: byId(),
      }),
    ],
    [
      'a RelatedPerson with an NHS number of their own',
      (a) => ({
        resourceType: 'RelatedPerson',
        patient: a,
        identifier: [{ system: NHS, value: b.nhsNumber }],
      }),
    ],
    [
      'a participant of an Appointment beside A',
      (a) => ({
        resourceType: 'Appointment',
        status: 'booked',
        start: '2025-03-05T10:00:00Z',
        end: '2025-03-05T11:00:00Z',
        participant: [
          { actor: byId(), status: 'accepted' },
          { actor: a, status: 'accepted' },
        ],
      }),
    ],
  ];

  it.each(others)('may be another patient: %s', async (_name, carries) => {
    const summary = freshSummary().changed((bundle) =>
      add(bundle, carries({ reference: fullUrlOf(bundle, 'Patient') })),
    );
    const sent = await send(homeward, summary);
    expect([sent.status, told(sent.json).filter((line) => line.startsWith('error'))]).toEqual([201, []]);
  });

  it('brings nothing into what is kept of the other patient', async () => {
    const id = b.patient.split('/')[1]!;
    const { json } = await homeward.call('GET', `/FHIR/R4/Patient/${id}/$everything?_count=1000`);
    const submissions = await homeward.app.database.query<{ patient_id: string }>(
      {
        text: 'SELECT DISTINCT submission_id FROM other_resource WHERE patient_id = $1',
      },
      [id],
    );
    // Those of B's summary, and of the Group that B is a member of.
    expect(submissions).toHaveLength(2);
    const types: string[] = json.entry.map(({ resource }: AnyJson) => resource.resourceType);
    for (const type of ['Procedure', 'Communication', 'Task', 'CareTeam', 'Coverage', 'Appointment'])
      expect(types).not.toContain(type);
    for (const type of ['Procedure', 'Task', 'MedicationStatement', 'Coverage', 'Communication'])
      expect(await count(homeward, `${type}?${byNhsNumber('patient:identifier', b.nhsNumber)}`)).toBe(0);
    expect(await count(homeward, `Condition?${byNhsNumber('patient:identifier', b.nhsNumber)}`)).toBe(1);
  });

  it('may be another record, that the Patient is linked to', async () => {
    const summary = freshSummary().with('Patient.link', [{ other: byId(), type: 'seealso' }]);
    expect((await send(homeward, summary)).status).toBe(201);
  });
});

describe('a reading with a focus', () => {
  it('is stored with a warning', async () => {
    const summary = freshSummary().with('Observation.focus', [byId()]);
    const sent = await accepted(homeward, summary);
    const at = indexOf(summary.build(), 'Observation');
    expect(told(sent.json)).toContain(`warning vw-obs-focus Bundle.entry[${at}].resource.focus`);
  });
});
