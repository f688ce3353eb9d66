/** The recipes of `docs/contributing.md`, as the page has them, and the files that following one makes. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { textOf } from '../support/sources';

export interface Recipe {
  /** `add a resource type` */
  name: string;
  steps: readonly Step[];
  /** What the page says to run. */
  commands: readonly string[];
}

interface Step {
  path: string;
  /** `diff`: a change of a file that is there; otherwise the whole of a new one. */
  kind: 'ts' | 'diff';
  text: string;
}

/** The sentence before a block names its file. */
const STEP = /`((?:src|test)\/[\w./-]+)`[^\n`]*:\n\n```(ts|diff)\n([\s\S]*?)^```$/gm;
const COMMANDS = /^```sh\n([\s\S]*?)^```$/gm;

export function readRecipes(): Recipe[] {
  const [, ...parts] = textOf('docs/contributing.md').split(/^## Recipe: /m);
  return parts.map((part) => {
    const steps = [...part.matchAll(STEP)].map(([, path, kind, text]): Step => ({
      path: path!,
      kind: kind as Step['kind'],
      text: text!,
    }));
    const blocks = part.match(/^```(ts|diff)$/gm)?.length ?? 0;
    const name = part.slice(0, part.indexOf('\n'));
    if (steps.length !== blocks) throw new Error(`${name}: a block has no file named before it`);
    const commands = [...part.matchAll(COMMANDS)].flatMap(([, block]) => block!.trim().split('\n'));
    return { name, steps, commands };
  });
}

/** The files that a person who follows it makes or changes. */
export const filesOf = ({ steps }: Recipe): string[] => [...new Set(steps.map(({ path }) => path))];

export function follow({ steps }: Recipe, root: string): void {
  for (const { path, kind, text } of steps) {
    const file = join(root, path);
    if (kind === 'ts') {
      if (existsSync(file)) throw new Error(`${path} is there already`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    } else {
      const hunks = text.split(/^@@\n/m);
      writeFileSync(
        file,
        hunks.reduce((before, hunk) => changed(before, hunk, path), readFileSync(file, 'utf8')),
      );
    }
  }
}

function changed(text: string, hunk: string, path: string): string {
  const lines = hunk.split('\n').slice(0, -1);
  const having = (sign: string): string =>
    lines
      .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = text.split(having('-'));
  if (parts.length !== 2)
    throw new Error(`${path} has these lines ${parts.length - 1} times, not once:\n${having('-')}`);
  return parts.join(having('+'));
}
