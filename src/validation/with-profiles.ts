/**
 * The check of R4 itself and of the profiles that resources claim, as one: what the composition root hands to the
 * whole of validation.
 */
import type { Severity } from '../fhir/issue';
import type { ProfileValidator } from './profiles/create-profile-validator';
import type { StructureValidator } from './structure/create-structure-validator';

export function withProfiles(
  structure: StructureValidator,
  profiles: ProfileValidator,
  settings: { vitalSignsByCode?: Severity } = {},
): StructureValidator {
  return {
    validate(resource, root, options) {
      const issues = structure.validate(resource, root, options);
      const asked = profiles.validate(resource, root, settings);
      return asked.length === 0 ? issues : [...issues, ...asked];
    },
  };
}
