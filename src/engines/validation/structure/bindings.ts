/**
 * Bindings: whether a code, Coding or CodeableConcept is from the value set that R4 binds its element to. Only value
 * sets whose codes R4 itself publishes are checked; `docs/r4-conformance.md` says which are left alone.
 * @see https://hl7.org/fhir/R4/terminologies.html
 */
import type { Json, JsonObject } from '../../../fhir/types';
import { isObject } from '../../../fhir/types';
import type { ElementDefinition, ValueSetCodes } from '../../../fhir/r4/definitions';
import { codeSystem, valueSet } from '../../../fhir/r4/definitions';
import type { Visit } from './visit';
import { report } from './visit';

export type BindingCheck = (value: Json, visit: Visit) => void;

const DATA_ABSENT_REASON = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';
/** `http://hl7.org/fhir/5.0/StructureDefinition/extension-…`: an element of another version of FHIR. */
const OF_A_VERSION = /^http:\/\/hl7\.org\/fhir\/\d\.\d\/StructureDefinition\/extension-/;
const MIME_TYPES = 'http://hl7.org/fhir/ValueSet/mimetypes';
const CURRENCIES = 'http://hl7.org/fhir/ValueSet/currencies';
/** A sentence lists the codes of a value set that has no more than this. */
const LISTED_CODES = 12;

/** Whether a code without a system is in a value set, and how the set is named to a sender. */
interface CodeSet {
  has(code: string): boolean;
  hasCoding(system: string | undefined, code: string): boolean;
  knowsSystem(system: string): boolean;
  name: string;
}

const codeSets = new Map<string, CodeSet | undefined>();

function codeSetOf(url: string): CodeSet | undefined {
  if (!codeSets.has(url)) codeSets.set(url, makeCodeSet(url));
  return codeSets.get(url);
}

function makeCodeSet(url: string): CodeSet | undefined {
  if (url === MIME_TYPES) return patternSet('a media type such as application/pdf', isMediaType);
  if (url === CURRENCIES) return patternSet('an ISO 4217 currency such as GBP', isCurrency);
  const codes = valueSet(url);
  return codes && listedSet(url, codes);
}

function patternSet(name: string, has: (code: string) => boolean): CodeSet {
  return { name, has, hasCoding: (_system, code) => has(code), knowsSystem: () => true };
}

function listedSet(url: string, codes: ValueSetCodes): CodeSet {
  const all = new Set<string>();
  for (const part of codes.values()) for (const code of part) all.add(code);
  const list = all.size <= LISTED_CODES ? `one of ${[...all].join(', ')}` : `a code of ${url}`;
  return {
    name: list,
    has: (code) => all.has(code),
    hasCoding: (system, code) => system !== undefined && codes.get(system)?.has(code) === true,
    knowsSystem: (system) => codes.has(system),
  };
}

function isMediaType(code: string): boolean {
  // R4's own lists of formats use the short names as well.
  return (
    /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+*-]{1,127}\s?(;.{0,200})?$/.test(code) ||
    /^(json|xml|ttl|none)$/.test(code)
  );
}

const currencies = new Set(Intl.supportedValuesOf('currency'));
function isCurrency(code: string): boolean {
  return currencies.has(code) || /^(XXX|XTS)$/.test(code);
}

/** The check of an element's binding for values of one type; undefined where there is nothing to check. */
export function bindingCheck(element: ElementDefinition, type: string): BindingCheck | undefined {
  const { binding } = element;
  if (!binding) return undefined;
  const set = codeSetOf(binding.valueSet);
  if (!set) return undefined;
  const isRequired = binding.strength === 'required';
  if (type === 'code') return isRequired ? (value, visit) => checkCode(value, visit, set) : undefined;
  if (type === 'Coding') {
    return isRequired
      ? (value, visit) => checkRequiredCoding(value, visit, set)
      : (value, visit) => checkExtensible([value], visit, set);
  }
  if (type === 'CodeableConcept') {
    return isRequired
      ? (value, visit) => checkRequiredConcept(value, visit, set)
      : (value, visit) => checkExtensible(codingsOf(value), visit, set);
  }
  return undefined;
}

