/**
 * R4's definitions as the fuzz run reads them: from the raw rows of `definitions.json`, by code of its own. Nothing of
 * `src/` that reads the same rows is used, so that a mistake made there is not made here as well.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Element {
  /** As JSON names it: `valueQuantity`. */
  json: string;
  /** As the definition names it: `value[x]`. */
  name: string;
  /** A primitive, complex or resource type, or the path of a backbone. */
  type: string;
  targets: readonly string[] | undefined;
  min: number;
  max: number;
  required: string | undefined;
}

interface Row {
  n: string;
  t?: string[];
  r?: string;
  min?: number;
  max?: number | '*';
  b?: [string, string];
  c?: number[];
}
interface TypeRow {
  kind: 'primitive' | 'complex' | 'resource' | 'backbone';
  abstract?: boolean;
  base?: string;
  pattern?: string;
  c?: number[];
  elements?: Row[];
}

const file = join(__dirname, '..', '..', 'src', 'fhir', 'r4', 'definitions.json');
const raw = JSON.parse(readFileSync(file, 'utf8')) as {
  types: Record<string, TypeRow>;
  constraints: [string, string, string][];
  valueSets: Record<string, Record<string, string>>;
  codeSystems: Record<string, string>;
};

export const typeNames: readonly string[] = Object.keys(raw.types);

export function kindOf(type: string): TypeRow['kind'] | undefined {
  return raw.types[type]?.kind;
}

export const concreteResources: readonly string[] = typeNames.filter(
  (name) => raw.types[name]?.kind === 'resource' && raw.types[name].abstract !== true,
);

/** The rows of a type and of what it is derived from, with the path that each is defined at. */
function rowsOf(type: string): { owner: string; row: Row }[] {
  const found = raw.types[type];
  if (!found || found.kind === 'primitive') return [];
  const inherited = found.base === undefined ? [] : rowsOf(found.base);
  return [...inherited, ...(found.elements ?? []).map((row) => ({ owner: type, row }))];
}

const elementTables = new Map<string, ReadonlyMap<string, Element>>();

/** By JSON name. */
export function elementsOf(type: string): ReadonlyMap<string, Element> {
  const known = elementTables.get(type);
  if (known) return known;
  const table = new Map<string, Element>();
  for (const { owner, row } of rowsOf(type)) {
    const common = {
      name: row.n,
      min: row.min ?? 0,
      max: row.max === '*' ? Infinity : (row.max ?? 1),
      required: row.b?.[0] === 'required' ? row.b[1] : undefined,
    };
    const isChoice = row.n.endsWith('[x]');
    if (!row.t) {
      const inner = row.r ?? `${owner}.${row.n}`;
      table.set(row.n, { ...common, json: row.n, type: inner, targets: undefined });
    }
    for (const text of row.t ?? []) {
      const [, code = '', inside] = /^([^(]+)(?:\((.*)\))?$/.exec(text) ?? [];
      const json = isChoice ? row.n.slice(0, -3) + code[0]!.toUpperCase() + code.slice(1) : row.n;
      const targets = code === 'Reference' && inside !== undefined ? inside.split('|') : undefined;
      table.set(json, { ...common, json, type: code, targets });
    }
  }
  elementTables.set(type, table);
  return table;
}

/** The invariants that hold of a type, those of its bases included: `[key, expression]`. */
export function invariantsOfType(type: string): (readonly [string, string])[] {
  const row = raw.types[type];
  if (!row) return [];
  return [...(row.base === undefined ? [] : invariantsOfType(row.base)), ...constraintsAt(row.c)];
}

/** The invariants that are stated at the elements of a type: by the name of the element. */
export function invariantsOfElements(type: string): Map<string, (readonly [string, string])[]> {
  const found = new Map<string, (readonly [string, string])[]>();
  for (const { row } of rowsOf(type)) if (row.c) found.set(row.n, constraintsAt(row.c));
  return found;
}

function constraintsAt(indexes: readonly number[] = []): (readonly [string, string])[] {
  return indexes.map((index) => [raw.constraints[index]![0], raw.constraints[index]![2]] as const);
}

/** The published pattern of a primitive, or of the type that it is derived from. */
export function patternOf(type: string): RegExp | undefined {
  const row = raw.types[type];
  if (!row) return undefined;
  if (row.pattern === undefined) return row.base === undefined ? undefined : patternOf(row.base);
  return new RegExp(`^(?:${row.pattern})$`);
}

/** `system|code` of every code of a value set; undefined where it cannot be listed. */
export function codesOf(valueSet: string): Map<string, ReadonlySet<string>> | undefined {
  const row = raw.valueSets[valueSet];
  if (!row) return undefined;
  return new Map(
    Object.entries(row).map(([system, text]) => [
      system,
      new Set((text === '*' ? (raw.codeSystems[system] ?? '') : text).split(' ')),
    ]),
  );
}
