/**
 * All Reference elements of R4 that can lead to a Patient, a RelatedPerson, a Group or anything: for each it is stated
 * whether it is held to the patient of a summary or may name another person. A new one is in neither list.
 */
import { allTypes } from '../../src/fhir/r4/definitions';
import { common } from '../../src/resources';

const { exceptions, meansAPatient, otherPersonAt } = common.people;

/** Held to the patient; several elements of a type are parted by spaces. */
const held: Readonly<Record<string, string>> = {
  DataRequirement: 'subject[x]',
  ElementDefinition: 'defaultValue[x] fixed[x] pattern[x] example.value[x]',
  Extension: 'value[x]',
  UsageContext: 'value[x]',
  Account: 'subject',
  ActivityDefinition: 'subject[x]',
  AdverseEvent: 'subject',
  AllergyIntolerance: 'patient',
  Appointment: 'supportingInformation',
  AppointmentResponse: 'actor',
  AuditEvent: 'entity.what',
  Basic: 'subject',
  Binary: 'securityContext',
  BiologicallyDerivedProduct: 'collection.source',
  BodyStructure: 'patient',
  CarePlan: 'subject supportingInfo activity.outcomeReference',
  CareTeam: 'subject',
  ChargeItem: 'subject supportingInformation',
  Claim: 'patient payee.party supportingInfo.value[x]',
  ClaimResponse: 'patient',
  ClinicalImpression: 'subject supportingInfo',
  Communication: 'basedOn partOf subject about payload.content[x]',
  CommunicationRequest: 'basedOn subject about payload.content[x]',
  Composition: 'subject event.detail section.focus section.entry',
  Condition: 'subject evidence.detail',
  Consent: 'patient provision.actor.reference provision.data.reference',
  Contract:
    'subject topic[x] supportingInfo term.topic[x] term.offer.topic term.offer.party.reference term.offer.answer.value[x] term.asset.typeReference term.asset.context.reference term.asset.valuedItem.entity[x] term.asset.valuedItem.recipient term.action.subject.reference',
  Coverage: 'beneficiary',
  CoverageEligibilityRequest: 'patient supportingInfo.information item.detail',
  CoverageEligibilityResponse: 'patient',
  DetectedIssue: 'patient implicated evidence.detail',
  Device: 'patient',
  DeviceRequest: 'basedOn priorRequest subject supportingInfo',
  DeviceUseStatement: 'subject',
  DiagnosticReport: 'subject',
  DocumentManifest: 'subject content related.ref',
  DocumentReference: 'subject context.sourcePatientInfo context.related',
  Encounter: 'subject',
  EnrollmentRequest: 'candidate',
  EpisodeOfCare: 'patient',
  EventDefinition: 'subject[x]',
  EvidenceVariable: 'characteristic.definition[x]',
  ExplanationOfBenefit: 'patient payee.party supportingInfo.value[x]',
  FamilyMemberHistory: 'patient',
  Flag: 'subject',
  Goal: 'subject',
  Group: 'characteristic.value[x] member.entity',
  GuidanceResponse: 'subject',
  ImagingStudy: 'subject',
  Immunization: 'patient',
  ImmunizationEvaluation: 'patient',
  ImmunizationRecommendation: 'patient recommendation.supportingPatientInformation',
  ImplementationGuide: 'definition.resource.reference manifest.resource.reference',
  Invoice: 'subject',
  Library: 'subject[x]',
  Linkage: 'item.resource',
  List: 'subject entry.item',
  Measure: 'subject[x]',
  MeasureReport: 'subject evaluatedResource',
  Media: 'partOf subject',
  MedicationAdministration: 'subject supportingInformation',
  MedicationDispense: 'subject supportingInformation',
  MedicationRequest: 'subject supportingInformation',
  MedicationStatement: 'subject derivedFrom',
  MessageHeader: 'focus',
  MolecularSequence: 'patient',
  NutritionOrder: 'patient',
  Observation: 'subject',
  Parameters: 'parameter.value[x]',
  PaymentNotice: 'request response',
  PaymentReconciliation: 'detail.request detail.response',
  Person: 'link.target',
  PlanDefinition: 'subject[x] action.subject[x]',
  Procedure: 'subject',
  Provenance: 'target entity.what',
  Questionnaire: 'item.enableWhen.answer[x] item.answerOption.value[x] item.initial.value[x]',
  QuestionnaireResponse: 'subject item.answer.value[x]',
  RelatedPerson: 'patient',
  RequestGroup: 'basedOn replaces subject action.resource',
  ResearchDefinition: 'subject[x]',
  ResearchElementDefinition: 'subject[x]',
  ResearchStudy: 'enrollment',
  ResearchSubject: 'individual',
  RiskAssessment: 'basedOn parent subject basis',
  Schedule: 'actor',
  ServiceRequest: 'subject supportingInfo',
  Specimen: 'subject',
  StructureMap: 'group.rule.source.defaultValue[x]',
  SupplyDelivery: 'patient',
  SupplyRequest: 'deliverTo',
  Task: 'basedOn focus for reasonReference restriction.recipient input.value[x] output.value[x]',
  TestScript: 'profile fixture.resource',
  VerificationResult: 'target',
  VisionPrescription: 'patient',
};

const heldElements = Object.entries(held).flatMap(([type, paths]) =>
  paths.split(' ').map((path) => `${type}.${path}`),
);

/** The elements of R4 by path, with what they can lead to. */
const ofR4 = new Map<string, readonly string[] | undefined>();
for (const { elements } of allTypes())
  for (const { path, types } of elements)
    for (const { code, targets } of types) if (code === 'Reference') ofR4.set(path, targets);

const LEADS_TO_A_PERSON = ['Patient', 'RelatedPerson', 'Group'];
const canLeadToAPatient = [...ofR4]
  .filter(([, targets]) => targets?.some((target) => LEADS_TO_A_PERSON.includes(target)) ?? true)
  .map(([path]) => path);

describe('the references of R4 that can lead to a patient', () => {
  it('are each held to the patient of a summary, or may name another person', () => {
    const stated = [...heldElements, ...exceptions.keys()];
    expect(canLeadToAPatient.filter((path) => !stated.includes(path))).toEqual([]);
    expect(stated.filter((path) => !canLeadToAPatient.includes(path))).toEqual([]);
    expect(new Set(stated).size).toBe(stated.length);
  });

  it('are held where no definition lists them', () => {
    expect(heldElements.filter((path) => otherPersonAt(path) !== undefined)).toEqual([]);
  });
});

describe('an element of the same name as one that may name another person', () => {
  it.each([
    ['whom a product was taken from', 'BiologicallyDerivedProduct.collection.source'],
    ['for whom a task is done', 'Task.restriction.recipient'],
    ['whose answer to an invitation it is', 'AppointmentResponse.actor'],
    ['whose availability it is', 'Schedule.actor'],
    ['whose relative it is', 'RelatedPerson.patient'],
    ['whose records are one person’s', 'Person.link.target'],
  ])('is held where it says %s', (_what, element) => {
    expect(ofR4.has(element)).toBe(true);
    expect(otherPersonAt(element)).toBeUndefined();
  });
});

describe('an element that may lead to anything', () => {
  it('means a patient where it says whose the resource is', () => {
    const ofAnything = canLeadToAPatient.filter((path) => ofR4.get(path) === undefined);
    expect(ofAnything.filter((path) => meansAPatient(path, undefined))).toEqual([
      'Basic.subject',
      'Composition.subject',
      'Contract.subject',
      'QuestionnaireResponse.subject',
      'Task.for',
    ]);
  });
});
