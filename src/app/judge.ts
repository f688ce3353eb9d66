/** The validator and the judge, made from the definitions and the packages that the settings name. */
import type { Config } from '../config';
import type { Patients } from '../definitions/patients';
import type { ResourceDefinition } from '../definitions/resource-definition';
import type { ProfileValidator } from '../engines/validation/profiles/create-profile-validator';
import { loadPackages } from '../engines/validation/profiles/load-packages';
import { common, guidance, storedResources } from '../resources';
import { judgeBy, type OpenedJudge } from '../use-cases/submitting/validate/create-validators';
import { StartFailure } from './start-failure';

const byType = new Map(storedResources.map((definition) => [definition.type, definition]));

/** The definition of a type; undefined for one that is not stored. */
export const definitionFor = (type: string): ResourceDefinition | undefined => byType.get(type);

/** The definition of a type that is stored. @throws for a name that is none: validation has refused it before */
export function definitionOf(type: string): ResourceDefinition {
  const definition = definitionFor(type);
  if (!definition) throw new Error('a type without a definition');
  return definition;
}

/** The validator, and the judge for those who only ask. @throws StartFailure where a package can't be loaded */
export async function openJudge(
  config: Pick<Config, 'testRangeNhsNumbers' | 'fhirPackages'>,
): Promise<OpenedJudge> {
  return judgeWith(config, await profilesOf(config.fhirPackages));
}

export function judgeWith(
  config: Pick<Config, 'testRangeNhsNumbers'>,
  profiles: ProfileValidator,
  idOfPatient?: Patients['idOf'],
): OpenedJudge {
  return judgeBy({ guidance, common, definitionOf }, profiles, { ...config, idOfPatient });
}

/** @throws StartFailure where a package can't be loaded */
export async function profilesOf(packages: readonly string[]): Promise<ProfileValidator> {
  try {
    return await loadPackages(packages);
  } catch (error) {
    throw new StartFailure([`FHIR_PACKAGES can’t be loaded: ${(error as Error).message}`]);
  }
}
