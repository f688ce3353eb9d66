/**
 * Writes `docs/rules.md`, the page of everything that is checked and repaired, from the definitions. It is for
 * suppliers who prepare a submission, and for reviewers who compare the checks with the guidance.
 */
import type { CommonDefinition, GuidanceDefinition } from '../../definitions/resource-definition';
import type { FailureCategory, IssueEntry } from '../../fhir/issue';
import type { DatatypeRepair, ElementRow, Repair, Rule, Severities } from '../../definitions/rule';

export interface RulesPageParts {
  guidance: readonly GuidanceDefinition[];
  common: CommonDefinition;
  /** The registry of issues, section by section. */
  sections: readonly { title: string; issues: Readonly<Record<string, IssueEntry>> }[];
  /** The HTTP status of each category of failure. */
  statusOf: Readonly<Record<FailureCategory, number>>;
}

const INTRODUCTION = `# Rules

Every id that an answer can contain: the checks of a submission, the repairs, and the other faults of a request.
This page is written by \`npm run docs:rules\` from the definitions in \`src/resources/\` and the
registry in \`src/definitions/issues/\`, and a test compares them.

- **Id** is the value of \`OperationOutcome.issue.details.coding.code\`. An id is never given to another rule.
- **Default** is the severity of a deviation without a \`Prefer\` header, and **Strict** is its severity with
  \`Prefer: handling=strict\`. With an error, the server refuses the whole submission. With a warning or an information,
  it does not. A dash (–) means no issue. If a rule has several severities, the table shows the usual one.
- **Status** is the HTTP status of a request that is refused with this issue. A dash (–) means that no request is
  refused. The severity is the usual one.
- **Source** is the section of the guidance, or the specification or profile.`;

export function rulesPage({ guidance, common, sections, statusOf }: RulesPageParts): string {
  const described = guidance.filter(({ elements, rules }) => elements.length + rules.length > 0);
  const excused = [common, ...guidance].flatMap((definition) => definition.excused ?? []);
  const repairs = [...guidance.flatMap((definition) => definition.repairs), ...common.repairs];
  return [
    INTRODUCTION,
    ...described.map(sectionOf),
    section('Every resource', RULE_HEADINGS, common.rules.map(ruleLine)),
    ...sections.map(({ title, issues }) =>
      section(title, ISSUE_HEADINGS, issueLines(issues, statusOf), PREFACES[title]),
    ),
    section(
      'Repairs',
      ['Id', 'What is repaired', 'Default', 'Strict', 'Register', 'Source'],
      [...repairs].sort(byNorm).map(repairLine),
      'Each repair gives one warning, with its place, and the server records the earlier value. The received bytes do not change. With strict handling each repair is an error, and nothing is repaired.',
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

const ISSUE_HEADINGS = ['Id', 'What must hold', 'Severity', 'Status', 'Source'];

/** The text before the table of a section of the registry. */
const PREFACES: Readonly<Record<string, string>> = {
  'R4 itself':
    'For every resource type. A deviation is an error, unless a rule or repair on this page covers it.',
  Profiles: 'For the profiles that a resource claims, if their package is loaded (`FHIR_PACKAGES`).',
};

function issueLines(
  issues: Readonly<Record<string, IssueEntry>>,
  statusOf: RulesPageParts['statusOf'],
): string[][] {
  return Object.entries(issues).map(([id, { claim, severity, category, source }]) => [
    code(id),
    claim,
    severity,
    category === undefined ? '–' : String(statusOf[category]),
    source,
  ]);
}

const RULE_HEADINGS = ['Id', 'What must hold', 'Default', 'Strict', 'Source'];

function sectionOf({ type, guidance, elements, rules }: GuidanceDefinition): string {
  const lines = [...elements.flatMap((row) => rowLines(type, row)), ...rules.map(ruleLine)];
  return section(guidance === undefined ? type : `${guidance} ${type}`, RULE_HEADINGS, lines);
}

/** One row of an element table can state up to four rules, each with its own severities. */
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

/** Escapes the vertical bar, which would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
