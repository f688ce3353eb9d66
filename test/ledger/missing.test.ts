/** `homeward ledger missing`: what the anchors know and the database lacks is named, until it is sent again. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { hashOfHead, headText, readHead } from '../../src/engines/ledger/head';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import type { Missing } from '../../src/engines/ledger/missing';
import { run } from '../../src/interfaces/cli/commands';
import { accepted, freshSummary, send } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';

jest.setTimeout(60_000);

let ledger: Sealed;
let out = '';
beforeAll(async () => {
  ledger = await startSealed();
  await ledger.sealed();
  const { first } = ledger;
  for (let tries = 0; !readFileSync(ledger.anchor, 'utf8').includes(first); tries += 1) {
    if (tries > 200) throw new Error('the anchor does not name the submission');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
afterAll(() => ledger.close());

async function command(...args: string[]): Promise<number> {
  out = '';
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((out += String(text)), true)),
  ];
  try {
    return await run(['ledger', 'missing', ...args], ledger.env());
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
const missing = async (...args: string[]): Promise<Missing> => {
  await command('--json', ...args);
  return JSON.parse(out) as Missing;
};

/** As if the database had been restored to a moment before this submission: its row and its head are not there. */
async function withoutThe<T>(id: string, work: () => Promise<T>): Promise<T> {
  return ledger.undone(['submission', 'ledger_seal'], async () => {
    const [{ xid }] = await ledger.query('SELECT xid::text AS xid FROM submission WHERE id = $1', [id]);
    await ledger.query('DELETE FROM ledger_seal WHERE upto > $1::xid8', [xid]);
    const client = await ledger.homeward.app.database.pool.connect();
    await client.query('SET session_replication_role = replica');
    await client.query('DELETE FROM submission WHERE xid >= $1::xid8', [xid]);
    client.release(true);
    return work();
  });
}

