/**
 * `homeward demo`: sends synthetic virtual ward stays, several at a time, through the `submit` function that it is
 * given, and prints what to look at.
 */
import { stay as stayOf, type Stay } from '../../demo/stay';
import { summaryOf, type SummaryOptions } from '../../demo/summary';
import { listOf } from '../../fhir/types';
import { showProgress, type Output } from './progress';

export interface DemoOptions {
  stays: number;
  seed: number;
  /** Sends one summary; must not throw for a summary that is refused. */
  submit(bytes: Buffer): Promise<{ status: number; issues: number }>;
  out: Output;
  /** The FHIR base of the server, for the command line that the reader can paste. */
  base: string;
  /** How many summaries are sent at once; 4 unless given. */
  concurrency?: number;
  summary?: SummaryOptions;
}

export interface DemoResult {
  /** New on the server. */
  stored: number;
  /** Sent before, by an earlier run with the same seed. */
  storedBefore: number;
  refused: number;
  /** Warnings and other notes, over all summaries. */
  issues: number;
  patients: number;
  documents: number;
  observations: number;
  /** NHS numbers to search for. */
  examples: string[];
}

const EXAMPLES = 3;

/** @throws what `submit` throws, after the other summaries in progress have ended */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { stays, seed, submit, out, concurrency = 4, summary = {} } = options;
  const startedAt = Date.now();
  const progress = showProgress(out, stays === 1 ? 'stay sent' : 'stays sent', stays);
  const result: DemoResult = {
    stored: 0,
    storedBefore: 0,
    refused: 0,
    issues: 0,
    patients: 0,
    documents: 0,
    observations: 0,
    examples: [],
  };
  const refusals = new Map<number, number>();
  const accepted: Stay[] = [];
  let next = 0;
  let failed = false;
  const send = async (): Promise<void> => {
    while (next < stays && !failed) {
      const stay = stayOf(seed, next++);
      const bundle = summaryOf(stay, summary);
      const answer = await submit(Buffer.from(JSON.stringify(bundle))).catch((error: unknown) => {
        failed = true;
        throw error;
      });
      result.issues += answer.issues;
      if (answer.status === 201) result.stored++;
      else if (answer.status === 200) result.storedBefore++;
      else refusals.set(answer.status, (refusals.get(answer.status) ?? 0) + 1);
      if (answer.status < 300) {
        accepted.push(stay);
        result.documents++;
        // A summary has four entries that are not Observations.
        result.observations += listOf(bundle.entry).length - 4;
      }
      progress.advance();
    }
  };
  const senders = await Promise.allSettled(Array.from({ length: Math.min(concurrency, stays) }, send));
  progress.finish();
  const broken = senders.find((sender) => sender.status === 'rejected');
  if (broken) throw broken.reason;
  result.refused = [...refusals.values()].reduce((sum, count) => sum + count, 0);
  accepted.sort((a, b) => a.index - b.index);
  const nhsNumbers = new Set(accepted.map((stay) => stay.person.nhsNumber));
  result.patients = nhsNumbers.size;
  result.examples = [...nhsNumbers].slice(0, EXAMPLES);
  report(options, result, accepted, refusals, (Date.now() - startedAt) / 1000);
  return result;
}

function report(
  { out, base }: Pick<DemoOptions, 'out' | 'base'>,
  result: DemoResult,
  accepted: readonly Stay[],
  refusals: ReadonlyMap<number, number>,
  seconds: number,
): void {
  const count = (n: number, one: string, many = `${one}s`): string =>
    `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
  const before = result.storedBefore > 0 ? `, ${result.storedBefore} of them already stored` : '';
  out.write(`\n${count(accepted.length, 'virtual ward stay')} in ${seconds.toFixed(1)} s${before}: `);
  out.write(`${count(result.patients, 'patient')}, ${count(result.documents, 'document')}, `);
  out.write(`${count(result.observations, 'Observation')}.\n`);
  if (result.issues > 0) out.write(`The server reported on them: ${count(result.issues, 'issue')}.\n`);
  for (const [status, number] of refusals) out.write(`Refused with status ${status}: ${number}.\n`);
  const [searched] = result.examples;
  if (searched === undefined) return;
  out.write('\nThe data is synthetic. NHS numbers to search for:\n');
  for (const nhsNumber of result.examples) {
    const [first] = accepted.filter((stay) => stay.person.nhsNumber === nhsNumber);
    if (!first) continue;
    const { given, family } = first.person;
    out.write(`  ${nhsNumber}  ${given.join(' ')} ${family}, ${first.condition.words}\n`);
  }
  out.write('\nWhile the server is running, paste this line to find the documents of the first patient:\n\n');
  out.write(
    `curl -sS -H "Authorization: Bearer $(npx homeward token --scope system/DocumentReference.rs)" -d 'patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${searched}' '${base}/DocumentReference/_search?_pretty=true'\n`,
  );
}
