/** The code systems that R4 itself names. Those of the NHS, and what is known of codes, are in `src/terminology/`. */
export const SNOMED_CT = 'http://snomed.info/sct';
export const UCUM = 'http://unitsofmeasure.org';
export const LOINC = 'http://loinc.org';
