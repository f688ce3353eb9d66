/**
 * A second validator of R4, small and slow, written apart from the one of `src/engines/validation`: it holds what the server
 * accepted and stored against R4's tables, and runs every invariant as the FHIRPath that R4 publishes. It says nothing
 * of the guidance. @see docs/fuzzing.md
 */
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { SaxesParser } from 'saxes';
import {
  codesOf,
  concreteResources,
  elementsOf,
  invariantsOfElements,
  invariantsOfType,
  kindOf,
  patternOf,
  type Element,
} from './tables';

export interface Fault {
  place: string;
  what: string;
}

type Members = Record<string, unknown>;

interface Look {
  faults: Fault[];
  /** The resource at hand, and the one that contains it. */
  resource: Members;
  container: Members;
}

/**
 * What the guidance's register of defects lets pass, with a warning, and R4 does not: a telecom without a system is
 * kept as it is (def-11).
 */
const LET_PASS = new Set(['cpt-2']);

/** ctm-1, and the like: ask a server. htmlChecks: done by hand below. ele-1 is checked without FHIRPath. */
const NOT_RUN = /resolve\(|memberOf\(|htmlChecks|hasValue\(\) or \(children\(\)\.count/;

const resourceTypes = new Set(concreteResources);

/** @param resource as `JSON.parse` gives it */
export function secondOpinion(resource: unknown): Fault[] {
  const faults: Fault[] = [];
  if (!isMembers(resource)) return [{ place: '', what: 'is no object' }];
  lookAtResource(resource, String(resource.resourceType), { faults, resource, container: resource });
  return faults;
}

function lookAtResource(resource: Members, place: string, look: Look): void {
  const type = resource.resourceType;
  if (typeof type !== 'string' || !resourceTypes.has(type)) {
    look.faults.push({ place, what: 'is of no resource type' });
    return;
  }
  lookAtMembers(resource, type, place, { ...look, resource });
}

function lookAtMembers(members: Members, type: string, place: string, look: Look): void {
  const fault = (at: string, what: string): void => void look.faults.push({ place: `${place}${at}`, what });
  const table = elementsOf(type);
  const isResource = kindOf(type) === 'resource';
  const given = Object.keys(members).filter((key) => !(isResource && key === 'resourceType'));
  if (!isResource && given.every((key) => key === 'id')) fault('', 'has no value and no children');
  const choices = new Map<string, string>();
  for (const key of given) {
    const isCompanion = key.startsWith('_');
    const element = table.get(isCompanion ? key.slice(1) : key);
    if (!element || (isCompanion && kindOf(element.type) !== 'primitive')) {
      fault(`.${key}`, 'is no element');
      continue;
    }
    if (element.name.endsWith('[x]')) {
      if ((choices.get(element.name) ?? element.json) !== element.json)
        fault(`.${key}`, 'is a second choice');
      choices.set(element.name, element.json);
    }
    lookAtElement(key, { element, isCompanion }, members, `${place}.${key}`, look);
  }
  for (const element of table.values()) {
    if (element.min === 0) continue;
    const names = [...table.values()].filter(({ name }) => name === element.name);
    if (!names.some(({ json }) => json in members || `_${json}` in members))
      fault(`.${element.name}`, 'is missing');
  }
  invariants(members, type, place, look);
}

function lookAtElement(
  key: string,
  { element, isCompanion }: { element: Element; isCompanion: boolean },
  holder: Members,
  place: string,
  look: Look,
): void {
  const value = holder[key];
  const fault = (what: string): void => void look.faults.push({ place, what });
  if (element.max === 1) {
    if (Array.isArray(value)) fault('is a list');
    else lookAtItem(value, element, isCompanion, place, look);
    return;
  }
  if (!Array.isArray(value)) return fault('is no list');
  if (value.length === 0) fault('is an empty list');
  if (value.length > element.max) fault('has too many');
  const twin = holder[isCompanion ? element.json : `_${element.json}`];
  value.forEach((item, index) => {
    const isPrimitive = kindOf(element.type) === 'primitive';
    const beside = Array.isArray(twin) ? (twin[index] as unknown) : undefined;
    if (item === null && isPrimitive && (isCompanion || (beside !== undefined && beside !== null))) return;
    lookAtItem(item, element, isCompanion, `${place}[${index}]`, look);
  });
}

function lookAtItem(value: unknown, element: Element, isCompanion: boolean, place: string, look: Look): void {
  const fault = (what: string): void => void look.faults.push({ place, what });
  const { type } = element;
  if (kindOf(type) === 'primitive' && !isCompanion) {
    const what = faultOfPrimitive(value, type);
    if (what !== undefined) return fault(what);
    if (element.required !== undefined && type === 'code') {
      const codes = codesOf(element.required);
      if (codes && ![...codes.values()].some((set) => set.has(String(value))))
        fault('is no code of its value set');
    }
    if (type === 'xhtml') for (const what of faultsOfNarrative(String(value))) fault(what);
    return;
  }
  if (!isMembers(value)) return fault('is no object');
  if (type === 'Resource') {
    const isContained = element.json === 'contained';
    lookAtResource(value, place, isContained ? look : { ...look, container: value });
    return;
  }
  lookAtMembers(value, isCompanion ? 'Element' : type, place, look);
  if (type === 'Reference') {
    const what = faultOfReference(value.reference, element.targets);
    if (what !== undefined) fault(what);
  }
  if (type === 'Extension' && 'extension' in value === Object.keys(value).some((key) => /^_?value/.test(key)))
    fault('is an extension with both or neither of value and extensions');
}

/** How FHIR JSON writes a primitive, its pattern, and that a date exists. */
function faultOfPrimitive(value: unknown, type: string): string | undefined {
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : 'is no boolean';
  if (['integer', 'positiveInt', 'unsignedInt'].includes(type)) {
    if (typeof value !== 'number' || !Number.isInteger(value)) return 'is no whole number';
    const low = { integer: -2147483648, positiveInt: 1, unsignedInt: 0 }[type] ?? 0;
    return value < low || value > 2147483647 ? 'is out of range' : undefined;
  }
  if (type === 'decimal') return typeof value === 'number' ? undefined : 'is no number';
  if (typeof value !== 'string') return 'is no string';
  if (value === '') return 'is an empty string';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(value)) return 'has control characters';
  if (/\p{Cs}/u.test(value)) return 'has half a surrogate pair';
  if (Buffer.byteLength(value) > 1024 * 1024 && type !== 'base64Binary' && type !== 'xhtml')
    return 'is too long';
  if (type === 'xhtml') return undefined;
  if (type === 'base64Binary') return faultOfBase64(value);
  // Of text the published pattern asks no more than that there is some, in the regular expressions of its time.
  const pattern = type === 'string' || type === 'markdown' ? undefined : patternOf(type);
  if (pattern && !pattern.test(value)) return `is no ${type}`;
  if (['date', 'dateTime', 'instant'].includes(type) && !dayExists(value))
    return 'is a day that does not exist';
  return undefined;
}

function faultOfBase64(value: string): string | undefined {
  const dense = value.replace(/\s/g, '');
  if (dense.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(dense)) return 'is no base64';
  return undefined;
}

function dayExists(text: string): boolean {
  const [, year = '', month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/.exec(text) ?? [];
  if (month === undefined || day === undefined) return true;
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)));
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCDate() === Number(day);
}

