/** Imports point down, neighbours keep to themselves, and nothing goes in a circle. @see docs/architecture.md */
import { filesIn, importsOf, isTest } from '../support/sources';

/** From the top down: a room may import from the floors below its own, and from itself. */
const floors: readonly (readonly string[])[] = [
  ['main', 'app', 'cli'],
  ['demo'],
  ['http', 'mesh', 'console'],
  ['submission', 'reading', 'auditing'],
  ['validation', 'search', 'store', 'ledger', 'access'],
  ['indexing'],
  ['definitions', 'terminology'],
  ['fhir', 'platform', 'config'],
];
const floorOf = new Map(floors.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)));

/** What the rule of floors would allow or forbid, and why it is otherwise. */
const doors: Readonly<Record<string, readonly string[]>> = {
  // The top floor is one flat: the command line starts the app.
  main: ['cli'],
  cli: ['app', 'main'],
  // What the guidance says is data for the engines: it knows none of them.
  resources: ['definitions', 'terminology', 'fhir'],
  // An address is checked by those who read it.
  config: ['platform'],
  // Value sets and codes are what definitions speak of.
  definitions: ['terminology'],
};
const onlyTheApp = 'resources';
/** Those who may hand the definitions to the engines: the app, and the generator of demo data for its terms. */
const mayImportResources = new Set(['app', 'resources']);

const files = filesIn('src', '.ts').filter((path) => !isTest(path));
const known = new Set(files);
const graph = new Map(files.map((path) => [path, importsOf(path, known)]));

/** `src/http/body.ts` stands in the room `http`, `src/app.ts` in `app`. */
const roomOf = (path: string): string => path.split('/')[1]!.replace(/\.ts$/, '');

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (to === onlyTheApp) return mayImportResources.has(from);
  if (from === onlyTheApp) return doors[from]!.includes(to);
  return doors[from]?.includes(to) === true || floorOf.get(to)! > floorOf.get(from)!;
}

describe('every room', () => {
  it('stands on a floor', () => {
    const rooms = new Set(files.map(roomOf));
    expect([...rooms].filter((room) => room !== onlyTheApp && !floorOf.has(room))).toEqual([]);
  });

  it('imports only from the floors below', () => {
    const wrong = [...graph].flatMap(([path, imports]) =>
      imports.filter((each) => !mayImport(roomOf(path), roomOf(each))).map((each) => `${path} → ${each}`),
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
