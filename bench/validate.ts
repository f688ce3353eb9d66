/**
 * What checking a summary costs: CPU of this process for decoding, repairing and validating summaries of 50 resources
 * with a PDF of 300 kB, once warm. The garbage collector's and the compiler's threads are counted too.
 */
import { openJudge } from '../src/app';
import { decode } from '../src/submission/decode';
import { receive } from '../src/submission/receive';
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
const DISTINCT = 20;

export async function benchValidate({
  rounds,
  warmUp,
}: {
  rounds: number;
  warmUp: number;
}): Promise<ValidateResult> {
  const { validator } = await openJudge({ testRangeNhsNumbers: 'accept', fhirPackages: [] });
  const bodies = summaryBodies(1_000_000, DISTINCT, OBSERVATIONS);
  let decodeCpu = 0;
  const run = (count: number): number => {
    decodeCpu = 0;
    const startedAt = process.cpuUsage();
    for (let i = 0; i < count; i += 1) {
      const before = process.cpuUsage();
      const decoded = decode(receivedFrom(bodies[i % DISTINCT]!));
      decodeCpu += milliseconds(process.cpuUsage(before));
      if (!decoded.ok) throw new Error('a demo summary can not be decoded');
      const { bundle } = decoded.value;
      const repaired = validator.repair(bundle, 'default');
      const { issues } = validator.validateBundle(bundle, {
        handling: 'default',
        now: new Date(),
        repaired: repaired.issues,
      });
      if (issues.some(({ severity }) => severity === 'error')) throw new Error('a demo summary is not valid');
    }
    return milliseconds(process.cpuUsage(startedAt));
  };
  run(warmUp);
  const both = run(rounds) / rounds;
  const ofDecode = decodeCpu / rounds;
  return {
    resources: RESOURCES,
    bytes: bodies[0]!.length,
    decode: ofDecode,
    repairAndValidate: both - ofDecode,
    both,
  };
}

const receivedFrom = (bytes: Buffer): ReturnType<typeof receive> =>
  receive(
    {
      door: 'ingest',
      from: { sender: 'RR8', clientId: 'benchmark' },
      bytes,
      contentType: 'application/fhir+json',
      format: 'json',
      handling: 'default',
    },
    newId,
    new Date(),
  );

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
