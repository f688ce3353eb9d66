/**
 * The check of R4 itself and of the profiles that resources claim, as one: what the composition root hands to the
 * whole of validation.
 */
import type { ProfileOptions, ProfileValidator } from './profiles/create-profile-validator';
import type { Issue } from '../../fhir/issue';
import { atOnce, type Slices } from '../../fhir/slices';
import type { AnyResource } from '../../fhir/types';
import type { StructureOptions, StructureValidator } from './structure/create-structure-validator';

/**
 * How R4 alone is asked of a resource, as HL7's own validator asks it: readings with a vital sign's code are held to the
 * vital signs profiles, whether they claim them or not, and extensions must belong. A submission is judged more mildly.
 */
export const asR4Asks: ProfileOptions = {
  vitalSignsByCode: 'error',
  misplacedExtensions: 'error',
  unknownExtensions: 'error',
};

/** The same of what this server has accepted, unknown extensions among it. */
export const asR4AsksOfTheStored: ProfileOptions = {
  vitalSignsByCode: 'error',
  misplacedExtensions: 'warning',
};

export function withProfiles(
  structure: StructureValidator,
  profiles: ProfileValidator,
  settings: ProfileOptions = {},
): StructureValidator {
  function* validateInSlices(
    resource: AnyResource,
    root?: string,
    options?: StructureOptions,
  ): Slices<Issue[]> {
    const issues = yield* structure.validateInSlices(resource, root, options);
    const asked = yield* profiles.validateInSlices(resource, root, settings);
    return asked.length === 0 ? issues : [...issues, ...asked];
  }
  return { validateInSlices, validate: (...asked) => atOnce(validateInSlices(...asked)) };
}
