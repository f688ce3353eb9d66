/** The commands of `homeward`, each in a file of its own, and the help. */
import { clients } from './clients-command';
import type { Command } from './command';
import { demo } from './demo-command';
import { ingest } from './ingest';
import { ledger } from './ledger';
import { migrateCommand } from './migrate';
import { retention } from './retention';
import { serve } from './serve';
import { token } from './token';
import { validate } from './validate';

const commands: Record<string, { run: Command; synopsis: string; purpose: string }> = {
  serve: { run: serve, synopsis: 'serve', purpose: 'start the server (what `npm start` does)' },
  migrate: {
    run: migrateCommand,
    synopsis: 'migrate',
    purpose: 'bring the database to this version’s tables',
  },
  validate: {
    run: validate,
    synopsis: 'validate FILE|DIR… [--strict] [--json]',
    purpose: 'say what a server would say of these files; exit 1 where one would be refused',
  },
  ingest: {
    run: ingest,
    synopsis: 'ingest FILE|DIR… [--ods CODE]',
    purpose: 'take in bundles from files, by the same way as over HTTP',
  },
  token: {
    run: token,
    synopsis: 'token --scope "…" [--ods CODE] [--ttl 1h]',
    purpose: 'make a token for the sandbox',
  },
  clients: { run: clients, synopsis: 'clients add|list|disable …', purpose: 'keep CLIENTS_FILE' },
  ledger: {
    run: ledger,
    synopsis: 'ledger verify|export|key …',
    purpose:
      'prove that nothing recorded was changed since: verify [--export FILE] [--key FILE] [--anchor FILE], export FILE',
  },
  retention: {
    run: retention,
    synopsis: 'retention --older-than 8y [--dry-run]',
    purpose: 'remove what need not be kept any longer, leaving tombstones in the ledger',
  },
  demo: { run: demo, synopsis: 'demo [--stays N] [--seed N]', purpose: 'load synthetic virtual ward stays' },
};

export async function run(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  stop?: AbortSignal,
): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help());
    return name === undefined ? 64 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    process.stderr.write(`homeward: there is no command «${name.slice(0, 40)}»; try homeward --help\n`);
    return 64;
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`homeward ${command.synopsis}\n\n  ${command.purpose}\n`);
    return 0;
  }
  return command.run(args, env, stop);
}

export function help(): string {
  const width = Math.max(...Object.values(commands).map(({ synopsis }) => synopsis.length));
  const lines = Object.values(commands).map(
    ({ synopsis, purpose }) => `  ${synopsis.padEnd(width)}  ${purpose}`,
  );
  return `Homeward, a FHIR R4 receiver for summaries of NHS virtual ward stays\n\nUsage: homeward COMMAND\n\n${lines.join('\n')}\n\nSettings are environment variables: see docs/configuration.md.\n`;
}
