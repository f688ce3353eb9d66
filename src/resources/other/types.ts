/**
 * Every R4 resource type without a folder: which of the widely used search parameters it has and where their values
 * are, and which of its references may name another person than the patient. Several paths have spaces between them.
 * The types that say nothing of patients are in `impersonal-types.ts`.
 * @see https://hl7.org/fhir/R4/searchparameter-registry.html
 */
import type { OtherPerson } from '../../definitions/other-people';
import type { ResourceDefinition } from '../../definitions/resource-definition';

export interface OtherType {
  identifier?: string;
  patient?: string;
  subject?: string;
  status?: string;
  code?: string;
  date?: string;
  /** True of a type that can name more than one patient. */
  several?: true;
  /** As in a definition: the references that may name another person, by path. */
  others?: Readonly<Record<string, OtherPerson>>;
  /** As in a definition: the element of any type that says whose the resource is. */
  subjectOfAnyType?: string;
  /** What else is defined of the type. */
  definition?: Partial<ResourceDefinition>;
}

export type OtherTypes = Readonly<Record<string, OtherType>>;

/** The bytes of documents, in a table of their own. */
const binary: Partial<ResourceDefinition> = {
  documentation:
    'The bytes of a document, in its own media type unless the client asks for FHIR. DocumentReference.content.attachment.url points here.',
  scope: { follows: 'DocumentReference' },
  isListed: false,
};

