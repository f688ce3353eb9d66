/**
 * Checks versions that retention kept because other submissions use them: they must match the digests in their
 * tombstones.
 */
import { UUID } from '../../fhir/uuid';
import type { Database } from '../../platform/postgres';
import type { Faults } from './fault';
import { readVersions } from './read-written';
import type { FactTables } from './sealed-tables';
import { readShape, withFixedForms } from './sealed-columns';

interface Kept {
  type: string;
  shape: string;
  ids: string[];
  versions: number[];
  digests: string[];
}

export async function checkKept(database: Database, tables: FactTables, faults: Faults): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    await withFixedForms(tx);
    const lists = await tx.query<Kept & Record<string, unknown>>({
      text: `SELECT list.key AS type, kept.value ->> 3 AS shape,
          array_agg(kept.value ->> 0) AS ids, array_agg((kept.value ->> 1)::integer) AS versions,
          array_agg(kept.value ->> 2) AS digests
        FROM ledger_tombstone AS t,
          jsonb_each(CASE jsonb_typeof(t.kept) WHEN 'object' THEN t.kept ELSE '{}' END) AS list,
          jsonb_array_elements(CASE jsonb_typeof(list.value) WHEN 'array' THEN list.value ELSE '[]' END) AS kept
        WHERE kept.value ->> 0 ~ '^${UUID}$' AND kept.value ->> 1 ~ '^\\d{1,9}$'
          AND kept.value ->> 3 IS NOT NULL
        GROUP BY 1, 2 ORDER BY 1, 2`,
    });
    for (const { type, shape: name, ids, versions, digests } of lists) {
      const shape = await readShape(tx, name);
      if (!shape || tables.types[type] === undefined) {
        faults.add({
          kind: 'row',
          text: `${type}: the list of columns that retention used when it recorded kept data was changed or deleted.`,
        });
        continue;
      }
      const listed = ids.map((id, index) => ({ type, id, version: versions[index]!, submission: null }));
      const found = await readVersions(tx, shape.facts, tables, listed);
      const now = new Map(
        found.map(({ id, version_id, digest }) => [`${id} ${version_id}`, digest.toString('hex')]),
      );
      for (const [index, id] of ids.entries())
        if (now.get(`${id} ${versions[index]}`) !== digests[index])
          faults.add({
            kind: 'row',
            text: `${type} ${id}, version ${versions[index]}: changed or deleted since retention kept it.`,
          });
    }
  });
}
