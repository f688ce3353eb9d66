/** Heads that a node made just before it was killed reach the anchors of whoever seals next. */
import { readFileSync } from 'node:fs';
import { sealedTables } from '../../src/app';
import { createAnchors } from '../../src/engines/ledger/anchors';
import { readHead, type AnchoredHead, type SignedHead } from '../../src/engines/ledger/head';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import type { NodeMemory } from '../../src/engines/ledger/node-memory';
import { seal } from '../../src/engines/ledger/seal';
import { startSealer } from '../../src/engines/ledger/sealer';
import { accepted, freshSummary } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

const numberOf = ({ head }: SignedHead): number => readHead(head)!.seal;

/** Writes a summary, and has it sealed by a node that dies before it passes the head on. */
async function sealedByADeadNode(): Promise<{ head: SignedHead; submissionId: string; before: SignedHead }> {
  const { database } = ledger.homeward.app;
  const key = await openLedgerKey(database);
  return database.session(async (session) => {
    await session.query({ text: "SELECT pg_advisory_lock(hashtext('homeward.ledger'))" });
    const { submissionId } = await accepted(ledger.homeward, freshSummary());
    const [before] = await session.query<SignedHead & Record<string, unknown>>({
      text: 'SELECT s.head, s.signature FROM ledger_seal AS s ORDER BY s.seal DESC LIMIT 1',
    });
    // A transaction that is still open can hold the summary back.
    for (;;) {
      const head = await seal({ database: session, key, tables: sealedTables, now: () => new Date() });
      if (head?.submissions?.some(({ id }) => id === submissionId))
        return { head, submissionId, before: before! };
    }
  });
}

it('the node that seals next anchors the head of another one that died, with its submissions', async () => {
  const { head, submissionId } = await sealedByADeadNode();
  await accepted(ledger.homeward, freshSummary());
  await ledger.sealed();
  const lines = (): AnchoredHead[] =>
    readFileSync(ledger.anchor, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AnchoredHead);
  while (numberOf(lines().at(-1)!) <= numberOf(head)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lines().find((line) => line.head === head.head)).toMatchObject({
    signature: head.signature,
    submissions: [expect.objectContaining({ id: submissionId, status: 'accepted' })],
  });
  const numbers = lines().map(numberOf);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

it('a node that is started again anchors the head that it made before it was killed', async () => {
  const { database } = ledger.homeward.app;
  const { head, before } = await sealedByADeadNode();
  const offered: AnchoredHead[] = [];
  const anchor = {
    name: 'kept',
    keep: async (each: AnchoredHead) => void offered.push(each),
    heads: async () => [],
  };
  const sealer = startSealer({
    database,
    key: await openLedgerKey(database),
    tables: sealedTables,
    now: () => new Date(),
    memory: {
      last: () => before,
      refresh: async () => undefined,
      keep: () => undefined,
      raise: () => false,
      save: async () => undefined,
    } as unknown as NodeMemory,
    anchors: createAnchors(
      [anchor],
      () => new Date(),
      () => undefined,
    ),
    isSigned: () => true,
    everyMillis: 20,
    onProblem: () => undefined,
    onAlarm: () => undefined,
  });
  // Until it is this node that has sealed.
  while (offered.length === 0) await ledger.homeward.call('GET', '/FHIR/R4/Patient?_count=0');
  await sealer.stop();
  expect(offered.map(({ head: text }) => text)).toContain(head.head);
});
