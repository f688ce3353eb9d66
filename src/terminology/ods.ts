/**
 * Codes of the Organisation Data Service (ODS), by which the NHS names its organisations and their sites.
 * @see https://digital.nhs.uk/services/organisation-data-service
 */

export const ODS_ORGANISATION_SYSTEM = 'https://fhir.nhs.uk/Id/ods-organization-code';
export const ODS_SITE_SYSTEM = 'https://fhir.nhs.uk/Id/ods-site-code';

/** NHS England's own code, which the guidance uses in its examples: hardly ever a real sender's. */
export const NHS_ENGLAND_ODS_CODE = 'X26';

/** True of the shape of every kind of ODS code: three to twelve capitals and digits. */
export function isOdsCodeShape(text: string): boolean {
  return /^[A-Z0-9]{3,12}$/.test(text);
}

/** Both kinds of ODS code, of organisations and of their sites. */
export const ODS_SYSTEMS: readonly string[] = [ODS_ORGANISATION_SYSTEM, ODS_SITE_SYSTEM];

export const isOdsSystem = (system: string): boolean => ODS_SYSTEMS.includes(system);

/**
 * `rr8` as `RR8`: the letters a to z alone. Full Unicode folding would make `ı` an `I` and `ſ` an `S`, and so one
 * organisation's code of another text.
 */
export const inCapitals = (code: string): string =>
  code.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** `rr8` as `RR8`; what is no ODS code stays as it is. */
export function odsCodeInCapitals(code: string): string {
  const capitals = inCapitals(code);
  return isOdsCodeShape(capitals) ? capitals : code;
}

const NEAR_MISSES: ReadonlyMap<string, string> = new Map([
  ['http://fhir.nhs.uk/Id/ods-organization-code', ODS_ORGANISATION_SYSTEM],
  ['https://fhir.nhs.uk/Id/ods-organisation-code', ODS_ORGANISATION_SYSTEM],
  ['http://fhir.nhs.uk/Id/ods-organisation-code', ODS_ORGANISATION_SYSTEM],
  ['http://fhir.nhs.uk/Id/ods-site-code', ODS_SITE_SYSTEM],
]);

/** The right system for a known near miss (`http`, `ods-organisation-code`); undefined for every other. */
export function odsSystemFor(nearMiss: string): string | undefined {
  return NEAR_MISSES.get(nearMiss);
}
