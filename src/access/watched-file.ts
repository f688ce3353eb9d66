/**
 * A JSON file that an operator may edit while the server runs (clients, policy): read and checked when it is opened,
 * and again when it changes. A broken edit is told and set aside; what held before goes on holding.
 */
import { messageOf } from './message-of';
import { readJsonFile } from './read-json-file';

/** What a reader makes of the parsed file: a value, with remarks that stop nothing, or every fault there is. */
export type Reading<T> =
  { ok: true; value: T; remarks: readonly string[] } | { ok: false; faults: readonly string[] };

export interface WatchedFile<T> {
  /** What holds now. Looks for a change in the background, once a second at most. */
  current(): T;
  /** Looks for a change first. */
  fresh(): Promise<T>;
}

export interface WatchOptions<T> {
  path: string;
  /** What the file is to operators, such as `CLIENTS_FILE`: each sentence begins with it. */
  name: string;
  read: (document: unknown) => Reading<T>;
  now: () => number;
  onProblem: (text: string) => void;
}

export type Opened<T> = { ok: true; file: WatchedFile<T> } | { ok: false; faults: readonly string[] };

const CHECK_EVERY_MILLIS = 1_000;

export async function openWatchedFile<T>({
  path,
  name,
  read,
  now,
  onProblem,
}: WatchOptions<T>): Promise<Opened<T>> {
  const load = readJsonFile(path);
  const readAgain = async (): Promise<Reading<T> | 'unchanged'> => {
    try {
      const loaded = await load();
      return loaded === 'unchanged' ? 'unchanged' : read(loaded.document);
    } catch (error) {
      return { ok: false, faults: [`cannot be read: ${messageOf(error)}`] };
    }
  };
  const tell = (texts: readonly string[]): void => texts.forEach((text) => onProblem(`${name}: ${text}`));

  const first = await readAgain();
  if (first === 'unchanged' || !first.ok) {
    return {
      ok: false,
      faults: (first === 'unchanged' ? [] : first.faults).map((text) => `${name}: ${text}`),
    };
  }
  tell(first.remarks);
  let value = first.value;
  let checkedAt = now();
  let inFlight: Promise<void> | undefined;
  let toldLast = '';

  const check = async (): Promise<void> => {
    const next = await readAgain();
    checkedAt = now();
    if (next === 'unchanged') return;
    if (next.ok) value = next.value;
    const texts = next.ok
      ? next.remarks
      : [...next.faults, 'the file is broken; what it said before goes on holding'];
    const told = texts.join('\n');
    if (told !== toldLast) tell(texts);
    toldLast = told;
  };
  const look = (): Promise<void> => {
    inFlight ??= check().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  };

  return {
    ok: true,
    file: {
      current: () => {
        if (now() - checkedAt >= CHECK_EVERY_MILLIS) void look();
        return value;
      },
      fresh: async () => {
        await look();
        return value;
      },
    },
  };
}
