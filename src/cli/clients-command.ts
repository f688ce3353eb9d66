/** `homeward clients`: keeps the file of the clients that the token endpoint knows. */
import { runClients } from './clients';
import type { Command } from './command';

export const clients: Command = async (args, env) => {
  const { exitCode, lines } = await runClients(args, env.CLIENTS_FILE?.trim() || undefined);
  (exitCode === 0 ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
  return exitCode;
};
