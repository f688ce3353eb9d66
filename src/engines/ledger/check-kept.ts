/** What retention left standing, because others use it, must be as it was then: its tombstones have the digests. */
import type { Database } from '../../platform/postgres';
import type { Faults } from './fault';
import { versionsOf } from './read-records';
import { hashOfShape, withFixedForms, type Shape } from './shape';

interface Kept {
  table: string;
  shape: string;
  ids: string[];
  versions: number[];
  digests: string[];
}

export async function checkKept(database: Database, faults: Faults): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    await withFixedForms(tx);
    const lists = await tx.query<Kept & Record<string, unknown>>({
      text: `SELECT list.key AS "table", kept.value ->> 3 AS shape,
          array_agg(kept.value ->> 0) AS ids, array_agg((kept.value ->> 1)::integer) AS versions,
          array_agg(kept.value ->> 2) AS digests
        FROM ledger_tombstone AS t,
          jsonb_each(CASE jsonb_typeof(t.kept) WHEN 'object' THEN t.kept ELSE '{}' END) AS list,
          jsonb_array_elements(CASE jsonb_typeof(list.value) WHEN 'array' THEN list.value ELSE '[]' END) AS kept
        WHERE kept.value ->> 0 ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' AND kept.value ->> 1 ~ '^\\d{1,9}$'
          AND kept.value ->> 3 IS NOT NULL
        GROUP BY 1, 2 ORDER BY 1, 2`,
    });
    for (const { table, shape: name, ids, versions, digests } of lists) {
      const [row] = await tx.query<{ shape: string }>(
        { text: 'SELECT shape FROM ledger_shape WHERE sha256 = $1' },
        [name],
      );
      const shape = row && hashOfShape(row.shape) === name ? (JSON.parse(row.shape) as Shape) : undefined;
      if (!shape?.tables[table]) {
        faults.add({
          kind: 'row',
          text: `${table}: the shape by which what retention kept was noted was changed or deleted.`,
        });
        continue;
      }
      const found = await tx.query<{ id: string; version_id: number; digest: Buffer }>(
        {
          text: versionsOf(
            table,
            shape,
            'JOIN unnest($1::uuid[], $2::integer[]) AS e (id, version) ON e.id = r.id AND e.version = r.version_id',
          ),
        },
        [ids, versions],
      );
      const now = new Map(
        found.map(({ id, version_id, digest }) => [`${id} ${version_id}`, digest.toString('hex')]),
      );
      for (const [index, id] of ids.entries())
        if (now.get(`${id} ${versions[index]}`) !== digests[index])
          faults.add({
            kind: 'row',
            text: `${table} ${id}, version ${versions[index]}: kept by retention, and changed or deleted since.`,
          });
    }
  });
}
