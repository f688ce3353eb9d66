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
  'pg_visible_in_snapshot',
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
const LOOKED_UP = `ARRAY(SELECT pg_catalog.quote_ident(s.name::pg_catalog.text)::pg_catalog.regnamespace::pg_catalog.oid
  FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) AS s (name)
  WHERE s.name::pg_catalog.text OPERATOR(pg_catalog.!~) '^pg_(toast_)?temp' UNION SELECT $1::pg_catalog.oid)`;

/**
 * The conditions name the schema of each operator, and compare values of one type: an operator that somebody defines for
 * others would be taken in place of these.
 */
const IS = 'OPERATOR(pg_catalog.=)';
const IS_NOT = 'OPERATOR(pg_catalog.<>)';
const OWN = `OPERATOR(pg_catalog.<) ${FIRST_NORMAL}::pg_catalog.oid`;
const ADDED = `OPERATOR(pg_catalog.>=) ${FIRST_NORMAL}::pg_catalog.oid`;
const IN_CATALOG = `${IS} 'pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid`;

const FINDINGS = `
  SELECT 'The function ' || p.proname || '(' || ${typesOf('p.proargtypes')} || ') takes the place of PostgreSQL’s own.' AS text
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid ${IS} p.prolang
  WHERE p.oid ${ADDED} AND p.pronamespace ${IS} ANY(${LOOKED_UP})
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) AS t WHERE t ${ADDED})
    AND EXISTS (SELECT 1 FROM pg_catalog.pg_proc AS b WHERE b.oid ${OWN} AND b.proname ${IS} p.proname)
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc AS b WHERE b.oid ${OWN} AND b.proname ${IS} p.proname AND b.proargtypes ${IS} p.proargtypes)
    AND NOT ${FROM_EXTENSION}
  UNION ALL
  SELECT 'The operator ' || o.oprname || ' of ' || format_type(o.oprleft, NULL) || ' and ' || format_type(o.oprright, NULL)
    || ' takes the place of PostgreSQL’s own.'
  FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_proc AS p ON p.oid ${IS} o.oprcode::pg_catalog.oid
    JOIN pg_catalog.pg_language AS l ON l.oid ${IS} p.prolang
  WHERE o.oid ${ADDED} AND o.oprnamespace ${IS} ANY(${LOOKED_UP}) AND o.oprleft ${OWN} AND o.oprright ${OWN}
    AND EXISTS (SELECT 1 FROM pg_catalog.pg_operator AS b WHERE b.oid ${OWN} AND b.oprname ${IS} o.oprname)
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_operator AS b WHERE b.oid ${OWN} AND b.oprname ${IS} o.oprname
      AND b.oprleft ${IS} o.oprleft AND b.oprright ${IS} o.oprright)
    AND NOT ${FROM_EXTENSION}
  UNION ALL
  SELECT 'The cast from ' || format_type(c.castsource, NULL) || ' to ' || format_type(c.casttarget, NULL) || ' was added or changed.'
  FROM pg_catalog.pg_cast AS c WHERE c.castsource ${OWN} AND c.casttarget ${OWN} AND (c.oid ${ADDED} OR c.castfunc ${ADDED})
  UNION ALL
  SELECT 'The function ' || p.proname || '(' || ${typesOf('p.proargtypes')} || ') of PostgreSQL was changed.'
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid ${IS} p.prolang
  WHERE p.oid ${OWN} AND p.pronamespace ${IN_CATALOG} AND l.lanname ${IS_NOT} 'internal'::pg_catalog.name
    AND p.proname ${IS} ANY($2::pg_catalog.name[])
  UNION ALL
  SELECT 'The operator ' || o.oprname || ' of PostgreSQL was changed.' FROM pg_catalog.pg_operator AS o
  WHERE o.oid ${OWN} AND o.oprcode::pg_catalog.oid ${ADDED}
  UNION ALL
  SELECT 'The indexes of ' || f.opfname || ' of PostgreSQL compare by another function.' FROM pg_catalog.pg_amproc AS c
  JOIN pg_catalog.pg_opfamily AS f ON f.oid ${IS} c.amprocfamily
  WHERE c.amproclefttype ${OWN} AND c.amprocrighttype ${OWN} AND f.oid ${OWN} AND (c.amproc::pg_catalog.oid ${ADDED} OR c.oid ${ADDED})
  UNION ALL
  SELECT 'The indexes of ' || f.opfname || ' of PostgreSQL compare by another operator.' FROM pg_catalog.pg_amop AS c
  JOIN pg_catalog.pg_opfamily AS f ON f.oid ${IS} c.amopfamily JOIN pg_catalog.pg_am AS m ON m.oid ${IS} c.amopmethod
  WHERE c.amoplefttype ${OWN} AND c.amoprighttype ${OWN} AND f.oid ${OWN}
    AND (c.amopopr ${ADDED} OR c.oid ${ADDED}
      OR (m.amname ${IS} 'btree'::pg_catalog.name AND (SELECT o.oprname FROM pg_catalog.pg_operator AS o WHERE o.oid ${IS} c.amopopr)::pg_catalog.text OPERATOR(pg_catalog.!~)
        ('{^[~*]?<~?$,^[~*]?<=~?$,^[~*]?=$,^[~*]?>=~?$,^[~*]?>~?$}'::pg_catalog.text[])[c.amopstrategy]))
  UNION ALL
  SELECT 'The type ' || t.typname || ' of PostgreSQL was changed.' FROM pg_catalog.pg_type AS t
  WHERE t.oid ${OWN} AND greatest(t.typinput::pg_catalog.oid, t.typoutput::pg_catalog.oid, t.typreceive::pg_catalog.oid, t.typsend::pg_catalog.oid) ${ADDED}
  UNION ALL
  SELECT 'The aggregate ' || p.proname || ' of PostgreSQL was changed.' FROM pg_catalog.pg_aggregate AS a
  JOIN pg_catalog.pg_proc AS p ON p.oid ${IS} a.aggfnoid::pg_catalog.oid
  WHERE p.oid ${OWN} AND greatest(a.aggtransfn::pg_catalog.oid, a.aggfinalfn::pg_catalog.oid) ${ADDED}
  UNION ALL
  SELECT 'The setting ' || s.name || ' is ' || s.reset_val || ' for this database or role.'
  FROM pg_catalog.pg_settings AS s JOIN pg_catalog.jsonb_each_text($3::pg_catalog.jsonb) AS must ON must.key ${IS} s.name
  WHERE s.reset_val ${IS_NOT} must.value`;

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
const CASTS = `c.casttarget ${IS} 'pg_catalog.text'::pg_catalog.regtype::pg_catalog.oid
    AND c.castsource ${IS} ANY('{uuid,int2,bool,_text,xid8,numeric,timestamptz,jsonb,record}'::pg_catalog.regtype[]::pg_catalog.oid[])
  OR c.castsource ${IS} 'pg_catalog.text'::pg_catalog.regtype::pg_catalog.oid
    AND c.casttarget ${IS} 'pg_catalog.xid8'::pg_catalog.regtype::pg_catalog.oid`;

