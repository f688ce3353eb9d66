/**
 * Checks a resource against the rows of the guidance's element tables (sections 3.4.1 to 3.4.6): what must be there,
 * how often, and with which fixed value or code. The rows are compiled once, when the server starts.
 * An absence is one of an element whose parent is there: a missing `period` is not also a missing `period.start`.
 */
import type { ElementRow, Handling, Severities } from '../../definitions/rule';
import { guidanceId, type Issue, type IssueCode } from '../../fhir/issue';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';

/** Adds the faults of `resource`, which is at `place` (`Bundle.entry[0].resource`), to `issues`. */
export type ElementCheck = (
  resource: AnyResource,
  place: string,
  handling: Handling,
  issues: Issue[],
) => void;

type Report = (severities: Severities, code: IssueCode, place: string, text: string) => void;
type ParentCheck = (parent: JsonObject, place: string, report: Report) => void;

export function compileElements(type: string, rows: readonly ElementRow[]): ElementCheck {
  const compiled = rows.filter(saysSomething).map((row) => ({ row, check: compileRow(type, row) }));
  return (resource, place, handling, issues) => {
    for (const { row, check } of compiled) {
      check(resource, place, (severities, code, where, text) => {
        const severity = severities[handling];
        if (severity === null) return;
        issues.push({
          severity,
          code,
          rule: guidanceId(row.id),
          text,
          expression: where,
          source: row.guidance,
        });
      });
    }
  };
}

function saysSomething(row: ElementRow): boolean {
  return Boolean(row.absent ?? row.excess ?? row.fixed ?? row.codes);
}

function compileRow(type: string, row: ElementRow): ParentCheck {
  const segments = row.path.split('.');
  const leaf = segments.pop() as string;
  const check = checkOf(row, leaf, `${type}.${row.path}`);
  return segments.reduceRight<ParentCheck>((inner, segment) => descend(segment, inner), check);
}

/** Walks into an element, into each item where it is a list. */
function descend(segment: string, inner: ParentCheck): ParentCheck {
  return (parent, place, report) => {
    const value = parent[segment];
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        if (isObject(item)) inner(item, `${place}.${segment}[${index}]`, report);
      });
    } else if (isObject(value)) inner(value, `${place}.${segment}`, report);
  };
}

function checkOf(row: ElementRow, leaf: string, name: string): ParentCheck {
  const read = reader(leaf);
  const shown = leaf.replace('[x]', '');
  const { absent, excess, fixed, codes } = row;
  const min = row.min ?? 1;
  const max = row.max === undefined || row.max === '*' ? Infinity : row.max;
  const absence = row.text ?? sentenceOfAbsence(row, name, min);
  const otherCode = codes
    ? `\`${name}\` has a code that is not allowed. Send one of ${listed(codes.values)}.`
    : '';
  return (parent, place, report) => {
    const value = read(parent);
    const there = count(value);
    if (there < min) {
      if (absent) report(absent, row.absentCode ?? 'required', `${place}.${shown}`, absence);
      if (there === 0) return;
    }
    if (excess && there > max) {
      report(
        excess,
        'structure',
        `${place}.${shown}`,
        `\`${name}\` appears ${there} times. Send ${atMost(max)}.`,
      );
    }
    if (fixed && !isFixed(value, fixed)) {
      report(fixed.otherwise, 'value', `${place}.${shown}`, sentenceOfFixed(value, fixed, name));
    }
    if (codes) checkCodes(value, codes, otherCode, `${place}.${shown}`, report);
  };
}

/** Reads the leaf; `value[x]` reads whichever typed name is there. */
function reader(leaf: string): (parent: JsonObject) => Json | undefined {
  if (!leaf.endsWith('[x]')) return (parent) => parent[leaf];
  const stem = leaf.slice(0, -3);
  return (parent) => {
    for (const key in parent) {
      if (key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length))) return parent[key];
    }
    return undefined;
  };
}

/** How many values are there. An empty list, object or string is none: R4 has no empty values. */
function count(value: Json | undefined): number {
  if (value === undefined || value === null || value === '') return 0;
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object') return Object.keys(value).length > 0 ? 1 : 0;
  return 1;
}

function isFixed(value: Json | undefined, fixed: NonNullable<ElementRow['fixed']>): boolean {
  if (Array.isArray(value)) return value.some((item) => isFixed(item, fixed));
  if (typeof value !== 'string') return false;
  return (fixed.canonical ? value.split('|', 1)[0] : value) === fixed.value;
}

function checkCodes(
  value: Json | undefined,
  codes: NonNullable<ElementRow['codes']>,
  text: string,
  place: string,
  report: Report,
): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (typeof item === 'string' && !codes.values.includes(item)) {
        report(codes.otherwise, 'code-invalid', `${place}[${index}]`, text);
      }
    });
  } else if (typeof value === 'string' && !codes.values.includes(value)) {
    report(codes.otherwise, 'code-invalid', place, text);
  }
}

/** Why an absence is reported; what is mandatory needs no reason. */
const REASONS: Readonly<Record<ElementRow['optionality'], string>> = {
  mandatory: '',
  required: 'It is required if the sending system has it. ',
  'required-if-using': 'It is required if its parent element is sent. ',
  recommended: 'It is recommended. ',
  optional: 'It is optional but useful. ',
};

function sentenceOfAbsence(row: ElementRow, name: string, min: number): string {
  const lacking = min > 1 ? `has fewer than ${min} values` : 'is missing';
  return `${name} ${lacking}. ${REASONS[row.optionality]}${whatToSend(row, min)}`;
}

function whatToSend(row: ElementRow, min: number): string {
  if (row.send !== undefined) return row.send;
  if (row.fixed) return `Send \`${row.fixed.value}\`.`;
  if (row.codes) return `Send one of ${listed(row.codes.values)}.`;
  if (min > 1) return `Send at least ${min}.`;
  return row.max === '*' || (row.max ?? 1) > 1 ? 'Send at least one.' : 'Send one.';
}

function sentenceOfFixed(
  value: Json | undefined,
  fixed: NonNullable<ElementRow['fixed']>,
  name: string,
): string {
  return Array.isArray(value)
    ? `\`${name}\` does not contain \`${fixed.value}\`. Add it. You may keep other values.`
    : `The value of \`${name}\` is not \`${fixed.value}\`. Send \`${fixed.value}\`.`;
}

function listed(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}

function atMost(max: number): string {
  return max === 1 ? 'it once' : `it at most ${max} times`;
}
