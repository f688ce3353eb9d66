/** Writes the page of the environment variables (`docs/configuration.md`) from the table in `config.ts`: for operators. */

export interface DescribedVariable {
  name: string;
  default: string;
  description: string;
}

const INTRODUCTION = `# Configuration

Homeward is configured by environment variables, read once at start; every fault is reported at once, by name. This page
is written by \`npm run docs:configuration\` from the table in \`src/config.ts\`, and a test holds it to it.

Nothing need be set to try it out. With no \`AUTH_\` variable and \`NODE_ENV\` not \`production\`, the server runs as a
**sandbox**: it makes its own signing key under \`DATA_DIR\` and prints a token at start. With \`NODE_ENV=production\` it
refuses to start unless \`DATABASE_URL\`, \`AUTH_ISSUER\`, \`AUTH_AUDIENCE\` and a source of keys (\`AUTH_JWKS_URI\` or
\`CLIENTS_FILE\`) are set. Who gets in and to what is told in [access.md](access.md).

PostgreSQL's own variables (\`PGHOST\`, \`PGPORT\`, …) are not part of this: the connection is \`DATABASE_URL\`, whole.
`;

export function configurationPage(variables: readonly DescribedVariable[]): string {
  const rows = variables.map(({ name, default: byDefault, description }) => [
    `\`${name}\``,
    byDefault === '' ? '–' : /^[\w.:/-]+$/.test(byDefault) ? `\`${byDefault}\`` : byDefault,
    description,
  ]);
  const table = [['variable', 'unless set', 'meaning'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
  return `${INTRODUCTION}\n${table}\n`;
}
