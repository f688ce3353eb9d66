/** Writes `docs/configuration.md`, for operators, from the table of variables in `config.ts`. */

export interface DescribedVariable {
  name: string;
  kind: string;
  unlessSet: string;
  meaning: string;
}

const INTRODUCTION = `# Configuration

Homeward is configured by environment variables. It reads them once, at start, and checks them, the files that they name and
the port before it touches the database. It reports every fault at once: a line for each, with the name of the variable and what
to set. The exit code is then 78. A variable that is empty counts as not set. One that
is spaces alone is a fault: a template that was not filled in must not make a server less guarded.

\`npm run docs:configuration\` writes this page from the table in \`src/config.ts\`, and a test compares the two.

## Modes

A server is a **sandbox** or it is **secured**. There is no third mode.

| mode | when | what follows |
| --- | --- | --- |
| sandbox | no \`AUTH_*\`, no \`CLIENTS_FILE\`, no \`POLICY_FILE\`, no \`OIDC_*\`; \`NODE_ENV\` not set, \`development\` or \`test\`; and \`HOST\` a loopback address, or \`SANDBOX=on\` | the server makes its own signing key under \`DATA_DIR\` and prints a token at start. For test data only |
| secured | in every other case | tokens come from your issuer (\`AUTH_ISSUER\`, \`AUTH_AUDIENCE\`, \`AUTH_JWKS_URI\`), from the token endpoint (\`CLIENTS_FILE\`), or from both. If nothing is set to check tokens with, the server does not start |

With \`NODE_ENV=production\` the server does not start unless \`DATABASE_URL\`, \`AUTH_ISSUER\`, \`AUTH_AUDIENCE\` and a source of
keys (\`AUTH_JWKS_URI\` or \`CLIENTS_FILE\`) are set. Any \`NODE_ENV\` but \`production\`, \`development\` and \`test\` is refused by name.
So is an \`AUTH_\` or \`OIDC_\` variable that is not in the table: it may be a misspelt one.

A database records in which mode it was first opened ([decision 19](decisions/0019-modes.md)). If a secured server ever opened
it, no sandbox opens it, and one that is running answers 503 from then on. Who is let in, and to what: [access.md](access.md). How to run it: [operating.md](operating.md).

## Variables

The connection is \`DATABASE_URL\` alone: PostgreSQL's own variables (\`PGHOST\`, \`PGPORT\` …) are not read.
For an encrypted connection add \`?sslmode=verify-full\` to it.
`;

export function configurationPage(variables: readonly DescribedVariable[]): string {
  const rows = variables.map(({ name, kind, unlessSet, meaning }) => [
    `\`${name}\``,
    kind,
    unlessSet === '' ? '–' : /^[\w.:/-]+$/.test(unlessSet) ? `\`${unlessSet}\`` : unlessSet,
    meaning,
  ]);
  const table = [['variable', 'value', 'unless set', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
  return `${INTRODUCTION}\n${table}\n`;
}
