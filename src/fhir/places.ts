/**
 * Finds the lines of a JSON or XML text that FHIRPath expressions name, such as `Bundle.entry[2].resource.status`. For
 * people who look for a fault in what they sent.
 */
import { visit } from 'jsonc-parser';
import { SaxesParser } from 'saxes';

/** The line of an element, from 1; of its nearest parent where the element itself is not there. */
export type LineOf = (expression: string | undefined) => number | undefined;

/** Bounds for texts that are no FHIR: what is deeper, or comes after so many elements, has the line of its parent. */
const DEEPEST = 64;
const MOST_ELEMENTS = 300_000;
/** The reader of JSON calls itself for each level. */
const MOST_NESTED = 1_000;

/** What comes after has no lines. */
class EnoughRead extends Error {}

/** A text that is not well-formed has the lines up to its fault. */
export function linesOfElements(text: string, format: 'json' | 'xml'): LineOf {
  const lines = format === 'xml' ? linesInXml(text) : linesInJson(text);
  return (expression) => {
    if (expression === undefined) return undefined;
    for (let place = keyOf(expression); place !== ''; place = parentOf(place)) {
      const line = lines.get(place);
      if (line !== undefined) return line;
    }
    return lines.get('');
  };
}

/** Without the root and without `[0]`, which a single element and the first of several share. */
function keyOf(expression: string): string {
  return expression
    .replace(/^[A-Z]\w*\.?/, '')
    .replace(/\.where\([^)]*\)|\.extension\([^)]*\)|\.ofType\([^)]*\)/g, '')
    .replaceAll('[0]', '')
    .replaceAll('.value[x]', '.value');
}

const parentOf = (place: string): string => {
  const dot = Math.max(place.lastIndexOf('.'), place.lastIndexOf('['));
  return dot < 0 ? '' : place.slice(0, dot);
};

type Lines = Map<string, number>;

/** The first line of an element counts: a choice (`valueQuantity`) is also found as `value`. */
function note(lines: Lines, place: string, line: number): void {
  if (!lines.has(place)) lines.set(place, line);
}

function linesInJson(text: string): Lines {
  const lines: Lines = new Map([['', 1]]);
  const keep = (path: readonly (string | number)[], line: number): void => {
    const place = path.reduce<string>(
      (before, part) =>
        typeof part === 'number'
          ? part === 0
            ? before
            : `${before}[${part}]`
          : before === ''
            ? part
            : `${before}.${part}`,
      '',
    );
    note(lines, place, line + 1);
  };
  type At = [
    offset: number,
    length: number,
    line: number,
    character: number,
    path: () => (string | number)[],
  ];
  let elements = 0;
  let depth = 0;
  const found = (path: () => (string | number)[], name: readonly string[], line: number): void => {
    elements += 1;
    if (elements > MOST_ELEMENTS) throw new EnoughRead();
    if (depth <= DEEPEST) keep([...path(), ...name], line);
  };
  const begin = (): void => {
    depth += 1;
    if (depth > MOST_NESTED) throw new EnoughRead();
  };
  const end = (): void => void (depth -= 1);
  try {
    visit(text, {
      onObjectProperty: (name, ...[, , line, , path]: At) => found(path, [name], line),
      onObjectBegin: (...[, , line, , path]: At) => {
        begin();
        found(path, [], line);
      },
      onObjectEnd: end,
      onArrayBegin: begin,
      onArrayEnd: end,
      onLiteralValue: (_value, ...[, , line, , path]: At) => found(path, [], line),
    });
  } catch (error) {
    if (!(error instanceof EnoughRead)) throw error;
  }
  return lines;
}

interface Open {
  place: string;
  name: string;
  seen: Map<string, number>;
}

/** Elements that hold a resource: the element inside is named by its type, which is not part of the path. */
const HOLDERS = new Set(['resource', 'contained', 'outcome']);

function linesInXml(text: string): Lines {
  const lines: Lines = new Map([['', 1]]);
  const parser = new SaxesParser({ xmlns: false });
  const open: Open[] = [];
  let elements = 0;
  parser.on('error', () => undefined);
  parser.on('opentagstart', ({ name }) => {
    const parent = open.at(-1);
    elements += 1;
    if (elements > MOST_ELEMENTS) throw new EnoughRead();
    if (parent && open.length > DEEPEST) {
      open.push(parent);
      return;
    }
    if (!parent || (HOLDERS.has(parent.name) && /^[A-Z]/.test(name))) {
      open.push({ place: parent?.place ?? '', name, seen: new Map() });
      return;
    }
    const count = parent.seen.get(name) ?? 0;
    parent.seen.set(name, count + 1);
    const own = count === 0 ? name : `${name}[${count}]`;
    const place = parent.place === '' ? own : `${parent.place}.${own}`;
    note(lines, place, parser.line);
    open.push({ place, name, seen: new Map() });
  });
  parser.on('closetag', () => void open.pop());
  try {
    parser.write(text).close();
  } catch {
    // What comes after a fault has no lines.
  }
  return lines;
}
