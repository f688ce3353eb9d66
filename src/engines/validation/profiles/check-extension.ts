/**
 * Whether an extension is allowed at its place: it is known, its definition allows it for the element, and it is in the
 * list (`extension` or `modifierExtension`) that it is made for, and with no parts but those that the definition names.
 * R4 lets a receiver pass over what it does not know; whoever asks for a validation wants to hear of it.
 * @see https://hl7.org/fhir/R4/defining-extensions.html#context
 */
import { typeDefinition } from '../../../fhir/r4/definitions';
import type { JsonObject } from '../../../fhir/types';
import { isObject, listOf } from '../../../fhir/types';
import type { Profile, ProfileNode } from './profile-node';

/** The place of an extension. */
export interface ExtensionPlace {
  /** The type of what it extends: `HumanName`, `Patient.contact`, `string`. */
  type: string;
  /** The path of the element that it extends, as R4 defines it: `Patient.name`, `HumanName.family`. */
  path: string;
  /** The FHIRPath of what it extends, from the root. */
  at: string;
  isModifier: boolean;
}

/** Addresses used as placeholders in examples. */
const EXAMPLES = /^https?:\/\/([^/]+\.)?(example|acme)(\.(org|com|net))?(\/|$)/;
/** HL7 continues to publish extensions under its own addresses, for R4 too. */
const HL7_OWN = /^http:\/\/hl7\.org\/fhir\/(\d\.\d\/)?StructureDefinition\//;
const MAX_NAMED = 6;

/** True of an extension whose definition ought to be known here, and is not. The url has none. */
export function isUnknownExtension(url: string): boolean {
  return /^[a-z]+:/i.test(url) && !url.includes('|') && !EXAMPLES.test(url) && !HL7_OWN.test(url);
}

/** What does not belong, in an extension whose definition is known: sentences. */
export function misplacedIn(extension: JsonObject, definition: Profile, place: ExtensionPlace): string[] {
  const faults: string[] = [];
  if (definition.isModifier !== undefined && definition.isModifier !== place.isModifier) {
    faults.push(
      definition.isModifier
        ? 'This extension changes the meaning of its element. Send it in modifierExtension.'
        : 'This extension does not change the meaning of its element. Send it in extension, not in modifierExtension.',
    );
  }
  if (!mayStandAt(definition, place)) {
    const places = definition.contexts.map(({ expression }) => expression);
    const named = places.length > MAX_NAMED ? [...places.slice(0, MAX_NAMED), '…'] : places;
    faults.push(`This extension is for ${named.join(', ')}, not for this element.`);
  }
  const parts = partsOf(definition.root);
  const strange = listOf(extension.extension).some(
    (part) => isObject(part) && typeof part.url === 'string' && isRelative(part.url) && !parts.has(part.url),
  );
  if (strange) {
    faults.push(
      parts.size === 0
        ? 'This extension has no parts.'
        : `This part is not in the definition of the extension. The parts are ${[...parts].join(', ')}.`,
    );
  }
  return faults;
}

function isRelative(url: string): boolean {
  return url !== '' && !url.includes(':');
}

function partsOf(root: ProfileNode): Set<string> {
  const slices = root.children.get('extension')?.slices.values() ?? [];
  return new Set(
    [...slices].flatMap((slice) => {
      const fixed = slice.children.get('url')?.fixed;
      return typeof fixed === 'string' ? [fixed] : [];
    }),
  );
}

function mayStandAt({ contexts }: Profile, place: ExtensionPlace): boolean {
  if (contexts.length === 0) return true;
  return contexts.some(({ type, expression }) => {
    // By FHIRPath, by the url of an extension around, by the element of a profile: not judged.
    if (type !== 'element' || expression.includes(':')) return true;
    // Anything at all, resources too.
    if (expression === 'Element') return true;
    return isOfType(place.type, expression) || place.path === expression || endsWith(place.at, expression);
  });
}

function isOfType(type: string, name: string): boolean {
  for (let at: string | undefined = type; at !== undefined; at = typeDefinition(at)?.base)
    if (at === name) return true;
  return false;
}

/** For contexts that lead through a datatype: `StructureDefinition.snapshot.element.binding.valueSet`. */
function endsWith(at: string, expression: string): boolean {
  return expression.split('.').length > 2 && at.replace(/\[\d+\]/g, '') === expression;
}
