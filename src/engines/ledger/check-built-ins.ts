/**
 * Checks that the functions, operators and casts that verification uses are PostgreSQL's own. Someone who can define
 * others could make a digest cover something other than the stored data: with an overload that matches better than
 * PostgreSQL's own, a cast, or a changed catalogue row. Definitions for an operator's own types, and libraries of
 * extensions, are allowed.
 */
import type { Queryable } from '../../platform/postgres';
import { FROM_EXTENSION } from './schema';

/** Oids below this belong to PostgreSQL itself: `initdb` assigned them. */
const FIRST_NORMAL = 16_384;

/** The functions that verification uses. In every version from 14 on they are compiled into PostgreSQL. */
const RELIED_ON = [
  'sha256',
  'convert_to',
  'encode',
  'decode',
  'octet_length',
  'array_to_string',
  'array_agg',
  'array_lower',
  'extract',
  'record_out',
  'textcat',
  'uuid_out',
  'hashtext',
  'unnest',
  'chr',
  'concat_ws',
  'count',
  'jsonb_array_elements',
  'jsonb_array_length',
  'jsonb_build_array',
  'jsonb_each',
  'jsonb_typeof',
  'pg_current_snapshot',
  'pg_current_xact_id',
  'pg_snapshot_xmax',
  'pg_snapshot_xmin',
  'pg_xact_status',
  'current_schemas',
  'to_char',
  'to_regclass',
  'pg_get_constraintdef',
  'pg_get_indexdef',
  'pg_get_ruledef',
  'pg_get_triggerdef',
  'pg_get_viewdef',
];

/** Settings that change how PostgreSQL stores or compares rows, with the value that each must have. */
const SETTINGS: Readonly<Record<string, string>> = {
  session_replication_role: 'origin',
  transform_null_equals: 'off',
};

const typesOf = (vector: string): string =>
  `(SELECT coalesce(string_agg(format_type(t, NULL), ', ' ORDER BY place), '') FROM unnest(${vector}) WITH ORDINALITY AS a (t, place))`;

/**
 * Also checks our own schema: PostgreSQL looks a name up in its own schema first, but uses another schema's function if
 * its types match better.
 */
const LOOKED_UP = `(SELECT quote_ident(s.name)::regnamespace::oid FROM unnest(current_schemas(true)) AS s (name)
  WHERE s.name !~ '^pg_(toast_)?temp' UNION SELECT $1::oid)`;

