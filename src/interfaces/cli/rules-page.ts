/**
 * Writes `docs/rules.md`, the page of everything that is checked and repaired, from the definitions themselves: for a
 * supplier who wants to know beforehand, and for a reviewer who holds it against the guidance.
 */
import type { CommonDefinition, GuidanceDefinition } from '../../definitions/resource-definition';
import type { DatatypeRepair, ElementRow, Repair, Rule, Severities } from '../../definitions/rule';

export interface RulesPageParts {
  guidance: readonly GuidanceDefinition[];
  common: CommonDefinition;
  structure: readonly { id: string; claim: string; source: string }[];
}

const INTRODUCTION = `# Rules

Everything that a submission is checked for, and what is mended on the way in. This page is written by
\`npm run docs:rules\` from the definitions in \`src/resources/\`, and a test holds it to them.

- **Id** is what stands in \`OperationOutcome.issue.details.coding.code\`. An id is never given to another rule.
- **Default** is how severe a deviation is for a sender that asked for nothing, **strict** under
  \`Prefer: handling=strict\`. An error refuses the whole submission; a warning or information does not; – is silence.
  Where a rule meets cases of different weight, the usual one is shown.
- **Source** is the section of the guidance, or the specification or profile.`;

export function rulesPage({ guidance, common, structure }: RulesPageParts): string {
  const described = guidance.filter(({ elements, rules }) => elements.length + rules.length > 0);
  const excused = [common, ...guidance].flatMap((definition) => definition.excused ?? []);
  const repairs = [...guidance.flatMap((definition) => definition.repairs), ...common.repairs];
  return [
    INTRODUCTION,
    ...described.map(sectionOf),
    section('Every resource', RULE_HEADINGS, common.rules.map(ruleLine)),
    section(
      'R4 itself',
      ['Id', 'What must hold', 'Source'],
      structure.map(({ id, claim, source }) => [code(id), claim, source]),
      'Of every resource type. A deviation is an error, unless a rule or repair of this page speaks of it.',
    ),
    section(
      'Repairs',
      ['Id', 'What is mended', 'Default', 'Strict', 'Register', 'Source'],
      [...repairs].sort(byNorm).map(repairLine),
      'Each gives one warning at its place and a record of what stood there before. The bytes received stay as they came. Under strict handling each is an error, and nothing is changed.',
    ),
    section(
      'Rows of the guidance without a rule',
      ['Id', 'Why'],
      excused.map(({ id, reason }) => [code(id), reason]),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

const RULE_HEADINGS = ['Id', 'What must hold', 'Default', 'Strict', 'Source'];

function sectionOf({ type, guidance, elements, rules }: GuidanceDefinition): string {
  const lines = [...elements.flatMap((row) => rowLines(type, row)), ...rules.map(ruleLine)];
  return section(guidance === undefined ? type : `${guidance} ${type}`, RULE_HEADINGS, lines);
}

/** A row of an element table says up to four things, each with its own severities. */
function rowLines(type: string, row: ElementRow): string[][] {
  const name = `\`${type}.${row.path}\``;
  const line = (claim: string, severities?: Severities): string[] => [
    code(row.id),
    claim,
    ...severityCells(severities),
    row.guidance,
  ];
  const lines: string[][] = [];
  if (row.absent)
    lines.push(
      line(`${name} is there${atLeast(row)} (${row.optionality.replaceAll('-', ' ')}).`, row.absent),
    );
  if (row.excess) lines.push(line(`${name} is there at most ${row.max} times.`, row.excess));
  if (row.fixed) lines.push(line(`${name} is \`${row.fixed.value}\`.`, row.fixed.otherwise));
  if (row.codes)
    lines.push(line(`${name} is one of ${row.codes.values.map(code).join(', ')}.`, row.codes.otherwise));
  return lines.length > 0 ? lines : [line(`${name} may be there (${row.optionality.replaceAll('-', ' ')}).`)];
}

function atLeast({ min }: ElementRow): string {
  return min !== undefined && min > 1 ? ` at least ${min} times` : '';
}

function ruleLine({ id, claim, severity, guidance }: Rule): string[] {
  return [code(id), claim, ...severityCells(severity), guidance];
}

function repairLine({ norm, claim, defect, guidance }: Repair | DatatypeRepair): string[] {
  return [code(norm), claim, 'warning', 'error', defect, guidance];
}

function byNorm(a: { norm: string }, b: { norm: string }): number {
  return a.norm < b.norm ? -1 : a.norm > b.norm ? 1 : 0;
}

function severityCells(severities?: Severities): [string, string] {
  return [severities?.default ?? '–', severities?.strict ?? '–'];
}

function section(
  title: string,
  headings: readonly string[],
  lines: readonly string[][],
  preface?: string,
): string {
  const rows = [headings, headings.map(() => '---'), ...lines].map(
    (cells) => `| ${cells.map(cell).join(' | ')} |`,
  );
  return [`## ${title}`, ...(preface === undefined ? [] : [preface]), rows.join('\n')].join('\n\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
