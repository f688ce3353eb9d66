/**
 * Shows the progress of a long job: on a terminal a bar that is redrawn in place; in a file or for another program a
 * plain line at each tenth.
 */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface Progress {
  /** Reports that this many more items are done. */
  advance(by?: number): void;
  /** Ends the bar's line. Call it once, at the end, even if the job is incomplete. */
  finish(): void;
}

const REDRAW_AFTER_MS = 80;
const WIDEST_BAR = 40;

/**
 * @param title what is counted, such as `stays sent`
 * @param now a clock in milliseconds, so that tests need not wait
 */
export function showProgress(out: Output, title: string, total: number, now = Date.now): Progress {
  return out.isTTY ? bar(out, title, total, now) : lines(out, title, total);
}

function bar(out: Output, title: string, total: number, now: () => number): Progress {
  const startedAt = now();
  let done = 0;
  let drawnAt = -Infinity;
  const draw = (): void => {
    const part = total === 0 ? 1 : Math.min(1, done / total);
    const seconds = (now() - startedAt) / 1000;
    const words = ` ${Math.floor(part * 100)} %  ${done} of ${total} ${title}${remaining(done, total, seconds)}`;
    const width = Math.max(0, Math.min(WIDEST_BAR, (out.columns ?? 80) - words.length - 3));
    const full = Math.round(width * part);
    out.write(`\r[${'█'.repeat(full)}${'░'.repeat(width - full)}]${words}\u001b[K`);
    drawnAt = now();
  };
  draw();
  return {
    advance(by = 1) {
      done += by;
      if (now() - drawnAt >= REDRAW_AFTER_MS) draw();
    },
    finish() {
      draw();
      out.write('\n');
    },
  };
}

function remaining(done: number, total: number, seconds: number): string {
  if (done === 0 || done >= total || seconds < 1) return '';
  const left = (seconds / done) * (total - done);
  return left < 90 ? `, ${Math.ceil(left)} s left` : `, ${Math.ceil(left / 60)} min left`;
}

function lines(out: Output, title: string, total: number): Progress {
  let done = 0;
  let told = 0;
  const tell = (): void => {
    told = done;
    out.write(`${done} of ${total} ${title}\n`);
  };
  return {
    advance(by = 1) {
      done += by;
      if (Math.floor((done * 10) / total) > Math.floor((told * 10) / total)) tell();
    },
    finish() {
      if (done !== told) tell();
    },
  };
}