export const otherTypes: OtherTypes = {
  Account: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    several: true,
    others: { 'guarantor.party': 'pays' },
  },
  AdverseEvent: { subject: 'subject', date: 'date', others: { recorder: 'said' } },
  AllergyIntolerance: {
    identifier: 'identifier',
    patient: 'patient',
    code: 'code reaction.substance',
    date: 'recordedDate',
    others: { recorder: 'said', asserter: 'said' },
  },
  Appointment: {
    identifier: 'identifier',
    patient: 'participant.actor',
    status: 'status',
    date: 'start',
    several: true,
    others: { 'participant.actor': 'beside' },
  },
  AppointmentResponse: { identifier: 'identifier', patient: 'actor' },
  Basic: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    code: 'code',
    others: { author: 'said' },
    subjectOfAnyType: 'subject',
  },
  Binary: { definition: binary },
  BiologicallyDerivedProduct: {},
  BodyStructure: { identifier: 'identifier', patient: 'patient' },
  CarePlan: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    date: 'period',
    others: { author: 'said', contributor: 'said', 'activity.detail.performer': 'did' },
  },
  CareTeam: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    date: 'period',
    others: { 'participant.member': 'team' },
  },
  ChargeItem: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    code: 'code',
    others: { enterer: 'said', 'performer.actor': 'did' },
  },
  Claim: { identifier: 'identifier', patient: 'patient', status: 'status' },
  ClaimResponse: { identifier: 'identifier', patient: 'patient', status: 'status' },
  ClinicalImpression: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    date: 'date',
  },
  Communication: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    others: { recipient: 'told', sender: 'said' },
  },
  CommunicationRequest: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    others: { requester: 'asked', recipient: 'told', sender: 'said' },
  },
  Condition: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    code: 'code',
    others: { recorder: 'said', asserter: 'said' },
  },
  Consent: {
    identifier: 'identifier',
    patient: 'patient',
    status: 'status',
    date: 'dateTime',
    others: { performer: 'did', 'verification.verifiedWith': 'said' },
  },
  Contract: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    several: true,
    others: {
      author: 'said',
      'signer.party': 'said',
      'term.action.requester': 'asked',
      'term.action.performer': 'did',
      'term.asset.valuedItem.responsible': 'pays',
    },
    subjectOfAnyType: 'subject',
  },
  Coverage: {
    identifier: 'identifier',
    patient: 'beneficiary',
    status: 'status',
    others: { policyHolder: 'pays', subscriber: 'pays', payor: 'pays' },
  },
  CoverageEligibilityRequest: { identifier: 'identifier', patient: 'patient', status: 'status' },
  CoverageEligibilityResponse: { identifier: 'identifier', patient: 'patient', status: 'status' },
  DetectedIssue: { identifier: 'identifier', patient: 'patient', status: 'status', code: 'code' },
  DeviceMetric: { identifier: 'identifier' },
  DeviceRequest: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'codeCodeableConcept',
    others: { performer: 'did' },
  },
  DeviceUseStatement: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    others: { source: 'said' },
  },
  DiagnosticReport: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'code',
    date: 'effectiveDateTime effectivePeriod',
  },
  DocumentManifest: {
    identifier: 'masterIdentifier identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    others: { author: 'said', recipient: 'told' },
  },
  EnrollmentRequest: {
    identifier: 'identifier',
    patient: 'candidate',
    subject: 'candidate',
    status: 'status',
  },
  EnrollmentResponse: { identifier: 'identifier', status: 'status' },
  EpisodeOfCare: { identifier: 'identifier', patient: 'patient', status: 'status', date: 'period' },
  ExplanationOfBenefit: { identifier: 'identifier', patient: 'patient', status: 'status' },
  FamilyMemberHistory: {
    identifier: 'identifier',
    patient: 'patient',
    status: 'status',
    code: 'condition.code',
    date: 'date',
  },
  Flag: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    date: 'period',
    others: { author: 'said' },
  },
  Goal: { identifier: 'identifier', patient: 'subject', subject: 'subject', others: { expressedBy: 'said' } },
  Group: { identifier: 'identifier', code: 'code', others: { managingEntity: 'did' } },
  GuidanceResponse: { identifier: 'identifier', patient: 'subject', subject: 'subject' },
  ImagingStudy: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    others: { 'series.performer.actor': 'did' },
  },
  Immunization: {
    identifier: 'identifier',
    patient: 'patient',
    status: 'status',
    date: 'occurrenceDateTime',
  },
  ImmunizationEvaluation: { identifier: 'identifier', patient: 'patient', status: 'status', date: 'date' },
  ImmunizationRecommendation: {
    identifier: 'identifier',
    patient: 'patient',
    status: 'recommendation.forecastStatus',
    date: 'date',
  },
  Invoice: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    date: 'date',
    others: { recipient: 'pays', 'participant.actor': 'did' },
  },
  Linkage: {},
  List: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'code',
    date: 'date',
    others: { source: 'said' },
  },
  MeasureReport: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    date: 'date',
  },
  Media: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    others: { operator: 'did' },
  },
  MedicationAdministration: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'medicationCodeableConcept',
    others: { 'performer.actor': 'did' },
  },
  MedicationDispense: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'medicationCodeableConcept',
    others: { 'performer.actor': 'did', receiver: 'did' },
  },
  MedicationRequest: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'medicationCodeableConcept',
    others: { 'reported[x]': 'said', requester: 'asked', performer: 'did' },
  },
  MedicationStatement: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'medicationCodeableConcept',
    others: { informationSource: 'said' },
  },
  MolecularSequence: { identifier: 'identifier', patient: 'patient' },
  NutritionOrder: { identifier: 'identifier', patient: 'patient', status: 'status' },
  OperationOutcome: {},
  Parameters: { definition: { isListed: false } },
  PaymentNotice: { identifier: 'identifier', status: 'status' },
  PaymentReconciliation: { identifier: 'identifier', status: 'status' },
  Person: {
    identifier: 'identifier',
    patient: 'link.target',
    several: true,
    definition: { isAboutPatient: false },
  },
  Procedure: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'code',
    date: 'performedDateTime performedPeriod',
    others: { recorder: 'said', asserter: 'said', 'performer.actor': 'did' },
  },
  RelatedPerson: {
    identifier: 'identifier',
    patient: 'patient',
    definition: { isAboutPatient: false },
  },
  RequestGroup: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'code',
    others: { 'action.participant': 'did' },
  },
  ResearchStudy: { identifier: 'identifier', status: 'status', date: 'period' },
  ResearchSubject: { identifier: 'identifier', patient: 'individual', status: 'status', date: 'period' },
  RiskAssessment: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    date: 'occurrenceDateTime',
  },
  Schedule: { identifier: 'identifier', date: 'planningHorizon' },
  ServiceRequest: {
    identifier: 'identifier',
    patient: 'subject',
    subject: 'subject',
    status: 'status',
    code: 'code',
    others: { requester: 'asked', performer: 'did' },
  },
  Slot: { identifier: 'identifier', status: 'status' },
  Specimen: { identifier: 'identifier', patient: 'subject', subject: 'subject', status: 'status' },
  Subscription: { status: 'status' },
  SupplyDelivery: { identifier: 'identifier', patient: 'patient', status: 'status' },
  SupplyRequest: {
    identifier: 'identifier',
    subject: 'deliverTo',
    status: 'status',
    date: 'authoredOn',
    others: { requester: 'asked' },
  },
  Task: {
    identifier: 'identifier',
    patient: 'for',
    subject: 'for',
    status: 'status',
    code: 'code',
    others: { requester: 'asked', owner: 'did' },
    subjectOfAnyType: 'for',
  },
  TestReport: { identifier: 'identifier' },
  VerificationResult: {},
  VisionPrescription: { identifier: 'identifier', patient: 'patient', status: 'status' },
};
