/** The UK Core profile that the guidance asks a resource to name. */
export function profile(type: string): { profile: string[] } {
  return { profile: [`https://fhir.hl7.org.uk/StructureDefinition/UKCore-${type}`] };
}
