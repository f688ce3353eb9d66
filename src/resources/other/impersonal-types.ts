/**
 * The types without a folder that contain no patient data, with the reason. With the policy `own-patients`, every caller
 * with the scope may read them. Every other type is restricted: it belongs to a patient, or may name one (as the members of
 * a Group do), or its content is not known. @see docs/access.md
 */
import type { OtherTypes } from './types';

const defining: OtherTypes = {
  ActivityDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  CapabilityStatement: { status: 'status', date: 'date' },
  ChargeItemDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  CodeSystem: { identifier: 'identifier', status: 'status', code: 'concept.code', date: 'date' },
  CompartmentDefinition: { status: 'status', code: 'code', date: 'date' },
  ConceptMap: { identifier: 'identifier', status: 'status', date: 'date' },
  DeviceDefinition: { identifier: 'identifier' },
  EffectEvidenceSynthesis: { identifier: 'identifier', status: 'status', date: 'date' },
  EventDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  Evidence: { identifier: 'identifier', status: 'status', date: 'date' },
  EvidenceVariable: { identifier: 'identifier', status: 'status', date: 'date' },
  ExampleScenario: { identifier: 'identifier', status: 'status', date: 'date' },
  GraphDefinition: { status: 'status', date: 'date' },
  ImplementationGuide: { status: 'status', date: 'date' },
  Library: { identifier: 'identifier', status: 'status', date: 'date' },
  Measure: { identifier: 'identifier', status: 'status', date: 'date' },
  MessageDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  NamingSystem: { status: 'status', date: 'date' },
  ObservationDefinition: {},
  OperationDefinition: { status: 'status', code: 'code', date: 'date' },
  PlanDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  Questionnaire: { identifier: 'identifier', status: 'status', code: 'item.code', date: 'date' },
  ResearchDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  ResearchElementDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  RiskEvidenceSynthesis: { identifier: 'identifier', status: 'status', date: 'date' },
  SearchParameter: { status: 'status', code: 'code', date: 'date' },
  SpecimenDefinition: { identifier: 'identifier' },
  StructureDefinition: { identifier: 'identifier', status: 'status', date: 'date' },
  StructureMap: { identifier: 'identifier', status: 'status', date: 'date' },
  TerminologyCapabilities: { status: 'status', date: 'date' },
  TestScript: { identifier: 'identifier', status: 'status', date: 'date' },
  ValueSet: {
    identifier: 'identifier',
    status: 'status',
    code: 'expansion.contains.code compose.include.concept.code',
    date: 'date',
  },
};

const products: OtherTypes = {
  CatalogEntry: {},
  Medication: { identifier: 'identifier', status: 'status', code: 'code' },
  MedicationKnowledge: { status: 'status', code: 'code' },
  MedicinalProduct: { identifier: 'identifier' },
  MedicinalProductAuthorization: { identifier: 'identifier', subject: 'subject', status: 'status' },
  MedicinalProductContraindication: { subject: 'subject', several: true },
  MedicinalProductIndication: { subject: 'subject', several: true },
  MedicinalProductIngredient: {},
  MedicinalProductInteraction: { subject: 'subject', several: true },
  MedicinalProductManufactured: {},
  MedicinalProductPackaged: { identifier: 'identifier', subject: 'subject', several: true },
  MedicinalProductPharmaceutical: { identifier: 'identifier' },
  MedicinalProductUndesirableEffect: { subject: 'subject', several: true },
  Substance: { identifier: 'identifier', status: 'status', code: 'code ingredient.substanceCodeableConcept' },
  SubstanceNucleicAcid: {},
  SubstancePolymer: {},
  SubstanceProtein: {},
  SubstanceReferenceInformation: {},
  SubstanceSourceMaterial: {},
  SubstanceSpecification: { code: 'code.code' },
};

const organisational: OtherTypes = {
  Endpoint: { identifier: 'identifier', status: 'status' },
  HealthcareService: { identifier: 'identifier' },
  InsurancePlan: { identifier: 'identifier', status: 'status' },
  OrganizationAffiliation: { identifier: 'identifier', date: 'period' },
};

export const impersonalTypes: readonly { reason: string; types: OtherTypes }[] = [
  { reason: 'It contains a definition that is not about a patient.', types: defining },
  { reason: 'It describes organisations, their services and their systems.', types: organisational },
  {
    reason: 'It describes a medicine, a substance or a product, not the person who receives it.',
    types: products,
  },
];
