/**
 * Opens the road of HL7 v2 over MLLP (`HL7V2_FILE`): the listener, opened anew when the file names another address, and
 * its state for `/_status`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from '../../config/mode';
import { answerMessage } from '../../interfaces/hl7v2/answer-message';
import type { RoadHealth } from '../../interfaces/http/handlers/road-checks';
import { recordLost } from '../../interfaces/hl7v2/cut-message';
import { listenForMessages, type MllpListener } from '../../interfaces/hl7v2/listener';
import { messageMemory } from '../../interfaces/hl7v2/message-memory';
import type { Hl7v2Settings } from '../../interfaces/hl7v2/settings';
import { messageOf } from '../../platform/message-of';
import { newId } from '../../platform/ids';
import { describeError } from '../../platform/logger';
import { createStrangers } from '../../use-cases/auditing/strangers';
import { sparing } from '../../platform/warn-sparingly';
import type { Road, RoadParts } from '../road';
import { newsCode } from './news-code';

const MIB = 1024 * 1024;

/** Base64 is a third longer than its bytes, and a sender may wrap it; the rest of a message is small. */
const frameLimit = (maxBodyBytes: number): number => 2 * maxBodyBytes + MIB;

/** What is kept of a frame above that limit: enough for its answer and its record. */
const MOST_OF_TOO_LARGE = MIB;

/** How long `/_status` warns after a connection was closed or refused because there were too many. */
const FULL_MILLIS = 5 * 60_000;
const STOP_MILLIS = 30_000;
const TRY_AGAIN_MILLIS = 2_000;

export async function openHl7v2(parts: RoadParts): Promise<Road | undefined> {
  const file = parts.prepared.roadFiles.hl7v2;
  if (!file) return undefined;
  const { config, log, now } = parts;
  const stopping = new AbortController();
  const trouble = new Map<string, Trouble>();
  const note = (what: string, text: string | undefined, forMillis = Infinity): void => {
    const known = trouble.get(what);
    const until = now().getTime() + forMillis;
    if (text === undefined) trouble.delete(what);
    else if (known?.text !== text || isOver(known, now())) trouble.set(what, { text, since: now(), until });
    else known.until = until;
  };
  const strangers = createStrangers({
    perMinute: config.strangersRecordedPerMinute,
    record: parts.engines.trail.record,
    observer: () => parts.server.origin,
    newId: () => newId(),
    now: Date.now,
    onProblem: (error) =>
      log.warn({ err: describeError(error) }, 'messages of unknown senders could not be counted'),
    named: { target: 'MLLP', what: 'HL7 v2 messages of unknown senders' },
  });
  const dependencies = {
    submitting: parts.submitting,
    senders: () => file.current().senders,
    newsCode,
    receivedBundle: parts.useCases.receivedBundle,
    maxBodyBytes: config.maxBodyBytes,
    takesTests: config.mode === 'sandbox',
    keepsOfStranger: strangers.admits,
    isStopping: () => stopping.signal.aborted,
    now,
    newId: () => newId(),
    log,
  };
  const warn = sparing((text: string) => log.warn({ door: 'hl7v2' }, text));
  // One message, and what is read with its end, must always find room in the half that one network may hold.
  const memory = messageMemory(
    Math.max(config.maxBodyBytesInFlight, 2 * (frameLimit(config.maxBodyBytes) + MIB)),
  );
  const listen = ({ host, port, tls }: Hl7v2Settings): Promise<MllpListener> =>
    listenForMessages({
      host,
      port,
      tls,
      memory,
      maxFrameBytes: frameLimit(config.maxBodyBytes),
      mostOfTooLarge: Math.min(config.maxBodyBytes, MOST_OF_TOO_LARGE),
      minBytesPerSecond: config.minUploadBytesPerSecond,
      handle: async ({ kind, bytes }, address) => {
        const arrived = { bytes, isTooLarge: kind === 'too-large', address };
        const { answer, isAvailable } = await answerMessage(arrived, dependencies);
        note('storing', isAvailable ? undefined : 'messages cannot be stored and are answered AR');
        return answer;
      },
      onLost: (lost, address) => recordLost(lost, address, dependencies),
      onProblem: warn,
      onFull: () =>
        note('full', 'connections were closed or refused, because there were too many', FULL_MILLIS),
      onReload: (name) => log.info({ file: name }, 'file read again'),
    });
  return road({ file, listen, note, trouble, stopping, log, now, release: strangers.stop });
}

interface Trouble {
  text: string;
  since: Date;
  /** Until when `/_status` shows it, in milliseconds. Without a time, until the problem has ended. */
  until?: number;
}

const isOver = ({ until = Infinity }: Trouble, now: Date): boolean => now.getTime() >= until;

interface RoadState extends Pick<RoadParts, 'log' | 'now'> {
  file: NonNullable<RoadParts['prepared']['roadFiles']['hl7v2']>;
  listen: (settings: Hl7v2Settings) => Promise<MllpListener>;
  note: (what: string, text: string | undefined) => void;
  trouble: ReadonlyMap<string, Trouble>;
  stopping: AbortController;
  release: () => Promise<void>;
}

/** Where it listens, as text, to see a change. */
const placeOf = ({ host, port, tls }: Hl7v2Settings): string => JSON.stringify([host, port, tls]);

function road({ file, listen, note, trouble, stopping, log, now, release }: RoadState): Road {
  let open: { listener: MllpListener; place: string } | undefined;
  let opening: Promise<void> = Promise.resolve();
  let unwatch = (): void => undefined;
  const earlier: Promise<void>[] = [];

  /** Listens where the file says. The earlier listener goes on until the new one listens. */
  async function settle(): Promise<void> {
    while (!stopping.signal.aborted) {
      const settings = file.current();
      if (open?.place === placeOf(settings)) return note('listening', undefined);
      try {
        const listener = await listen(settings);
        if (open) {
          open.listener.close();
          earlier.push(open.listener.drain(STOP_MILLIS));
        }
        open = { listener, place: placeOf(settings) };
        log.info(
          { door: 'hl7v2', host: settings.host, port: listener.port, tls: settings.tls !== undefined },
          'listening for HL7 v2 messages',
        );
        if (settings.tls === undefined && !isLoopback(settings.host))
          log.warn(
            { door: 'hl7v2' },
            `${settings.host} is listened on without TLS: whoever reaches it can send as any sender. Set certFile, keyFile and clientCaFile in HL7V2_FILE.`,
          );
      } catch (error) {
        const text = `cannot listen on ${settings.host}:${settings.port}: ${messageOf(error)}`;
        log.error({ door: 'hl7v2' }, text);
        note('listening', text);
        await sleep(TRY_AGAIN_MILLIS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }
  const settleInTurn = (): void => {
    opening = opening.then(settle);
  };

  return {
    start: () => {
      settleInTurn();
      unwatch = file.watch(settleInTurn);
    },
    stop: async () => {
      stopping.abort();
      unwatch();
      await opening;
      open?.listener.close();
      await Promise.all([...earlier, open?.listener.drain(STOP_MILLIS)]);
      await release();
    },
    health: () => [
      healthOf(
        file.fault(),
        [...trouble.values()].filter((each) => !isOver(each, now())),
      ),
    ],
  };
}

function healthOf(fault: Trouble | undefined, others: readonly Trouble[]): RoadHealth {
  const found = [...(fault ? [fault] : []), ...others];
  if (found.length === 0) return { name: 'hl7v2', status: 'pass' };
  const output = found.map(({ text, since }) => `${text} (since ${since.toISOString()})`).join('; ');
  return { name: 'hl7v2', status: 'warn', output };
}
