/**
 * The rules of one reference element: it points to the right resource of the same Bundle (section 8 of the rules),
 * with a literal reference. Each resource folder lists its elements. Resolving is
 * the engine's (`RuleContext.resolve`). No issue text repeats a reference, because it may contain an identifier.
 */
import { append } from '../../fhir/long-lists';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import {
  always,
  stricter,
  type Finding,
  type ReferenceElement,
  type Resolution,
  type Rule,
  type RuleContext,
  type RuleExample,
  type Severities,
} from '../../definitions/rule';
import { isResourceType } from '../../fhir/r4/definitions';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { leadsToTheStoredPatient } from '../bundle/one-patient';
import { changing, referenceTo, unchanged } from './example';
import { onceFor } from './once-for';

export interface PlacedReference {
  reference: JsonObject;
  /** `hasMember[1]` */
  place: string;
}

/** The References at a path, each with its place. */
export function referencesAt(resource: JsonObject, path: string): readonly PlacedReference[] {
  const dot = path.indexOf('.');
  const segment = dot < 0 ? path : path.slice(0, dot);
  const inner = resource[segment];
  // Most resources have few of the references, so the common case builds nothing.
  if (inner === undefined) return NONE;
  const found: PlacedReference[] = [];
  if (isObject(inner)) found.push({ reference: inner, place: segment });
  else if (Array.isArray(inner)) {
    for (let index = 0; index < inner.length; index += 1) {
      const item = inner[index];
      if (isObject(item)) found.push({ reference: item, place: `${segment}[${index}]` });
    }
  }
  if (dot < 0) return found;
  return found.flatMap(({ reference: holder, place: above }) =>
    referencesAt(holder, path.slice(dot + 1)).map(({ reference, place }) => ({
      reference,
      place: `${above}.${place}`,
    })),
  );
}

const NONE: readonly PlacedReference[] = [];

/** The rule of section 8, and the rule that the reference is a literal one. */
export function referenceRules(element: ReferenceElement): Rule[] {
  const { literalId, breaksLiteral } = element;
  if (literalId === undefined || breaksLiteral === undefined) return [resolves(element)];
  return [resolves(element), isLiteral(element, literalId, breaksLiteral)];
}

function resolves(element: ReferenceElement): Rule {
  return {
    id: element.resolvesId,
    severity: element.unresolved,
    code: 'not-found',
    guidance: element.guidance,
    claim: `${element.guidance.split(' ')[1]} refers to ${element.meant}.`,
    check(resource, context, entry) {
      const findings: Finding[] = [];
      for (const { reference, place } of referencesAt(resource, element.path)) {
        if (!isLiteralReference(reference)) continue;
        const resolution = context.resolve(reference, entry, element.targets);
        if (isInOrder(reference, resolution, element)) continue;
        append(findings, judge(element, reference, place, context, resolution));
      }
      return findings;
    },
    examples: { keeps: element.keeps, breaks: element.breaks },
  };
}

/** What nearly every reference is: it leads to an entry of the right type, and has nothing beside it. */
function isInOrder({ identifier }: JsonObject, resolution: Resolution, element: ReferenceElement): boolean {
  return (
    resolution.outcome === 'resolved' &&
    resolution.clean &&
    identifier === undefined &&
    isTarget(resolution.entry.resource, element)
  );
}

