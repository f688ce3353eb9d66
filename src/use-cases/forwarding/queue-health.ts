/** Says in words how the queue of each destination is, for `/_status` and the console. A pure function. */
import type { QueueState } from '../../engines/store/outbox';

export interface QueueHealth {
  /** The destination. */
  name: string;
  status: 'pass' | 'warn';
  /** What is wrong, and since when. */
  output?: string;
}

/** A queue whose oldest delivery has waited longer grows, even if no attempt has failed. */
const LONGEST_WAIT_MILLIS = 60_000;

/**
 * @param names the destinations that are configured
 * @param states the queues that have something to report, of these and of earlier destinations
 */
export function queueHealth(
  names: readonly string[],
  states: readonly QueueState[],
  now: Date,
): QueueHealth[] {
  const byName = new Map(states.map((state) => [state.name, state]));
  const configured = names.map((name) => healthOf(name, byName.get(name), now));
  const others = states
    .filter(({ name, waiting }) => !names.includes(name) && waiting > 0)
    .map(({ name, waiting }): QueueHealth => ({
      name: shown(name),
      status: 'warn',
      output: `${counted(waiting)} for a destination that is not configured any more. Configure it again, or leave them: they become failed after 7 days.`,
    }));
  return mergedByName([...configured, ...others]);
}

/** Names that differ in what is not shown are one: a warning of any of them is shown, and no name appears twice. */
function mergedByName(all: readonly QueueHealth[]): QueueHealth[] {
  const merged = new Map<string, QueueHealth>();
  for (const each of all) {
    const before = merged.get(each.name);
    const outputs = [before?.output, each.output].filter((output) => output !== undefined);
    merged.set(
      each.name,
      outputs.length === 0 ? each : { name: each.name, status: 'warn', output: outputs.join(' ') },
    );
  }
  return [...merged.values()];
}

function healthOf(name: string, state: QueueState | undefined, now: Date): QueueHealth {
  const sentences = state ? [...queueSentences(state, now), ...endedSentences(state)] : [];
  return sentences.length === 0
    ? { name: shown(name), status: 'pass' }
    : { name: shown(name), status: 'warn', output: sentences.join(' ') };
}

function queueSentences({ waiting, oldest, failingSince, lastError }: QueueState, now: Date): string[] {
  if (waiting === 0) return [];
  if (failingSince !== null)
    return [
      `The destination has accepted nothing since ${failingSince.toISOString()} (${lastError ?? 'no answer'}). ${counted(waiting)}.`,
    ];
  if (oldest === null || now.getTime() - oldest.getTime() < LONGEST_WAIT_MILLIS) return [];
  return [`${counted(waiting)}, the oldest since ${oldest.toISOString()}.`];
}

function endedSentences({ name, refused, failed, endedWith }: QueueState): string[] {
  if (refused + failed === 0) return [];
  const what = [
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(failed > 0 ? [`${failed} given up after 7 days`] : []),
  ];
  return [
    `In the last 24 hours: ${what.join(', ')}; the last because: ${endedWith ?? 'unknown'}. See /deliveries${name === shown(name) ? `?name=${encodeURIComponent(name)}` : ''}.`,
  ];
}

/**
 * The name of a queue as strangers may read it: `/_status` needs no token, and the query of an address may be a key.
 * `response:https://engine.example/answers?key=…` is shown without its query.
 */
const shown = (name: string): string => name.replace(/[?#].*$/s, '');

const counted = (waiting: number): string =>
  waiting === 1 ? '1 delivery is waiting' : `${waiting} deliveries are waiting`;
