/**
 * An open transaction holds sealing back, and what waits is changed or deleted by somebody with every right on the
 * database. The node that wrote it finds that what is sealed is not what it wrote.
 */
import { accepted, freshSummary, type AnyJson } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

const verified = async (): Promise<{ status: string; faults: AnyJson[] }> =>
  (await ledger.homeward.call('GET', '/ledger/verify')).json;

/** Does something while nothing is sealed, and waits until it is. */
async function whileHeldBack(work: () => Promise<void>): Promise<void> {
  const { pool } = ledger.homeward.app.database;
  const open = await pool.connect();
  try {
    await open.query('BEGIN');
    await open.query('SELECT pg_current_xact_id()');
    await work();
    await open.query('COMMIT');
  } finally {
    open.release();
  }
  await ledger.sealed();
}

const tampered = async (text: string, values: unknown[] = []): Promise<void> => {
  const { pool } = ledger.homeward.app.database;
  const client = await pool.connect();
  try {
    await client.query('SET session_replication_role = replica');
    expect((await client.query(text, values)).rowCount).toBe(1);
  } finally {
    client.release(true);
  }
};

describe('what waits to be sealed', () => {
  it('is compared with what was written, and is sound where nobody touched it', async () => {
    await whileHeldBack(async () => {
      const summary = freshSummary();
      await accepted(ledger.homeward, summary);
      await accepted(ledger.homeward, summary.correction(2).without('Observation[1]'));
      await ledger.homeward.call('GET', '/FHIR/R4/Observation?_count=2');
      await ledger.homeward.call('POST', `/submissions/${ledger.first}/review`, {
        body: { note: 'Seen again.', closed: true },
        headers: { 'Content-Type': 'application/json' },
      });
    });
    expect(await verified()).toMatchObject({ status: 'pass', faults: [] });
  });

  it.each([
    [
      'the content of a reading',
      'changed',
      (id: string) =>
        tampered(
          `UPDATE observation SET content = replace(content, '"final"', '"amended"')
            WHERE id = (SELECT id FROM observation WHERE submission_id = $1 AND content LIKE '%"final"%' LIMIT 1)`,
          [id],
        ),
    ],
    [
      'a reading that is deleted',
      'changed',
      (id: string) =>
        tampered(
          'DELETE FROM observation WHERE id = (SELECT id FROM observation WHERE submission_id = $1 LIMIT 1)',
          [id],
        ),
    ],
    [
      'whose reading it is',
      'changed',
      (id: string) =>
        tampered(
          `UPDATE observation SET patient_id = gen_random_uuid()
            WHERE id = (SELECT id FROM observation WHERE submission_id = $1 LIMIT 1)`,
          [id],
        ),
    ],
    [
      'the time of a submission',
      'changed',
      (id: string) =>
        tampered(`UPDATE submission SET received_at = received_at - interval '1 day' WHERE id = $1`, [id]),
    ],
    ...[
      "submission SET received_at = received_at + interval '1 microsecond' WHERE id = $1",
      `submission SET stored = jsonb_set(stored, '{0,version}', '1.0') WHERE id = $1`,
      `observation SET last_updated = last_updated + interval '1 microsecond'
        WHERE id = (SELECT id FROM observation WHERE submission_id = $1 LIMIT 1)`,
    ].map((to): [string, string, (id: string) => Promise<void>] => [
      `what looks the same: ${to}`,
      'changed',
      (id) => tampered(`UPDATE ${to}`, [id]),
    ]),
    [
      'the bytes of a submission',
      'changed',
      (id: string) =>
        tampered(
          `UPDATE submission_body SET skeleton = set_byte(skeleton, 20, (get_byte(skeleton, 20) + 1) % 256)
            WHERE submission_id = $1`,
          [id],
        ),
    ],
  ])('shows %s', async (_what, kind, tamper) => {
    let id = '';
    await whileHeldBack(async () => {
      id = (await accepted(ledger.homeward, freshSummary())).submissionId;
      await tamper(id);
    });
    const { status, faults } = await verified();
    expect(status).toBe('fail');
    expect(faults.filter(({ record }) => record?.id === id)).toContainEqual(
      expect.objectContaining({ kind, text: expect.stringMatching(/before it was sealed\.$/) }),
    );
  });

  it.each([
    ['changed', `UPDATE audit_record SET client_id = 'somebody' WHERE id = $1`],
    ['deleted', 'DELETE FROM audit_record WHERE id = $1'],
    ['changed', `UPDATE audit_record SET content = content || ' ' WHERE id = $1`],
    [
      'changed',
      `UPDATE audit_record SET last_updated =
        (to_char(last_updated, 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz WHERE id = $1`,
    ],
    [
      'changed',
      `UPDATE audit_record SET last_updated = last_updated + interval '1 microsecond' WHERE id = $1`,
    ],
  ])('shows an audit record that is %s', async (kind, sql) => {
    let id = '';
    await whileHeldBack(async () => {
      await ledger.homeward.call('GET', '/FHIR/R4/Observation?_count=1');
      const [last] = await ledger.query('SELECT id FROM audit_record ORDER BY id DESC LIMIT 1');
      id = last.id;
      await tampered(sql, [id]);
    });
    const { status, faults } = await verified();
    expect(status).toBe('fail');
    expect(faults).toContainEqual(expect.objectContaining({ kind, record: { kind: 'audit', id } }));
  });

  it.each([
    ['changed', `UPDATE review_mark SET note = 'Nothing was seen.' WHERE id = $1`],
    ['deleted', 'DELETE FROM review_mark WHERE id = $1'],
    ['changed', `UPDATE review_mark SET reviewed_at = reviewed_at + interval '1 microsecond' WHERE id = $1`],
  ])('shows a review mark that is %s', async (kind, sql) => {
    let id = '';
    await whileHeldBack(async () => {
      const { json } = await ledger.homeward.call('POST', `/submissions/${ledger.first}/review`, {
        body: { note: 'The wrong patient.' },
        headers: { 'Content-Type': 'application/json' },
      });
      id = json.id;
      await tampered(sql, [id]);
    });
    const { status, faults } = await verified();
    expect(status).toBe('fail');
    expect(faults).toContainEqual(
      expect.objectContaining({
        kind,
        record: { kind: 'review', id },
        text: expect.stringMatching(/before it was sealed\.$/),
      }),
    );
  });

  it('shows a record whose transaction number can never be sealed', async () => {
    await ledger.homeward.call('GET', '/FHIR/R4/Observation?_count=1');
    const result = await ledger.undone(['audit_record'], async () => {
      await ledger.query(
        `UPDATE audit_record SET xid = '9223372036854775807' WHERE id = (SELECT id FROM audit_record ORDER BY id DESC LIMIT 1)`,
      );
      return ledger.verify();
    });
    expect(result.faults).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(/^The audit record has a transaction number/) }),
    );
  });
});
