/**
 * Makes a narrative from the elements of a resource, for people who read FHIR directly: a table of one resource, or a
 * table of several resources in a section. It contains escaped text only, and no links or scripts. It shows values as
 * they were sent and infers nothing.
 * @see https://hl7.org/fhir/R4/narrative.html
 */
import { isNumber, numberText } from '../../fhir/decimal';
import type { Slices } from '../../fhir/slices';
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';

export interface Narrative extends JsonObject {
  status: 'generated';
  div: string;
}

/** Elements that describe how a resource is stored, and not what it means. */
const NOT_SHOWN = new Set([
  'resourceType',
  'id',
  'meta',
  'implicitRules',
  'language',
  'contained',
  'extension',
  'modifierExtension',
  'data',
  'hash',
  'size',
]);
/** The deepest nesting that is written. No stored resource is nested deeper. */
const DEEPEST = 50;

/** A table of the elements of one resource: `code: Pulse rate`, `value: 92 beats/minute`. */
export function narrativeOf(resource: AnyResource): Narrative {
  const rows = shownIn(resource).map(
    ([name, value]) => `<tr><th>${escaped(wordsOf(name))}</th><td>${escaped(textOf(value))}</td></tr>`,
  );
  const title = `<p><b>${escaped(wordsOf(resource.resourceType))}</b></p>`;
  return wrapped(`${title}${rows.length === 0 ? '' : `<table><tbody>${rows.join('')}</tbody></table>`}`);
}

/** One resource in words: what it is, when it was, what it says, and its status. */
export interface ResourceInWords {
  what: string;
  when: string;
  value: string;
  status: string;
}

export function inWords(resource: AnyResource): ResourceInWords {
  return {
    what: textOf(firstOf(resource, WHAT)) || wordsOf(resource.resourceType),
    when: textOf(firstOf(resource, WHEN)),
    value: valueOf(resource),
    status: statusOf(resource),
  };
}

/** The elements that say whether a resource holds. */
const STATUS = ['status', 'lifecycleStatus', 'docStatus', 'clinicalStatus', 'verificationStatus'];
/** What is one of these is nothing else: no clinical status is said beside it. */
const DOES_NOT_HOLD = ['entered-in-error', 'refuted'];

