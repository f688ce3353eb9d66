/** The ledger of a running server: what is sealed, proofs, and what tampering looks like. */
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealedTables } from '../../src/app';
import { exportLedger } from '../../src/ledger/export';
import { leafHash, rootByPath } from '../../src/ledger/merkle';
import { openLedgerKey } from '../../src/ledger/keys';
import { verifyExport } from '../../src/ledger/verify-export';
import { createVerifier, type Verification } from '../../src/ledger/verify';
import { secret } from '../../src/store/secrets';
import { startHomeward, type Homeward } from '../support/homeward';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { accepted, freshSummary, send, stored, type AnyJson } from '../semantics/sending';

let homeward: Homeward;
const folder = mkdtempSync(join(tmpdir(), 'homeward-ledger-'));
const anchor = join(folder, 'anchor.jsonl');
const summary = freshSummary().pdf(minimalPdf('a page of some length '.repeat(200)));
let first: string;
let corrected: string;
let refused: string;

beforeAll(async () => {
  homeward = await startHomeward({ LEDGER_ANCHOR: anchor });
  first = (await accepted(homeward, summary)).submissionId;
  await sealed();
  corrected = (
    await accepted(
      homeward,
      summary.correction(2).without('Observation[2]').with('Observation[0].status', 'amended'),
    )
  ).submissionId;
  await sealed();
  refused = (await send(homeward, freshSummary().without('Encounter'))).submissionId;
  await accepted(homeward, freshSummary());
  await homeward.call('POST', `/submissions/${first}/review`, {
    body: { note: 'Seen.' },
    headers: { 'Content-Type': 'application/json' },
  });
  await homeward.call('GET', '/FHIR/R4/Observation?_count=5');
  await sealed();
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true });
});

const query = <R extends Record<string, unknown> = AnyJson>(
  text: string,
  values: unknown[] = [],
): Promise<R[]> => homeward.app.database.query<R>({ text }, values);

