/** Resources that a summary about A may not carry, since they lead to B: in each, where the fault is. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { b, byId, byNumber, condition, containedB, NHS, UNKNOWN } from './two-patients';

/** A resource that a summary about A carries, given the reference to A. */
export type Carried = (a: JsonObject) => AnyResource;

export interface Story {
  name: string;
  carries: Carried;
  /** Where the fault is, below the resource. */
  at: string | string[];
}

const story = (name: string, at: string | string[], carries: Carried): Story => ({ name, at, carries });

export const byLogicalReference: Story[] = [
  story('an AllergyIntolerance of B', 'patient', () => ({
    resourceType: 'AllergyIntolerance',
    clinicalStatus: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
      ],
    },
    code: { text: 'Penicillin' },
    patient: byNumber(),
  })),
  story('a MedicationStatement of B', 'subject', () => ({
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text: 'Warfarin' },
    subject: byNumber(),
  })),
  story('a Condition of B', 'subject', () => condition(byNumber())),
  story('a Condition of B, the number written with spaces', 'subject', () =>
    condition({ identifier: { system: NHS, value: b.nhsNumber.replace(/(...)(...)/, '$1 $2 ') } }),
  ),
  story('a Condition of B, the number under an old form of its system', 'subject', () =>
    condition({ identifier: { system: 'http://fhir.nhs.uk/Id/nhs-number', value: b.nhsNumber } }),
  ),
  story('a Condition of B that says it is of a Group', 'subject', () =>
    condition({ type: 'Group', ...byNumber() }),
  ),
  story('a Condition of A by reference and of B by number', 'subject', (a) =>
    condition({ ...a, ...byNumber() }),
  ),
  story('a Condition of a Patient by another hospital number', 'subject', () =>
    condition({ type: 'Patient', identifier: { system: 'https://hospital.example/number', value: 'X1' } }),
  ),
  story('a Condition of somebody by a number that names no type', 'subject', () =>
    condition({ identifier: { system: 'https://hospital.example/number', value: 'X1' } }),
  ),
  story('a Communication about B', 'subject', () => ({
    resourceType: 'Communication',
    status: 'completed',
    subject: byNumber(),
  })),
  story('a Media of B', 'subject', () => ({
    resourceType: 'Media',
    status: 'completed',
    content: { contentType: 'image/png', url: 'https://images.example/1' },
    subject: byNumber(),
  })),
  story('a Device of B', 'patient', () => ({
    resourceType: 'Device',
    status: 'active',
    patient: byNumber(),
  })),
  story('a RelatedPerson of B', 'patient', () => ({ resourceType: 'RelatedPerson', patient: byNumber() })),
  story('a Coverage of B', 'beneficiary', (a) => ({
    resourceType: 'Coverage',
    status: 'active',
    payor: [a],
    beneficiary: byNumber(),
  })),
  story('a Group with B in it', 'member[1].entity', (a) => ({
    resourceType: 'Group',
    type: 'person',
    actual: true,
    member: [{ entity: a }, { entity: byNumber() }],
  })),
];

