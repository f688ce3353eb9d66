/** Writes `docs/configuration.md`, for operators, from the table of variables in `config.ts`. */

export interface DescribedVariable {
  name: string;
  kind: string;
  unlessSet: string;
  meaning: string;
}

const INTRODUCTION = `# Configuration

Homeward is configured by environment variables. It reads the variables once, at start. It then checks them, the files that they name and
the port before it opens the database. It reports every fault at once: a line for each, with the name of the variable and what
to set. The exit code is then 78. An empty variable counts as not set. A variable that
contains only spaces is a fault, so that a template that was not filled in cannot make a server less secure.

\`npm run docs:configuration\` writes this page from the table in \`src/config.ts\`, and a test compares the two.

## Modes

A server is a **sandbox** or it is **secured**. There is no third mode.

| mode | when | what follows |
| --- | --- | --- |
| sandbox | no \`AUTH_*\`, no \`CLIENTS_FILE\`, no \`POLICY_FILE\`, no \`OIDC_*\`; \`NODE_ENV\` not set, \`development\` or \`test\`; and \`HOST\` a loopback address, or \`SANDBOX=on\` | the server makes its own signing key under \`DATA_DIR\` and prints a token at start. For test data only |
| secured | every other case | tokens come from your issuer (\`AUTH_ISSUER\`, \`AUTH_AUDIENCE\`, \`AUTH_JWKS_URI\`), from the token endpoint (\`CLIENTS_FILE\`), or from both. If no source of tokens is set, the server does not start |

With \`NODE_ENV=production\` the server does not start unless \`DATABASE_URL\`, \`AUTH_ISSUER\`, \`AUTH_AUDIENCE\` and a source of
keys (\`AUTH_JWKS_URI\` or \`CLIENTS_FILE\`) are set. It also refuses any other \`NODE_ENV\` than \`production\`, \`development\` and \`test\`,
and any \`AUTH_\` or \`OIDC_\` variable that is not in the table, because its name may be misspelt.

A database records the mode in which it was first opened ([decision 19](decisions/0019-modes.md)). If a secured server has ever opened
it, no sandbox can open it, and a sandbox that is already running answers 503 from then on. For access rules, see [access.md](access.md). For running the server, see [operating.md](operating.md).

## Variables

Only \`DATABASE_URL\` sets the connection. Homeward does not read PostgreSQL's own variables (\`PGHOST\`, \`PGPORT\` …).
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
