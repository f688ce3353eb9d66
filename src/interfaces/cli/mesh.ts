/** `homeward mesh check` and `homeward mesh send`: MESH from the command line, without a server and a database. */
import type { MeshTools } from '../../app/mesh-tools';
import { StartFailure } from '../../app/start-failure';
import type { Settings } from '../../config';
import { formatOfContent } from '../../use-cases/submitting/format-of-content';
import { defineCommand, failed, usageFault } from './command';
import { nameOf, readInput } from './input-file';
import { printOutcome } from './print-outcome';
import { plainSettings, printFaults } from './settings';
import { secondsOf } from './token';

const SETTINGS =
  'The mailboxes, passwords and certificates are those of MESH_FILE: see docs/transports/mesh.md. It needs no server and no database.';
const TIMEOUT_FAULT =
  '--timeout must be a number of seconds, minutes, hours or days, for example 90s or 10m.';
const LONGEST_TIMEOUT_SECONDS = 24 * 60 * 60;

export const meshCheck = defineCommand({
  name: 'mesh check',
  purpose: 'check that each mailbox of MESH can be used',
  about: [
    'For each mailbox of MESH_FILE it makes a handshake and looks at the inbox. It takes no message.',
    SETTINGS,
    'Exit code: 0 if every mailbox can be used, 1 if one cannot, 78 if MESH_FILE has a fault.',
  ],
  options: {},
  examples: ['MESH_FILE=mesh.json npx homeward mesh check'],
  run: async (_given, env, stop) => {
    const tools = await toolsOf(env);
    if (!tools) return 78;
    const signal = stop ?? new AbortController().signal;
    let failures = 0;
    try {
      for (const mailbox of tools.mailboxes) {
        const checked = await tools.check(mailbox, signal);
        if (checked.ok) {
          process.stdout.write(`${mailbox}: ready at ${checked.url}, ${countOf(checked)}\n`);
          continue;
        }
        failures += 1;
        process.stderr.write(`homeward: ${mailbox}: ${checked.reason}\n`);
      }
    } finally {
      tools.close();
    }
    return failures === 0 ? 0 : 1;
  },
});

function countOf({ messages, isMore }: { messages: number; isMore: boolean }): string {
  if (messages === 1 && !isMore) return '1 message in the inbox';
  return `${messages}${isMore ? ' or more' : ''} messages in the inbox`;
}

export const meshSend = defineCommand({
  name: 'mesh send',
  purpose: 'send a file through MESH, and wait for the report',
  about: [
    'It prints the id that MESH gave to the message. With --wait it also takes the report about it out of the inbox of --from, and prints it.',
    SETTINGS,
    'A message is sent once: if MESH does not answer, the command says how to find out whether MESH has it. A server that polls the inbox of --from leaves the report alone, unless its file lists the workflow of the report.',
    'Exit code: 0 if it is sent (with --wait: accepted), 1 if the report says refused, 2 if it could not be sent or delivered, 3 if no report came in time, 66 if the file cannot be read, 78 if MESH_FILE has a fault.',
  ],
  operands: { name: 'FILE', meaning: 'the file to send, or - for standard input' },
  options: {
    from: { value: 'MAILBOX', meaning: 'the mailbox that sends, one of MESH_FILE', required: true },
    to: { value: 'MAILBOX', meaning: 'the mailbox of the recipient', required: true },
    workflow: { value: 'ID', meaning: 'the workflow of the message, such as VW_SUMMARY', required: true },
    wait: { meaning: 'wait for the report' },
    timeout: { value: 'TIME', meaning: 'how long to wait for the report: 90s, 10m, 1h', unlessGiven: '10m' },
  },
  examples: [
    'npx homeward mesh send examples/summary.json --from X26ABC2 --to X26ABC1 --workflow VW_SUMMARY',
    'npx homeward mesh send examples/summary.json --from X26ABC2 --to X26ABC1 --workflow VW_SUMMARY --wait --timeout 2m',
  ],
  run: async ({ values, operands }, env, stop) => {
    const seconds = secondsOf(values.timeout ?? '10m');
    if (seconds === undefined) return usageFault(TIMEOUT_FAULT, 'mesh send');
    const tools = await toolsOf(env);
    if (!tools) return 78;
    try {
      const from = values.from.toUpperCase();
      if (!tools.mailboxes.includes(from))
        return usageFault(
          `--from must be a mailbox of MESH_FILE, which has ${tools.mailboxes.join(', ')}.`,
          'mesh send',
        );
      const file = operands[0]!;
      const bytes = await readInput(file, tools.maxBodyBytes, stop);
      if (bytes === undefined) return 66;
      if (bytes.length === 0) return failed(`${nameOf(file)} is empty. MESH accepts no empty message.`, 66);
      const signal = stop ?? new AbortController().signal;
      const { to, workflow } = values;
      const posted = await tools.send({ from, to, workflow, contentType: typeOf(bytes), bytes }, signal);
      if (!posted.ok) return failed(posted.reason, 2);
      const { messageId } = posted;
      process.stdout.write(`${messageId}\n`);
      if (!values.wait) return 0;
      const waiting = AbortSignal.timeout(Math.min(seconds, LONGEST_TIMEOUT_SECONDS) * 1000);
      const reply = await tools.report({ from, to, messageId }, AbortSignal.any([signal, waiting]));
      return told(reply, { file: nameOf(file), from, timeout: values.timeout ?? '10m' }, env);
    } finally {
      tools.close();
    }
  },
});

type Reply = Awaited<ReturnType<MeshTools['report']>>;

/** Prints what became of the message. @returns the exit code */
function told(
  reply: Reply,
  { file, from, timeout }: { file: string; from: string; timeout: string },
  env: NodeJS.ProcessEnv,
): number {
  if (reply.end === 'none')
    return failed(`no report came to ${from} within ${timeout}. The message may still be handled.`, 3);
  if (reply.end === 'undelivered') return failed(`MESH could not deliver the message: ${reply.reason}`, 2);
  process.stdout.write(`${reply.end}\n`);
  if (reply.outcome)
    process.stdout.write(
      printOutcome(file, reply.outcome, [], {
        colour: process.stdout.isTTY === true && env.NO_COLOR === undefined,
        width: process.stdout.columns ?? 100,
      }),
    );
  return reply.end === 'accepted' ? 0 : 1;
}

/** Undefined where MESH_FILE has faults; they have been printed, a line each. */
async function toolsOf(
  env: NodeJS.ProcessEnv,
): Promise<(MeshTools & Pick<Settings, 'maxBodyBytes'>) | undefined> {
  const settings = plainSettings(env);
  if (!settings) return undefined;
  if (settings.meshFile === undefined) {
    failed('MESH_FILE is not set. Set it to the file with the mailboxes: see docs/transports/mesh.md.', 78);
    return undefined;
  }
  try {
    const { maxBodyBytes } = settings;
    // Loaded here only, so that no other command waits for it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { openMeshTools } = require('../../app/mesh-tools') as typeof import('../../app/mesh-tools');
    return { ...(await openMeshTools(settings.meshFile, env)), maxBodyBytes };
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    printFaults(error.faults);
    return undefined;
  }
}

/** By its first character; MESH gives the type to the recipient. */
function typeOf(bytes: Buffer): string {
  const start = bytes
    .subarray(0, 64)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  return /^[<{]/.test(start) ? `application/fhir+${formatOfContent(bytes)}` : 'application/octet-stream';
}
