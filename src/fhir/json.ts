/**
 * FHIR JSON from bytes: strict where `JSON.parse` is lenient (UTF-8, duplicate names, U+0000, half surrogates,
 * depth), exact where it is not (`36.50` keeps its digits, as `decimal.ts` says), and a fault is a value with line
 * and column. The way back is `stringify` of `decimal.ts`.
 * A member named `__proto__` is an own property like any other, which the structure check then calls unknown.
 * @see https://hl7.org/fhir/R4/json.html
 */
import { cutDocuments, putBack, type PutBack } from './cut-documents';
import { findJsonFault } from './json/find-json-fault';
import { readAsItIs } from './json/read-stored';
import { MAX_MEMBERS, runOf, scanJson, type Scan } from './json/scan-json';
import type { Issue, RuleId } from './issue';
import { atOnce, type Slices } from './slices';
import { placeIn } from './text-place';
import type { Json } from './types';
import { isResource } from './types';
import { decodeUtf8InSlices } from './utf8';

export type ParsedJson = { ok: true; value: Json } | { ok: false; issue: Issue };

const SOURCE = 'FHIR R4 JSON, https://hl7.org/fhir/R4/json.html';

export const parseJson = (bytes: Buffer): ParsedJson => atOnce(parseJsonInSlices(bytes));

/** The same for a body, which may be large. */
export function* parseJsonInSlices(bytes: Buffer): Slices<ParsedJson> {
  const cut = yield* cutDocuments(bytes);
  if (cut.documents.length === 0) return yield* parseWhole(bytes);
  const documents = putBack(cut);
  const parsed = yield* parseText(cut.bytes, documents);
  if (parsed.ok && documents.isWhole()) return parsed;
  // A fault is described by its place in the body that was sent. It is there, too, because only texts were replaced.
  return parsed.ok ? yield* parseWhole(bytes) : yield* faultIn(bytes, parsed.value);
}

function* parseWhole(bytes: Buffer): Slices<ParsedJson> {
  const parsed = yield* parseText(bytes);
  return parsed.ok ? parsed : yield* faultIn(bytes, parsed.value);
}

/**
 * Reads JSON that the server wrote itself: a stored resource, or an answer. It refuses nothing that a writer can have
 * written, because the bounds of `parseJson` are for senders.
 * @returns undefined where the text is no JSON
 */
export function readStored(content: string | Buffer): Json | undefined {
  const cut = atOnce(cutDocuments(typeof content === 'string' ? Buffer.from(content) : content));
  const documents = putBack(cut);
  const parsed = atOnce(parseText(cut.bytes, documents));
  if (parsed.ok && documents.isWhole()) return parsed.value;
  return readAsItIs(content.toString().replace(/^\ufeff/, ''));
}

/** @returns without a value where the text could not be parsed at all */
type ParsedText = { ok: true; value: Json } | { ok: false; value?: Json };

function* parseText(bytes: Buffer, documents?: PutBack): Slices<ParsedText> {
  const decoded = yield* decodeUtf8InSlices(bytes);
  if (!decoded.ok) return decoded;
  yield;
  const scan = yield* scanJson(decoded.text);
  if (!scan) return { ok: false };
  return yield* parseRuns(scan, documents);
}

/** Parses the runs, then the text that has their stand-ins. */
function* parseRuns({ text, runs, members }: Scan, documents?: PutBack): Slices<ParsedText> {
  const parsed: Json[][] = [];
  let found = 0;
  let value: Json;
  try {
    for (const run of runs) {
      const items = JSON.parse(`[${run}]`) as Json[];
      // Only white space: there is a comma too many.
      if (items.length === 0) return { ok: false };
      found += countMembers(items, parsed);
      documents?.into(items);
      parsed.push(items);
      yield;
    }
    value = JSON.parse(text) as Json;
  } catch {
    return { ok: false };
  }
  documents?.into(value);
  found += countMembers(value, parsed);
  return found === members ? { ok: true, value } : { ok: false, value };
}

/**
 * Counts the members of all objects. Fewer members than the text has colons outside strings means that a duplicate name
 * was dropped. NaN when one object has more members than allowed. Puts runs where their stand-ins are: their members
 * have been counted.
 */
function countMembers(value: Json, runs: readonly Json[][]): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item, runs);
    if (runs.length > 0 && runOf(value[0]) !== undefined) putItems(value, runs);
    return count;
  }
  let own = 0;
  for (const key in value) {
    const item = value[key];
    count += 1;
    if (++own > MAX_MEMBERS) return NaN;
    if (typeof item === 'object' && item !== null) count += countMembers(item, runs);
  }
  return count;
}

/** A list whose first items are a run may have several, and at its end items that are in none. */
function putItems(list: Json[], runs: readonly Json[][]): void {
  const items = list.splice(0);
  for (const item of items) {
    const run = runOf(item);
    if (run === undefined) list.push(item);
    else for (const each of runs[run]!) list.push(each);
  }
}

/** @param value what was parsed, where the fault is none of syntax */
function* faultIn(bytes: Buffer, value?: Json): Slices<ParsedJson> {
  const decoded = yield* decodeUtf8InSlices(bytes);
  if (!decoded.ok) {
    const place = `line ${decoded.line}`;
    return refused('json-encoding', `The JSON is not UTF-8 (${place}). Send it as UTF-8.`);
  }
  yield;
  const { text } = decoded;
  const fault = yield* findJsonFault(text);
  if (!fault) return refused('json-syntax', 'The JSON cannot be read.');
  const { line, column } = placeIn(text, fault.offset);
  const sentence = `The JSON cannot be read. Line ${line}, column ${column}: ${fault.text}.`;
  const refusal = refused(fault.rule, sentence);
  const expression = isResource(value) ? expressionOf(value.resourceType, fault.path) : undefined;
  return expression === undefined ? refusal : { ok: false, issue: { ...refusal.issue, expression } };
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
