/**
 * What `$validate` and `homeward validate` say of a resource: what a submission would be told where it is one of the
 * guidance's kind, and what R4 and the profiles it claims say otherwise. A resource from elsewhere (a Patient without an
 * NHS number, say) is not held to a guidance that it never claimed to keep.
 */
import type { Handling } from '../definitions/rule';
import { isResourceType } from '../fhir/r4/definitions';
import type { Issue } from '../fhir/issue';
import { isObject, type AnyResource, type Json } from '../fhir/types';
import { tooManyEntries } from './entries';
import type { ProfileValidator } from './profiles/create-profile-validator';
import type { StructureValidator } from './structure/create-structure-validator';
import type { Validator } from './validate';

export interface Judge {
  /** Repairs the resource on the way, where the guidance applies and handling is not strict. */
  judge(resource: AnyResource, options: JudgeOptions): Issue[];
}

export interface JudgeOptions {
  handling: Handling;
  now: Date;
  /** The profile that the caller asks for, beside those that the resource claims. */
  profile?: string;
  /** True of a resource as this server stores it: without what only a submission has, such as inline documents. */
  isStored?: boolean;
}

export interface JudgeParts {
  validator: Validator;
  /** R4 itself, and the profiles that a resource claims. */
  byR4: Pick<StructureValidator, 'validate'>;
  /** The same of what is stored, whose unknown extensions were accepted. */
  asStored: Pick<StructureValidator, 'validate'>;
  profiles: Pick<ProfileValidator, 'validate' | 'typeOf'>;
  /** The profiles of the guidance, which rules of our own speak for whether or not a package is loaded. */
  guidanceProfiles: ReadonlySet<string>;
}

/** Addresses by which a resource shows that it is of the guidance's kind: UK Core profiles, NHS and ODS identifiers. */
const OURS = ['https://fhir.nhs.uk/', 'https://fhir.hl7.org.uk/'];
const R4_TYPE = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Za-z]+)$/;

export function createJudge({ validator, byR4, asStored, profiles, guidanceProfiles }: JudgeParts): Judge {
  return {
    judge(resource, options) {
      const { profile, isStored } = options;
      const tooMany = tooManyEntries(resource);
      if (tooMany) return [tooMany];
      const issues = isStored ? asStored.validate(resource) : asSent(resource, options);
      return profile === undefined ? issues : [...issues, ...askedFor(profile, resource)];
    },
  };

  function asSent(resource: AnyResource, { handling, now, profile }: JudgeOptions): Issue[] {
    const asked = profile !== undefined && OURS.some((address) => profile.startsWith(address));
    if (!asked && !names(resource)) return [...byR4.validate(resource), byR4Alone(resource)];
    const repaired = validator.repair(resource, handling);
    const options = { handling, now, repaired: repaired.issues };
    return resource.resourceType === 'Bundle'
      ? validator.validateBundle(repaired.mended, options).issues
      : validator.validateResource(repaired.mended, options).issues;
  }

  /** What the profile that was asked for says, where the resource does not claim it already. */
  function askedFor(canonical: string, resource: AnyResource): Issue[] {
    const [url = ''] = canonical.split('|', 1);
    const { resourceType } = resource;
    const named = R4_TYPE.exec(url)?.[1];
    const type = named !== undefined && isResourceType(named) ? named : profiles.typeOf(url);
    if (type === undefined) return guidanceProfiles.has(url) ? [] : [notLoaded(resourceType)];
    if (type !== resourceType) return [ofAnotherType(resourceType, type)];
    if (claims(resource, url)) return [];
    const meta = isObject(resource.meta) ? resource.meta : {};
    return profiles.validate({ ...resource, meta: { ...meta, profile: [url] } });
  }
}

const notLoaded = (expression: string): Issue => ({
  severity: 'warning',
  code: 'not-found',
  rule: 'validate-profile-unknown',
  text: 'The profile that was asked for is not loaded here, so nothing was held to it. FHIR_PACKAGES names the packages that are loaded at start.',
  expression,
});

const ofAnotherType = (expression: string, type: string): Issue => ({
  severity: 'error',
  code: 'invalid',
  rule: 'validate-profile-type',
  text: `The profile that was asked for is one of ${type}: ask for a profile of the resource’s own type.`,
  expression,
});

function claims({ meta }: AnyResource, url: string): boolean {
  const claimed = isObject(meta) && Array.isArray(meta.profile) ? meta.profile : [];
  return claimed.some((each) => typeof each === 'string' && each.split('|', 1)[0] === url);
}

function byR4Alone(resource: AnyResource): Issue {
  return {
    severity: 'information',
    code: 'informational',
    rule: 'judged-by-r4',
    text: 'Nothing in this resource names a UK Core profile or an NHS identifier system, so it was held to R4 and the profiles it claims, and not to the guidance for virtual ward summaries, as a submission is.',
    expression: resource.resourceType,
  };
}

/** True where some text in it begins with an address of ours. */
function names(value: Json | undefined): boolean {
  if (typeof value === 'string') return OURS.some((address) => value.startsWith(address));
  if (Array.isArray(value)) return value.some(names);
  return typeof value === 'object' && value !== null && Object.values(value).some(names);
}
