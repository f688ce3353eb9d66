/** Writes the page of the environment variables (`docs/configuration.md`) from the table in `config.ts`: for operators. */

export interface DescribedVariable {
  name: string;
  kind: string;
  unlessSet: string;
  meaning: string;
}

const INTRODUCTION = `# Configuration

Homeward is configured by environment variables, read once at start. Every fault is reported at once, with the name of
the variable and what would be right, before the database is made or touched; the exit code is then 78. This page is
written by \`npm run docs:configuration\` from the table in \`src/config.ts\`, and a test compares the two. A variable that is
empty counts as not set.

## Modes

A server is a **sandbox** or it is **secured**; there is no third mode.

| mode | when | what follows |
| --- | --- | --- |
| sandbox | no \`AUTH_*\`, no \`CLIENTS_FILE\`, no \`POLICY_FILE\`, no \`OIDC_*\`; \`NODE_ENV\` not set, \`development\` or \`test\`; and \`HOST\` a loopback address, or \`SANDBOX=on\` | the server makes its own signing key under \`DATA_DIR\`, and prints a token at start. For test data only |
| secured | everything else | tokens come from your issuer (\`AUTH_ISSUER\`, \`AUTH_AUDIENCE\`, \`AUTH_JWKS_URI\`), from the token endpoint (\`CLIENTS_FILE\`), or from both. With nothing to check tokens with it refuses to start |

\`NODE_ENV=production\` refuses to start unless \`DATABASE_URL\`, \`AUTH_ISSUER\`, \`AUTH_AUDIENCE\` and a source of keys
(\`AUTH_JWKS_URI\` or \`CLIENTS_FILE\`) are set. Any other \`NODE_ENV\` than these three is refused by name. An \`AUTH_\` or
\`OIDC_\` variable that is not in the table is refused, since it may be a misspelt one.

A database notes in which mode it was first opened: see [decision 0019](decisions/0019-modes.md). One that was ever opened
by a secured server is never opened as a sandbox. Who gets in, and to what: [access.md](access.md).

## Variables

PostgreSQL's own variables (\`PGHOST\`, \`PGPORT\`, …) are not part of this: the connection is \`DATABASE_URL\`, whole.
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
