/** Opens MESH: a worker for each mailbox of `MESH_FILE`, each on one node at a time. @see docs/transports/mesh.md */
import { keepLease } from '../../engines/store/leases';
import { readMailboxStates, saveMailboxState, type MailboxState } from '../../engines/store/mesh-messages';
import { refuseDelivered } from '../../engines/store/outbox';
import { mailboxHealth } from '../../interfaces/mesh/mailbox-health';
import { openMailboxes } from '../../interfaces/mesh/mailboxes';
import { forwardingOver, reportDestinations } from '../../interfaces/mesh/destination';
import { serveMailbox, type ServeDependencies } from '../../interfaces/mesh/serve-mailbox';
import { describeError } from '../../platform/logger';
import type { OpenRoad, RoadParts } from '../road';
import { version } from '../version';

const STATES_EVERY_MILLIS = 2_000;

export const openMesh: OpenRoad = async (parts) => {
  const { log, now, store, destinations, metrics } = parts;
  const file = parts.prepared.roadFiles.mesh;
  if (file === undefined) return undefined;
  const mailboxes = openMailboxes({ file, version, now, onProblem: (text) => log.warn(text) });
  destinations.add(reportDestinations(mailboxes));
  destinations.mesh = forwardingOver(mailboxes);
  const states = new Map<string, MailboxState>();
  metrics.watch('homeward_mesh_inbox', () =>
    [...states.values()].map(({ mailbox, inbox }) => ({ labels: { mailbox }, value: inbox })),
  );
  const listeners = new Set<() => void>();
  const workers = new Map<string, { stop: () => Promise<void> }>();
  const shared = { parts, mailboxes, states, listeners };
  let startedAt = now();
  let stopWatching = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;

  /** Gives each mailbox of the file a worker, and ends those of mailboxes that it no longer has. */
  const adjust = (): void => {
    const names = new Set(mailboxes.settings().mailboxes.map(({ mailbox }) => mailbox));
    for (const name of names) if (!workers.has(name)) workers.set(name, startWorker(name, shared));
    for (const [name, worker] of workers)
      if (!names.has(name)) {
        workers.delete(name);
        void worker.stop();
      }
  };
  const readStates = (): void => {
    readMailboxStates(store.database, [...workers.keys()])
      .then((read) => read.forEach((state) => states.set(state.mailbox, state)))
      .catch(() => undefined);
  };

  return {
    start: () => {
      startedAt = now();
      adjust();
      stopWatching = file.watch(() => {
        log.info({ file: 'MESH_FILE' }, 'file read again');
        adjust();
        for (const changed of listeners) changed();
      });
      timer = setInterval(readStates, STATES_EVERY_MILLIS);
      timer.unref();
    },
    stop: async () => {
      stopWatching();
      clearInterval(timer);
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      mailboxes.close();
    },
    health: () => {
      const { pollSeconds, mailboxes: listed } = mailboxes.settings();
      return listed.map(({ mailbox }) =>
        mailboxHealth({
          mailbox,
          state: states.get(mailbox),
          fileFault: file.fault(),
          startedAt,
          pollSeconds,
          now: now(),
        }),
      );
    },
  };
};

interface Shared {
  parts: RoadParts;
  mailboxes: ReturnType<typeof openMailboxes>;
  states: Map<string, MailboxState>;
  listeners: Set<() => void>;
}

/** Serves the mailbox whenever this node holds its lease. */
function startWorker(name: string, shared: Shared): { stop: () => Promise<void> } {
  const { log, store } = shared.parts;
  const ending = new AbortController();
  const onProblem = (error: unknown): void =>
    log.error({ mailbox: name, err: describeError(error) }, 'the worker of a MESH mailbox failed');
  const done = keepLease(
    store.database,
    `mesh:${name}`,
    (held) => serveMailbox(name, dependenciesOf(name, shared), held),
    { signal: ending.signal, onProblem },
  );
  return {
    stop: () => {
      ending.abort();
      return done;
    },
  };
}

function dependenciesOf(name: string, { parts, mailboxes, states, listeners }: Shared): ServeDependencies {
  const { config, log, now, store, submitting } = parts;
  return {
    database: store.database,
    submitting,
    maxBodyBytes: config.maxBodyBytes,
    log,
    now,
    settle: ({ messageId, reason }) =>
      refuseDelivered(store.database, { reference: messageId, error: reason, at: now() }),
    opened: () => {
      const { others, pollSeconds } = mailboxes.settings();
      const found = mailboxes.find(name);
      return found && { ...found, others, pollSeconds };
    },
    onSettings: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    publish: async (state) => {
      states.set(name, state);
      await saveMailboxState(store.database, state, now());
    },
  };
}
