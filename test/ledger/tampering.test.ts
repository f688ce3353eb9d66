/** Each kind of change that somebody with every right on the database can make by SQL: all are found, offline too. */
import { generateKeyPairSync } from 'node:crypto';
import { exportLedger } from '../../src/engines/ledger/export';
import type { SignedHead } from '../../src/engines/ledger/head';
import { createVerifier, type Verification } from '../../src/engines/ledger/verify';
import { verifyExported } from '../../src/engines/ledger/verify-export';
import { stored } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';
import { openOneTransaction, type OneTransaction } from './one-transaction';

let ledger: Sealed;
let on: OneTransaction;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

/** Each is done by SQL, found, and undone. */
interface Tampering {
  what: string;
  /** Found without anything known from elsewhere. */
  alone?: false;
  sql: () => Promise<string | [string, unknown[]]> | string | [string, unknown[]];
  tables: string[];
}

const tamperings: Tampering[] = [
  {
    what: 'the key, under which nothing was signed yet',
    tables: ['ledger_key'],
    sql: () => [
      'UPDATE ledger_key SET private_key = $1',
      [generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ],
  },
  {
    what: 'a submission’s status',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET status = 'refused' WHERE id = $1`, [ledger.first]],
  },
  {
    what: 'a submission’s sender',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET sender = 'RXX99' WHERE id = $1`, [ledger.refused]],
  },
  {
    what: 'a submission’s outcome',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET outcome = '[]' WHERE id = $1`, [ledger.refused]],
  },
  {
    what: 'a submission’s list of what it stored',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET stored = '[]' WHERE id = $1`, [ledger.first]],
  },
  {
    what: 'a submission’s transaction',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET xid = '3' WHERE id = $1`, [ledger.first]],
  },
  {
    what: 'a submission’s time',
    tables: ['submission'],
    sql: () => [
      `UPDATE submission SET received_at = received_at - interval '1 ms' WHERE id = $1`,
      [ledger.first],
    ],
  },
  {
    what: 'the bytes of a submission',
    tables: ['submission_body'],
    sql: () => [
      `UPDATE submission_body SET skeleton = set_byte(skeleton, 20, (get_byte(skeleton, 20) + 1) % 256) WHERE submission_id = $1`,
      [ledger.first],
    ],
  },
  {
    what: 'where documents were cut out',
    tables: ['submission_body'],
    sql: () => [
      `UPDATE submission_body SET documents = '[]' WHERE submission_id = $1 AND documents <> '[]'`,
      [ledger.first],
    ],
  },
  {
    what: 'a submission deleted',
    tables: ['submission_body', 'submission'],
    sql: () =>
      `WITH body AS (DELETE FROM submission_body WHERE submission_id = '${ledger.refused}') DELETE FROM submission WHERE id = '${ledger.refused}'`,
  },
  {
    what: 'a submission copied',
    tables: ['submission'],
    sql: () =>
      `INSERT INTO submission (${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position', 'xid'])}, id, sha256) SELECT ${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position', 'xid'])}, gen_random_uuid(), sha256('x') FROM submission WHERE id = '${ledger.first}'`,
  },
  {
    what: 'a submission copied among those sealed',
    tables: ['submission'],
    sql: () =>
      `INSERT INTO submission (${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position'])}, id, sha256) SELECT ${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position'])}, gen_random_uuid(), sha256('x') FROM submission WHERE id = '${ledger.first}'`,
  },
  {
    what: 'the bytes of a document',
    tables: ['document_bytes'],
    sql: () =>
      `UPDATE document_bytes SET bytes = set_byte(bytes, 20, (get_byte(bytes, 20) + 1) % 256) WHERE sha256 = (SELECT min(sha256::text)::bytea FROM document_bytes)`,
  },
  {
    what: 'a document deleted',
    tables: ['document_bytes'],
    sql: () => `DELETE FROM document_bytes WHERE sha256 = (SELECT sha256 FROM document_bytes LIMIT 1)`,
  },
  {
    what: 'a document added',
    tables: ['document_bytes'],
    sql: () => `INSERT INTO document_bytes VALUES (sha256('new'), 3, 'new')`,
  },
  {
    what: 'whose document it is',
    tables: ['binary'],
    sql: () =>
      `UPDATE "binary" SET patient_id = gen_random_uuid() WHERE id = (SELECT id FROM "binary" LIMIT 1)`,
  },
  {
    what: 'a document’s record added',
    tables: ['binary'],
    sql: () =>
      `INSERT INTO "binary" (${copied('binary', ['id'])}, id) SELECT ${copied('binary', ['id'])}, gen_random_uuid() FROM "binary" LIMIT 1`,
  },
  {
    what: 'the content of a resource',
    tables: ['observation'],
    sql: () =>
      `UPDATE observation SET content = replace(content, '"valueInteger":', '"valueInteger": ') WHERE id = (SELECT id FROM observation WHERE content LIKE '%valueInteger%' LIMIT 1)`,
  },
  {
    what: 'only a column of a resource',
    tables: ['patient'],
    sql: () => `UPDATE patient SET birth_date = birth_date + 1 WHERE id = (SELECT id FROM patient LIMIT 1)`,
  },
  {
    what: 'a resource given to another patient',
    tables: ['encounter'],
    sql: () =>
      `UPDATE encounter SET patient_id = gen_random_uuid() WHERE id = (SELECT id FROM encounter LIMIT 1)`,
  },
  {
    what: 'a resource deleted',
    tables: ['observation'],
    sql: () => `DELETE FROM observation WHERE id = (SELECT id FROM observation LIMIT 1)`,
  },
  {
    what: 'a resource added',
    tables: ['observation'],
    sql: () =>
      `INSERT INTO observation (${copied('observation', ['id'])}, id) SELECT ${copied('observation', ['id'])}, gen_random_uuid() FROM observation LIMIT 1`,
  },
  {
    what: 'a resource of nobody added',
    tables: ['observation'],
    sql: () =>
      `INSERT INTO observation (${copied('observation', ['id', 'submission_id', 'xid'])}, id, submission_id, xid) SELECT ${copied('observation', ['id', 'submission_id', 'xid'])}, gen_random_uuid(), gen_random_uuid(), '5' FROM observation LIMIT 1`,
  },
  {
    what: 'a resource copied as if it were new',
    tables: ['observation'],
    sql: () =>
      `INSERT INTO observation (${copied('observation', ['id', 'xid'])}, id, xid) SELECT ${copied('observation', ['id', 'xid'])}, gen_random_uuid(), pg_current_xact_id() FROM observation LIMIT 1`,
  },
  {
    what: 'bytes of no submission',
    tables: ['submission_body'],
    sql: () =>
      `INSERT INTO submission_body (${copied('submission_body', ['submission_id'])}, submission_id) SELECT ${copied('submission_body', ['submission_id'])}, gen_random_uuid() FROM submission_body LIMIT 1`,
  },
  {
    what: 'a list of documents that is none',
    tables: ['submission_body'],
    sql: () => [`UPDATE submission_body SET documents = '7' WHERE submission_id = $1`, [ledger.first]],
  },
  {
    what: 'a time that is none',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET received_at = 'infinity' WHERE id = $1`, [ledger.first]],
  },
  {
    what: 'a head that is none',
    tables: ['ledger_seal'],
    sql: () => `UPDATE ledger_seal SET head = 'null' WHERE seal = 1`,
  },
  {
    what: 'a provenance added',
    tables: ['provenance'],
    sql: () =>
      `INSERT INTO provenance (${copied('provenance', ['id'])}, id) SELECT ${copied('provenance', ['id'])}, gen_random_uuid() FROM provenance LIMIT 1`,
  },
  {
    what: 'a bundle’s search columns',
    tables: ['bundle'],
    sql: () => `UPDATE bundle SET type = 'other' WHERE id = '${ledger.first}'`,
  },
  {
    what: 'an earlier version',
    tables: ['observation_history'],
    sql: () => `UPDATE observation_history SET content = content || ' ' WHERE NOT deleted`,
  },
  {
    what: 'when a version was superseded',
    tables: ['observation_history'],
    sql: () =>
      `UPDATE observation_history SET superseded_at = superseded_at - interval '1 second' WHERE id = (SELECT id FROM observation_history WHERE NOT deleted LIMIT 1)`,
  },
  {
    what: 'an earlier version deleted',
    tables: ['observation_history'],
    sql: () =>
      `DELETE FROM observation_history WHERE ctid = (SELECT ctid FROM observation_history WHERE NOT deleted LIMIT 1)`,
  },
  {
    what: 'a withdrawal undone',
    tables: ['observation_history'],
    sql: () => `UPDATE observation_history SET deleted = false WHERE deleted`,
  },
  {
    what: 'when a withdrawal was',
    tables: ['observation_history'],
    sql: () =>
      `UPDATE observation_history SET superseded_at = superseded_at - interval '1 second' WHERE deleted`,
  },
  {
    what: 'a withdrawal deleted',
    tables: ['observation_history'],
    sql: () => `DELETE FROM observation_history WHERE deleted`,
  },
  {
    what: 'a resource hidden in the history',
    tables: ['encounter', 'encounter_history'],
    sql: () =>
      `WITH gone AS (DELETE FROM encounter WHERE id = (SELECT id FROM encounter LIMIT 1) RETURNING *) INSERT INTO encounter_history SELECT * FROM gone`,
  },
  {
    what: 'the content of an audit record',
    tables: ['audit_record'],
    sql: () =>
      `UPDATE audit_record SET content = replace(content, '"outcome":"0"', '"outcome":"4"') WHERE id = (SELECT min(id::text)::uuid FROM audit_record)`,
  },
  {
    what: 'only a column of an audit record',
    tables: ['audit_record'],
    sql: () =>
      `UPDATE audit_record SET client_id = 'somebody' WHERE id = (SELECT id FROM audit_record ORDER BY id LIMIT 1)`,
  },
  {
    what: 'an audit record deleted',
    tables: ['audit_record'],
    sql: () => `DELETE FROM audit_record WHERE id = (SELECT id FROM audit_record ORDER BY id LIMIT 1)`,
  },
  {
    what: 'an audit record made up',
    tables: ['audit_record'],
    sql: () =>
      `INSERT INTO audit_record (${copied('audit_record', ['id', 'content', 'xid'])}, id, content) SELECT ${copied('audit_record', ['id', 'content', 'xid'])}, gen_random_uuid(), content || ' ' FROM audit_record ORDER BY id LIMIT 1`,
  },
  {
    what: 'an audit record copied as if it were new',
    tables: ['audit_record'],
    sql: () =>
      `INSERT INTO audit_record (${copied('audit_record', ['id', 'xid'])}, id) SELECT ${copied('audit_record', ['id', 'xid'])}, gen_random_uuid() FROM audit_record ORDER BY id LIMIT 1`,
  },
  {
    what: 'an audit record copied among those sealed',
    tables: ['audit_record'],
    sql: () =>
      `INSERT INTO audit_record (${copied('audit_record', ['id'])}, id) SELECT ${copied('audit_record', ['id'])}, gen_random_uuid() FROM audit_record ORDER BY id LIMIT 1`,
  },
  {
    what: 'two audit records changed over',
    tables: ['audit_record'],
    sql: () =>
      `WITH two AS (SELECT id, xid, lag(xid) OVER (ORDER BY id) AS before FROM audit_record ORDER BY id LIMIT 2) UPDATE audit_record SET xid = two.before FROM two WHERE two.id = audit_record.id AND two.before IS NOT NULL`,
  },
  { what: 'a review mark', tables: ['review_mark'], sql: () => `UPDATE review_mark SET note = 'Not seen.'` },
  { what: 'a review closed', tables: ['review_mark'], sql: () => `UPDATE review_mark SET closed = true` },
  { what: 'a review mark deleted', tables: ['review_mark'], sql: () => `DELETE FROM review_mark` },
  {
    what: 'a review mark made up',
    tables: ['review_mark'],
    sql: () =>
      `INSERT INTO review_mark (${copied('review_mark', ['id', 'note', 'xid'])}, id, note) SELECT ${copied('review_mark', ['id', 'note', 'xid'])}, gen_random_uuid(), 'Mine.' FROM review_mark`,
  },
  {
    what: 'a tombstone made up',
    tables: ['ledger_tombstone'],
    sql: () =>
      `INSERT INTO ledger_tombstone (id, seal, removed, kept, removed_at, policy, mac) VALUES (gen_random_uuid(), 1, ARRAY['${ledger.first}'::uuid], '{}', now(), 'mine', 'x')`,
  },
  {
    what: 'a head',
    tables: ['ledger_seal'],
    sql: () => `UPDATE ledger_seal SET head = replace(head, '"total":', '"total": ') WHERE seal = 1`,
  },
  {
    what: 'a head’s number of records',
    tables: ['ledger_seal'],
    sql: () =>
      `UPDATE ledger_seal SET head = regexp_replace(head, '"records":\\d+', '"records":0') WHERE seal = 1`,
  },
  {
    what: 'a signature',
    tables: ['ledger_seal'],
    sql: () => `UPDATE ledger_seal SET signature = 'AAAA' || substr(signature, 5) WHERE seal = 1`,
  },
  {
    what: 'the reach of a seal',
    tables: ['ledger_seal'],
    sql: () => `UPDATE ledger_seal SET upto = '4' WHERE seal = 1`,
  },
  {
    what: 'the records of a seal',
    tables: ['ledger_seal'],
    sql: () => `UPDATE ledger_seal SET records = substr(records, 50) WHERE seal = 1`,
  },
  { what: 'a seal deleted', tables: ['ledger_seal'], sql: () => `DELETE FROM ledger_seal WHERE seal = 1` },
  {
    what: 'two seals changed over',
    tables: ['ledger_seal'],
    sql: () =>
      `UPDATE ledger_seal SET head = other.head, signature = other.signature FROM ledger_seal AS other WHERE ledger_seal.seal + other.seal = 3 AND ledger_seal.seal IN (1, 2)`,
  },
  {
    what: 'a shape',
    tables: ['ledger_shape'],
    sql: () => `UPDATE ledger_shape SET shape = replace(shape, '"content",', '')`,
  },
  {
    what: 'the tail cut off',
    alone: false,
    tables: ['ledger_seal'],
    sql: () => `DELETE FROM ledger_seal WHERE seal = (SELECT max(seal) FROM ledger_seal)`,
  },
];