/** `final`, `active, confirmed`, `entered in error`, `refuted`. */
function statusOf(resource: AnyResource): string {
  const codes = STATUS.flatMap((name) => codesOf(resource[name]));
  const none = DOES_NOT_HOLD.find((code) => codes.includes(code));
  if (none !== undefined) return codeInWords(none);
  return [
    ...STATUS.map((name) => codeInWords(textOf(resource[name]))),
    resource.active === false ? 'inactive' : '',
    resource.doNotPerform === true ? 'not to be done' : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

const codesOf = (status: Json | undefined): string[] =>
  (isObject(status) ? listOf<Json>(status.coding).filter(isObject) : [{ code: status ?? '' }]).map(
    ({ code }) => string(code),
  );

/** `entered-in-error` as `entered in error`; every other text as it is. */
export const codeInWords = (code: string): string =>
  /^[a-z]+(?:-[a-z]+)+$/.test(code) ? code.replaceAll('-', ' ') : code;

/** An element in words, such as a code or a period. */
export const elementInWords = (element: Json | undefined): string => textOf(element);

/** Each element of a resource in words, by its name in words. */
export const elementsInWords = (resource: AnyResource): [name: string, text: string][] =>
  shownIn(resource).map(([name, value]) => [wordsOf(name), textOf(value)]);

/** A table with a line for each resource: what it is, when it was, what it says, and its status. */
export function* sectionNarrative(resources: Iterable<AnyResource>): Slices<Narrative> {
  const head = ['What', 'When', 'Value', 'Status'].map((title) => `<th>${title}</th>`).join('');
  const rows: string[] = [];
  for (const resource of resources) {
    const { what, when, value, status } = inWords(resource);
    const cells = [what, when, value, status];
    rows.push(`<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`);
    yield;
  }
  return wrapped(`<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`);
}

/** One paragraph. */
export function paragraphNarrative(text: string): Narrative {
  return wrapped(`<p>${escaped(text)}</p>`);
}

const wrapped = (content: string): Narrative => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`,
});

/** The element that says what a resource is about, and the element that gives its time, by the start of their names. */
const WHAT = [
  'code',
  'medication',
  'vaccineCode',
  'type',
  'title',
  'description',
  'name',
  'deviceName',
  'questionnaire',
  'category',
];
const WHEN = [
  'effective',
  'performed',
  'occurrence',
  'period',
  'onset',
  'date',
  'authored',
  'recorded',
  'sent',
  'start',
  'created',
  'issued',
];

function firstOf(resource: AnyResource, names: readonly string[]): Json | undefined {
  const shown = shownIn(resource);
  for (const name of names) {
    const found = shown.find(
      ([key]) => key === name || (key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))),
    );
    if (found) return found[1];
  }
  return undefined;
}

/** `value[x]`, the reason for a missing value, the components, and the interpretation; first, whose reading it is not. */
function valueOf(resource: AnyResource): string {
  const own = shownIn(resource).filter(([name]) =>
    /^(?:value[A-Z]\w*|dataAbsentReason|interpretation|component|conclusion|note|item)$/.test(name),
  );
  const texts = own.map(([, value]) => textOf(value));
  return [...notOfThePatient(resource), ...texts].join('; ');
}

/** What has a subject and a focus says something of the focus. */
const notOfThePatient = ({ subject, focus }: AnyResource): string[] =>
  subject !== undefined && listOf<Json>(focus).length > 0
    ? [`Not of the patient, but of: ${textOf(focus) || 'not said'}`]
    : [];

function shownIn(element: JsonObject): [string, Json][] {
  return Object.entries(element).flatMap(([name, value]) =>
    NOT_SHOWN.has(name) ||
    name.startsWith('_') ||
    (name === 'text' && isObject(value)) ||
    value === undefined ||
    value === null
      ? []
      : [[name, value] as [string, Json]],
  );
}

/** A value in words, by its shape: a code's text, a quantity with its unit, a name in its order. */
function textOf(value: Json | undefined, depth = 0): string {
  if (value === undefined || value === null || depth > DEEPEST) return '';
  if (Array.isArray(value))
    return value
      .map((each) => textOf(each, depth))
      .filter((text) => text !== '')
      .join('; ');
  if (isNumber(value)) return numberText(value);
  if (typeof value === 'string') return momentText(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (!isObject(value)) return '';
  return (
    conceptText(value) ??
    quantityText(value) ??
    personText(value) ??
    pointerText(value) ??
    elementsText(value, depth)
  );
}

const string = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** A CodeableConcept or Coding. */
function conceptText(element: JsonObject): string | undefined {
  const { text, coding, display, code, value } = element;
  if (typeof text === 'string' && Object.keys(element).length === 1) return text;
  if (coding !== undefined) {
    const [first] = listOf(coding).filter(isObject);
    return string(text) || string(first?.display) || string(first?.code);
  }
  return value === undefined && (display !== undefined || code !== undefined) && typeof code !== 'object'
    ? string(display) || string(code)
    : undefined;
}

/** A Quantity or Identifier, a Period or Ratio. */
function quantityText({
  value,
  comparator,
  unit,
  code,
  system,
  use,
  start,
  end,
  ...rest
}: JsonObject): string | undefined {
  if (value !== undefined && !isObject(value) && Object.keys(rest).every((name) => AROUND_A_VALUE.has(name)))
    return [
      string(comparator),
      isNumber(value) ? numberText(value) : textOf(value),
      string(unit) || (system ? '' : string(code)),
    ]
      .filter((part) => part !== '')
      .join(' ');
  if (
    (start ?? end) !== undefined &&
    Object.keys(rest).length === 0 &&
    system === undefined &&
    use === undefined
  ) {
    const [from, until] = [textOf(start), textOf(end)];
    if (until === '') return `from ${from}`;
    return from === '' ? `until ${until}` : `${from} to ${until}`;
  }
  return undefined;
}

const AROUND_A_VALUE = new Set(['type', 'assigner', 'rank', 'period', 'extension', 'id']);

/** A HumanName or an Address. */
function personText({
  text,
  prefix,
  given,
  family,
  suffix,
  line,
  city,
  district,
  state,
  postalCode,
  country,
}: JsonObject): string | undefined {
  const name = [prefix, given, family, suffix];
  const place = [line, city, district, state, postalCode, country];
  if (
    family === undefined &&
    given === undefined &&
    line === undefined &&
    city === undefined &&
    postalCode === undefined
  )
    return undefined;
  if (typeof text === 'string') return text;
  const isName = family !== undefined || given !== undefined;
  const parts = (isName ? name : place)
    .flatMap((part) => listOf(part))
    .filter((part) => typeof part === 'string');
  return parts.join(isName ? ' ' : ', ');
}

/** A Reference, an Attachment. */
function pointerText({
  reference,
  display,
  identifier,
  title,
  contentType,
  creation,
}: JsonObject): string | undefined {
  if (reference !== undefined || (display !== undefined && identifier !== undefined))
    return string(display) || string(reference) || textOf(identifier);
  if (contentType === undefined) return undefined;
  return [string(title) || 'Document', string(contentType), textOf(creation)]
    .filter((part) => part !== '')
    .join(', ');
}

/** Any other element: its own elements with their names. */
function elementsText(value: JsonObject, depth: number): string {
  if (isResource(value)) return wordsOf(value.resourceType);
  return shownIn(value)
    .map(([name, item]) => [wordsOf(name), textOf(item, depth + 1)] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}: ${text}`)
    .join(', ');
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** Writes `2025-03-05T09:00:00Z` as `5 March 2025, 09:00:00 UTC`, and leaves every other text as it is. */
function momentText(text: string): string {
  const [, year, month, day, time, fraction, zone] =
    /^(\d{4})-(0[1-9]|1[0-2])-(\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (year === undefined) return text;
  const date = `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`;
  if (time === undefined) return date;
  const second = fraction === undefined || /^\.0+$/.test(fraction) ? time : `${time}${fraction}`;
  return `${date}, ${second}${zone === undefined ? '' : ` ${/^(?:Z|\+00:00)$/.test(zone) ? 'UTC' : zone}`}`;
}

/** `effectiveDateTime` as `effective date time`, `DocumentReference` as `Document reference`. */
function wordsOf(name: string): string {
  const words = name.replace(
    /([a-z0-9])([A-Z])/g,
    (_match, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Matches the characters that XML does not allow, and unpaired surrogates. */
const NOT_XML = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(NOT_XML, '').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
