/**
 * Counts work instead of measuring time: each element that a list, set or map hands out or compares, each character
 * that a text or a regular expression looks through. So the square shows with some hundred elements, on any machine.
 */

const originalIndexOf = String.prototype.indexOf;

type Method = (this: unknown, ...args: unknown[]) => unknown;

let count = 0;
/** The count at which it is next asked who does the work; never, unless asked for. */
let nextSample = Infinity;
const samples = new Map<string, number>();
const STEP = 5_003;

/** Adds to the count, and now and then looks who asked. */
function add(amount: number): void {
  count += amount;
  if (count < nextSample) return;
  const times = Math.ceil((count - nextSample) / STEP) || 1;
  // What it takes to look is no work of the program.
  nextSample = Infinity;
  const before = count;
  const lines = (new Error().stack ?? '')
    .split('\n')
    .slice(2)
    .filter((line) => !line.includes('count-work'))
    .map((line) =>
      line
        .trim()
        .replace(/^at /, '')
        .replace(/\(.*\/(src|node_modules)\//, '($1/'),
    )
    .slice(0, 4)
    .join(' < ');
  samples.set(lines, (samples.get(lines) ?? 0) + times);
  count = before;
  nextSample = count + STEP;
}

export function who(most = 8): string {
  return [...samples]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([lines, times]) => `${times} ${lines}`)
    .join('\n    ');
}

/** Those that call back count each call; those that compare count what they compared. */
const CALLING = [
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'some',
  'every',
  'filter',
  'map',
  'flatMap',
  'forEach',
  'reduce',
];
const COMPARING = ['includes', 'indexOf'];
const COPYING = ['join', 'slice', 'concat', 'flat', 'toSorted', 'reverse', 'shift', 'unshift', 'splice'];
const READING = [
  'split',
  'replace',
  'replaceAll',
  'match',
  'matchAll',
  'trim',
  'trimEnd',
  'trimStart',
  'toLowerCase',
  'toUpperCase',
  'normalize',
  'localeCompare',
];

const undone: (() => void)[] = [];

function patch(owner: object, name: string | symbol, make: (was: Method) => Method): void {
  const was = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof was?.value !== 'function') return;
  Object.defineProperty(owner, name, { ...was, value: make(was.value as Method) });
  undone.push(() => Object.defineProperty(owner, name, was));
}

function counting(was: Method): Method {
  return function (this: unknown, callback, ...rest) {
    if (typeof callback !== 'function') return was.call(this, callback, ...rest);
    const counted = function (this: unknown, ...args: unknown[]): unknown {
      add(1);
      return (callback as Method).apply(this, args);
    };
    return was.call(this, counted, ...rest);
  };
}

/** An iterator that counts each step. */
function stepping(was: Method): Method {
  return function (this: unknown, ...args) {
    const inner = was.apply(this, args) as IterableIterator<unknown>;
    const outer: IterableIterator<unknown> = {
      next() {
        add(1);
        return inner.next();
      },
      [Symbol.iterator]() {
        return outer;
      },
    };
    return Object.setPrototypeOf(outer, Object.getPrototypeOf(Object.getPrototypeOf(inner))) as unknown;
  };
}

const ofLength = (was: Method): Method =>
  function (this: unknown, ...args) {
    add((this as { length: number }).length);
    return was.apply(this, args);
  };

function startCounting(): void {
  for (const name of CALLING) patch(Array.prototype, name, counting);
  for (const name of COMPARING)
    patch(
      Array.prototype,
      name,
      () =>
        function (this: unknown, wanted, from) {
          const list = this as unknown[];
          let at = (from as number | undefined) ?? 0;
          while (at < list.length && !Object.is(list[at], wanted)) at += 1;
          add(at);
          const found = at < list.length ? at : -1;
          return name === 'includes' ? found >= 0 : found;
        },
    );
  for (const name of COPYING) patch(Array.prototype, name, ofLength);
  for (const name of [Symbol.iterator, 'entries', 'keys', 'values']) {
    patch(Array.prototype, name, stepping);
    patch(Set.prototype, name, stepping);
    patch(Map.prototype, name, stepping);
  }
  for (const owner of [Set.prototype, Map.prototype]) patch(owner, 'forEach', counting);
  for (const name of ['indexOf', 'includes'])
    patch(
      String.prototype,
      name,
      (was) =>
        function (this: unknown, ...args) {
          const from = Number(args[1] ?? 0);
          const at = originalIndexOf.call(this, args[0] as string, from) as number;
          add((at < 0 ? (this as string).length : at + 1) - from);
          return was.apply(this, args);
        },
    );
  for (const name of READING) patch(String.prototype, name, ofLength);
  patch(
    RegExp.prototype,
    'exec',
    (was) =>
      function (this: unknown, text) {
        const { global, sticky, lastIndex } = this as RegExp;
        const from = global || sticky ? lastIndex : 0;
        const match = was.call(this, text) as RegExpExecArray | null;
        add((match ? match.index + match[0].length : String(text).length) - from);
        return match;
      },
  );
  for (const name of ['keys', 'values', 'entries'])
    patch(
      Object,
      name,
      (was) =>
        function (this: unknown, value) {
          const made = was.call(this, value) as unknown[];
          add(made.length);
          return made;
        },
    );
  patch(
    JSON,
    'stringify',
    (was) =>
      function (this: unknown, ...args) {
        const text = was.apply(this, args);
        add(typeof text === 'string' ? text.length : 0);
        return text;
      },
  );
}

/** How much work it was. */
export async function workOf(work: () => unknown, { asks = false } = {}): Promise<number> {
  count = 0;
  samples.clear();
  nextSample = asks ? STEP : Infinity;
  startCounting();
  try {
    await work();
  } finally {
    for (const undo of undone.splice(0)) undo();
  }
  return count;
}
