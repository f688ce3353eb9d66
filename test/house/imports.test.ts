/** Imports point down, neighbours keep to themselves, and nothing goes in a circle. @see docs/architecture.md */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, importsOf, isTest, root } from '../support/sources';

/** From the top down: a part may import from the layers below its own, and from itself. */
const layers: readonly (readonly string[])[] = [
  ['main', 'worker', 'app'],
  readdirSync(join(root, 'src', 'interfaces')).map((name) => `interfaces/${name}`),
  ['demo'],
  ['use-cases/submitting', 'use-cases/reading', 'use-cases/auditing', 'use-cases/forwarding'],
  ['use-cases/call'],
  ['engines/validation', 'engines/search', 'engines/store', 'engines/ledger', 'engines/access'],
  ['engines/indexing'],
  ['resources'],
  ['definitions', 'terminology'],
  ['fhir', 'platform', 'config'],
];
const layerOf = new Map(layers.flatMap((parts, layer) => parts.map((part) => [part, layer] as const)));

/** What the order of the layers forbids, and why it is allowed all the same. */
const alsoAllowed: Readonly<Record<string, readonly string[]>> = {
  // The command line is what starts the app.
  main: ['app'],
  worker: ['app'],
  app: [],
  'interfaces/cli': ['app'],
  // Pages are HTTP: the dispatcher of the API serves them.
  'interfaces/console': ['interfaces/http'],
  // An address is checked by those who read it.
  config: ['platform'],
  // Value sets and codes are what definitions are written with.
  definitions: ['terminology'],
};
/** The engines are handed the definitions: they cannot name a type. The demo takes the NEWS2 chart, to draw from it. */
const mayImportResources = new Set(['app', 'demo']);

const files = filesIn('src', '.ts').filter((path) => !isTest(path));
const known = new Set(files);
const graph = new Map(files.map((path) => [path, importsOf(path, known)]));

/** `src/interfaces/http/body.ts` belongs to the part `interfaces/http`, `src/app/check-settings.ts` to `app`. */
const partOf = (path: string): string => {
  const [first, second] = path.split('/').slice(1);
  const grouped = ['interfaces', 'use-cases', 'engines'].includes(first!);
  return grouped ? `${first}/${second}` : first!.replace(/\.ts$/, '');
};

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (to === 'resources') return mayImportResources.has(from);
  return alsoAllowed[from]?.includes(to) === true || layerOf.get(to)! > layerOf.get(from)!;
}

describe('every part of the code', () => {
  it('belongs to a layer', () => {
    expect([...new Set(files.map(partOf))].filter((part) => !layerOf.has(part))).toEqual([]);
  });

  it('imports only from the layers below', () => {
    const wrong = [...graph].flatMap(([path, imports]) =>
      imports.filter((each) => !mayImport(partOf(path), partOf(each))).map((each) => `${path} → ${each}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the imports', () => {
  it('go in no circle', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (path: string, trail: readonly string[]): void => {
      const at = trail.indexOf(path);
      if (at >= 0) circles.push([...trail.slice(at), path].join(' → '));
      if (at >= 0 || done.has(path)) return;
      for (const each of graph.get(path) ?? []) walk(each, [...trail, path]);
      done.add(path);
    };
    for (const path of files) walk(path, []);
    expect(circles).toEqual([]);
  });
});
