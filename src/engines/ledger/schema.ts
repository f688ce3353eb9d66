/**
 * The definitions of the database as PostgreSQL prints them: tables, columns with types and defaults, constraints,
 * indexes, views, functions, triggers, rules, row security, inheritance, event triggers. Each object is one entry, such
 * as `column observation.id` → `uuid not null`, so that a difference can be named. Versions 14 to 18 print the same,
 * but for what `normalised` evens out.
 */
import type { Queryable } from '../../platform/postgres';

/** The definition of each object, by its kind and name. */
export type Schema = ReadonlyMap<string, string>;

/** The definition of a foreign key's own trigger that is disabled. */
export const SWITCHED_OFF = 'switched off';

/**
 * The requested relations of one schema, and those that inherit from them in any schema; the names of the latter begin
 * with their schema. Names are printed without quotation marks, whatever the operator's settings.
 */
const RELATIONS = `SELECT c.oid, CASE WHEN c.relnamespace = $1::oid THEN '' ELSE c.relnamespace::regnamespace || '.' END || c.relname AS relname,
    c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relpartbound,
    concat_ws(' ', CASE WHEN NOT c.relhasindex AND EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = c.oid) THEN 'indexes off' END,
      CASE WHEN NOT c.relhastriggers AND EXISTS (SELECT 1 FROM pg_trigger AS t WHERE t.tgrelid = c.oid) THEN 'triggers off' END,
      CASE WHEN c.relchecks <> (SELECT count(*) FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c')
        THEN 'checks off' END) AS switched_off
  FROM (SELECT set_config('quote_all_identifiers', 'off', true)) AS fixed CROSS JOIN pg_class AS c
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND ((c.relnamespace = $1::oid AND ($2::text[] IS NULL OR c.relname = ANY($2::text[]))) OR EXISTS (SELECT 1 FROM pg_inherits AS i
      JOIN pg_class AS parent ON parent.oid = i.inhparent WHERE i.inhrelid = c.oid AND parent.relnamespace = $1::oid
        AND ($2::text[] IS NULL OR parent.relname = ANY($2::text[]))))`;

/**
 * True for an extension's function `p` in language `l` that is compiled code in a library on PostgreSQL's machine. A
 * function in SQL or PL/pgSQL does not count: anyone with the rights can make it a member of an extension.
 */
export const FROM_EXTENSION = `(l.lanname OPERATOR(pg_catalog.=) ANY('{c,internal}'::pg_catalog.name[])
  AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d
    WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
      AND d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char"))`;

/** What the foreign key `k` does to other rows, as PostgreSQL names its functions, from a column such as `confdeltype`. */
const actionOf = (column: string): string =>
  `CASE ${column} WHEN 'a' THEN 'noaction' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'setnull' ELSE 'setdefault' END`;

/** True where one of the four triggers that keep the foreign key `k` is missing, or is another. */
const LACKS_A_TRIGGER = `EXISTS (SELECT 1 FROM (VALUES (k.conrelid, 5, 'check_ins'), (k.conrelid, 17, 'check_upd'),
    (k.confrelid, 9, ${actionOf('k.confdeltype')} || '_del'), (k.confrelid, 17, ${actionOf('k.confupdtype')} || '_upd')) AS must (rel, type, does)
  WHERE NOT EXISTS (SELECT 1 FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgconstraint = k.oid AND t.tgrelid = must.rel AND t.tgtype = must.type AND t.tgqual IS NULL
      AND p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = 'RI_FKey_' || must.does))`;

/** True for a trigger `t` that PostgreSQL made itself for a foreign key: what is only called internal is none. */
const IS_OF_A_KEY = `(t.tgisinternal AND EXISTS (SELECT 1 FROM pg_constraint AS k JOIN pg_proc AS p ON p.oid = t.tgfoid
  WHERE k.oid = t.tgconstraint AND k.contype = 'f' AND t.tgrelid IN (k.conrelid, k.confrelid)
    AND p.pronamespace = 'pg_catalog'::regnamespace AND p.proname LIKE 'RI\\_FKey\\_%'))`;