function* judge(
  element: ReferenceElement,
  reference: JsonObject,
  place: string,
  context: RuleContext,
  resolution: Resolution,
): Iterable<Finding> {
  if (
    resolution.outcome === 'unresolved' &&
    element.targets.includes('Patient') &&
    leadsToTheStoredPatient(reference, context)
  ) {
    yield {
      element: place,
      severity: always('warning'),
      code: 'value',
      text: `This reference points to the stored copy of the Patient of this Bundle. Use the fullUrl of ${element.meant}.`,
    };
    return;
  }
  if (resolution.outcome === 'ambiguous' || resolution.outcome === 'unresolved') {
    const fault = faultOfForm(reference, element, context);
    if (fault !== undefined) {
      yield { element: place, severity: always('error'), code: 'value', text: fault };
      return;
    }
  }
  if (resolution.outcome === 'ambiguous') {
    yield {
      element: place,
      code: 'multiple-matches',
      text: `This reference matches ${resolution.candidates} entries. Use the fullUrl of ${element.meant}, and give each entry its own fullUrl.`,
    };
  } else if (resolution.outcome === 'unresolved') {
    if (mayLieOutside(reference, context)) return;
    yield {
      element: place,
      text: `This reference matches no entry of the Bundle. Use the fullUrl of ${element.meant}.`,
    };
  } else if (resolution.outcome === 'resolved' && isTarget(resolution.entry.resource, element)) {
    if (!resolution.clean) yield looselyResolved(element, resolution.step, place);
    yield* sameNhsNumber(reference, resolution.entry.resource, place, context);
  } else if (resolution.outcome === 'contained' && resolution.resource.resourceType === 'Patient') {
    yield {
      element: place,
      severity: always('error'),
      text: `A contained Patient is not ${element.meant}. Use the fullUrl of the Patient’s entry.`,
    };
  }
}

