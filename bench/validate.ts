/**
 * What checking a summary costs: CPU of this process for decoding, repairing and validating summaries of 50 resources
 * with a PDF of 300 kB, once warm. The garbage collector's and the compiler's threads are counted too.
 */
import { operatorCaller } from '../src/engines/access/operator';
import { openJudge } from '../src/app';
import { atOnce } from '../src/fhir/slices';
import type { AnyResource } from '../src/fhir/types';
import type { Received } from '../src/use-cases/submitting/steps';
import { decode } from '../src/use-cases/submitting/decode';
import { receive } from '../src/use-cases/submitting/receive';
import { newId } from '../src/platform/ids';
import { summaryBodies } from './summaries';

export interface ValidateResult {
  resources: number;
  bytes: number;
  /** Milliseconds of CPU, each. */
  decode: number;
  repairAndValidate: number;
  both: number;
}

/** Beside the Observations a summary has four resources. */
const OBSERVATIONS = 46;
const RESOURCES = 50;
const DISTINCT = 50;

export async function benchValidate({
  rounds,
  warmUp,
}: {
  rounds: number;
  warmUp: number;
}): Promise<ValidateResult> {
  const { validator } = await openJudge({ testRangeNhsNumbers: 'accept', fhirPackages: [] });
  const received = summaryBodies(1_000_000, DISTINCT, OBSERVATIONS).map(receivedFrom);
  const decodeOne = (index: number): AnyResource => {
    const decoded = atOnce(decode(received[index % DISTINCT]!));
    if (!decoded.ok) throw new Error('a demo summary can not be decoded');
    return decoded.value.bundle;
  };
  const checkOne = (index: number): void => {
    const bundle = decodeOne(index);
    const repaired = validator.repair(bundle, 'default');
    const { issues } = validator.validateBundle(bundle, {
      handling: 'default',
      now: new Date(),
      repaired: repaired.issues,
    });
    if (issues.some(({ severity }) => severity === 'error')) throw new Error('a demo summary is not valid');
  };
  cpuOf(warmUp, checkOne);
  const both = cpuOf(rounds, checkOne);
  const ofDecode = cpuOf(rounds, decodeOne);
  return {
    resources: RESOURCES,
    bytes: received[0]!.bytes.length,
    decode: ofDecode,
    repairAndValidate: both - ofDecode,
    both,
  };
}

/** Milliseconds of CPU, each. */
function cpuOf(rounds: number, work: (index: number) => unknown): number {
  const before = process.cpuUsage();
  for (let index = 0; index < rounds; index += 1) work(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / rounds;
}

const receivedFrom = (bytes: Buffer): Received =>
  atOnce(
    receive(
      {
        door: 'cli',
        caller: operatorCaller('RR8'),
        reach: { kind: 'all' },
        bytes,
        contentType: 'application/fhir+json',
        format: 'json',
        handling: 'default',
      },
      newId,
      new Date(),
    ),
  );
