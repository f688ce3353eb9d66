/**
 * `npm run bench:blocks -- [--only KIND]… [--way WAY]… [--frames]`: for how long at most a large body keeps a server's process from
 * everything else. Each kind of body is sent to a server of its own process, which notes the longest time between two
 * turns of its event loop, as CPU time, because the machine may do other work. `--frames` adds what ran in it.
 * The ways are those of `ways-in.ts`; `http` unless given.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import type { PoolConfig } from 'pg';
import { createApp } from '../src/app';
import { readConfig } from '../src/config';
import { createLogger } from '../src/platform/logger';
import { framesOf, type CpuProfile, type Frame } from './flame-graph';
import { largeBodies } from './large-bodies';
import { setStage } from './stage';
import { TYPESCRIPT } from './typescript';
import { openWaysIn, WAYS, type Way } from './ways-in';

/** A block that is shorter is not looked at more closely, in milliseconds. */
const NOTED = 15;

/** A stretch without a turn of the event loop: when it began (on the clock of V8's profiles) and its milliseconds. */
interface Block {
  from: number;
  to: number;
  cpu: number;
}

interface Watched {
  blocks: Block[];
  /** Milliseconds of CPU of the whole process. */
  cpu: number;
  frames: string[];
}

const microseconds = (): number => Number(process.hrtime.bigint() / 1000n);

function watch(): () => Block[] {
  const blocks: Block[] = [];
  let since = microseconds();
  let before = process.cpuUsage();
  const timer = setInterval(() => {
    const now = microseconds();
    const { user, system } = process.cpuUsage(before);
    const cpu = Math.min(now - since, user + system) / 1000;
    if (cpu > 5) blocks.push({ from: since, to: now, cpu });
    since = now;
    before = process.cpuUsage();
  }, 1);
  return () => {
    clearInterval(timer);
    return blocks.sort((one, other) => other.cpu - one.cpu).slice(0, 12);
  };
}

/** The functions that took most of the longest blocks, outermost first. */
function framesIn(blocks: readonly Block[], profile: CpuProfile & { startTime: number }): string[] {
  const lines: string[] = [];
  for (const { from, to, cpu } of blocks.filter((block) => block.cpu > NOTED).slice(0, 6)) {
    let time = profile.startTime;
    const samples: number[] = [];
    const timeDeltas: number[] = [];
    profile.samples.forEach((sample, index) => {
      const delta = profile.timeDeltas[index] ?? 0;
      time += delta;
      if (time < from || time > to) return;
      samples.push(sample);
      timeDeltas.push(delta);
    });
    lines.push(`    ${cpu.toFixed(0)} ms:`);
    const print = ({ name, microseconds: spent, calls }: Frame, depth: number): void => {
      if (spent < 0.2 * (to - from) || spent < 3000) return;
      lines.push(`    ${'  '.repeat(depth)}${(spent / 1000).toFixed(1)} ${name}`);
      for (const call of [...calls.values()].sort((a, b) => b.microseconds - a.microseconds))
        print(call, depth + 1);
    };
    print(framesOf({ nodes: profile.nodes, samples, timeDeltas }), 1);
  }
  return lines;
}

interface ServeArguments {
  dataDir: string;
  connection: PoolConfig;
  env: Record<string, string>;
}

async function serve({ dataDir, connection, env }: ServeArguments): Promise<void> {
  const read = readConfig({
    ...env,
    PORT: '0',
    DATA_DIR: dataDir,
    WORKERS: '1',
    MAX_BODY_BYTES: String(64 * 1024 * 1024),
  });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const app = await createApp({ config: read.config, log: createLogger('error'), connection });
  const { url } = await app.listen();
  const token = app.sandbox?.token({
    scope: 'system/Bundle.crs system/*.crs',
    ods: 'RR8',
    ttlSeconds: 24 * 3600,
    sub: 'blocks',
  });
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  let ended = (): Block[] => [];
  let before = process.cpuUsage();
  process.on('message', (message: { do: 'begin' | 'end' | 'stop'; frames: boolean }) => {
    void (async () => {
      if (message.do === 'begin') {
        if (message.frames) await session.post('Profiler.start');
        before = process.cpuUsage();
        ended = watch();
        process.send?.({});
      } else if (message.do === 'end') {
        const blocks = ended();
        const { user, system } = process.cpuUsage(before);
        const frames = message.frames
          ? framesIn(
              blocks,
              (await session.post('Profiler.stop')).profile as unknown as CpuProfile & { startTime: number },
            )
          : [];
        process.send?.({ blocks, cpu: (user + system) / 1000, frames });
      } else {
        await app.stop();
        process.exit(0);
      }
    })();
  });
  process.send?.({ url, token });
}

const asked = async <T>(child: ChildProcess, message?: object): Promise<T> => {
  const answer = once(child, 'message') as Promise<[T]>;
  if (message) child.send(message);
  return (await answer)[0];
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      way: { type: 'string', multiple: true, default: ['http'] },
      frames: { type: 'boolean', default: false },
    },
  });
  const { frames } = values;
  const ways = values.way.map((way): Way => {
    const known = WAYS.find((each) => each === way);
    if (!known) throw new Error(`--way is one of ${WAYS.join(', ')}`);
    return known;
  });
  const stage = await setStage();
  const { env, send, close } = await openWaysIn();
  const connection = await stage.createDatabase('blocks');
  const child = fork(__filename, [JSON.stringify({ dataDir: stage.dataDir, connection, env })], {
    execArgv: ['--max-semi-space-size=32', ...TYPESCRIPT],
    env: { HOMEWARD_BLOCKS: 'serve', PATH: process.env.PATH ?? '' },
  });
  const server = await asked<{ url: string; token: string }>(child);
  for (const { kind, make } of largeBodies()) {
    if (values.only && !values.only.includes(kind) && kind !== 'warm-up') continue;
    const times = kind === 'warm-up' ? Math.ceil(40 / ways.length) : 2;
    for (const way of ways) {
      for (let nth = 0; nth < times; nth += 1) {
        const body = make(nth);
        await asked(child, { do: 'begin', frames });
        const status = await send(way, body, server);
        const watched = await asked<Watched>(child, { do: 'end', frames });
        if (kind !== 'warm-up')
          tell(`${kind}, ${way} (${(body.bytes.length / 1e6).toFixed(1)} MB): ${status}`, watched);
      }
    }
  }
  child.send({ do: 'stop' });
  await once(child, 'exit');
  await close();
  await stage.strike();
}

function tell(what: string, { blocks, cpu, frames }: Watched): void {
  const longest = blocks.slice(0, 5).map((block) => block.cpu.toFixed(0));
  console.log(`${what}; longest ${longest.join(', ')} ms; CPU ${cpu.toFixed(0)} ms`);
  for (const line of frames) console.log(line);
}

if (require.main === module) {
  const work =
    process.env.HOMEWARD_BLOCKS === 'serve'
      ? serve(JSON.parse(process.argv[2] ?? '{}') as ServeArguments)
      : main();
  work.catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