/**
 * The fault of a code element that has extensions in place of a value, where the binding is required. A code of a later
 * version of FHIR, in the extension that HL7 has for that, is no fault of the sender's, and is told as a warning.
 * @returns true where something was said
 */
export function reportMissingCode(element: ElementDefinition, companion: Json, visit: Visit): boolean {
  const set = element.binding?.strength === 'required' ? codeSetOf(element.binding.valueSet) : undefined;
  if (!set) return false;
  const isLater = extensionsOf(companion).some(
    ({ url }) => typeof url === 'string' && OF_A_VERSION.test(url),
  );
  report(
    visit,
    'r4-binding',
    `A code is required. Send ${set.name}.`,
    isLater ? { severity: 'warning' } : {},
  );
  return true;
}

/**
 * Whether a Coding has a code that its own code system does not know: one of the code systems that R4 publishes itself,
 * which stay as they are. Those of HL7's terminology site go on growing.
 */
export function checkCodeOfR4(code: string, { system }: JsonObject, visit: Visit): void {
  const codes = codesOfR4(system);
  if (!codes || codes.has(code)) return;
  const names = codes.size <= LISTED_CODES ? `. Its codes are ${[...codes].join(', ')}` : '';
  report(visit, 'r4-binding', `The code system does not contain this code${names}.`);
}

function codesOfR4(system: Json | undefined): ReadonlySet<string> | undefined {
  return typeof system === 'string' && system.startsWith('http://hl7.org/fhir/')
    ? codeSystem(system)
    : undefined;
}

/** True of a Coding that `checkCodeOfR4` has reported. */
function isToldOf(coding: Json): boolean {
  if (!isObject(coding) || typeof coding.code !== 'string') return false;
  return codesOfR4(coding.system)?.has(coding.code) === false;
}

function checkCode(value: Json, visit: Visit, set: CodeSet): void {
  if (typeof value !== 'string' || set.has(value)) return;
  report(visit, 'r4-binding', `${quoted(value)} is not allowed. Use ${set.name}.`);
}

function checkRequiredCoding(value: Json, visit: Visit, set: CodeSet): void {
  if (!isObject(value) || isIn(value, set)) return;
  if (isAbsent(value) || isToldOf(value)) return;
  report(
    visit,
    'r4-binding',
    `The Coding is not in the required value set. Use ${set.name}, with its system.`,
  );
}

function checkRequiredConcept(value: Json, visit: Visit, set: CodeSet): void {
  if (!isObject(value)) return;
  const codings = codingsOf(value);
  if (codings.some((coding) => isObject(coding) && isIn(coding, set)) || isAbsent(value)) return;
  if (codings.some(isToldOf)) return;
  report(visit, 'r4-binding', `No coding is in the required value set. Send ${set.name}, with its system.`);
}

/** Extensible: says something only where a coding uses a code system of the value set, with a code that is not in it. */
function checkExtensible(codings: readonly Json[], visit: Visit, set: CodeSet): void {
  let foreign = false;
  for (const coding of codings) {
    if (!isObject(coding) || typeof coding.code !== 'string') continue;
    if (isIn(coding, set)) return;
    if (typeof coding.system === 'string' && set.knowsSystem(coding.system) && !isToldOf(coding))
      foreign = true;
  }
  if (!foreign) return;
  report(
    visit,
    'r4-binding-extensible',
    `The code is not in the value set of this element. Use ${set.name}.`,
    {
      severity: 'warning',
    },
  );
}

function isIn(coding: JsonObject, set: CodeSet): boolean {
  if (typeof coding.code !== 'string') return false;
  return set.hasCoding(typeof coding.system === 'string' ? coding.system : undefined, coding.code);
}

function isAbsent(value: JsonObject): boolean {
  return extensionsOf(value).some(({ url }) => url === DATA_ABSENT_REASON);
}

function extensionsOf(value: Json): JsonObject[] {
  return isObject(value) && Array.isArray(value.extension) ? value.extension.filter(isObject) : [];
}

function codingsOf(value: Json): readonly Json[] {
  return isObject(value) && Array.isArray(value.coding) ? value.coding : [];
}

/** A code for use in an issue text, if it looks like a code and not like a number, a date or free text. */
function quoted(code: string): string {
  return /^[A-Za-z][A-Za-z-]{0,30}$/.test(code) ? `"${code}"` : 'This code';
}