function faultOfReference(reference: unknown, targets: readonly string[] | undefined): string | undefined {
  if (typeof reference !== 'string' || reference.startsWith('#') || /^urn:/i.test(reference))
    return undefined;
  const isAbsolute = /^[a-z][a-z0-9+.-]*:/i.test(reference);
  const literal = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(
    reference,
  );
  if (!literal) return isAbsolute || reference.includes('?') ? undefined : 'is no literal reference';
  const type = literal[1] as string;
  if (!resourceTypes.has(type)) return isAbsolute ? undefined : 'refers to no resource type';
  if (targets && !targets.includes('Resource') && !targets.includes(type)) return 'refers to the wrong type';
  return undefined;
}

const ACTIVE =
  /^(?:script|iframe|object|embed|form|input|button|link|meta|base|style|frame|applet|svg|math|html|body|head)$/i;

function faultsOfNarrative(xhtml: string): string[] {
  const faults: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  let depth = 0;
  let hasContent = false;
  parser.on('error', () => faults.push('is no well-formed XHTML'));
  parser.on('doctype', () => faults.push('has a DOCTYPE'));
  parser.on('opentag', ({ name, uri, attributes }) => {
    if (depth === 0 && name !== 'div') faults.push('is no div');
    if (uri !== 'http://www.w3.org/1999/xhtml') faults.push('is in another namespace');
    if (ACTIVE.test(name)) faults.push('has an active element');
    if (Object.keys(attributes).some((attribute) => /^on/i.test(attribute)))
      faults.push('has an event handler');
    if (name === 'img') hasContent = true;
    depth += 1;
  });
  parser.on('closetag', () => void (depth -= 1));
  parser.on('text', (text) => void (hasContent ||= text.trim() !== ''));
  try {
    parser.write(xhtml).close();
  } catch {
    faults.push('is no well-formed XHTML');
  }
  if (faults.length === 0 && !hasContent) faults.push('is an empty narrative');
  return [...new Set(faults)];
}

type Invariant = (value: unknown, environment: Record<string, unknown>) => unknown[];

const compiled = new Map<string, Invariant>();

function invariants(members: Members, type: string, place: string, look: Look): void {
  for (const [key, expression] of invariantsOfType(type))
    run({ key, expression, base: type }, members, place, look);
  for (const [name, stated] of invariantsOfElements(type)) {
    if (name.endsWith('[x]')) continue;
    const element = elementsOf(type).get(name);
    if (!element || kindOf(element.type) === 'primitive') continue;
    const value = members[name];
    const items = Array.isArray(value) ? value : value === undefined ? [] : [value];
    items.forEach((item, index) => {
      for (const [key, expression] of stated)
        if (isMembers(item))
          run({ key, expression, base: element.type }, item, `${place}.${name}[${index}]`, look);
    });
  }
}

/** An invariant, and the type that its expression begins at. */
interface Stated {
  key: string;
  expression: string;
  base: string;
}

function run({ key, expression, base }: Stated, value: Members, place: string, look: Look): void {
  if (LET_PASS.has(key) || NOT_RUN.test(expression)) return;
  const id = `${base} ${expression}`;
  let invariant = compiled.get(id);
  if (!invariant) {
    // `as` of R4's expressions is that of an older FHIRPath; trace would print what the patient has.
    const runner = fhirpath.compile({ base, expression }, r4 as fhirpath.Model, {
      traceFn: () => undefined,
    }) as Invariant;
    compiled.set(id, (invariant = runner));
  }
  let result: unknown[];
  try {
    result = invariant(value, { resource: look.resource, rootResource: look.container, context: value });
  } catch {
    return; // misshapen, and reported as such
  }
  if (result.length === 1 && result[0] === false) look.faults.push({ place, what: `breaks ${key}` });
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
