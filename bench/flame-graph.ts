/**
 * `npm run bench:flame -- PROFILE SVG`: a flame graph of a CPU profile that `--profile` left. The width of a box is its
 * share of the busy time; the functions that it calls are above it. Starting, and waiting for work, are left out.
 * @see https://www.brendangregg.com/flamegraphs.html
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface CallFrame {
  functionName: string;
  url: string;
  /** From 0. */
  lineNumber: number;
}

/** What V8 writes. */
export interface CpuProfile {
  nodes: readonly { id: number; callFrame: CallFrame; children?: readonly number[] }[];
  samples: readonly number[];
  /** Microseconds before each sample. */
  timeDeltas: readonly number[];
}

/** A function on a path of calls, with all that it called. */
export interface Frame {
  name: string;
  microseconds: number;
  calls: Map<string, Frame>;
}

/** Loading and compiling the code, and what is no work. */
const LEFT_OUT = /^(?:\(idle\)|\(program\)|Module\.|require|wrapSafe|transformSync)/;
/** Node.js's own frames below every function of the server. */
const PLUMBING = /^(?:\(root\)|processTicksAndRejections|runMicrotasks)$/;

/** Joins equal paths of calls. */
export function framesOf({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const root: Frame = { name: 'all', microseconds: 0, calls: new Map() };
  const time = new Map<number, number>();
  samples.forEach((id, index) => time.set(id, (time.get(id) ?? 0) + (timeDeltas[index] ?? 0)));
  for (const [leaf, microseconds] of time) {
    const path: CallFrame[] = [];
    for (let id: number | undefined = leaf; id !== undefined; id = callers.get(id)) {
      const node = byId.get(id);
      if (node) path.unshift(node.callFrame);
    }
    if (path.some(({ functionName }) => LEFT_OUT.test(functionName))) continue;
    root.microseconds += microseconds;
    let frame = root;
    for (const call of path.filter(({ functionName }) => !PLUMBING.test(functionName))) {
      const name = nameOf(call);
      let next = frame.calls.get(name);
      if (!next) frame.calls.set(name, (next = { name, microseconds: 0, calls: new Map() }));
      next.microseconds += microseconds;
      frame = next;
    }
  }
  return root;
}

/** `parseJson src/fhir/json.ts:24`: the file without the folder of the installation. */
function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = /(?:^|\/)((?:src|bench|node_modules)\/.*)$/.exec(url)?.[1] ?? /^node:.*$/.exec(url)?.[0];
  return file === undefined ? name : `${name} ${file}:${lineNumber + 1}`;
}

const WIDTH = 1200;
const ROW = 16;
/** Narrower boxes are left out, with what is above them. */
const NARROWEST = 1.5;
const CHARACTER = 6.2;

export function flameGraph(root: Frame, title: string): string {
  const boxes: string[] = [];
  const scale = WIDTH / Math.max(1, root.microseconds);
  let deepest = 0;
  const draw = (frame: Frame, left: number, depth: number): void => {
    const width = frame.microseconds * scale;
    if (width < NARROWEST) return;
    deepest = Math.max(deepest, depth);
    boxes.push(boxOf(frame, { left, width, depth, share: frame.microseconds / root.microseconds }));
    let place = left;
    for (const call of [...frame.calls.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      draw(call, place, depth + 1);
      place += call.microseconds * scale;
    }
  };
  draw(root, 0, 0);
  const height = (deepest + 3) * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10">`,
    `<title>${escaped(title)}</title><rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="4" y="14" font-size="13">${escaped(title)}</text>`,
    `<g transform="translate(0 ${height - ROW})">`,
    ...boxes,
    '</g></svg>\n',
  ].join('\n');
}

function boxOf(
  { name }: Frame,
  { left, width, depth, share }: { left: number; width: number; depth: number; share: number },
): string {
  const most = Math.floor((width - 4) / CHARACTER);
  const short = name.length <= most ? name : `${name.slice(0, most - 1)}…`;
  const text =
    most < 4 ? '' : `<text x="${(left + 2).toFixed(1)}" y="${-depth * ROW + 11}">${escaped(short)}</text>`;
  return (
    `<g><title>${escaped(name)}: ${(share * 100).toFixed(1)}%</title>` +
    `<rect x="${left.toFixed(1)}" y="${-depth * ROW}" width="${(width - 0.4).toFixed(1)}" height="${ROW - 1}" fill="${colourOf(name)}"/>${text}</g>`
  );
}

/** The server's own code, that of libraries, and that of Node.js and V8. */
function colourOf(name: string): string {
  if (name.includes(' src/')) return '#f3b562';
  return name.includes(' node_modules/') ? '#9cc5a1' : '#c3c9d6';
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

if (require.main === module) {
  const [profile, svg] = process.argv.slice(2);
  if (profile === undefined || svg === undefined) {
    console.error('npm run bench:flame -- PROFILE SVG');
    process.exit(64);
  }
  const read = JSON.parse(readFileSync(profile, 'utf8')) as CpuProfile;
  writeFileSync(svg, flameGraph(framesOf(read), 'CPU time of the server while it stores summaries'));
}
