/**
 * Reads a JSON file that an operator may edit while the server runs (clients, policy). The file is read and checked
 * when opened, and again when it changes. A broken edit is reported and ignored; the previous content stays in use.
 */
import { messageOf } from './message-of';
import { readJsonFile } from './read-json-file';
import type { OnRead, SeenFile } from './seen-file';
import { within } from './wait-at-most';

/** The result of reading the parsed file: a value with warnings, or all faults. */
export type Reading<T> =
  { ok: true; value: T; remarks: readonly string[] } | { ok: false; faults: readonly string[] };

export interface WatchedFile<T> {
  /** The value in use, as of the last check. */
  current(): T;
  /** Waits for a check if the last one was `CHECK_AGAIN_AFTER_MILLIS` ago, so that the next request uses the new state. */
  settle(): Promise<void>;
  /** Checks for a change first. */
  fresh(): Promise<T>;
}

export interface WatchOptions<T> {
  path: string;
  /** The name of the file for operators, such as `CLIENTS_FILE`; each sentence begins with it. */
  name: string;
  read: (document: unknown) => Reading<T>;
  /** The parts of the content, for the audit trail. */
  parts: (value: T) => SeenFile['parts'];
  now: () => number;
  onProblem: (text: string) => void;
  /** Called with each state that comes into use, including the first. */
  onRead?: OnRead;
}

export type Opened<T> = { ok: true; file: WatchedFile<T> } | { ok: false; faults: readonly string[] };

/** An edit takes effect within this time, also for a request that is under way. */
const CHANGE_TAKES_EFFECT_MILLIS = 1_000;
/**
 * How old the state of a file may become, and how old a decision that was made with it. The two ages add up, so each is
 * half of the time above.
 */
export const CHECK_AGAIN_AFTER_MILLIS = CHANGE_TAKES_EFFECT_MILLIS / 2;
/** A file system that hangs must not stop the server: the previous content stays in use. */
const LONGEST_WAIT_MILLIS = 2_000;

export async function openWatchedFile<T>({
  path,
  name,
  read,
  parts,
  now,
  onProblem,
  onRead,
}: WatchOptions<T>): Promise<Opened<T>> {
  const load = readJsonFile(path);
  const readAgain = async (): Promise<(Reading<T> & { sha256?: string }) | 'unchanged'> => {
    try {
      const loaded = await load();
      return loaded === 'unchanged' ? 'unchanged' : { ...read(loaded.document), sha256: loaded.sha256 };
    } catch (error) {
      return { ok: false, faults: [`cannot be read: ${messageOf(error)}`] };
    }
  };
  const tell = (texts: readonly string[]): void => texts.forEach((text) => onProblem(`${name}: ${text}`));

  const openedAt = now();
  const first = await readAgain();
  if (first === 'unchanged' || !first.ok) {
    return {
      ok: false,
      faults: (first === 'unchanged' ? [] : first.faults).map((text) => `${name}: ${text}`),
    };
  }
  tell(first.remarks);
  let value = first.value;
  const note = async (sha256 = ''): Promise<void> => onRead?.({ name, sha256, parts: parts(value) });
  await note(first.sha256);
  let checkedAt = openedAt;
  let inFlight: Promise<void> | undefined;
  let toldLast = '';

  const check = async (): Promise<void> => {
    const startedAt = now();
    const next = await readAgain();
    if (next !== 'unchanged' && next.ok) {
      value = next.value;
      await note(next.sha256);
    }
    checkedAt = startedAt;
    if (next === 'unchanged') return;
    const texts = next.ok
      ? next.remarks
      : [...next.faults, 'the file is not valid; the server continues to use its earlier content'];
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
      current: () => value,
      settle: async () => {
        // Tries twice, because a check in progress may have begun too long ago.
        for (let tries = 0; tries < 2 && now() - checkedAt >= CHECK_AGAIN_AFTER_MILLIS; tries += 1)
          await within(look(), LONGEST_WAIT_MILLIS);
      },
      fresh: async () => {
        if (inFlight !== undefined) await within(inFlight, LONGEST_WAIT_MILLIS);
        await within(look(), LONGEST_WAIT_MILLIS);
        return value;
      },
    },
  };
}