describe('homeward ledger missing', () => {
  it('finds nothing missing where nothing is, and takes the file of LEDGER_ANCHOR', async () => {
    expect(await command()).toBe(0);
    expect(out).toMatch(
      /^\d+ anchored heads compared, the last of .*Z\nNothing that was anchored is missing\.\n$/,
    );
  });

  it('names each accepted submission that is lost, with its sender and hash, and counts refused ones', async () => {
    const [row] = await ledger.query(
      `SELECT sender, encode(sha256, 'hex') AS sha256 FROM submission WHERE id = $1`,
      [ledger.first],
    );
    await withoutThe(ledger.first, async () => {
      const found = await missing();
      expect(found.submissions.map(({ id }) => id)).toEqual(
        expect.arrayContaining([ledger.first, ledger.corrected]),
      );
      expect(found.submissions.map(({ id }) => id)).not.toContain(ledger.refused);
      expect(found.refused).toBeGreaterThan(0);
      expect(found.seals).toMatchObject({ spans: [{ first: 1 }], unnamed: 0, notAnchored: 0 });
      expect(await command()).toBe(1);
      expect(out).toContain(`  - ${ledger.first} from ${row.sender}, SHA-256 ${row.sha256}\n`);
    });
  });

  it('no longer names what was sent again', async () => {
    const bytes = freshSummary().bytes();
    const { submissionId } = await accepted(ledger.homeward, bytes);
    await ledger.sealed();
    while (!readFileSync(ledger.anchor, 'utf8').includes(submissionId))
      await new Promise((resolve) => setTimeout(resolve, 50));
    // Lost and sent again, it has another id.
    const heads = readFileSync(ledger.anchor, 'utf8').replaceAll(
      submissionId,
      '019abf0e-5a31-7c52-9d0e-3f1f4b6c2a10',
    );
    const file = join(dirname(ledger.anchor), 'again.jsonl');
    writeFileSync(file, heads);
    await ledger.undone(['ledger_seal'], async () => {
      await ledger.query('DELETE FROM ledger_seal WHERE seal = (SELECT max(seal) FROM ledger_seal)');
      await ledger.query('DELETE FROM ledger_seal WHERE upto > (SELECT xid FROM submission WHERE id = $1)', [
        submissionId,
      ]);
      expect(await missing(file)).toMatchObject({ sentAgain: 1, submissions: [] });
      expect(await command(file)).toBe(0);
    });
  });

  it('does not believe heads that the ledger has not signed', async () => {
    const file = join(dirname(ledger.anchor), 'foreign.jsonl');
    const [line = ''] = readFileSync(ledger.anchor, 'utf8').split('\n');
    const head = JSON.parse(line) as { head: string };
    writeFileSync(
      file,
      `${JSON.stringify({ ...head, head: head.head.replace('"seal":1', '"seal":9999') })}\n`,
    );
    appendFileSync(file, 'no head\n');
    expect(await missing(file)).toMatchObject({ compared: 0, foreign: 1 });
  });

  it('says how many heads name nothing, because an earlier version made them', async () => {
    const file = join(dirname(ledger.anchor), 'earlier.jsonl');
    const lines = readFileSync(ledger.anchor, 'utf8').trim().split('\n');
    writeFileSync(
      file,
      lines.map((line) => JSON.stringify({ ...JSON.parse(line), submissions: undefined })).join('\n'),
    );
    await withoutThe(ledger.first, async () => {
      expect((await missing(file)).seals).toMatchObject({ unnamed: lines.length });
      expect(await command(file)).toBe(1);
    });
  });

  describe('after two restores', () => {
    let older: string[];
    let newer: string[];
    let last: number;
    const fileOf = (name: string, lines: string[]): string => {
      const file = join(dirname(ledger.anchor), name);
      writeFileSync(file, `${lines.join('\n')}\n`);
      return file;
    };

    // The first restore removed seals 2 and 3, and the second one the two seals after the last that is there.
    beforeAll(async () => {
      const heads = async (): Promise<string[]> =>
        (await ledger.query('SELECT head FROM ledger_seal ORDER BY seal')).map(({ head }) => String(head));
      while ((await heads()).length < 6) {
        await accepted(ledger.homeward, freshSummary());
        await ledger.sealed();
      }
      const there = await heads();
      last = there.length;
      const { sign } = await openLedgerKey(ledger.homeward.app.database);
      const twoAfter = (text: string, records: number): string[] => {
        let before = text;
        return [1, 2].map(() => {
          const head = readHead(before)!;
          const { seal, total } = head;
          before = headText({
            ...head,
            seal: seal + 1,
            previous: hashOfHead(before),
            records,
            total: total + records,
          });
          return JSON.stringify({ head: before, signature: sign(before), submissions: [] });
        });
      };
      older = twoAfter(there[0]!, 1);
      newer = twoAfter(there.at(-1)!, 4);
    });

    it('does not count the seals between the two, which are there', async () => {
      const file = fileOf('twice.jsonl', [...older, ...newer]);
      expect(await missing(file)).toMatchObject({
        compared: 4,
        seals: {
          spans: [
            { first: 2, last: 3, records: 2, notAnchored: 0 },
            { first: last + 1, last: last + 2, records: 8, notAnchored: 0 },
          ],
          notAnchored: 0,
        },
      });
      expect(await command(file)).toBe(0);
      expect(out).toMatch(
        new RegExp(
          `\\nSeals 2 to 3 are missing, made at \\S+: 2 records\\.\\nSeals ${last + 1} to ${last + 2} are missing, made at \\S+: 8 records\\.\\n0 accepted`,
        ),
      );
    });

    it('counts a seal that is missing and in no file', async () => {
      const file = fileOf('lacks-one.jsonl', [...older, newer[1]!]);
      expect((await missing(file)).seals).toMatchObject({
        spans: [
          { first: 2, last: 3, notAnchored: 0 },
          { first: last + 1, last: last + 2, records: 8, notAnchored: 1 },
        ],
      });
      expect(await command(file)).toBe(1);
      expect(out).toContain('1 of these seals is in no file. Name the files of the other nodes too.\n');
    });

    it('counts one in the singular', async () => {
      await command(fileOf('one.jsonl', older.slice(0, 1)));
      expect(out).toMatch(
        /^1 anchored head compared, the last of \S+\nSeal 2 is missing, made at \S+: 1 record\.\n/,
      );
    });
  });

  it('ends with 66 where a file cannot be read', async () => {
    expect(await command('/nowhere.jsonl')).toBe(66);
  });

  it('is in the audit trail', async () => {
    await send(ledger.homeward, freshSummary().bytes());
    const { json } = await ledger.homeward.call('GET', '/FHIR/R4/AuditEvent?subtype=$ledger-missing');
    expect(json.total).toBeGreaterThan(0);
  });
});
