/** How the work grows: the processor time of a work at a size, at four times the size, and so on. */

export interface Size {
  /** What is sent, in bytes. */
  bytes: number;
  /** Milliseconds of this process. */
  millis: number;
  /** What came of it, such as a status. */
  outcome: string;
}

export interface Growth {
  sizes: Size[];
  /** What is wrong; undefined of what grows as its size does. */
  suspicion?: string;
}

/** What is done at a size, which stands for bytes; it tells how many bytes there were. */
export type Work = (size: number) => Promise<Done> | Done;
export interface Done {
  bytes: number;
  outcome: string;
  /** Milliseconds, where the work has told its own. */
  millis?: number;
}

const TIMES = 4;
/** Four times as long is as it should be, and sixteen times as long is the square. */
const MOST = 8;
/** Less is of no weight, and too little to tell. */
const OF_WEIGHT = 300;
/** What takes longer is not tried with more. */
const ENOUGH = 1_500;

export async function growthOf(work: Work, from: number, to: number): Promise<Growth> {
  const sizes: Size[] = [];
  for (let size = from; size <= to; size *= TIMES) {
    const now = await measured(work, size);
    if (typeof now === 'string') return { sizes, suspicion: now };
    const last = sizes.at(-1);
    sizes.push(now);
    if (now.outcome.startsWith('5')) return { sizes, suspicion: `answered ${now.outcome}` };
    if (last && now.millis > OF_WEIGHT && now.millis > MOST * Math.max(last.millis, 1)) {
      const again = await measured(work, size);
      const times =
        typeof again === 'string' ? again : (Math.min(again.millis, now.millis) / last.millis).toFixed(0);
      if (typeof again === 'string' || again.millis > MOST * last.millis)
        return { sizes, suspicion: `${times} times as long for ${TIMES} times as much` };
    }
    if (now.millis > ENOUGH) break;
  }
  const slow = sizes.find(({ bytes, millis }) => millis > ENOUGH && millis > (2.5 * bytes) / 1000);
  return slow ? { sizes, suspicion: 'slow' } : { sizes };
}

async function measured(work: Work, size: number): Promise<Size | string> {
  const before = process.cpuUsage();
  try {
    const { bytes, outcome, millis } = await work(size);
    return { bytes, outcome, millis: millis ?? process.cpuUsage(before).user / 1000 };
  } catch (error) {
    return `throws ${(error as Error).message}\n${((error as Error).stack ?? '').split('\n').slice(1, 8).join('\n')}`;
  }
}
