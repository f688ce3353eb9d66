/**
 * Whether a recorded history of concurrent operations could have come about one operation at a time: is there an
 * order in which each takes effect between its beginning and its end, and each answer is the one that the model gives?
 * @see Wing and Gong, «Testing and verifying concurrent objects», 1993
 */
export interface Operation<S> {
  begin: number;
  end: number;
  /** What the operation was and how it was answered, for the report. */
  says: string;
  /** The state after it, where the answer is right in this state. */
  step(state: S): { state: S } | { differs: string };
}

export type Verdict = { ok: true; steps: number } | { ok: false; report: string };

export function linearize<S>(history: readonly Operation<S>[], initial: S): Verdict {
  const operations = [...history].sort((a, b) => a.begin - b.begin);
  const path: { state: S; chosen: number; tried: Set<number> }[] = [
    { state: initial, chosen: -1, tried: new Set() },
  ];
  const done = new Set<number>();
  let first = 0;
  let steps = 0;
  let deepest: { depth: number; report: string } = { depth: -1, report: '' };
  while (done.size < operations.length) {
    const top = path.at(-1)!;
    while (done.has(first)) first += 1;
    while (first > 0 && !done.has(first - 1)) first -= 1;
    const candidates = minimal(operations, done, first);
    const differences: string[] = [];
    let next: { index: number; state: S } | undefined;
    for (const index of candidates) {
      if (top.tried.has(index)) continue;
      top.tried.add(index);
      steps += 1;
      const result = operations[index]!.step(top.state);
      if ('state' in result) {
        next = { index, state: result.state };
        break;
      }
      differences.push(`${operations[index]!.says}: ${result.differs}`);
    }
    if (next) {
      done.add(next.index);
      path.push({ state: next.state, chosen: next.index, tried: new Set() });
      continue;
    }
    if (done.size > deepest.depth) deepest = { depth: done.size, report: differences.join('\n') };
    const { chosen } = path.pop()!;
    if (chosen < 0)
      return { ok: false, report: `no order explains it; after ${deepest.depth}:\n${deepest.report}` };
    done.delete(chosen);
    first = Math.min(first, chosen);
    if (steps > operations.length * 100)
      return { ok: false, report: `given up; after ${deepest.depth}:\n${deepest.report}` };
  }
  return { ok: true, steps };
}

/** The operations that may be the next to take effect: those begun before any other that is left has ended. */
function minimal<S>(operations: readonly Operation<S>[], done: ReadonlySet<number>, first: number): number[] {
  const left: number[] = [];
  let earliestEnd = Infinity;
  for (let index = first; index < operations.length; index += 1) {
    const { begin, end } = operations[index]!;
    if (begin > earliestEnd) break;
    if (done.has(index)) continue;
    left.push(index);
    earliestEnd = Math.min(earliestEnd, end);
  }
  // What ended first most often took effect first.
  return left
    .filter((index) => operations[index]!.begin <= earliestEnd)
    .sort((a, b) => operations[a]!.end - operations[b]!.end);
}