/**
 * A part of the same that is quick enough for each comparison before sealing. Its statements name the schema of what they
 * use, so only a change of PostgreSQL's own definitions can change their answer.
 */
export async function builtInsChanged(tx: Queryable): Promise<boolean> {
  const [row] = await tx.query<{ changed: boolean }>(
    {
      name: 'ledger_built_ins',
      text: `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid ${IS} p.prolang
            WHERE p.proname ${IS} ANY($1::pg_catalog.name[]) AND p.pronamespace ${IN_CATALOG}
              AND (p.oid ${ADDED} OR l.lanname ${IS_NOT} 'internal'::pg_catalog.name))
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast AS c WHERE (c.oid ${ADDED} OR c.castfunc ${ADDED}) AND (${CASTS}))
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_operator AS o
            WHERE o.oprname ${IS} ANY('{=,||,<>,<,>=}'::pg_catalog.name[])
              AND o.oprnamespace ${IN_CATALOG} AND (o.oprcode::pg_catalog.oid ${ADDED}
                OR o.oid ${ADDED} AND o.oprleft ${OWN} AND o.oprright ${OWN}))
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_type AS t WHERE t.oid ${OWN}
            AND greatest(t.typinput::pg_catalog.oid, t.typoutput::pg_catalog.oid) ${ADDED}) AS changed`,
    },
    [RELIED_ON],
  );
  return row?.changed === true;
}