/** Waits until everything committed so far is sealed. */
async function sealed(): Promise<void> {
  const [now] = await query('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin');
  for (let tries = 0; tries < 200; tries += 1) {
    const [last] = await query(
      `SELECT coalesce(max(upto), '0') >= $1::xid8 OR NOT EXISTS (SELECT 1 FROM audit_record WHERE xid >= coalesce((SELECT max(upto) FROM ledger_seal), '0') AND xid < $1::xid8) AS done FROM ledger_seal`,
      [now.xmin],
    );
    if (last.done) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nothing is sealed');
}

const verified = async (): Promise<Verification> => (await homeward.call('GET', '/ledger/verify')).json;

/** The same database, but nothing known from elsewhere. */
async function verifiedAlone(): Promise<Verification> {
  const { database } = homeward.app;
  const { publicKey } = await openLedgerKey(database);
  const auditKey = await secret(database, 'audit');
  return createVerifier({
    database,
    publicKey,
    auditKey,
    tables: sealedTables,
    knownHeads: async () => [],
  }).verify();
}

async function exportTo(name: string): Promise<string> {
  const { database } = homeward.app;
  const { publicKey } = await openLedgerKey(database);
  const auditKey = await secret(database, 'audit');
  const path = join(folder, name);
  const lines: string[] = [];
  for await (const line of exportLedger({
    database,
    publicKey,
    auditKey,
    tables: sealedTables,
    now: () => new Date(),
  }))
    lines.push(line);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('the ledger', () => {
  it('seals what happens within seconds, and verifies', async () => {
    const verification = await verified();
    expect(verification).toMatchObject({ status: 'pass', faults: [], complete: true });
    expect(verification.records).toBeGreaterThan(6);
    expect(verification.heads).toBeGreaterThan(0);
    expect(Date.parse(verification.sealedThrough ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it('hands each head to the anchor, signed', async () => {
    const { key } = await verified();
    const lines = readFileSync(anchor, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const heads = await query('SELECT head, signature FROM ledger_seal ORDER BY seal');
    expect(heads.map(({ head }) => head).slice(0, lines.length)).toEqual(lines.map(({ head }) => head));
    for (const { head, signature } of lines)
      expect(
        verifySignature(
          null,
          Buffer.from(head),
          createPublicKey(key.publicKey),
          Buffer.from(signature, 'base64'),
        ),
      ).toBe(true);
  });

  it('proves that a submission’s bytes are sealed, with nothing but the public key', async () => {
    const { json: proof } = await homeward.call('GET', `/submissions/${first}/proof`);
    expect(proof.status).toBe('sealed');
    const sha256 = createHash('sha256').update(summary.bytes()).digest('hex');
    expect(proof.statement).toContain(`\nsha256 ${sha256}\n`);
    const leaf = Buffer.from(proof.leaf, 'hex');
    expect(leaf.subarray(17)).toEqual(createHash('sha256').update(proof.statement).digest());
    expect(leaf.subarray(1, 17).toString('hex')).toBe(first.replaceAll('-', ''));
    const path = proof.path.map((hash: string) => Buffer.from(hash, 'hex'));
    const root = rootByPath(leafHash(leaf), proof.index, proof.size, path);
    expect(JSON.parse(proof.head).root).toBe(root?.toString('hex'));
    expect(
      verifySignature(
        null,
        Buffer.from(proof.head),
        createPublicKey(proof.key.publicKey),
        Buffer.from(proof.signature, 'base64'),
      ),
    ).toBe(true);
  });

  it('has a proof of refused submissions too, and none of what it never had', async () => {
    expect((await homeward.call('GET', `/submissions/${refused}/proof`)).json.statement).toContain(
      '\nstatus refused\n',
    );
    expect(
      (await homeward.call('GET', '/submissions/7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11/proof')).status,
    ).toBe(404);
  });

  it('verifies offline from an export, in which no NHS number stands', async () => {
    const path = await exportTo('sound.jsonl');
    expect(await verifyExport(path)).toMatchObject({ status: 'pass', faults: [] });
    const [row] = await query('SELECT nhs_number FROM submission WHERE id = $1', [first]);
    expect(readFileSync(path, 'utf8')).not.toContain(row.nhs_number);
  });

  it('finds an export that was changed, shortened or signed by another', async () => {
    const path = await exportTo('whole.jsonl');
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const judge = async (changed: string[]): Promise<string | undefined> => {
      const other = join(folder, 'changed.jsonl');
      writeFileSync(other, `${changed.join('\n')}\n`);
      return (await verifyExport(other))?.status;
    };
    const seal = JSON.parse(lines[1]!);
    const digit = seal.records[0].endsWith('0') ? '1' : '0';
    const changed = {
      ...seal,
      records: [`${seal.records[0].slice(0, -1)}${digit}`, ...seal.records.slice(1)],
    };
    expect(await judge(lines)).toBe('pass');
    expect(await judge([lines[0]!, JSON.stringify(changed), ...lines.slice(2)])).toBe('fail');
    expect(await judge([lines[0]!, ...lines.slice(2)])).toBe('fail');
    expect(await judge(lines.slice(0, -1))).toBe('fail');
    const cut = [...lines.slice(0, -2), lines.at(-1)!];
    expect(await judge(cut)).toBe('pass');
    writeFileSync(join(folder, 'cut.jsonl'), `${cut.join('\n')}\n`);
    const last = JSON.parse(lines.at(-2)!);
    expect((await verifyExport(join(folder, 'cut.jsonl'), { knownHeads: [last] }))?.status).toBe('fail');
  });
});

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
    what: 'a submission’s status',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET status = 'refused' WHERE id = $1`, [first]],
  },
  {
    what: 'a submission’s sender',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET sender = 'RXX99' WHERE id = $1`, [refused]],
  },
  {
    what: 'a submission’s outcome',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET outcome = '[]' WHERE id = $1`, [refused]],
  },
  {
    what: 'a submission’s list of what it stored',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET stored = '[]' WHERE id = $1`, [first]],
  },
  {
    what: 'a submission’s transaction',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET xid = '3' WHERE id = $1`, [first]],
  },
  {
    what: 'a submission’s time',
    tables: ['submission'],
    sql: () => [`UPDATE submission SET received_at = received_at - interval '1 ms' WHERE id = $1`, [first]],
  },
  {
    what: 'the bytes of a submission',
    tables: ['submission_body'],
    sql: () => [
      `UPDATE submission_body SET skeleton = set_byte(skeleton, 20, (get_byte(skeleton, 20) + 1) % 256) WHERE submission_id = $1`,
      [first],
    ],
  },
  {
    what: 'where documents were cut out',
    tables: ['submission_body'],
    sql: () => [
      `UPDATE submission_body SET documents = '[]' WHERE submission_id = $1 AND documents <> '[]'`,
      [first],
    ],
  },
  {
    what: 'a submission deleted',
    tables: ['submission_body', 'submission'],
    sql: () =>
      `WITH body AS (DELETE FROM submission_body WHERE submission_id = '${refused}') DELETE FROM submission WHERE id = '${refused}'`,
  },
  {
    what: 'a submission copied',
    tables: ['submission'],
    sql: () =>
      `INSERT INTO submission (${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position', 'xid'])}, id, sha256) SELECT ${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position', 'xid'])}, gen_random_uuid(), sha256('x') FROM submission WHERE id = '${first}'`,
  },
  {
    what: 'a submission copied among those sealed',
    tables: ['submission'],
    sql: () =>
      `INSERT INTO submission (${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position'])}, id, sha256) SELECT ${copied('submission', ['id', 'sha256', 'bundle_identifier', 'lineage_position'])}, gen_random_uuid(), sha256('x') FROM submission WHERE id = '${first}'`,
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
    what: 'a provenance added',
    tables: ['provenance'],
    sql: () =>
      `INSERT INTO provenance (${copied('provenance', ['id'])}, id) SELECT ${copied('provenance', ['id'])}, gen_random_uuid() FROM provenance LIMIT 1`,
  },
  {
    what: 'a bundle’s search columns',
    tables: ['bundle'],
    sql: () => `UPDATE bundle SET type = 'other' WHERE id = '${first}'`,
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
      `INSERT INTO ledger_tombstone (id, seal, removed, kept, removed_at, policy, mac) VALUES (gen_random_uuid(), 1, ARRAY['${first}'::uuid], '{}', now(), 'mine', 'x')`,
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
    for (const { name, columns } of await query(
      `SELECT table_name AS name, array_agg(column_name::text) AS columns FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1`,
    ))
      columnsOf.set(name, columns);
  });

  it('starts from a sound ledger', async () => {
    expect(await verifiedAlone()).toMatchObject({ status: 'pass', faults: [] });
    expect((await stored(homeward, corrected, 'Observation')).version).toBe(2);
  });

  it.each(tamperings)('is found: $what', async ({ sql, tables, alone }) => {
    const { database } = homeward.app;
    const offline = join(folder, 'tampered.jsonl');
    const heads = (await query('SELECT head, signature FROM ledger_seal ORDER BY seal')) as AnyJson[];
    const results = await undone(tables, async () => {
      const given = await sql();
      const [text, values] = typeof given === 'string' ? [given, []] : given;
      const { rowCount } = await database.pool.query(text, values);
      const by = alone === false ? await withHeads(heads) : await verifiedAlone();
      await exportTo('tampered.jsonl');
      return {
        rowCount,
        by,
        offline: await verifyExport(offline, alone === false ? { knownHeads: heads } : {}),
      };
    });
    expect(results.rowCount).toBeGreaterThan(0);
    expect(results.by).toMatchObject({ status: 'fail' });
    expect(results.offline).toMatchObject({ status: 'fail' });
    expect(JSON.stringify(results.by.faults)).not.toMatch(/\b\d{10}\b/);
  });

  it('leaves nothing behind in these tests', async () => {
    await sealed();
    expect(await verified()).toMatchObject({ status: 'pass', faults: [] });
  });
});

async function withHeads(heads: AnyJson[]): Promise<Verification> {
  const { database } = homeward.app;
  const { publicKey } = await openLedgerKey(database);
  const auditKey = await secret(database, 'audit');
  return createVerifier({
    database,
    publicKey,
    auditKey,
    tables: sealedTables,
    knownHeads: async () => heads,
  }).verify();
}

/** Does something to these tables and puts them back, while nothing is sealed. */
async function undone<T>(tables: string[], work: () => Promise<T>): Promise<T> {
  const guard = await homeward.app.database.pool.connect();
  try {
    await guard.query("SELECT pg_advisory_lock(hashtext('homeward.ledger'))");
    for (const table of tables) await guard.query(`CREATE TABLE saved_${table} AS TABLE "${table}"`);
    try {
      return await work();
    } finally {
      await guard.query('SET session_replication_role = replica');
      for (const table of tables) {
        await guard.query(`DELETE FROM "${table}"`);
        await guard.query(`INSERT INTO "${table}" SELECT * FROM saved_${table}`);
        await guard.query(`DROP TABLE saved_${table}`);
      }
    }
  } finally {
    // Ends the connection, and with it the lock and the setting.
    guard.release(true);
  }
}
