/** Lists and runs the commands of `homeward`. Each is in its own file. */
import { version } from '../../app/version';
import { didYouMean } from '../../fhir/nearest';
import { auditMonthsDrop, auditMonthsExport, auditMonthsList, auditMonthsVerify } from './audit-months';
import { clientsAdd, clientsDisable, clientsEnable, clientsList } from './clients-command';
import { usageFault, type Command } from './command';
import { documentsMove } from './documents';
import { demo } from './demo-command';
import { columns } from './help';
import { ingest } from './ingest';
import { ledgerAccept, ledgerExport, ledgerKey, ledgerVerify } from './ledger';
import { ledgerMissing } from './ledger-missing';
import { meshCheck, meshSend } from './mesh';
import { migrateCommand } from './migrate';
import { reindex } from './reindex';
import { retention } from './retention';
import { serve } from './serve';
import { token } from './token';
import { validate } from './validate';

export const commands: readonly Command[] = [
  serve,
  migrateCommand,
  validate,
  ingest,
  token,
  demo,
  clientsList,
  clientsAdd,
  clientsDisable,
  clientsEnable,
  ledgerVerify,
  ledgerMissing,
  ledgerExport,
  ledgerKey,
  ledgerAccept,
  meshCheck,
  meshSend,
  documentsMove,
  auditMonthsList,
  auditMonthsExport,
  auditMonthsDrop,
  auditMonthsVerify,
  reindex,
  retention,
];

/** @returns the process's exit code */
export async function run(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  stop?: AbortSignal,
): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) return printed(help(), 64);
  if (first === '--version' || first === '-v' || first === 'version') return printed(`${version}\n`);
  if (first === '--help' || first === '-h') return printed(help());
  // `homeward help ledger verify` is `homeward ledger verify --help`.
  if (first === 'help') return run(rest.length === 0 ? ['--help'] : [...rest, '--help'], env, stop);
  const [second, ...others] = rest;
  const whole = second === undefined ? undefined : commands.find(({ name }) => name === `${first} ${second}`);
  if (whole) return whole.run(others, env, stop);
  const command = commands.find(({ name }) => name === first);
  if (command) return command.run(rest, env, stop);
  return group(first, rest);
}

/** `ledger`, `clients` and others without a subcommand, or with an unknown one. */
function group(first: string, rest: readonly string[]): number {
  const members = commands.filter(({ name }) => name.startsWith(`${first} `));
  const shown = (text: string): string => text.slice(0, 40).replace(/\p{Cc}/gu, ' ');
  if (members.length === 0) {
    const names = new Set(commands.map(({ name }) => name.split(' ')[0]!));
    return usageFault(`there is no command ${shown(first)}.${didYouMean(first, names)}`);
  }
  if (rest.some((word) => word === '--help' || word === '-h')) return printed(groupHelp(first, members));
  const [second] = rest;
  const names = members.map(({ name }) => name.slice(first.length + 1)).join(', ');
  return usageFault(
    second === undefined
      ? `${first} needs a command. Use one of: ${names}.`
      : `${first} has no command ${shown(second)}. Use one of: ${names}.`,
    first,
  );
}

export function help(): string {
  const rows = commands.map(({ name, purpose }): [string, string] => [name, purpose]);
  return `Homeward receives summaries of NHS virtual ward stays as FHIR R4.

Usage: homeward COMMAND [OPTIONS]

${columns(rows)}

homeward COMMAND --help explains a command and its options; homeward --version prints the version.
Settings are environment variables: see docs/configuration.md.
`;
}

function groupHelp(first: string, members: readonly Command[]): string {
  const rows = members.map(({ name, purpose }): [string, string] => [name, purpose]);
  return `Usage: homeward ${first} COMMAND [OPTIONS]\n\n${columns(rows)}\n\nhomeward ${first} COMMAND --help explains the options of each.\n`;
}

function printed(text: string, exitCode = 0): number {
  process.stdout.write(text);
  return exitCode;
}
