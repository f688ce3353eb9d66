/**
 * FHIR JSON from bytes: strict where `JSON.parse` is lenient (UTF-8, duplicate names, U+0000, half surrogates,
 * depth), exact where it is not (`36.50` keeps its digits, as `decimal.ts` says), and a fault is a value with line
 * and column. The way back is `stringify` of `decimal.ts`.
 * A member named `__proto__` is an own property like any other, which the structure check then calls unknown.
 * @see https://hl7.org/fhir/R4/json.html
 */
import { cutDocuments, putBack } from './json/cut-documents';
import { findJsonFault } from './json/find-json-fault';
import { MAX_MEMBERS, scanJson } from './json/scan-json';
import type { Issue, RuleId } from './issue';
import { placeIn } from './text-place';
import type { Json } from './types';
import { isResource } from './types';
import { decodeUtf8 } from './utf8';

export type ParsedJson = { ok: true; value: Json } | { ok: false; issue: Issue };

const SOURCE = 'FHIR R4 JSON, https://hl7.org/fhir/R4/json.html';

export function parseJson(bytes: Buffer): ParsedJson {
  const cut = cutDocuments(bytes);
  if (cut.documents.length > 0) {
    const parsed = parseWhole(cut.bytes);
    if (parsed.ok && putBack(parsed.value, cut)) return parsed;
    // A fault is described by its place in the body that was sent.
  }
  return parseWhole(bytes);
}

function parseWhole(bytes: Buffer): ParsedJson {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) {
    const place = `line ${decoded.line}`;
    return refused('json-encoding', `The JSON is not UTF-8 (${place}). Send it as UTF-8.`);
  }
  const scan = scanJson(decoded.text);
  if (!scan) return { ok: false, issue: faultOf(decoded.text) };
  let value: Json;
  try {
    value = JSON.parse(scan.text) as Json;
  } catch {
    return { ok: false, issue: faultOf(decoded.text) };
  }
  if (countMembers(value) === scan.members) return { ok: true, value };
  return { ok: false, issue: faultOf(decoded.text, value) };
}

/**
 * Counts the members of all objects. Fewer members than the text has colons outside strings means that a duplicate name
 * was dropped. NaN when one object has more members than allowed.
 */
function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item);
    return count;
  }
  let own = 0;
  for (const key in value) {
    const item = value[key];
    count += 1;
    if (++own > MAX_MEMBERS) return NaN;
    if (typeof item === 'object' && item !== null) count += countMembers(item);
  }
  return count;
}

function faultOf(text: string, value?: Json): Issue {
  const fault = findJsonFault(text);
  if (!fault) return refused('json-syntax', 'The JSON cannot be read.').issue;
  const { line, column } = placeIn(text, fault.offset);
  const sentence = `The JSON cannot be read. Line ${line}, column ${column}: ${fault.text}.`;
  const { issue } = refused(fault.rule, sentence);
  const expression = isResource(value) ? expressionOf(value.resourceType, fault.path) : undefined;
  return expression === undefined ? issue : { ...issue, expression };
}

function refused(rule: RuleId, text: string): { ok: false; issue: Issue } {
  return { ok: false, issue: { severity: 'fatal', code: 'structure', rule, text, source: SOURCE } };
}

/** The FHIRPath of a place, unless a name on the way could not be that of an element. */
function expressionOf(root: string, path: readonly (string | number)[]): string | undefined {
  let expression = root;
  for (const step of path) {
    if (typeof step === 'number') expression += `[${step}]`;
    else if (/^_?[a-zA-Z]{1,64}[0-9]?$/.test(step)) expression += `.${step.replace('_', '')}`;
    else return undefined;
  }
  return /^[A-Z][A-Za-z]{1,63}$/.test(root) ? expression : undefined;
}
