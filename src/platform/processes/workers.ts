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

/** Makes what a worker may ask the first process for. */
export type AnswersFor = (worker: WorkerHold) => Answers;

/** What ends with a worker. */
export interface WorkerHold {
  number: number;
  /** Called when the worker has ended, whatever the cause. */
  onEnd(release: () => void): void;
}

export interface Workers {
  /** Starts them, when the first process serves. */
  start(answersFor: AnswersFor): void;
  /** Gives a connection to the process that has the fewest. @param here serves it in this process */
  place(socket: Socket, here: (socket: Socket) => void): void;
  /** Asks all that serve. One that does not answer within a second is left out. */
  askAll<T>(what: string): Promise<T[]>;
  /** Tells them to answer what has arrived and to end, and waits for it. */
  stop(milliseconds: number): Promise<void>;
}

interface Worker {
  number: number;
  child: ChildProcess;
  peer: Peer;
  /** Connections that it serves. */
  open: number;
  isServing: boolean;
  /** What it holds. */
  releases: (() => void)[];
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
  let isStopping = false;
  const serving = (): Worker[] => [...workers].filter((worker) => worker.isServing && worker.child.connected);

  const keepOne = async (number: number, answersFor: AnswersFor): Promise<void> => {
    for (let pause = 0; !isStopping;) {
      const startedAt = performance.now();
      const worker = startWorker(number, { file, log, answersFor });
      workers.add(worker);
      const end = await endOf(worker);
      workers.delete(worker);
      for (const release of worker.releases) release();
      if (isStopping) return;
      const isShort = performance.now() - startedAt < SHORT_LIFE_MILLIS;
      pause = isShort ? Math.min(LONGEST_PAUSE_MILLIS, 2 * pause + 500) : 0;
      // The signal that ended it may be for all processes of the node.
      await sleep(Math.max(200, pause), undefined, { ref: false });
      if (!isStopping) log.warn({ worker: number, ...end }, 'a worker process ended; another is started');
    }
  };

  return {
    start: (answersFor) => {
      for (let number = 2; number < 2 + count; number += 1) void keepOne(number, answersFor);
    },
    place: placeAmong(serving),
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
      const ended = all.map(endOf);
      for (const { peer } of all) void peer.tell('stop');
      await within(Promise.all(ended), milliseconds + 5_000);
      for (const { child } of all) if (!hasEnded(child)) child.kill('SIGKILL');
    },
  };
}

function startWorker(
  number: number,
  { file, log, answersFor }: Pick<WorkersOptions, 'file' | 'log'> & { answersFor: AnswersFor },
): Worker {
  const child = fork(file, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const state = { open: 0, isServing: false, releases: [] as (() => void)[] };
  const peer = peerOf(child, {
    ...answersFor({ number, onEnd: (release) => state.releases.push(release) }),
    serving: () => {
      state.isServing = true;
      log.debug({ worker: number }, 'a worker process serves');
    },
    leaving: () => {
      state.isServing = false;
    },
    closed: () => {
      state.open -= 1;
    },
  });
  return Object.assign(state, { number, child, peer });
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** Resolves when the worker has ended, with its exit code or the signal. */
const endOf = ({ child }: Worker): Promise<{ code: number | null; signal: string | null }> =>
  new Promise((resolve) => {
    if (hasEnded(child)) resolve({ code: child.exitCode, signal: child.signalCode });
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });

/** Places each connection in the process with the fewest; of those with equally few, in each in turn. */
function placeAmong(serving: () => Worker[]): Workers['place'] {
  let openHere = 0;
  let turn = 0;
  return (socket, here) => {
    const others = serving();
    turn += 1;
    const inTurn = others.map((_, index) => others[(index + turn) % others.length]!);
    const [fewest] = inTurn.sort((a, b) => a.open - b.open);
    const isHereByTurn = openHere === fewest?.open && turn % (others.length + 1) === 0;
    if (fewest === undefined || openHere < fewest.open || isHereByTurn) {
      openHere += 1;
      socket.once('close', () => (openHere -= 1));
      here(socket);
      return;
    }
    fewest.open += 1;
    // When the worker has it, or has ended. The caller of a worker that has ended sees a closed connection.
    const letGo = (): void => void socket.destroy();
    fewest.peer.ask('connection', undefined, socket).then(letGo, letGo);
  };
}
