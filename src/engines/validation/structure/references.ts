/**
 * What a Reference says: whether `Reference.reference` is a literal reference as FHIR writes it, and whether the type
 * that it names is one that its element allows.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
import { isUuidUrn } from '../../../fhir/uuid';
import type { JsonObject } from '../../../fhir/types';
import { isResourceType } from '../../../fhir/r4/definitions';
import { parseLiteral } from './literal-reference';
import { isAbsolute } from './primitives';
import type { Visit } from './visit';
import { report } from './visit';

/** Checks a Reference against the types that its element allows (undefined: any). */
export function checkReference(
  value: JsonObject,
  targets: readonly string[] | undefined,
  visit: Visit,
): void {
  const { reference, type } = value;
  if (typeof type === 'string' && !isAbsolute(type)) {
    if (!isResourceType(type)) {
      report(
        visit,
        'r4-reference',
        'Reference.type is not a resource type of R4. Send one, such as Patient.',
        {
          at: 'type',
        },
      );
    } else if (!allows(targets, type)) {
      report(visit, 'r4-reference', wrongTarget(type, targets), { at: 'type' });
      return;
    }
  }
  if (typeof reference !== 'string' || reference === '') return;
  if (reference.startsWith('#')) return checkFragment(reference.slice(1), targets, visit);
  const literal = parseLiteral(reference);
  const target = literal?.type ?? visit.bundle?.typeOf(reference);
  if (target !== undefined) {
    if (!allows(targets, target) && isResourceType(target)) {
      report(visit, 'r4-reference', wrongTarget(target, targets), { at: 'reference' });
    } else if (typeof type === 'string' && isResourceType(type) && type !== target) {
      report(
        visit,
        'r4-reference',
        `Reference.type is ${type}, but the reference points to a resource of another type.`,
        {
          at: 'reference',
        },
      );
    }
    return;
  }
  checkForm(reference, visit);
}

function checkForm(reference: string, visit: Visit): void {
  if (reference.startsWith('urn:uuid:') && !isUuidUrn(reference)) {
    if (visit.tolerate.has('fullurl-not-uuid')) return;
    report(
      visit,
      'r4-reference',
      'There is no UUID after urn:uuid:. Send hexadecimal digits in groups of 8-4-4-4-12.',
      {
        at: 'reference',
        severity: 'warning',
      },
    );
    return;
  }
  if (isAbsolute(reference)) return;
  if (visit.bundle?.allowsConditionalReferences && isConditional(reference)) return;
  report(
    visit,
    'r4-reference',
    'This is not a reference. Send Type/id, an absolute URL, urn:uuid: followed by a UUID, or # followed by the id of a contained resource.',
    // Between the entries of a Bundle it leads nowhere; by itself it may be relative to a server that is not seen here.
    visit.bundle ? { at: 'reference' } : { at: 'reference', severity: 'warning' },
  );
}

/** `Patient?identifier=…`: allowed in the entries of a transaction. */
function isConditional(reference: string): boolean {
  const mark = reference.indexOf('?');
  return mark > 0 && isResourceType(reference.slice(0, mark));
}

function checkFragment(id: string, targets: readonly string[] | undefined, visit: Visit): void {
  if (id === '') return;
  const type = visit.contained?.types.get(id);
  if (type === undefined) {
    report(
      visit,
      'r4-reference',
      'The reference matches no contained resource of this resource (R4 ref-1). Send # followed by the id of a contained resource.',
      {
        at: 'reference',
      },
    );
  } else if (!allows(targets, type) && isResourceType(type)) {
    report(visit, 'r4-reference', wrongTarget(type, targets), { at: 'reference' });
  }
}

function allows(targets: readonly string[] | undefined, type: string): boolean {
  return targets === undefined || targets.includes(type);
}

function wrongTarget(type: string, targets: readonly string[] | undefined): string {
  return `The reference points to a resource of type ${type}, but R4 allows ${(targets ?? []).join(', ')}.`;
}
