/**
 * `npm run test:costs -- --way count|time|store [--kinds lists,texts,entries,links,references,crossed,specific]
 * [--types Patient,Encounter] [--depth 2] [--texts 3] [--from 20000] [--to 320000] [--only TEXT] [--xml] [--who]`:
 * looks for a place of a submission that costs the square of its length. Exit 0 where none was found.
 * @see docs/costs.md
 */
import { parseArgs } from 'node:util';
import { openJudge } from '../../src/app';
import { readConfig } from '../../src/config';
import type { FileJudge } from '../../src/use-cases/submitting/validate/validate-file';
import { concreteResources } from '../fuzz/tables';
import { entryCases, linkCases, referenceCases } from './bundles';
import { who, workOf } from './count-work';
import { crossedCases } from './crossed';
import { listCases, textCases, type Case } from './grown';
import { judgeWork } from './judge-work';
import { growthOf, type Done, type Growth, type Size, type Work } from './measure';
import { specificCases } from './specific';
import { storeSteps, withServer, type Server } from './store-work';

const options = {
  way: { type: 'string', default: 'count' },
  kinds: { type: 'string', default: 'lists,texts,entries,links,references,crossed,specific' },
  types: { type: 'string' },
  depth: { type: 'string', default: '2' },
  texts: { type: 'string', default: '3' },
  from: { type: 'string', default: '20000' },
  to: { type: 'string', default: '320000' },
  only: { type: 'string', default: '' },
  xml: { type: 'boolean', default: false },
  who: { type: 'boolean', default: false },
} as const;

type Options = ReturnType<typeof parse>;
const parse = () => parseArgs({ options }).values;

async function main(): Promise<number> {
  const asked = parse();
  const cases = casesOf(asked);
  console.log(`${cases.length} cases`);
  let found = 0;
  const tell = ({ name }: Case, { suspicion, sizes }: Growth): void => {
    if (suspicion !== undefined) found += 1;
    else if (asked.only === '') return;
    console.log(
      `${suspicion === undefined ? 'fine' : 'SUSPECT'} ${name}: ${suspicion ?? ''}; ${shown(sizes)}`,
    );
  };
  if (asked.way === 'store') await withServer((server) => store(server, cases, asked, tell));
  else await check(cases, asked, tell);
  console.log(`${found} suspects`);
  return found === 0 ? 0 : 1;
}

const shown = (sizes: readonly Size[]): string =>
  sizes
    .map(({ bytes, millis, outcome }) => `${(bytes / 1000).toFixed(0)} kB ${millis.toFixed(0)} (${outcome})`)
    .join(', ');

function casesOf({ kinds, types, depth, texts, only }: Options): Case[] {
  const ofTypes = (make: (type: string) => Case[]): Case[] =>
    (types?.split(',') ?? concreteResources).flatMap(make);
  const all: Record<string, () => Case[]> = {
    lists: () => ofTypes((type) => listCases(type, Number(depth))),
    texts: () => ofTypes((type) => textCases(type, Number(depth), Number(texts))),
    entries: entryCases,
    links: linkCases,
    references: referenceCases,
    crossed: crossedCases,
    specific: specificCases,
  };
  const chosen = kinds.split(',').flatMap((kind) => all[kind]?.() ?? []);
  return chosen.filter(({ name }) => name.includes(only));
}

type Tell = (one: Case, growth: Growth) => void;

/** The check alone, without a database: the count of its work, or its time. */
async function check(cases: readonly Case[], asked: Options, tell: Tell): Promise<void> {
  const read = readConfig({ PORT: '0', DATA_DIR: '/nowhere' });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const judge = (await openJudge(read.config)).judgeFile;
  for (const one of cases) {
    const work = judgeWork(one, judge, asked.xml ? 'xml' : 'json');
    if (asked.way === 'count') tell(one, await countedGrowth(one, judge, asked));
    else tell(one, await growthOf(work, Number(asked.from), Number(asked.to)));
  }
}

/** The square of a long list shows well above this, and what is counted of the same work varies a little. */
const MOST = 5;

async function countedGrowth(
  one: Case,
  judge: FileJudge,
  { from, to, xml, who: asks }: Options,
): Promise<Growth> {
  const work = judgeWork(one, judge, xml ? 'xml' : 'json');
  const counted = async (size: number): Promise<Size> => {
    let done: Done | undefined;
    const count = await workOf(async () => (done = await work(size)), { asks });
    return { bytes: done?.bytes ?? 0, millis: count, outcome: done?.outcome ?? '' };
  };
  const [none, little, much] = [await counted(1), await counted(Number(from)), await counted(Number(to))];
  const times = (much.millis - none.millis) / (little.millis - none.millis);
  const larger = (much.bytes - none.bytes) / (little.bytes - none.bytes);
  const sizes = [none, little, much];
  const grown = (4 * times) / larger;
  if (!(grown > MOST)) return { sizes };
  return {
    sizes,
    suspicion: `${grown.toFixed(1)} times the work for 4 times as much${asks ? `\n    ${who()}` : ''}`,
  };
}

/** Submitted, corrected, read and shown; each of these is compared with itself. */
async function store(server: Server, cases: readonly Case[], asked: Options, tell: Tell): Promise<void> {
  for (const one of cases) {
    const steps = new Map<string, Size[]>();
    const work: Work = async (size) => {
      let bytes = 0;
      let millis = 0;
      const outcomes: string[] = [];
      for (const step of await storeSteps(server, one, size, asked.xml ? 'xml' : 'json')) {
        bytes = Math.max(bytes, step.bytes);
        millis += step.millis + step.database;
        outcomes.push(`${step.status} ${step.name}`);
        const met = steps.get(step.name) ?? [];
        met.push({ bytes: step.bytes, millis: step.millis + step.database, outcome: String(step.status) });
        steps.set(step.name, met);
      }
      return {
        bytes,
        millis,
        outcome: outcomes.find((outcome) => outcome.startsWith('5')) ?? outcomes[0] ?? '',
      };
    };
    const growth = await growthOf(work, Number(asked.from), Number(asked.to));
    tell(one, growth);
    if (growth.suspicion !== undefined || asked.only !== '')
      for (const [name, sizes] of steps) console.log(`    ${name}: ${shown(sizes)}`);
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(70);
  },
);
