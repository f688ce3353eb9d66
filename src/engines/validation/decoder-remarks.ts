/**
 * The decoder's remarks on content that it could read: XML with elements in a different order from R4's. By
 * default that is a warning, as the guidance's register of defects asks; under strict handling it is the error that every
 * schema validator finds, so that a sender who is clean here is clean elsewhere.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import type { Handling } from '../../definitions/rule';
import type { Issue } from '../../fhir/issue';

export function decoderRemarks(issues: readonly Issue[], handling: Handling): Issue[] {
  return handling === 'strict'
    ? issues.map((issue) => ({ ...issue, severity: 'error' as const }))
    : [...issues];
}
