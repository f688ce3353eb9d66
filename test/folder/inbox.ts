/** An inbox folder for a test: files put in as a sender would, and what became of them. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestInbox {
  path: string;
  /** Writes `RR8/a.json` under another name, and renames it into `in/`. */
  put(name: string, content: Buffer | string): void;
  at(...path: string[]): string;
  has(...path: string[]): boolean;
  /** The outcome beside a file. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what is there, whatever it is
  outcome(...path: string[]): any;
  /** Files of `done`, `refused` or `failed`, without the outcomes: `RR8/a.json`. */
  files(folder: string): string[];
  remove(): void;
}

export function testInbox(): TestInbox {
  const path = mkdtempSync(join(tmpdir(), 'homeward-inbox-'));
  const at = (...parts: string[]): string => join(path, ...parts);
  const files = (folder: string): string[] =>
    (existsSync(at(folder)) ? readdirSync(at(folder)) : []).flatMap((ods) =>
      ods.startsWith('.')
        ? []
        : readdirSync(at(folder, ods))
            .filter((name) => !name.endsWith('.outcome.json') && !name.startsWith('.'))
            .map((name) => `${ods}/${name}`),
    );
  return {
    path,
    at,
    files,
    put: (name, content) => {
      const target = at('in', name);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(`${target}.part`, content);
      renameSync(`${target}.part`, target);
    },
    has: (...parts) => existsSync(at(...parts)),
    outcome: (...parts) => JSON.parse(readFileSync(`${at(...parts)}.outcome.json`, 'utf8')) as unknown,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export async function until(holds: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  for (const deadline = Date.now() + seconds * 1_000; !(await holds()); await sleep(50))
    if (Date.now() > deadline) throw new Error('it did not come to hold');
}
