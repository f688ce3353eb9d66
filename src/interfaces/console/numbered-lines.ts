/** The bytes of a submission as numbered lines for a page, with each fault after the line that it is about. */
import type { Issue, Severity } from '../../fhir/issue';
import { linesOfElements } from '../../fhir/places';
import { jsonInLines } from './json-in-lines';

export interface NumberedLine {
  number: number;
  text: string;
  findings: readonly Finding[];
  /** True where lines before this one are left out. */
  followsGap: boolean;
}

/** An issue for a page. */
export interface Finding {
  severity: 'error' | 'warning' | 'information';
  rule: string;
  sentence: string;
  /** The section of the guidance, or the page that the rule comes from. */
  section?: string;
  expression?: string;
  line?: number;
}

export interface NumberedLines {
  lines: readonly NumberedLine[];
  /** True where the text has no line breaks of its own, and is shown with line breaks. */
  isBroken: boolean;
  findings: readonly Finding[];
}

/** A run of more than 160 letters and digits is a document: its beginning is shown, and its length. */
const SHOWN_OF_RUN = 40;
/** Of a longer text only the lines around findings are shown. */
const MOST_LINES = 3_000;
const AROUND = 4;
/** A text whose lines are longer than this on average has no line breaks for people. */
const LONG_LINE = 400;
/** With more brackets and commas than this, the text is shown as it is: it would have too many lines. */
const MOST_BREAKS = 200_000;
/** What is shown of a text: the characters and the lines of its beginning. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
const MOST_READ = 200_000;

export function numberedLines(
  bytes: Buffer,
  format: 'json' | 'xml' | 'hl7v2',
  issues: readonly Issue[],
): NumberedLines {
  const whole = beginningOf(withoutDocuments(bytes.toString('utf8')));
  const isBroken = format !== 'hl7v2' && hasLongLines(whole) && hasFewBreaks(whole, format);
  const text = isBroken ? inLines(whole, format) : whole;
  const lineOf = format === 'hl7v2' ? linesOfSegments(text) : linesOfIssues(text, format);
  const findings = issues.map((issue) => findingOf(issue, lineOf(issue)));
  const texts = text.split(LINE_END);
  const shown = shownLines(texts.length, findings);
  let last = 0;
  const lines = shown.map((number): NumberedLine => {
    const followsGap = number !== last + 1;
    last = number;
    return {
      number,
      text: cut(texts[number - 1] ?? ''),
      findings: findings.filter(({ line }) => line === number),
      followsGap,
    };
  });
  return { lines, isBroken, findings };
}

type LineOfIssue = (issue: Issue) => number | undefined;

function linesOfIssues(text: string, format: 'json' | 'xml'): LineOfIssue {
  const lineOf = linesOfElements(text, format);
  return ({ expression }) => lineOf(expression);
}

/** The sentence of an issue names the field of an HL7 v2 message that it is about: `PV1-44: …`. */
function linesOfSegments(text: string): LineOfIssue {
  const names = text.split(LINE_END).map((line) => line.slice(0, 3));
  return ({ text: sentence }) => {
    const name = /^([A-Z][A-Z0-9]{2})(?:-\d+)?\b/.exec(sentence)?.[1];
    const at = name === undefined ? -1 : names.indexOf(name);
    return at < 0 ? undefined : at + 1;
  };
}

const LINE_END = /\r\n|\n|\r/;

export function findingOf(issue: Issue, line?: number): Finding {
  const { severity, rule, text, source, expression } = issue;
  return {
    severity: severityShown(severity),
    rule,
    sentence: text,
    ...(source === undefined ? {} : { section: source }),
    ...(expression === undefined ? {} : { expression }),
    ...(line === undefined ? {} : { line }),
  };
}

/** A finding of several submissions. */
export const findingShown = ({
  severity,
  rule,
  text,
  section,
}: {
  severity: Severity;
  rule: string;
  text: string;
  section: string | null;
}): Finding => ({
  severity: severityShown(severity),
  rule,
  sentence: text,
  ...(section === null ? {} : { section }),
});

const severityShown = (severity: Severity): Finding['severity'] =>
  severity === 'fatal' ? 'error' : severity;

/**
 * A match begins where a run begins, so that no character is looked at many times. The end of a run is found by a loop:
 * an expression for a run of millions overflows its stack.
 */
function withoutDocuments(text: string): string {
  const runStart = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]{161}/g;
  const parts: string[] = [];
  let from = 0;
  for (let found = runStart.exec(text); found; found = runStart.exec(text)) {
    const start = found.index;
    let end = runStart.lastIndex;
    while (IN_RUN.test(text.charAt(end))) end += 1;
    parts.push(text.slice(from, start + SHOWN_OF_RUN), `… (${end - start} characters)`);
    from = end;
    runStart.lastIndex = end;
  }
  return [...parts, text.slice(from)].join('');
}

const IN_RUN = /[A-Za-z0-9+/=]/;

/** The lines and characters that are read. What comes after them is not shown. */
function beginningOf(text: string): string {
  const end = new RegExp(LINE_END, 'g');
  for (let count = 0; count < MOST_READ; count += 1)
    if (!end.test(text)) return text.slice(0, MOST_CHARACTERS);
  return text.slice(0, Math.min(end.lastIndex, MOST_CHARACTERS));
}

const hasLongLines = (text: string): boolean => text.length > LONG_LINE * text.split('\n').length;

function hasFewBreaks(text: string, format: 'json' | 'xml'): boolean {
  const breaks = format === 'xml' ? /</g : /[[\]{},]/g;
  for (let count = 0; count < MOST_BREAKS; count += 1) if (!breaks.test(text)) return true;
  return false;
}

const inLines = (text: string, format: 'json' | 'xml'): string =>
  format === 'xml' ? text.replace(/>\s*(?=<)/g, '>\n') : jsonInLines(text);

const LONGEST_SHOWN = 1_000;
const cut = (line: string): string =>
  line.length <= LONGEST_SHOWN ? line : `${line.slice(0, LONGEST_SHOWN)}… (${line.length} characters)`;

function shownLines(count: number, findings: readonly Finding[]): number[] {
  const all = Array.from({ length: Math.min(count, MOST_READ + 1) }, (_, index) => index + 1);
  if (count <= MOST_LINES) return all;
  const near = new Set<number>();
  for (const { line } of findings.slice(0, 300))
    if (line !== undefined) for (let at = line - AROUND; at <= line + AROUND; at += 1) near.add(at);
  return all.filter((number) => number <= 40 || near.has(number));
}