const LITERAL =
  /^(?:https?:\/\/[^?#\s]*\/)?([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * Checks a reference that matches no entry, and is therefore stored unchanged: it must be a valid reference, to a type
 * that the element allows. (A reference that matches an entry is stored as a reference to that entry.)
 */
function faultOfForm(
  reference: JsonObject,
  element: ReferenceElement,
  context: RuleContext,
): string | undefined {
  const text = String(reference.reference);
  const type = LITERAL.exec(text)?.[1];
  if (type !== undefined && (isResourceType(type) || !ABSOLUTE.test(text))) {
    return element.targets.includes(type)
      ? undefined
      : `This reference points to a resource of another type. Use the fullUrl of ${element.meant}.`;
  }
  if (text.startsWith('#')) {
    return 'The reference matches no contained resource. Send # followed by the id of a resource that this resource contains.';
  }
  const isConditional = context.bundle.type === 'transaction' && text.includes('?');
  if (isConditional || ABSOLUTE.test(text)) return undefined;
  return `This is not a FHIR reference, and no entry has it as its id. Use the fullUrl of ${element.meant}.`;
}

const LOOSE: Readonly<Record<number, string>> = {
  3: 'type and id, because no entry has that address as its fullUrl',
  4: 'the last part of the address, because no entry has the address as its fullUrl',
  5: 'an id alone, which is not a FHIR reference',
};

function looselyResolved(element: ReferenceElement, step: number, place: string): Finding {
  return {
    element: place,
    code: 'value',
    severity: step === 5 ? stricter('warning', 'error') : lowered(element.unresolved),
    text: `This reference was matched by ${LOOSE[step] ?? 'other means'}. Use the fullUrl of ${element.meant}.`,
  };
}

/** A loosely matched reference is a warning, or less if an unmatched one is less than a warning. */
function lowered(unresolved: Severities): Severities {
  return unresolved.default === 'information' ? unresolved : always('warning');
}

/** If a reference has an address and an NHS number, both must name the same patient. */
function* sameNhsNumber(
  reference: JsonObject,
  target: AnyResource,
  place: string,
  context: RuleContext,
): Iterable<Finding> {
  const named = nhsNumberOf(reference.identifier);
  if (named === undefined || target.resourceType !== 'Patient') return;
  const numbers = onceFor(context, sameNhsNumber, target, () => {
    const identifiers = listOf<Json>(target.identifier as Json);
    return new Set(identifiers.flatMap((identifier) => nhsNumberOf(identifier) ?? []));
  });
  if (numbers.size === 0 || numbers.has(named)) return;
  yield {
    element: `${place}.identifier`,
    severity: always('error'),
    code: 'conflict',
    text: 'The reference points to one patient and its identifier names another. Send the reference only, or the NHS number of the same Patient.',
  };
}

function nhsNumberOf(identifier: Json | undefined): string | undefined {
  if (!isObject(identifier) || typeof identifier.value !== 'string') return undefined;
  if (identifier.system !== NHS_NUMBER_SYSTEM) return undefined;
  return identifier.value.replace(/[\s-]/g, '');
}

function isLiteral(element: ReferenceElement, id: string, breaks: RuleExample): Rule {
  return {
    id,
    severity: element.unresolved,
    code: 'required',
    guidance: `${element.guidance}.reference`,
    claim: `${element.guidance.split(' ')[1]} is a literal reference, not only an identifier or a name.`,
    check(resource, context, entry) {
      const findings: Finding[] = [];
      for (const { reference, place } of referencesAt(resource, element.path)) {
        if (isLiteralReference(reference) || reference.reference !== undefined) continue;
        const resolution = context.resolve(reference, entry, element.targets);
        findings.push(
          resolution.outcome === 'resolved'
            ? {
                element: `${place}.reference`,
                severity: stricter('warning', 'error'),
                text: `This element has no reference. The server found the entry by its identifier. Send the fullUrl of ${element.meant} as reference.`,
              }
            : {
                element: `${place}.reference`,
                text: `This element has no reference, and nothing else in it matches an entry of the Bundle. Send the fullUrl of ${element.meant} as reference.`,
              },
        );
      }
      return findings;
    },
    examples: { keeps: element.keeps, breaks },
  };
}

/**
 * The rule vw-xref-12 for all elements of section 8: a reference points to a type that its element allows. The table
 * has a warning for the optional references; R4's own typing comes first (README, decision 1).
 */
export const referencesLeadToTheRightType: Rule = {
  id: 'vw-xref-12',
  severity: always('error'),
  code: 'value',
  guidance: '3.2 References',
  claim: 'A reference points to a resource of a type that its element allows.',
  check(resource, context, entry) {
    const findings: Finding[] = [];
    for (const element of context.definitionOf(resource.resourceType)?.references ?? []) {
      for (const { reference, place } of referencesAt(resource, element.path)) {
        const target = isLiteralReference(reference)
          ? targetOf(context.resolve(reference, entry))
          : undefined;
        if (target === undefined || isTarget(target, element) || !isResourceType(target.resourceType))
          continue;
        findings.push({
          element: place,
          text: `This reference points to a resource of type ${target.resourceType}. Use the fullUrl of ${element.meant}.`,
        });
      }
    }
    return findings;
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document, summary) => {
      document.custodian = referenceTo(summary, 'Patient');
    }),
  },
};

/** The resource that a resolved reference points to. */
export function targetOf(resolution: Resolution): AnyResource | undefined {
  if (resolution.outcome === 'resolved') return resolution.entry.resource;
  return resolution.outcome === 'contained' ? resolution.resource : undefined;
}

function isTarget(resource: AnyResource, element: ReferenceElement): boolean {
  return element.targets.includes(resource.resourceType);
}

function isLiteralReference(reference: JsonObject): boolean {
  return typeof reference.reference === 'string' && reference.reference !== '';
}

/**
 * True if the Bundle is not a summary and the reference may point to a stored resource (`Patient/…`), or,
 * when a single resource is validated, to the Bundle that it will be part of. The storing step looks it up.
 */
function mayLieOutside(reference: JsonObject, context: RuleContext): boolean {
  if (context.isSummary) return false;
  const text = String(reference.reference);
  if (text.startsWith('#')) return false;
  const isTransaction = context.bundle.type === 'transaction' || context.bundle.type === 'batch';
  return text.startsWith('urn:') ? !isTransaction : text.includes('/') || text.includes('?');
}