export const byLiteralReference: Story[] = [
  story('a Task for B', 'for', () => ({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    for: byId(),
  })),
  story('a Task that B is to receive', 'restriction.recipient[0]', (a) => ({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    for: a,
    restriction: { recipient: [byId()] },
  })),
  story('a Coverage of B', 'beneficiary', (a) => ({
    resourceType: 'Coverage',
    status: 'active',
    payor: [a],
    beneficiary: byId(),
  })),
  story('an Account of A and B', 'subject[1]', (a) => ({
    resourceType: 'Account',
    status: 'active',
    subject: [a, byId()],
  })),
  story('an Appointment of B alone', 'participant[0].actor', () => ({
    resourceType: 'Appointment',
    status: 'booked',
    participant: [{ actor: byId(), status: 'accepted' }],
  })),
  story('a Condition of B by a versioned reference', 'subject', () =>
    condition({ reference: `${b.patient}/_history/1` }),
  ),
  story('a Condition of B by the address on this server', 'subject', () =>
    condition({ reference: `${b.server}/${b.patient}` }),
  ),
  story('a Condition of a Patient on another server', 'subject', () =>
    condition({ reference: 'https://other.example/fhir/Patient/77' }),
  ),
  story('a Condition of nobody', 'subject', () => condition({ reference: UNKNOWN })),
  story('a product taken from B', 'collection.source', () => ({
    resourceType: 'BiologicallyDerivedProduct',
    collection: { source: byId() },
  })),
  story('a ResearchSubject that is B', 'individual', () => ({
    resourceType: 'ResearchSubject',
    status: 'on-study',
    study: { display: 'A study' },
    individual: byId(),
  })),
  story('a List with B in it', 'entry[0].item', (a) => ({
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    subject: a,
    entry: [{ item: byId() }],
  })),
  story('a Provenance of B', 'target[0]', (a) => ({
    resourceType: 'Provenance',
    target: [byId()],
    recorded: '2025-03-10T14:00:00Z',
    agent: [{ who: a }],
  })),
  story('an answer in a questionnaire that is B', 'item[0].answer[0].value', (a) => ({
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    subject: a,
    item: [{ linkId: '1', answer: [{ valueReference: byId() }] }],
  })),
  story('an extension that names B', 'extension[0].value', (a) => ({
    ...condition(a),
    extension: [{ url: 'https://sender.example.nhs.uk/twin', valueReference: byId() }],
  })),
  story('an extension of a value that names B', 'recordedDate.extension[0].value', (a) => ({
    ...condition(a),
    recordedDate: '2025-03-10',
    _recordedDate: { extension: [{ url: 'https://sender.example.nhs.uk/twin', valueReference: byId() }] },
  })),
];

export const byContainedResource: Story[] = [
  story('a Condition of a contained Patient that is B', 'subject', () => ({
    ...condition({ reference: '#q' }),
    contained: [containedB()],
  })),
  story('a Condition of a contained Patient that nobody knows', 'subject', () => ({
    ...condition({ reference: '#q' }),
    contained: [{ resourceType: 'Patient', id: 'q', name: [{ family: 'Unknown' }] }],
  })),
  story('a Condition of a contained Group with B in it', 'contained[0].member[0].entity', () => ({
    ...condition({ reference: '#g' }),
    contained: [
      { resourceType: 'Group', id: 'g', type: 'person', actual: true, member: [{ entity: byId() }] },
    ],
  })),
  story('an informant who is related to B', 'contained[0].patient', (a) => ({
    ...condition(a),
    contained: [{ resourceType: 'RelatedPerson', id: 'r', patient: byNumber() }],
    asserter: { reference: '#r' },
  })),
  story('Parameters with the Patient B', 'parameter[0].resource', () => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'patient', resource: { ...containedB(), id: 'b' } }],
  })),
  story('Parameters with a reference to B', 'parameter[0].value', () => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'patient', valueReference: byNumber() }],
  })),
  story('Parameters with a Condition of B', 'parameter[0].resource.subject', () => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'problem', resource: condition(byId()) }],
  })),
];

/** What is the server's and belongs to B. */
export const byDataOfB: Story[] = [
  story('a Procedure in a stay of B', 'encounter', (a) => ({
    resourceType: 'Procedure',
    status: 'completed',
    subject: a,
    encounter: { reference: b.encounter },
  })),
  story('a Procedure for a problem of B, by its address and version', 'reasonReference[0]', (a) => ({
    resourceType: 'Procedure',
    status: 'completed',
    subject: a,
    reasonReference: [{ reference: `${b.server}/${b.condition}/_history/1` }],
  })),
  story('a List with a reading of B in it', 'entry[0].item', (a) => ({
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    subject: a,
    entry: [{ item: { reference: b.observation } }],
  })),
  story('a Media that shows a document of B', 'content.url', (a) => ({
    resourceType: 'Media',
    status: 'completed',
    subject: a,
    content: { contentType: 'application/pdf', url: b.binary },
  })),
  story('a Condition of a stored Group with B in it', 'subject', () => condition({ reference: b.group })),
];
