/** The registry of issues: every id that is used is in it once, and every id in it is used. @see src/definitions/issues/ */
import ts from 'typescript';
import { issues, issueSections } from '../../src/definitions/issues';
import type { IssueEntry } from '../../src/fhir/issue';
import { statusOf } from '../../src/interfaces/http/status';
import { common, guidance } from '../../src/resources';
import { filesIn, isTest, textOf } from '../support/sources';

const entries: Readonly<Record<string, IssueEntry>> = issues;
const registered = Object.keys(entries);

const code = filesIn('src', '.ts')
  .filter((path) => !isTest(path))
  .filter((path) => !path.startsWith('src/definitions/issues/') && path !== 'src/fhir/issue-entries.ts')
  .map((path) => ts.createSourceFile(path, textOf(path), ts.ScriptTarget.ES2022, true));

function each(visit: (node: ts.Node, path: string) => void): void {
  for (const file of code) {
    const walk = (node: ts.Node): void => {
      visit(node, file.fileName);
      ts.forEachChild(node, walk);
    };
    walk(file);
  }
}

/** Every string in the code, those with a part to fill in as a pattern. */
const texts = new Set<string>();
const patterns = new Set<string>();
each((node) => {
  if (ts.isStringLiteralLike(node)) texts.add(node.text);
  if (ts.isTemplateExpression(node) && node.head.text === '' && node.templateSpans.length === 1)
    patterns.add(node.templateSpans[0]!.literal.text);
});

/** The `rule` and the `code` of each object that has both as plain strings. */
const written: { rule: string; code: string | undefined; category: string | undefined; at: string }[] = [];
each((node, path) => {
  if (!ts.isObjectLiteralExpression(node)) return;
  const text = (name: string): string | undefined => {
    const found = node.properties.find((each) => each.name?.getText() === name);
    return found && ts.isPropertyAssignment(found) && ts.isStringLiteralLike(found.initializer)
      ? found.initializer.text
      : undefined;
  };
  const rule = text('rule');
  if (rule === undefined) return;
  const call = node.parent;
  const [first] = ts.isCallExpression(call) ? call.arguments : [];
  const isFailure = first !== undefined && ts.isStringLiteralLike(first) && first.text in statusOf;
  written.push({
    rule,
    code: text('code'),
    category: isFailure ? first.text : undefined,
    at: path,
  });
});

describe('the registry of issues', () => {
  it('has every id that is written in the code', () => {
    expect(written.length).toBeGreaterThan(60);
    expect(written.filter(({ rule }) => !(rule in entries))).toEqual([]);
  });

  it('has no id that is not used', () => {
    const isUsed = (id: string): boolean =>
      texts.has(id) || [...patterns].some((ending) => ending.startsWith('-') && id.endsWith(ending));
    expect(registered.filter((id) => !isUsed(id))).toEqual([]);
  });

  it('has each id once, and none that a rule, row or repair has', () => {
    const all = issueSections.flatMap((section) => Object.keys(section.issues));
    const ofTheGuidance = [...guidance, common].flatMap((definition) => [
      ...definition.rules.map(({ id }) => id),
      ...definition.repairs.map(({ norm }) => norm),
      ...('elements' in definition ? definition.elements.map(({ id }) => id) : []),
    ]);
    expect(all.filter((id, index) => all.indexOf(id) !== index || ofTheGuidance.includes(id))).toEqual([]);
    expect(all.sort()).toEqual([...registered].sort());
  });

  it('says of each what must hold, in one sentence, and where that comes from', () => {
    const mute = registered.filter((id) => {
      const { claim, source } = entries[id]!;
      return !/^[A-Z_$].*[^.]\.$/.test(claim) || !/^(?:https?:|docs\/|RFC \d|FHIR )/.test(source);
    });
    expect(mute).toEqual([]);
  });

  it('has the code of each as the code has it', () => {
    const usual = new Map<string, Set<string>>();
    for (const { rule, code: given } of written)
      if (given !== undefined) usual.set(rule, (usual.get(rule) ?? new Set()).add(given));
    expect([...usual].filter(([rule, codes]) => !codes.has(entries[rule]!.code))).toEqual([]);
  });

  it('has the category in which each is refused', () => {
    const others = written.filter(
      ({ rule, category }) => category !== undefined && entries[rule]!.category !== category,
    );
    expect(others).toEqual([]);
  });
});

describe('the status of a failure', () => {
  it('is nowhere in the path of a submission: it is in the table of HTTP', () => {
    const statuses = new Set(Object.values(statusOf).filter((status) => status < 500));
    const found: string[] = [];
    each((node, path) => {
      if (!path.startsWith('src/use-cases/submitting/') || !ts.isNumericLiteral(node)) return;
      if (statuses.has(Number(node.text))) found.push(`${path}: ${node.text}`);
    });
    expect(found).toEqual([]);
  });
});
