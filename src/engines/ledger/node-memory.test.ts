import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from './fault';
import { headText, type SignedHead } from './head';
import { openNodeMemory, putMemoryAway } from './node-memory';

const folder = mkdtempSync(join(tmpdir(), 'homeward-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

const head = (seal: number, key = 'ours'): SignedHead => ({
  head: headText({
    seal,
    sealedAt: '2026-11-28T10:00:00Z',
    previous: null,
    records: 1,
    total: seal,
    root: '',
    upto: String(seal * 10),
    shape: '',
    key,
  }),
  signature: 's',
});
const alarm = (seal: number): Fault => ({ kind: 'cut', seal, text: `Seal ${seal} is missing.` });

describe('a node’s memory', () => {
  it('keeps the head that is missing beside the last one, and the alarm', async () => {
    const memory = await openNodeMemory(folder, '1-1', 'ours');
    memory.keep(head(4));
    await memory.save();
    expect(memory.raise(alarm(4), head(4))).toBe(true);
    expect(memory.raise(alarm(4), head(4))).toBe(false);
    memory.keep(head(3));
    await memory.save();
    const again = await openNodeMemory(folder, '1-1', 'ours');
    expect(again.alarms()).toEqual([alarm(4)]);
    expect((await again.read()).heads.map((each) => each.head).sort()).toEqual(
      [head(3), head(4)].map((each) => each.head).sort(),
    );
  });

  it('counts heads of the same key under other names, and no others', async () => {
    for (const [name, key] of [
      ['2-2', 'ours'],
      ['3-3', 'theirs'],
    ] as const) {
      const other = await openNodeMemory(folder, name, key);
      other.keep(head(9, key));
      await other.save();
    }
    const { heads } = await (await openNodeMemory(folder, '4-4', 'ours')).read();
    expect(heads.map((each) => each.head)).toContain(head(9).head);
    expect(heads.map((each) => each.head)).not.toContain(head(9, 'theirs').head);
  });

  it('is written by several processes at once without a loss', async () => {
    const nodes = await Promise.all(Array.from({ length: 8 }, () => openNodeMemory(folder, '5-5', 'ours')));
    await Promise.all(
      nodes.map(async (node, index) => {
        for (let seal = 1; seal < 20; seal += 1) {
          node.keep(head(seal * 10 + index));
          await node.save();
        }
      }),
    );
    // Each tick looks whether another process has overwritten what it wrote.
    for (const node of nodes) {
      await node.refresh();
      await node.save();
    }
    const { heads } = await nodes[0]!.read();
    expect(heads.map((each) => each.head)).toContain(head(190 + 7).head);
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('ends its alarms where an operator has put the file away', async () => {
    const memory = await openNodeMemory(folder, '6-6', 'ours');
    memory.raise(alarm(2));
    await memory.save();
    expect(await putMemoryAway(folder, '6-6', new Date())).toMatch(/\.accepted-/);
    await memory.refresh();
    expect(memory.alarms()).toEqual([]);
    expect(await putMemoryAway(folder, '6-6', new Date())).toBeUndefined();
  });

  it('stays accepted in every process, also where one writes late what it remembers', async () => {
    const shared = join(folder, 'shared');
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => openNodeMemory(shared, '10-1', 'ours')));
    for (const each of [one!, two!, three!]) each.keep(head(9));
    one!.raise(alarm(9), head(9));
    await one!.save();
    const before = readFileSync(one!.name, 'utf8');
    // Of the moment between the reading and the acceptance: an alarm about a head from before, and another one.
    const changed: Fault = { kind: 'changed', text: 'A row was changed.' };
    two!.raise(alarm(9), head(9));
    two!.raise(changed);
    await putMemoryAway(shared, '10-1', new Date());
    await two!.save();
    three!.keep(head(8));
    await three!.save();
    for (let tick = 0; tick < 2; tick += 1)
      for (const each of [one!, two!, three!]) {
        await each.refresh();
        each.keep(head(4));
        await each.save();
      }
    // A process that had read the file before the acceptance writes it after all others.
    writeFileSync(one!.name, before);
    for (const each of [one!, two!, three!, await openNodeMemory(shared, '10-1', 'ours')]) {
      const { heads } = await each.read();
      expect(heads.map((known) => known.head)).not.toContain(head(9).head);
      await each.refresh();
      expect(each.alarms()).not.toContainEqual(alarm(9));
      await each.save();
    }
    const again = await openNodeMemory(shared, '10-1', 'ours');
    expect([again.alarms(), again.heads()]).toEqual([[changed], [head(4)]]);
  });

  it('is accepted again where the clock was put back', async () => {
    const memory = await openNodeMemory(folder, '11-1', 'ours');
    for (const [seal, time] of [
      [2, '2026-11-28T10:00:00Z'],
      [1, '2026-11-27T10:00:00Z'],
    ] as const) {
      memory.raise(alarm(seal), head(seal));
      await memory.save();
      await putMemoryAway(folder, '11-1', new Date(time));
      await memory.refresh();
      expect(memory.alarms()).toEqual([]);
    }
  });

  it('raises an alarm where the database was replaced by another of its name, with another key, until it is accepted', async () => {
    const before = await openNodeMemory(folder, '8-1', 'theirs', 'homeward');
    before.keep(head(3, 'theirs'));
    before.raise(alarm(2));
    await before.save();
    const other = await openNodeMemory(folder, '8-2', 'ours', 'another');
    expect(other.alarms()).toEqual([]);
    const now = await openNodeMemory(folder, '8-3', 'ours', 'homeward');
    const texts = [expect.stringMatching(/^Seal 2/), expect.stringMatching(/^The database was replaced/)];
    expect(now.alarms().map(({ text }) => text)).toEqual(texts);
    await now.refresh();
    await now.save();
    expect((await now.read()).alarms.map(({ text }) => text)).toEqual(texts);
    await putMemoryAway(folder, '8-3', new Date(), 'homeward');
    await now.refresh();
    expect(now.alarms()).toEqual([]);
    expect((await openNodeMemory(folder, '8-3', 'ours', 'homeward')).alarms()).toEqual([]);
  });

  it('takes a database that was restored under its name, with the same key, for the same', async () => {
    const before = await openNodeMemory(folder, '9-1', 'ours', 'homeward');
    before.keep(head(3));
    await before.save();
    expect((await openNodeMemory(folder, '9-2', 'ours', 'homeward')).alarms()).toEqual([]);
  });
});
