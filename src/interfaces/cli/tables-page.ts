/** Writes the page of the tables (`docs/tables.md`) from the definitions: for analysts and database administrators. */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { BASE_COLUMNS, columnsOf } from '../../engines/indexing/columns';
import type { StoredColumn } from '../../engines/indexing/indexing';

const INTRODUCTION = `# Tables

There is one table for each resource type, with one row for the current version of each resource. Earlier versions are in
\`<table>_history\`. Types without their own definition share \`other_resource\`.
\`npm run docs:tables\` writes this page from the definitions in \`src/resources/\`. A test compares it with them and with the migrated database.

The column \`content\` holds the whole resource as exact JSON text, so that decimals keep their digits. The other columns are
for finding and counting resources. You can query them without reading \`content\`. Only the server may write to them.

- **Ids** are UUIDs that the server assigns. The id of a Patient is made from its NHS number with a keyed hash, so
  \`patient_id\` is the same in every table. The id of an Organization is made from its ODS code. The last ten bits of an id
  are a bucket: what belongs to a patient has the bucket of the patient's id.
- **Tokens** (\`code\`, \`identifier\`, …; \`text[]\`): for each coding \`system|code\` (\`|code\` where it has none) and the bare
  \`code\`; for a typed identifier also \`|system|code|value\`. A \`|\` or \`\\\` inside a part has a \`\\\` before it. An empty list
  is an element in words only; NULL is none. The words are in \`<column>_text\`, folded.
- **Codes without a system** (\`status\`, \`gender\`) are stored unchanged.
- **Dates** are ranges as wide as their precision: \`<column>_start\` up to, not including, \`<column>_end\`. An open end is
  \`infinity\`. A value without a time zone is UK civil time.
- **References** are \`Type/id\` without a version; \`<column>_identifier\` has the tokens of a Reference's own identifier.
- **Strings** are stored as sent, and in \`<column>_folded\` without case and accents.
- **Quantities** are exact numbers, with their system, code and unit in further columns.
- **\`component\`** and other \`jsonb\` lists hold one object for each repetition of the element.

\`\`\`sql
-- Stays that ended last month, with the highest NEWS2 total of each
SELECT e.id, e.period_end, max(o.news2_total)
FROM encounter AS e JOIN observation AS o ON o.patient_id = e.patient_id AND o.encounter = 'Encounter/' || e.id
WHERE e.period_end >= date_trunc('month', now()) - interval '1 month' AND e.period_end < date_trunc('month', now())
GROUP BY e.id, e.period_end;
\`\`\`
`;

/** A column as the page shows it. The server's own columns have a type that no definition uses. */
interface ShownColumn {
  name: string;
  type: string;
  comment: string;
}

const XID: ShownColumn = {
  name: 'xid',
  type: 'xid8',
  comment: 'The transaction that wrote the row, for stable paging',
};

const HISTORY: readonly ShownColumn[] = [
  { name: 'superseded_xid', type: 'xid8', comment: 'The transaction that moved it out of the table' },
  { name: 'superseded_at', type: 'timestamptz', comment: 'When' },
  {
    name: 'deleted',
    type: 'boolean',
    comment: 'True for a tombstone: the resource was withdrawn and this row has no content',
  },
];

export function tablesPage(definitions: readonly ResourceDefinition[]): string {
  const sections = [...byTable(definitions)].map(([name, ofTable]) => {
    const columns = new Map<string, StoredColumn>();
    for (const definition of ofTable)
      for (const column of columnsOf(definition))
        if (!columns.has(column.name)) columns.set(column.name, column);
    for (const { name: base } of BASE_COLUMNS) columns.delete(base);
    const [first] = ofTable;
    const what =
      ofTable.length === 1
        ? `${first?.type}.`
        : `${ofTable.length} types: ${ofTable.map(({ type }) => type).join(', ')}.`;
    return `## \`${name}\`\n\n${what}\n\n${table([...columns.values()])}`;
  });
  const base = `## Columns of every table\n\n${table([...BASE_COLUMNS, XID])}`;
  const history = `## Further columns of every history table\n\n${table(HISTORY)}`;
  return [INTRODUCTION, base, history, ...sections].join('\n');
}

function byTable(definitions: readonly ResourceDefinition[]): Map<string, ResourceDefinition[]> {
  const tables = new Map<string, ResourceDefinition[]>();
  for (const definition of definitions) {
    const ofTable = tables.get(definition.table.name) ?? [];
    ofTable.push(definition);
    tables.set(definition.table.name, ofTable);
  }
  return tables;
}

function table(columns: readonly ShownColumn[]): string {
  const rows = columns.map(
    ({ name, type, comment }) => `| \`${name}\` | ${type} | ${comment.replaceAll('|', '\\|')} |`,
  );
  return `| Column | Type | What |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
