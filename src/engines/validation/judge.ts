/**
 * What `$validate` and `homeward validate` say of a resource. A Bundle that can be submitted is judged as submitting
 * judges it. Another resource is held to the guidance where it names UK Core or an NHS identifier system, and to R4 and
 * the profiles that it claims otherwise.
 */
import type { Slices } from '../../fhir/slices';
import type { Handling } from '../../definitions/rule';
import { isResourceType } from '../../fhir/r4/definitions';
import type { Issue } from '../../fhir/issue';
import { isObject, type AnyResource, type Json } from '../../fhir/types';
import { tooManyPartsOf } from './entries';
import type { ProfileValidator } from './profiles/create-profile-validator';
import type { StructureValidator } from './structure/create-structure-validator';
import type { Validator } from './validate';

export interface Judge {
  /** Repairs the resource on the way, where the guidance applies and handling is not strict. */
  judge(resource: AnyResource, options: JudgeOptions): Slices<Issue[]>;
}

export interface JudgeOptions {
  handling: Handling;
  now: Date;
  /** The profile that the caller asks for, in addition to those that the resource claims. */
  profile?: string;
  /** True where R4 and the claimed profiles alone are asked. */
  byR4Alone?: boolean;
  /** True of a resource as this server stores it: without what only a submission has, such as inline documents. */
  isStored?: boolean;
}

export interface JudgeParts {
  validator: Validator;
  /** What submitting a Bundle would say. */
  asSubmission: (bundle: AnyResource, options: Pick<JudgeOptions, 'handling' | 'now'>) => Slices<Issue[]>;
  /** R4 itself, and the profiles that a resource claims. */
  byR4: Pick<StructureValidator, 'validateInSlices'>;
  /** The same of what is stored, whose unknown extensions were accepted. */
  asStored: Pick<StructureValidator, 'validateInSlices'>;
  profiles: Pick<ProfileValidator, 'validate' | 'typeOf'>;
  /** The profiles of the guidance, which rules of our own speak for whether or not a package is loaded. */
  guidanceProfiles: ReadonlySet<string>;
}

/** Addresses by which a resource shows that it is of the guidance's kind: UK Core profiles, NHS and ODS identifiers. */
const OURS = ['https://fhir.nhs.uk/', 'https://fhir.hl7.org.uk/'];
const R4_TYPE = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Za-z]+)$/;

/** The Bundle types that can be submitted. */
const SUBMITTED: readonly unknown[] = ['collection', 'document', 'message', 'transaction', 'batch'];

export function createJudge(parts: JudgeParts): Judge {
  const { validator, asSubmission, byR4, asStored, profiles, guidanceProfiles } = parts;
  return {
    *judge(resource, options) {
      const { profile, isStored } = options;
      const tooMany = yield* tooManyPartsOf(resource);
      if (tooMany) return [tooMany];
      const issues = yield* isStored ? asStored.validateInSlices(resource) : asSent(resource, options);
      return profile === undefined ? issues : [...issues, ...askedFor(profile, resource)];
    },
  };

  function* asSent(
    resource: AnyResource,
    { handling, now, profile, byR4Alone }: JudgeOptions,
  ): Slices<Issue[]> {
    if (byR4Alone) return yield* byR4.validateInSlices(resource);
    if (resource.resourceType === 'Bundle' && SUBMITTED.includes(resource.type))
      return yield* asSubmission(resource, { handling, now });
    const asked = profile !== undefined && OURS.some((address) => profile.startsWith(address));
    if (!asked && !names(resource))
      return [...(yield* byR4.validateInSlices(resource)), judgedByR4(resource)];
    const { repaired, issues } = yield* validator.repairInSlices(resource, handling);
    const options = { handling, now, repaired: issues };
    return resource.resourceType === 'Bundle'
      ? (yield* validator.validateInSlices(repaired, options)).issues
      : validator.validateResource(repaired, options).issues;
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
  text: 'The requested profile is not loaded on this server, so the resource was not checked against it. FHIR_PACKAGES names the packages that are loaded when the server starts.',
  expression,
});

const ofAnotherType = (expression: string, type: string): Issue => ({
  severity: 'error',
  code: 'invalid',
  rule: 'validate-profile-type',
  text: `The requested profile is for ${type}. Request a profile for the resource’s own type.`,
  expression,
});

function claims({ meta }: AnyResource, url: string): boolean {
  const claimed = isObject(meta) && Array.isArray(meta.profile) ? meta.profile : [];
  return claimed.some((each) => typeof each === 'string' && each.split('|', 1)[0] === url);
}

function judgedByR4(resource: AnyResource): Issue {
  return {
    severity: 'information',
    code: 'informational',
    rule: 'judged-by-r4',
    text: 'The resource was checked against FHIR R4 and the profiles that it claims, but not against the guidance, because it names no UK Core profile and no NHS identifier system. To find out whether a submission would be accepted, validate the whole Bundle.',
    expression: resource.resourceType,
  };
}

/** True where some text in it begins with an address of ours. */
function names(value: Json | undefined): boolean {
  if (typeof value === 'string') return OURS.some((address) => value.startsWith(address));
  if (Array.isArray(value)) return value.some(names);
  return typeof value === 'object' && value !== null && Object.values(value).some(names);
}
