/**
 * The worker processes of a node, as its first process sees them: it starts them, passes connections to them, starts
 * another when one ends, and stops them. The first process serves too, so a node of one process has none.
 * @see docs/decisions/0062-workers.md
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger';
import { within } from '../wait-at-most';
import { peerOf, type Answers, type Peer } from './peer';

/** What a worker gets from the first process. */
export interface ForWorkers {
  /** What it may ask for. Made for each worker, with what it holds. */
  answersFor(worker: WorkerHold): Answers;
}

/** What ends with a worker. */
export interface WorkerHold {
  number: number;
  /** Called when the worker has ended, whatever the cause. */
  onEnd(release: () => void): void;
}

export interface Workers {
  /** Starts them, when the first process serves. */
  start(forWorkers: ForWorkers): void;
  /** Gives a connection to the process that has the fewest. @param here serves it in this process */
  place(socket: Socket, here: (socket: Socket) => void): void;
  /** Asks all that serve. One that does not answer within a second is left out. */
  askAll<T>(what: string): Promise<T[]>;
  /** Called with each worker's last answers before it ended. */
  stop(milliseconds: number): Promise<void>;
}

interface Worker {
  number: number;
  child: ChildProcess;
  peer: Peer;
  open: number;
  isServing: boolean;
}

export interface WorkersOptions {
  /** How many beside the first process. */
  count: number;
  /** The file that a worker runs. */
  file: string;
  log: Logger;
}

const ANSWERS_WITHIN_MILLIS = 1_000;
/** A worker that lived shorter than this is started again after a pause, which grows. */
const SHORT_LIFE_MILLIS = 10_000;
const LONGEST_PAUSE_MILLIS = 10_000;

export function openWorkers({ count, file, log }: WorkersOptions): Workers {
  const workers = new Set<Worker>();
  let openHere = 0;
  let isStopping = false;
  let turn = 0;

  const run = async (number: number, forWorkers: ForWorkers): Promise<void> => {
    for (let pause = 0; !isStopping;) {
      const startedAt = performance.now();
      const end = await live(startOne(number, forWorkers));
      if (isStopping) return;
      const isShort = performance.now() - startedAt < SHORT_LIFE_MILLIS;
      pause = isShort ? Math.min(LONGEST_PAUSE_MILLIS, 2 * pause + 500) : 0;
      // The signal that ended it may be for all processes of the node.
      await sleep(Math.max(200, pause), undefined, { ref: false });
      if (!isStopping) log.warn({ worker: number, ...end }, 'a worker process ended; another is started');
    }
  };

  const startOne = (number: number, { answersFor }: ForWorkers): Worker & { releases: (() => void)[] } => {
    const releases: (() => void)[] = [];
    const child = fork(file, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const worker = { number, child, open: 0, isServing: false, releases } as unknown as Worker & {
      releases: (() => void)[];
    };
    worker.peer = peerOf(child, {
      ...answersFor({ number, onEnd: (release) => releases.push(release) }),
      serving: () => {
        worker.isServing = true;
        log.debug({ worker: number }, 'a worker process serves');
      },
      leaving: () => {
        worker.isServing = false;
      },
      closed: () => {
        worker.open -= 1;
      },
    });
    workers.add(worker);
    return worker;
  };

  /** Resolves when the worker has ended. */
  const live = async (worker: Worker & { releases: (() => void)[] }): Promise<object> => {
    const end = await new Promise<object>((resolve) => {
      worker.child.once('exit', (code, signal) => resolve({ code, signal }));
      worker.child.once('error', () => resolve({ code: null, signal: null }));
    });
    workers.delete(worker);
    for (const release of worker.releases) release();
    return end;
  };

  const serving = (): Worker[] => [...workers].filter((worker) => worker.isServing && worker.child.connected);

  return {
    start: (forWorkers) => {
      for (let number = 2; number < 2 + count; number += 1) void run(number, forWorkers);
    },
    place: (socket, here) => {
      const serveHere = (): void => {
        openHere += 1;
        socket.once('close', () => (openHere -= 1));
        here(socket);
      };
      const others = serving();
      turn += 1;
      // Of those with equally few, each in turn.
      const [fewest] = others.map((_, index) => others[(index + turn) % others.length]!).sort(byOpen);
      const isHere = openHere < (fewest?.open ?? Infinity) || (openHere === fewest?.open && turn % 2 === 0);
      if (fewest === undefined || isHere) return serveHere();
      fewest.open += 1;
      void fewest.peer.tell('connection', undefined, socket).then((isSent) => {
        // The caller sees a closed connection, as if the worker had ended a moment later.
        if (!isSent) socket.destroy();
      });
    },
    askAll: async <T>(what: string): Promise<T[]> => {
      const answers: T[] = [];
      const asked = serving().map(({ peer }) =>
        peer.ask<T>(what).then(
          (answer) => void answers.push(answer),
          () => undefined,
        ),
      );
      await within(Promise.all(asked), ANSWERS_WITHIN_MILLIS);
      return answers;
    },
    stop: async (milliseconds) => {
      isStopping = true;
      const all = [...workers];
      const ended = all.map(
        ({ child }) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) resolve();
            child.once('exit', () => resolve());
          }),
      );
      for (const { peer } of all) void peer.tell('stop', milliseconds);
      await within(Promise.all(ended), milliseconds + 5_000);
      for (const { child } of all) if (child.exitCode === null) child.kill('SIGKILL');
    },
  };
}

const byOpen = (a: Worker, b: Worker): number => a.open - b.open;