/** The queries for the definitions, one for each kind of object, each with the columns (object, definition). */
const KINDS: readonly string[] = [
  `SELECT CASE r.relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || r.relname,
      concat_ws(' ', CASE r.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' END,
        CASE r.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END,
        CASE WHEN r.relrowsecurity THEN 'row security' END, CASE WHEN r.relforcerowsecurity THEN 'forced' END,
        CASE r.relkind WHEN 'v' THEN pg_get_viewdef(r.oid) END, pg_get_expr(r.relpartbound, r.oid),
        nullif(r.switched_off, ''))
    FROM relation AS r`,
  `SELECT 'column ' || r.relname || '.' || a.attname,
      concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
        'default ' || pg_get_expr(d.adbin, d.adrelid), 'generated ' || nullif(a.attgenerated::text, ''),
        'identity ' || nullif(a.attidentity::text, ''),
        (SELECT 'collate ' || n.collname FROM pg_collation AS n WHERE n.oid = a.attcollation AND n.collname <> 'default'))
    FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum`,
  `SELECT 'constraint ' || r.relname || '.' || k.conname,
      pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' not valid' END
        || CASE WHEN k.contype = 'f' AND ${LACKS_A_TRIGGER} THEN ' without its triggers' ELSE '' END
    FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid AND k.contype NOT IN ('n', 't')`,
  `SELECT 'index ' || r.relname || '.' || x.relname, pg_get_indexdef(x.oid)
      || CASE WHEN i.indisvalid AND i.indisready AND i.indislive AND i.indimmediate THEN '' ELSE ' not valid' END
    FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid JOIN pg_class AS x ON x.oid = i.indexrelid`,
  `SELECT 'trigger ' || r.relname || '.' || t.tgname, pg_get_triggerdef(t.oid)
    FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT ${IS_OF_A_KEY}`,
  `SELECT 'trigger ' || r.relname || '.' || k.conname, '${SWITCHED_OFF}'
    FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND t.tgisinternal AND t.tgenabled <> 'O'
    JOIN pg_constraint AS k ON k.oid = t.tgconstraint`,
  `SELECT 'rule ' || r.relname || '.' || w.rulename, pg_get_ruledef(w.oid)
    FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'`,
  `SELECT 'policy ' || r.relname || '.' || p.polname, concat_ws(' ', p.polcmd, pg_get_expr(p.polqual, p.polrelid))
    FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid`,
  `SELECT 'heir ' || parent.relname || '.' || r.relname, 'inherits'
    FROM relation AS r JOIN pg_inherits AS i ON i.inhrelid = r.oid AND NOT r.relispartition
    JOIN pg_class AS parent ON parent.oid = i.inhparent`,
  `SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
      concat_ws(' ', pg_get_function_result(p.oid), l.lanname, p.provolatile, p.proparallel, CASE WHEN p.proisstrict THEN 'strict' END,
        CASE WHEN p.prosecdef THEN 'security definer' END, array_to_string(p.proconfig, ' '), p.prosrc, pg_get_function_sqlbody(p.oid))
    FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.pronamespace = $1::oid AND p.prokind = 'f' AND ($3::text[] IS NULL OR p.proname = ANY($3::text[]))`,
  `SELECT 'event trigger ' || e.evtname, concat_ws(' ', e.evtevent, e.evtenabled, e.evtfoid::regproc::text)
    FROM pg_event_trigger AS e JOIN pg_proc AS p ON p.oid = e.evtfoid JOIN pg_language AS l ON l.oid = p.prolang
    WHERE e.evtenabled <> 'D' AND NOT ${FROM_EXTENSION}`,
];

export interface Asked {
  /** The schema's oid, as text. */
  schema: string;
  /** Names of tables and views, whose partitions are included; all of the schema unless given. */
  relations?: readonly string[];
  /** Names of functions; all of the schema unless given. */
  functions?: readonly string[];
}

export async function readSchema(db: Queryable, { schema, relations, functions }: Asked): Promise<Schema> {
  const rows = await db.query<{ object: string; definition: string }>(
    {
      text: `WITH relation AS MATERIALIZED (${RELATIONS})
        SELECT object, definition FROM (${KINDS.join('\nUNION ALL\n')}) AS found (object, definition)`,
    },
    [schema, relations ?? null, functions ?? null],
  );
  return new Map(rows.map(({ object, definition }) => [object, normalised(object, definition ?? '')]));
}

/**
 * Removes differences between PostgreSQL versions and between schemas. In a view, some versions write a column with its
 * table's name, and more or fewer spaces and brackets. Quoted texts are not changed.
 */
function normalised(object: string, definition: string): string {
  if (object.startsWith('index ')) return definition.replace(/ ON (ONLY )?("?\w+"?\.)?/, ' ON ');
  if (!object.startsWith('view ')) return definition;
  const parts = definition.split(/('(?:[^']|'')*')/);
  return parts
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part
            .replace(/\b[a-z_]+\.(?=[a-z_"])/g, '')
            .replace(/[\s()]+/g, ' ')
            .replace(/ (?=[,;:\]])/g, ''),
    )
    .join('')
    .trim();
}
