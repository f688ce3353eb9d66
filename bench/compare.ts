/**
 * Compares a run with an earlier one, figure by figure: better, worse, or the same. What two runs on one machine differ
 * by without any change is noise, and counts as the same: CPU time differs less than throughput and waiting do, so each
 * kind of figure has a bound of its own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Verdict = 'better' | 'same' | 'worse';

export interface Compared {
  /** Such as `ingest.submitting.16 senders.server.cpu.server`. */
  figure: string;
  before: number;
  now: number;
  /** `now` to `before`. */
  ratio: number;
  verdict: Verdict;
}

interface Kind {
  pattern: RegExp;
  isBetter: 'higher' | 'lower';
  /** The share by which two runs of the same code may differ. */
  noise: number;
}

/** Figures that no kind describes (counts, sizes, what the machine is) are not compared. */
const KINDS: readonly Kind[] = [
  { pattern: /\.cpu\.(?:server|database)$/, isBetter: 'lower', noise: 0.15 },
  { pattern: /^validate\.(?:decode|repairAndValidate|both)$/, isBetter: 'lower', noise: 0.1 },
  {
    pattern: /\.(?:ofCeiling|ofLeanest|(?:cpuO|o)fBare(?:Audited)?|share)$/,
    isBetter: 'higher',
    noise: 0.15,
  },
  { pattern: /\.p(?:50|95)Ratio$/, isBetter: 'lower', noise: 0.15 },
  { pattern: /^growth\..*\.pages$/, isBetter: 'lower', noise: 0.2 },
  { pattern: /\.perSecond$/, isBetter: 'higher', noise: 0.3 },
  { pattern: /\.p(?:50|95|99)$/, isBetter: 'lower', noise: 0.5 },
];

/** @param before,now results as `--json` writes them */
export function compareResults(before: unknown, now: unknown): Compared[] {
  const earlier = figuresOf(before);
  const compared: Compared[] = [];
  for (const [figure, value] of figuresOf(now)) {
    const kind = KINDS.find(({ pattern }) => pattern.test(figure));
    const old = earlier.get(figure);
    // What PostgreSQL alone and a bare route do is measured too, but it is no figure of the server.
    if (!kind || old === undefined || !(old > 0) || /\.(?:ceiling|leanest|bare|bareAudited)\./.test(figure))
      continue;
    const ratio = value / old;
    compared.push({ figure, before: old, now: value, ratio, verdict: verdictOf(ratio, kind) });
  }
  return compared;
}

function verdictOf(ratio: number, { isBetter, noise }: Kind): Verdict {
  const gain = isBetter === 'higher' ? ratio : 1 / ratio;
  if (gain > 1 + noise) return 'better';
  return gain < 1 / (1 + noise) ? 'worse' : 'same';
}

/** Every number with its path. An item of a list is named by what it measured, so that lists may differ in order. */
function figuresOf(value: unknown, path = '', figures = new Map<string, number>()): Map<string, number> {
  if (typeof value === 'number') figures.set(path, value);
  if (typeof value !== 'object' || value === null) return figures;
  for (const [key, item] of Object.entries(value)) {
    const name = Array.isArray(value) ? nameOf(item, key) : key;
    figuresOf(item, path === '' ? name : `${path}.${name}`, figures);
  }
  return figures;
}

function nameOf(item: unknown, index: string): string {
  const { name, path, senders, readers, stays } = item as Record<string, unknown>;
  const parts = [
    name ?? path,
    typeof stays === 'number' ? `${stays} stays` : undefined,
    senders === undefined ? undefined : `${String(senders)} senders`,
    readers === undefined ? undefined : `${String(readers)} readers`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? index : parts.map(String).join(', ');
}

/** The newest of the kept results of a run like this, whose names begin with their dates; undefined if there is none. */
export function lastResult(folder: string, options: object): string | undefined {
  const names = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.json'));
  const wanted = JSON.stringify(options);
  return names
    .sort()
    .reverse()
    .map((name) => join(folder, name))
    .find((file) => {
      const kept = JSON.parse(readFileSync(file, 'utf8')) as { options?: object };
      return JSON.stringify(kept.options) === wanted;
    });
}
