/** Four times as much takes four times the work: what entries of one Bundle are compared with is looked at once. */
import type { FileJudge } from '../../src/use-cases/submitting/validate/validate-file';
import { openJudge } from '../../src/app';
import { readConfig } from '../../src/config';
import { stringify } from '../../src/fhir/decimal';
import { atOnce } from '../../src/fhir/slices';
import { workOf } from './count-work';
import { specificCases } from './specific';

/** The whole scan takes all of them: `npm run test:costs`. */
const COMPARED = [
  'N × all Observations at one time',
  'N × dead Patient and N × Observation',
  'N × entry of one id and bare references to it',
  'N × Organization of one code and references by it',
  'N × Organization and a stay with N providers',
];

const LITTLE = 80_000;
const TIMES = 4;
/** The square would be sixteen times the work. */
const MOST = 5;

let judge: FileJudge;

beforeAll(async () => {
  const read = readConfig({ PORT: '0', DATA_DIR: '/nowhere' });
  if (!read.ok) throw new Error(read.faults.join());
  judge = (await openJudge(read.config)).judgeFile;
});

describe('the check of a summary grows as the summary does', () => {
  it.each(COMPARED.map((name) => [name, specificCases().find((one) => one.name === name)!] as const))(
    '%s',
    async (_name, { bundleOf }) => {
      const check = async (size: number): Promise<{ work: number; length: number }> => {
        const bytes = Buffer.from(stringify(bundleOf(size)));
        const options = { handling: 'default', now: new Date(), byR4Alone: false } as const;
        const work = await workOf(() => atOnce(judge({ bytes, format: 'json' }, options)));
        return { work, length: bytes.length };
      };
      const [none, little, much] = [await check(1), await check(LITTLE), await check(TIMES * LITTLE)];
      const grown = (much.work - none.work) / (little.work - none.work);
      const larger = (much.length - none.length) / (little.length - none.length);
      expect((TIMES * grown) / larger).toBeLessThan(MOST);
    },
  );
});
