/** Says in words how a mailbox is, for `/_status` and the console. A pure function. */
import type { MailboxState } from '../../engines/store/mesh-messages';

export interface MailboxHealth {
  /** `mesh:X26ABC1` */
  name: string;
  status: 'pass' | 'warn';
  /** What is wrong, and since when. Without patient data. */
  output?: string;
}

export interface HealthFacts {
  mailbox: string;
  /** What the node that serves it saw last; undefined when no node has looked at it. */
  state: MailboxState | undefined;
  /** The fault of the newest content of MESH_FILE, which is not in use. */
  fileFault: { text: string; since: Date } | undefined;
  /** Since when this node serves. */
  startedAt: Date;
  pollSeconds: number;
  now: Date;
}

/** How long a look may be late. It takes long when a large message is handled, and when another node takes over. */
const LATE_MILLIS = 120_000;

export function mailboxHealth(facts: HealthFacts): MailboxHealth {
  const sentences = [...sentencesOf(facts)];
  const name = `mesh:${facts.mailbox}`;
  return sentences.length === 0
    ? { name, status: 'pass' }
    : { name, status: 'warn', output: sentences.join(' ') };
}

function* sentencesOf({ state, fileFault, startedAt, pollSeconds, now }: HealthFacts): Iterable<string> {
  if (fileFault) yield `${fileFault.text} Since ${fileFault.since.toISOString()}.`;
  if (state !== undefined && state.problem !== null) {
    yield `${state.problem} Since ${state.failingSince?.toISOString() ?? 'now'}.`;
  } else {
    const lookedAt = state?.lookedAt ?? undefined;
    const since = lookedAt !== undefined && lookedAt > startedAt ? lookedAt : startedAt;
    if (now.getTime() - since.getTime() > pollSeconds * 1000 + LATE_MILLIS)
      yield `No node has looked through the inbox since ${(lookedAt ?? startedAt).toISOString()}.`;
  }
  if (state && state.stuck > 0) {
    const what = state.stuck === 1 ? '1 message cannot' : `${state.stuck} messages cannot`;
    yield `${what} be handled since ${state.stuckSince?.toISOString() ?? 'now'}: ${state.stuckProblem ?? ''}`;
  }
}