const FINDINGS = `
  SELECT 'The function ' || p.proname || '(' || ${typesOf('p.proargtypes')} || ') takes the place of PostgreSQL’s own.' AS text
  FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
  WHERE p.oid >= ${FIRST_NORMAL} AND p.pronamespace IN ${LOOKED_UP}
    AND NOT EXISTS (SELECT 1 FROM unnest(p.proargtypes) AS t WHERE t >= ${FIRST_NORMAL})
    AND EXISTS (SELECT 1 FROM pg_proc AS b WHERE b.oid < ${FIRST_NORMAL} AND b.proname = p.proname)
    AND NOT EXISTS (SELECT 1 FROM pg_proc AS b WHERE b.oid < ${FIRST_NORMAL} AND b.proname = p.proname AND b.proargtypes = p.proargtypes)
    AND NOT ${FROM_EXTENSION}
  UNION ALL
  SELECT 'The operator ' || o.oprname || ' of ' || format_type(o.oprleft, NULL) || ' and ' || format_type(o.oprright, NULL)
    || ' takes the place of PostgreSQL’s own.'
  FROM pg_operator AS o JOIN pg_proc AS p ON p.oid = o.oprcode JOIN pg_language AS l ON l.oid = p.prolang
  WHERE o.oid >= ${FIRST_NORMAL} AND o.oprnamespace IN ${LOOKED_UP} AND o.oprleft < ${FIRST_NORMAL} AND o.oprright < ${FIRST_NORMAL}
    AND EXISTS (SELECT 1 FROM pg_operator AS b WHERE b.oid < ${FIRST_NORMAL} AND b.oprname = o.oprname)
    AND NOT EXISTS (SELECT 1 FROM pg_operator AS b WHERE b.oid < ${FIRST_NORMAL} AND b.oprname = o.oprname
      AND b.oprleft = o.oprleft AND b.oprright = o.oprright)
    AND NOT ${FROM_EXTENSION}
  UNION ALL
  SELECT 'The cast from ' || format_type(c.castsource, NULL) || ' to ' || format_type(c.casttarget, NULL) || ' was added or changed.'
  FROM pg_cast AS c WHERE c.castsource < ${FIRST_NORMAL} AND c.casttarget < ${FIRST_NORMAL}
    AND (c.oid >= ${FIRST_NORMAL} OR c.castfunc >= ${FIRST_NORMAL})
  UNION ALL
  SELECT 'The function ' || p.proname || '(' || ${typesOf('p.proargtypes')} || ') of PostgreSQL was changed.'
  FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
  WHERE p.oid < ${FIRST_NORMAL} AND p.pronamespace = 'pg_catalog'::regnamespace AND l.lanname <> 'internal' AND p.proname = ANY($2::text[])
  UNION ALL
  SELECT 'The operator ' || o.oprname || ' of PostgreSQL was changed.' FROM pg_operator AS o
  WHERE o.oid < ${FIRST_NORMAL} AND o.oprcode >= ${FIRST_NORMAL}
  UNION ALL
  SELECT 'The indexes of ' || f.opfname || ' of PostgreSQL compare by another function.' FROM pg_amproc AS c
  JOIN pg_opfamily AS f ON f.oid = c.amprocfamily
  WHERE c.amproclefttype < ${FIRST_NORMAL} AND c.amprocrighttype < ${FIRST_NORMAL} AND f.oid < ${FIRST_NORMAL}
    AND (c.amproc >= ${FIRST_NORMAL} OR c.oid >= ${FIRST_NORMAL})
  UNION ALL
  SELECT 'The indexes of ' || f.opfname || ' of PostgreSQL compare by another operator.' FROM pg_amop AS c
  JOIN pg_opfamily AS f ON f.oid = c.amopfamily JOIN pg_am AS m ON m.oid = c.amopmethod
  WHERE c.amoplefttype < ${FIRST_NORMAL} AND c.amoprighttype < ${FIRST_NORMAL} AND f.oid < ${FIRST_NORMAL}
    AND (c.amopopr >= ${FIRST_NORMAL} OR c.oid >= ${FIRST_NORMAL}
      OR (m.amname = 'btree' AND (SELECT o.oprname FROM pg_operator AS o WHERE o.oid = c.amopopr) !~
        ('{^[~*]?<~?$,^[~*]?<=~?$,^[~*]?=$,^[~*]?>=~?$,^[~*]?>~?$}'::text[])[c.amopstrategy]))
  UNION ALL
  SELECT 'The type ' || t.typname || ' of PostgreSQL was changed.' FROM pg_type AS t
  WHERE t.oid < ${FIRST_NORMAL} AND greatest(t.typinput::oid, t.typoutput::oid, t.typreceive::oid, t.typsend::oid) >= ${FIRST_NORMAL}
  UNION ALL
  SELECT 'The aggregate ' || p.proname || ' of PostgreSQL was changed.' FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
  WHERE p.oid < ${FIRST_NORMAL} AND greatest(a.aggtransfn::oid, a.aggfinalfn::oid) >= ${FIRST_NORMAL}
  UNION ALL
  SELECT 'The setting ' || s.name || ' is ' || s.reset_val || ' for this database or role.'
  FROM pg_settings AS s JOIN jsonb_each_text($3::jsonb) AS must ON must.key = s.name
  WHERE s.reset_val <> must.value`;

/** @param schema the oid of our schema, as text @returns a sentence for each definition that is not PostgreSQL's own */
export async function checkBuiltIns(db: Queryable, schema: string): Promise<string[]> {
  const rows = await db.query<{ text: string }>({ text: `${FINDINGS} LIMIT 20` }, [
    schema,
    RELIED_ON,
    JSON.stringify(SETTINGS),
  ]);
  return rows.map(({ text }) => text);
}

/** The casts of the comparison before sealing. */
const CASTS = `c.casttarget = 'pg_catalog.text'::regtype AND c.castsource = ANY('{uuid,int2,bool,_text,xid8,numeric,timestamptz,jsonb,record}'::regtype[])
  OR c.castsource = 'pg_catalog.text'::regtype AND c.casttarget = 'pg_catalog.xid8'::regtype`;

/**
 * A part of the same that is quick enough for each comparison before sealing. Its statements name the schema of what they
 * use, so only a change of PostgreSQL's own definitions can change their answer.
 */
export async function builtInsChanged(tx: Queryable): Promise<boolean> {
  const [row] = await tx.query<{ changed: boolean }>(
    {
      name: 'ledger_built_ins',
      text: `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
            WHERE p.proname = ANY($1::pg_catalog.name[]) AND p.pronamespace = 'pg_catalog'::regnamespace
              AND (p.oid >= ${FIRST_NORMAL} OR l.lanname <> 'internal'))
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast AS c
            WHERE (c.oid >= ${FIRST_NORMAL} OR c.castfunc >= ${FIRST_NORMAL}) AND (${CASTS}))
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_operator AS o WHERE o.oprname IN ('=', '||', '<>')
            AND o.oprnamespace = 'pg_catalog'::regnamespace AND (o.oprcode >= ${FIRST_NORMAL}
              OR o.oid >= ${FIRST_NORMAL} AND o.oprleft < ${FIRST_NORMAL} AND o.oprright < ${FIRST_NORMAL}))
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_type AS t WHERE t.oid < ${FIRST_NORMAL}
            AND greatest(t.typinput::oid, t.typoutput::oid) >= ${FIRST_NORMAL}) AS changed`,
    },
    [RELIED_ON],
  );
  return row?.changed === true;
}
