/**
 * Senders that go on sending whatever happens: each sends summaries and corrections one after the other, and the very
 * same bytes again until they are acknowledged. What was answered is the log that the store is held against.
 */
import { createHash } from 'node:crypto';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { aSummary } from '../fixtures/summary';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import type { Submission } from '../model/model';

export interface Acknowledged {
  submission: Submission;
  bytes: Buffer;
  pdf: Buffer;
  submissionId: string;
  status: number;
}

export interface Load {
  /** In the order of the answers. */
  readonly log: readonly Acknowledged[];
  /** What is being sent, and has not been acknowledged yet: SHA-256 in hexadecimal. */
  inFlight(): Set<string>;
  go(): void;
  /** Lets nobody send or try again; resolves when every answer that is on its way has come or failed. */
  hold(): Promise<void>;
  /** Begins nothing new; resolves when all that was begun is acknowledged. */
  finish(): Promise<void>;
  /** How often each thing was answered; `none` where the connection broke. */
  readonly answers: Map<string, number>;
  /** What no sender should ever see. */
  readonly faults: string[];
  slowestMs(): number;
}

export interface LoadOptions {
  url: () => string;
  token: (ods: string) => string;
  senders: number;
  /** An answer that takes longer than this is a hang. */
  patienceMs: number;
  seed: number;
  /** How long a sender rests after an acknowledgement. */
  pauseMs?: number;
  documentBytes?: number;
}

interface Sending extends Omit<Acknowledged, 'submissionId' | 'status'> {
  sha256: string;
}

export function startLoad(options: LoadOptions): Load {
  const log: Acknowledged[] = [];
  const answers = new Map<string, number>();
  const faults: string[] = [];
  const sending = new Map<number, Sending>();
  let slowestMs = 0;
  let finishing = false;
  let held = Promise.resolve();
  let release: (() => void) | undefined;
  const parked = new Set<number>();

  async function attempt(each: Sending): Promise<boolean> {
    const began = Date.now();
    try {
      const response = await fetch(`${options.url()}/FHIR/R4/Bundle`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${options.token(each.submission.sender)}`,
          'Content-Type': 'application/fhir+json',
        },
        body: each.bytes,
        signal: AbortSignal.timeout(options.patienceMs),
      });
      const text = await response.text();
      slowestMs = Math.max(slowestMs, Date.now() - began);
      answers.set(String(response.status), (answers.get(String(response.status)) ?? 0) + 1);
      if (response.status === 200 || response.status === 201) {
        const submissionId = response.headers.get('x-submission-id') ?? '';
        if (!response.headers.get('location')?.endsWith(`/Bundle/${submissionId}/_history/1`))
          faults.push(`${response.status} without its Location`);
        log.push({ ...each, submissionId, status: response.status });
        return true;
      }
      if (response.status !== 503) faults.push(`${response.status}: ${text.slice(0, 1000)}`);
      else if (!response.headers.get('retry-after')) faults.push('503 without Retry-After');
      return false;
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') faults.push(`no answer within ${options.patienceMs} ms`);
      answers.set('none', (answers.get('none') ?? 0) + 1);
      return false;
    }
  }

  /** Who waits here is parked; a gate that was shut in the meantime holds, too. */
  async function mayGo(number: number): Promise<void> {
    parked.add(number);
    for (let gate; gate !== held;) {
      gate = held;
      await gate;
    }
    parked.delete(number);
  }

  async function sender(number: number): Promise<void> {
    const random = randomOf(options.seed + number);
    const versions: number[] = [];
    while (!finishing) {
      const each = nextOf(number, versions, random, options.documentBytes ?? 0);
      sending.set(number, each);
      for (;;) {
        await mayGo(number);
        if (await attempt(each)) break;
        await new Promise((resolve) => setTimeout(resolve, 50 + 100 * random()));
      }
      sending.delete(number);
      if (options.pauseMs) await new Promise((resolve) => setTimeout(resolve, options.pauseMs));
    }
    parked.add(number);
  }

  const load: Load = {
    log,
    answers,
    faults,
    inFlight: () => new Set([...sending.values()].map(({ sha256 }) => sha256)),
    go: () => release?.(),
    hold: async () => {
      held = new Promise((resolve) => (release = resolve));
      while (parked.size < options.senders) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    finish: async () => {
      finishing = true;
      release?.();
      await all;
    },
    slowestMs: () => slowestMs,
  };
  const all = Promise.all(Array.from({ length: options.senders }, (_, number) => sender(number)));
  return load;
}

/** A new summary, or the next version of one that this sender has sent. */
function nextOf(number: number, versions: number[], random: () => number, documentBytes: number): Sending {
  const isNew = versions.length === 0 || random() < 0.6;
  const lineage = isNew ? versions.length : Math.floor(random() * versions.length);
  const version = (versions[lineage] ?? 0) + 1;
  versions[lineage] = version;
  const mark = `sender ${number}, summary ${lineage}, version ${version}`;
  const pdf = Buffer.concat([minimalPdf(mark), Buffer.alloc(documentBytes, `% ${mark}\n`)]);
  // A few patients for each sender, so that demographics go from version to version, too.
  const bundle = aSummary()
    .stay(1 + number * 10_000 + lineage)
    .nhsNumber(nhsNumberOf(1 + number * 7 + (lineage % 7)))
    .observations(2 + Math.floor(random() * 3))
    .pdf(pdf)
    .correction(version)
    .with('Patient.address[0].city', mark)
    .with('DocumentReference.description', mark)
    .with('Encounter.reasonCode[0].text', mark)
    .build();
  const bytes = Buffer.from(JSON.stringify(bundle));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { submission: { sender: `RF${number}`, bundle, sha256 }, bytes, pdf, sha256 };
}

/** mulberry32: the same numbers from the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
