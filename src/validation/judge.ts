/**
 * What `$validate` and `homeward validate` say of a resource: what a submission would be told where it is one of the
 * guidance's kind, and what R4 and the profiles it claims say otherwise. A resource from elsewhere (a Patient without an
 * NHS number, say) is not held to a guidance that it never claimed to keep.
 */
import type { Handling } from '../definitions/rule';
import type { Issue } from '../fhir/issue';
import type { AnyResource, Json } from '../fhir/types';
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
}

/** Addresses by which a resource shows that it is of the guidance's kind: UK Core profiles, NHS and ODS identifiers. */
const OURS = ['https://fhir.nhs.uk/', 'https://fhir.hl7.org.uk/'];

/** @param byR4 R4 itself, and the profiles that a resource claims */
export function createJudge(validator: Validator, byR4: Pick<StructureValidator, 'validate'>): Judge {
  return {
    judge(resource, { handling, now, profile }) {
      const asked = profile !== undefined && OURS.some((address) => profile.startsWith(address));
      if (!asked && !names(resource)) return [...byR4.validate(resource), byR4Alone(resource)];
      const repaired = validator.repair(resource, handling);
      const options = { handling, now, repaired: repaired.issues };
      return resource.resourceType === 'Bundle'
        ? validator.validateBundle(resource, options).issues
        : validator.validateResource(resource, options).issues;
    },
  };
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