const columnsOf = new Map<string, string[]>();
/** A table's columns but for some. */
function copied(table: string, but: string[]): string {
  return (columnsOf.get(table) ?? [])
    .filter((name) => !but.includes(name))
    .map((name) => `"${name}"`)
    .join(', ');
}

describe('tampering by SQL', () => {
  beforeAll(async () => {
    for (const { name, columns } of await ledger.query(
      `SELECT table_name AS name, array_agg(column_name::text) AS columns FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1`,
    ))
      columnsOf.set(name, columns);
    on = await openOneTransaction(ledger.homeward.app.database);
  });

  it('starts from a sound ledger', async () => {
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
    expect((await stored(ledger.homeward, ledger.corrected, 'Observation')).version).toBe(2);
    expect((await judged([])).offline).toMatchObject({ status: 'pass', faults: [] });
  });

  async function judged(knownHeads: SignedHead[]): Promise<{ by: Verification; offline: unknown }> {
    const asked = { ...ledger.known, database: on.database };
    const by = await createVerifier({
      ...asked,
      known: async () => ({ heads: knownHeads, alarms: [] }),
    }).verify();
    const lines: string[] = [];
    for await (const line of exportLedger({ ...asked, now: () => new Date() })) lines.push(line);
    return { by, offline: await verifyExported(lines, { publicKey: ledger.known.publicKey, knownHeads }) };
  }

  it.each(tamperings)('is found: $what', async ({ sql, tables, alone }) => {
    const heads = await on.rows<SignedHead>('SELECT head, signature FROM ledger_seal ORDER BY seal');
    const results = await on.undone(tables, async () => {
      const given = await sql();
      const [text, values] = typeof given === 'string' ? [given, []] : given;
      const rowCount = await on.change(text, values);
      return { rowCount, ...(await judged(alone === false ? heads : [])) };
    });
    expect(results.rowCount).toBeGreaterThan(0);
    expect(results.by).toMatchObject({ status: 'fail' });
    expect(results.offline).toMatchObject({ status: 'fail' });
    expect(JSON.stringify(results.by.faults)).not.toMatch(/\b\d{10}\b/);
  });

  it('leaves nothing behind in these tests', async () => {
    await on.end();
    await ledger.sealed();
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
  });
});
