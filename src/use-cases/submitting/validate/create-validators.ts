/** Creates the validator, and the judge that `$validate` and `homeward validate` use. */
import type {
  CommonDefinition,
  GuidanceDefinition,
  ResourceDefinition,
} from '../../../definitions/resource-definition';
import type { RuleContext } from '../../../definitions/rule';
import { createJudge, type Judge } from '../../../engines/validation/judge';
import type { ProfileValidator } from '../../../engines/validation/profiles/create-profile-validator';
import { createStructureValidator } from '../../../engines/validation/structure/create-structure-validator';
import { createValidator, type Validator } from '../../../engines/validation/validate';
import { asR4Asks, asR4AsksOfTheStored, withProfiles } from '../../../engines/validation/with-profiles';
import type { SubmissionDefinitions } from '../dependencies';
import { issuesOfSubmission } from './validate';
import { createFileJudge, type FileJudge } from './validate-file';

export interface JudgedDefinitions {
  guidance: readonly GuidanceDefinition[];
  common: CommonDefinition;
  definitionOf: (type: string) => ResourceDefinition;
  resolverOf: SubmissionDefinitions['resolverOf'];
}

export interface OpenedJudge extends Judge {
  validator: Validator;
  /** Returns the verdict that submitting a file would get. */
  judgeFile: FileJudge;
}

/**
 * How strictly a submission is checked against profiles: less strictly than a check against R4 alone (see `asR4Asks`).
 */
const asSubmissionsAre = { misplacedExtensions: 'warning', ukCoreOfAnotherType: 'warning' } as const;

/** @param profiles R4's own profiles, and those of the loaded packages */
export function judgeBy(
  { guidance, common, definitionOf, resolverOf }: JudgedDefinitions,
  profiles: ProfileValidator,
  settings: RuleContext['settings'],
): OpenedJudge {
  const structure = createStructureValidator();
  const bySubmission = withProfiles(structure, profiles, asSubmissionsAre);
  const validator = createValidator(guidance, bySubmission, settings, common);
  const dependencies = { validator, definitionOf, resolverOf, people: common.people };
  const judge = createJudge({
    validator,
    asSubmission: (bundle, asked) => issuesOfSubmission(bundle, asked, dependencies),
    byR4: withProfiles(structure, profiles, asR4Asks),
    asStored: withProfiles(structure, profiles, asR4AsksOfTheStored),
    profiles,
    guidanceProfiles: new Set(guidance.flatMap(({ profile }) => profile ?? [])),
  });
  return { validator, ...judge, judgeFile: createFileJudge(judge.judge, dependencies) };
}
