/**
 * Prints an OperationOutcome for a person at a terminal, grouped by the Bundle's entries in their order. Shows for each
 * finding the place, the sentence, the rule and its source; then the counts.
 */
export interface OutcomeEntry {
  /** The entry's index in the Bundle. */
  index: number;
  /** What to call it: `Encounter`, `Observation · Heart rate`. */
  label: string;
}

export interface PrintOptions {
  colour: boolean;
  /** Columns of the terminal. */
  width: number;
}

type Finding = fhir4.OperationOutcomeIssue;
type Paint = (text: string) => string;

interface Palette {
  bold: Paint;
  dim: Paint;
  error: Paint;
  warning: Paint;
  information: Paint;
  good: Paint;
}

const NARROWEST = 40;
const WIDEST = 100;

export function printOutcome(
  file: string,
  outcome: fhir4.OperationOutcome,
  entries: readonly OutcomeEntry[],
  { colour, width }: PrintOptions,
): string {
  const paint = palette(colour);
  const findings = outcome.issue.filter((finding) => ruleOf(finding) !== 'ok');
  const name = paint.bold(printable(file));
  if (findings.length === 0) return `${paint.good('✓')} ${name}: no faults found\n`;
  const columns = Math.min(WIDEST, Math.max(NARROWEST, width));
  const labels = new Map(entries.map(({ index, label }) => [index, label]));
  const lines = [name];
  for (const [group, members] of grouped(findings, labels)) {
    lines.push('', `  ${paint.bold(printable(group))}`);
    for (const { finding, place } of members) lines.push(...findingLines(finding, place, columns, paint));
  }
  lines.push('', verdict(findings, paint));
  return `${lines.join('\n')}\n`;
}

interface Member {
  finding: Finding;
  /** Below the group's resource: `period.start`. */
  place: string;
}

/** Groups the findings, in the order in which each group first occurs. */
function grouped(findings: readonly Finding[], labels: ReadonlyMap<number, string>): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const finding of findings) {
    const { group, place } = placeOf(finding.expression?.[0], labels);
    const members = groups.get(group);
    if (members) members.push({ finding, place });
    else groups.set(group, [{ finding, place }]);
  }
  return groups;
}

function placeOf(expression: string | undefined, labels: ReadonlyMap<number, string>) {
  if (expression === undefined) return { group: 'The whole file', place: '' };
  const entry = /^Bundle\.entry\[(\d+)\](?:\.resource(?=\.|$))?\.?(.*)$/.exec(expression);
  if (entry) {
    const label = labels.get(Number(entry[1]));
    return { group: `Entry ${entry[1]}${label === undefined ? '' : ` · ${label}`}`, place: entry[2] ?? '' };
  }
  const [root = '', ...rest] = expression.split('.');
  return { group: root, place: rest.join('.') };
}

const SIGNS = { fatal: '✗', error: '✗', warning: '!', information: '·' } as const;

function findingLines(finding: Finding, place: string, columns: number, paint: Palette): string[] {
  const colour = finding.severity === 'fatal' ? paint.error : paint[finding.severity];
  const head = `${SIGNS[finding.severity]} ${finding.severity === 'fatal' ? 'error' : finding.severity}`;
  const sentence = finding.details?.text ?? finding.diagnostics ?? '';
  const origin = [ruleOf(finding), sourceIn(finding.diagnostics, sentence)]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ');
  const indent = '      ';
  return [
    `    ${colour(head)}${place === '' ? '' : `  ${printable(place)}`}`,
    ...wrapped(printable(sentence), columns - indent.length).map((line) => indent + line),
    ...(origin === ''
      ? []
      : wrapped(printable(origin), columns - indent.length).map((line) => indent + paint.dim(line))),
  ];
}

/** The part of `diagnostics` that is not the sentence: the section before it, or the address in brackets after it. */
function sourceIn(diagnostics: string | undefined, sentence: string): string | undefined {
  return diagnostics?.replace(sentence, '').replace(/^ ?\(|: ?$|\)$/g, '');
}

function ruleOf(finding: Finding): string | undefined {
  return finding.details?.coding?.[0]?.code;
}

/** Breaks words into lines. A word that is longer than a line gets its own line. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function verdict(findings: readonly Finding[], paint: Palette): string {
  const count = (...severities: string[]) =>
    findings.filter(({ severity }) => severities.includes(severity)).length;
  const errors = count('fatal', 'error');
  const parts = [
    numbered(errors, 'error'),
    numbered(count('warning'), 'warning'),
    numbered(count('information'), 'remark'),
  ].filter((part) => part !== '');
  const mark = errors > 0 ? paint.error('✗ not valid') : paint.good('✓ valid');
  return `${mark}: ${parts.join(', ')}`;
}

function numbered(count: number, noun: string): string {
  if (count === 0) return '';
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Removes characters of a file's name or content that could control the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

function palette(colour: boolean): Palette {
  const paint =
    (code: number): Paint =>
    (text) =>
      colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    bold: paint(1),
    dim: paint(2),
    error: paint(31),
    warning: paint(33),
    information: paint(36),
    good: paint(32),
  };
}
