/**
 * Which references of a patient's summary may lead to another person. Every other reference that R4 lets lead to a
 * patient leads to the patient of the summary: that is the rule, and this table holds its exceptions, by R4 element.
 * An element is here for what it means, not for its name: `Task.restriction.recipient` is for whom a task is done, and
 * `BiologicallyDerivedProduct.collection.source` is whom a product was taken from, so both are the patient.
 *
 * `other-people.test.ts` walks all Reference elements of R4 and states for each whether it is held or excepted.
 * @see docs/submissions.md
 */

/** Why an element may name somebody else. */
export type OtherPerson =
  /** Who did it, or is to do it. */
  | 'did'
  /** Who said it, wrote it or signed it. */
  | 'said'
  /** Who asked for it. */
  | 'asked'
  /** Who was told of it. */
  | 'told'
  /** Who pays for it. */
  | 'pays'
  /** A member of the team that cares for the patient. */
  | 'team'
  /** Another record of the patient, or of somebody related. */
  | 'link'
  /** Whom a reading is of, where that is not the patient: it is stored, and never scored. */
  | 'focus'
  /** Somebody who takes part beside the patient: the resource names the patient by the same element. */
  | 'beside';

export const otherPeople: Readonly<Record<string, OtherPerson>> = {
  'Annotation.author[x]': 'said',
  'Signature.who': 'said',
  'Signature.onBehalfOf': 'said',

  'Account.guarantor.party': 'pays',
  'AdverseEvent.recorder': 'said',
  'AllergyIntolerance.recorder': 'said',
  'AllergyIntolerance.asserter': 'said',
  'Appointment.participant.actor': 'beside',
  'AuditEvent.agent.who': 'did',
  'AuditEvent.source.observer': 'did',
  'Basic.author': 'said',
  'CarePlan.author': 'said',
  'CarePlan.contributor': 'said',
  'CarePlan.activity.detail.performer': 'did',
  'CareTeam.participant.member': 'team',
  'ChargeItem.enterer': 'said',
  'ChargeItem.performer.actor': 'did',
  'Communication.recipient': 'told',
  'Communication.sender': 'said',
  'CommunicationRequest.requester': 'asked',
  'CommunicationRequest.recipient': 'told',
  'CommunicationRequest.sender': 'said',
  'Composition.author': 'said',
  'Composition.attester.party': 'said',
  'Composition.section.author': 'said',
  'Condition.recorder': 'said',
  'Condition.asserter': 'said',
  'Consent.performer': 'did',
  'Consent.verification.verifiedWith': 'said',
  'Contract.author': 'said',
  'Contract.signer.party': 'said',
  'Contract.term.action.requester': 'asked',
  'Contract.term.action.performer': 'did',
  'Contract.term.asset.valuedItem.responsible': 'pays',
  'Coverage.policyHolder': 'pays',
  'Coverage.subscriber': 'pays',
  'Coverage.payor': 'pays',
  'DeviceRequest.performer': 'did',
  'DeviceUseStatement.source': 'said',
  'DocumentManifest.author': 'said',
  'DocumentManifest.recipient': 'told',
  'DocumentReference.author': 'said',
  'Encounter.participant.individual': 'did',
  'Flag.author': 'said',
  'Goal.expressedBy': 'said',
  'Group.managingEntity': 'did',
  'ImagingStudy.series.performer.actor': 'did',
  'Invoice.recipient': 'pays',
  'Invoice.participant.actor': 'did',
  'List.source': 'said',
  'Media.operator': 'did',
  'MedicationAdministration.performer.actor': 'did',
  'MedicationDispense.performer.actor': 'did',
  'MedicationDispense.receiver': 'did',
  'MedicationRequest.reported[x]': 'said',
  'MedicationRequest.requester': 'asked',
  'MedicationRequest.performer': 'did',
  'MedicationStatement.informationSource': 'said',
  'Observation.performer': 'did',
  'Observation.focus': 'focus',
  'Patient.link.other': 'link',
  'Procedure.recorder': 'said',
  'Procedure.asserter': 'said',
  'Procedure.performer.actor': 'did',
  'Provenance.agent.who': 'did',
  'Provenance.agent.onBehalfOf': 'did',
  'QuestionnaireResponse.author': 'said',
  'QuestionnaireResponse.source': 'said',
  'RequestGroup.action.participant': 'did',
  'ServiceRequest.requester': 'asked',
  'ServiceRequest.performer': 'did',
  'SupplyRequest.requester': 'asked',
  'Task.requester': 'asked',
  'Task.owner': 'did',
};

const exceptions: ReadonlyMap<string, OtherPerson> = new Map(Object.entries(otherPeople));

/** Why the element may name somebody else; undefined where it may not. */
export function otherPersonAt(element: string): OtherPerson | undefined {
  return exceptions.get(element);
}

/**
 * Elements that say whose the resource is though R4 lets them lead to anything: what leads nowhere there, or names
 * somebody by an identifier, is taken for a patient, as where R4 names Patient itself.
 */
const SUBJECTS_OF_ANY_TYPE: ReadonlySet<string> = new Set([
  'Basic.subject',
  'Composition.subject',
  'Contract.subject',
  'QuestionnaireResponse.subject',
  'Task.for',
]);

/** True where an element of these targets is taken to mean a patient unless it says otherwise. */
export function meansAPatient(element: string, targets: readonly string[] | undefined): boolean {
  return targets?.includes('Patient') ?? SUBJECTS_OF_ANY_TYPE.has(element);
}
