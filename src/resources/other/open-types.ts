/**
 * The types without a folder that say nothing of patients, with the reason: under the policy `own-patients` whoever has
 * the scope reads them. Every other type is closed: it belongs to a patient, or may name one (as the members of a Group
 * do), or nobody knows. @see docs/access.md
 */
const reasons: readonly [reason: string, types: string][] = [
  [
    'It defines something for everybody.',
    `ActivityDefinition CapabilityStatement ChargeItemDefinition CodeSystem CompartmentDefinition ConceptMap
    DeviceDefinition EventDefinition EffectEvidenceSynthesis Evidence EvidenceVariable ExampleScenario GraphDefinition
    ImplementationGuide Library Measure MessageDefinition NamingSystem ObservationDefinition OperationDefinition
    PlanDefinition Questionnaire ResearchDefinition ResearchElementDefinition RiskEvidenceSynthesis SearchParameter
    SpecimenDefinition StructureDefinition StructureMap TerminologyCapabilities TestScript ValueSet`,
  ],
  [
    'It describes organisations, their services and their systems.',
    'Endpoint HealthcareService InsurancePlan OrganizationAffiliation',
  ],
  [
    'It describes a medicine, a substance or a product, and not who is given it.',
    `CatalogEntry Medication MedicationKnowledge MedicinalProduct MedicinalProductAuthorization
    MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein
    SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification`,
  ],
];

/** By type, the reason. */
export const openTypes: ReadonlyMap<string, string> = new Map(
  reasons.flatMap(([reason, types]) => types.split(/\s+/).map((type) => [type, reason] as const)),
);
