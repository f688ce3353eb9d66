/** The validator and the judge, made from the definitions and the packages that the settings name. */
import type { Config } from '../config';
import type { Patients } from '../definitions/patients';
import type { ProfileValidator } from '../engines/validation/profiles/create-profile-validator';
import { loadPackages } from '../engines/validation/profiles/load-packages';
import { keysBeyondTheSender, resolverBy } from '../engines/validation/resolve-reference';
import { common, guidance } from '../resources';
import { judgeBy, type OpenedJudge } from '../use-cases/submitting/validate/create-validators';
import { definitionOf } from './definitions';
import { StartFailure } from './start-failure';

/**
 * The validator, and the judge for `$validate` and `homeward validate`.
 * @throws StartFailure when a package cannot be loaded
 */
export async function openJudge(
  config: Pick<Config, 'testRangeNhsNumbers' | 'fhirPackages'>,
): Promise<OpenedJudge> {
  return judgeWith(config, await profilesOf(config.fhirPackages));
}

/** Finds the entry that a Reference means, as the guidance says. */
const resolverOf = resolverBy(keysBeyondTheSender(guidance));

export function judgeWith(
  config: Pick<Config, 'testRangeNhsNumbers'>,
  profiles: ProfileValidator,
  idOfPatient?: Patients['idOf'],
): OpenedJudge {
  return judgeBy({ guidance, common, definitionOf, resolverOf }, profiles, { ...config, idOfPatient });
}

/** @throws StartFailure where a package can't be loaded */
export async function profilesOf(packages: readonly string[]): Promise<ProfileValidator> {
  try {
    return await loadPackages(packages);
  } catch (error) {
    throw new StartFailure([`FHIR_PACKAGES can’t be loaded: ${(error as Error).message}`]);
  }
}
