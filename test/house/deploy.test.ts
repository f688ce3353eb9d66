/**
 * The alert rules and the dashboard in `deploy/` use metrics and labels that the server has, and each alert has a
 * section in docs/runbook.md. The names come from the list of metrics, and those of the process from a real answer.
 */
import { load } from 'js-yaml';
import { openMetrics } from '../../src/platform/metrics/metrics';
import { ownMetrics, type OwnMetric } from '../../src/platform/metrics/own-metrics';
import { textOf } from '../support/sources';

interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const rules = load(textOf('deploy/prometheus/homeward-alerts.yml')) as { groups: { rules: Alert[] }[] };
const alerts = rules.groups.flatMap((group) => group.rules);

interface Panel {
  title: string;
  targets?: { expr: string }[];
}
const dashboard = JSON.parse(textOf('deploy/grafana/homeward.json')) as {
  panels: Panel[];
  templating: { list: { query: string }[] };
};
const questions = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '5m')] as const),
);

/** The names of series with their labels: those that Prometheus adds, ours, and those of the process. */
async function knownSeries(): Promise<Map<string, ReadonlySet<string>>> {
  const added = ['instance', 'job'];
  const known = new Map<string, ReadonlySet<string>>([['up', new Set(added)]]);
  for (const [name, metric] of Object.entries<OwnMetric>(ownMetrics)) {
    const labels = [...metric.labels, ...added];
    if (metric.kind !== 'histogram') known.set(name, new Set(labels));
    else
      for (const part of ['_bucket', '_sum', '_count'])
        known.set(`${name}${part}`, new Set(part === '_bucket' ? [...labels, 'le'] : labels));
  }
  for (const [, name = ''] of (await openMetrics().text()).matchAll(/^# TYPE (\S+)/gm))
    if (!known.has(name)) known.set(name, new Set(added));
  return known;
}

/** The selectors of an expression: the name of each series, and the labels that it is chosen by. */
async function selectorsOf(expression: string): Promise<{ name: string; labels: string[] }[]> {
  // The types of this package are those of an ES module.
  const { parser } = await import('@prometheus-io/lezer-promql');
  const found: { name: string; labels: string[] }[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      if (type.name !== 'VectorSelector') return;
      const labels: string[] = [];
      node.toTree().iterate({
        enter: (inner) => {
          if (inner.type.name === 'LabelName')
            labels.push(expression.slice(from + inner.from, from + inner.to));
        },
      });
      found.push({ name: /^\w+/.exec(expression.slice(from, to))![0], labels });
    },
  });
  return found;
}

/** The labels that an expression groups by. */
const groupedBy = (expression: string): string[] =>
  [...expression.matchAll(/\b(?:by|ignoring|on) ?\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/, */),
  );

describe.each([
  ...alerts.map(({ alert, expr }) => [`the alert ${alert}`, expr] as const),
  ...questions.map(([title, expr]) => [`the panel “${title}”`, expr] as const),
])('%s', (_name, expr) => {
  it('uses metrics and labels that the server has', async () => {
    const known = await knownSeries();
    const selectors = await selectorsOf(expr);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { name, labels } of selectors) {
      expect([name, known.has(name)]).toEqual([name, true]);
      for (const label of labels) expect([...known.get(name)!]).toContain(label);
    }
    const all = new Set(selectors.flatMap(({ name }) => [...known.get(name)!]));
    for (const label of groupedBy(expr)) expect([...all]).toContain(label);
  });
});

describe('every alert', () => {
  const runbook = textOf('docs/runbook.md');

  it('has a section in docs/runbook.md that says what it means and what to do', () => {
    const sections = new Map(
      runbook.split(/^## /m).map((section) => [section.split('\n')[0]!, section] as const),
    );
    for (const { alert } of alerts) {
      expect(sections.get(alert) ?? `${alert} is missing`).toMatch(
        /\*\*Meaning\.\*\*[^]*\*\*What to do\.\*\*/,
      );
    }
    const others = [...sections.keys()].filter((name) => name.startsWith('Homeward'));
    expect(others.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it('links to it, and says how urgent it is', () => {
    for (const { alert, annotations, labels } of alerts) {
      expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(['page', 'ticket', 'info']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\.$/);
    }
  });
});

describe('docs/metrics.md', () => {
  it('has a line for each metric', () => {
    const page = textOf('docs/metrics.md');
    const listed = [...page.matchAll(/^\| `(homeward_\w+)`/gm)].map(([, name]) => name!);
    expect(listed.sort()).toEqual(Object.keys(ownMetrics).sort());
  });
});

describe('every metric', () => {
  it('is on the dashboard', () => {
    const asked = JSON.stringify(dashboard);
    for (const name of Object.keys(ownMetrics)) expect(asked).toContain(name);
  });
});
