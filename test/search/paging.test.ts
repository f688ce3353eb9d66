/** Holds that pages neither repeat nor lose a match while resources arrive, change and are withdrawn. */
import type { AnyResource } from '../../src/fhir/types';
import { columnsOf } from '../../src/engines/indexing/columns';
import { storedResources } from '../../src/resources';
import { NOW, openHarness, type Harness } from './harness';

const encounterDefinition = storedResources.find(({ type }) => type === 'Encounter')!;
const columns = columnsOf(encounterDefinition)
  .map(({ name }) => `"${name}"`)
  .join(', ');

let clock = NOW;
let harness: Harness;

beforeAll(async () => {
  harness = await openHarness({ now: () => clock });
});
afterAll(() => harness.close());
beforeEach(async () => {
  clock = NOW;
  await harness.database.query({ text: 'TRUNCATE encounter, encounter_history' });
});

/** The n-th of a row of stays, a day apart. */
function encounter(n: number, more: Partial<AnyResource> = {}): AnyResource {
  return {
    resourceType: 'Encounter',
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    meta: { versionId: '1', lastUpdated: '2024-01-01T10:00:00.000Z' },
    status: 'finished',
    period: { start: `2023-01-${String(n).padStart(2, '0')}T10:00:00Z` },
    ...more,
  };
}

const idOf = (n: number): string => String(encounter(n).id);

/** Moves what is stored to the history, as a correction does. */
async function supersede(n: number, successor?: AnyResource): Promise<void> {
  await harness.database.query(
    {
      text: `WITH gone AS (DELETE FROM encounter WHERE id = $1 RETURNING ${columns}, xid)
        INSERT INTO encounter_history (${columns}, xid) SELECT ${columns}, xid FROM gone`,
    },
    [idOf(n)],
  );
  if (successor !== undefined) await harness.store([successor]);
}

async function pages(
  params: [string, string][],
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<string[][]> {
  const found: string[][] = [];
  let result = await harness.search('Encounter', params);
  for (;;) {
    found.push(result.matches.map(({ id, versionId }) => `${Number(id.slice(-12))}v${versionId}`));
    if (result.next === undefined) return found;
    await between();
    result = await harness.search('Encounter', [['_cursor', result.next]]);
  }
}

describe('pages of a search', () => {
  it('go through all matches in order, however many of them share the sort key', async () => {
    await harness.store([1, 2, 3, 4, 5].map((n) => encounter(n)));
    expect(await pages([['_count', '2']])).toEqual([['1v1', '2v1'], ['3v1', '4v1'], ['5v1']]);
  });

  it('go on with what the first page saw while others arrive', async () => {
    await harness.store([encounter(1), encounter(3), encounter(5)]);
    const found = await pages(
      [
        ['_sort', 'date'],
        ['_count', '1'],
      ],
      async () => {
        for (const n of [2, 4, 6]) await supersede(n, encounter(n));
      },
    );
    expect(found).toEqual([['1v1'], ['3v1'], ['5v1']]);
  });

  it('show a resource as the first page saw it, though it has been corrected out of the search', async () => {
    await harness.store([encounter(1), encounter(2), encounter(3)]);
    const found = await pages(
      [
        ['status', 'finished'],
        ['_sort', 'date'],
        ['_count', '1'],
      ],
      async () => {
        const meta = { versionId: '2', lastUpdated: '2024-01-01T11:00:00.000Z' };
        await supersede(3, encounter(3, { meta, status: 'cancelled' }));
        await supersede(1, encounter(1, { meta, period: { start: '2023-02-01T10:00:00Z' } }));
      },
    );
    expect(found).toEqual([['1v1'], ['2v1'], ['3v1']]);
  });

  it('show a resource that has been withdrawn since, but not its tombstone', async () => {
    await harness.store([encounter(1), encounter(2)]);
    const found = await pages([['_count', '1']], async () => {
      await supersede(2);
      await harness.database.query(
        {
          text: `INSERT INTO encounter_history (id, version_id, last_updated, submission_id, sender, deleted)
            VALUES ($1, 2, now(), $1, 'RR8', true)`,
        },
        [idOf(2)],
      );
    });
    expect(found).toEqual([['1v1'], ['2v1']]);
    expect(await pages([])).toEqual([['1v1']]);
  });

  it('put what has no sort value last, in both directions', async () => {
    await harness.store([encounter(1), encounter(2, { period: undefined }), encounter(3)]);
    const paged: [string, string][] = [['_count', '1']];
    expect(await pages([['_sort', 'date'], ...paged])).toEqual([['1v1'], ['3v1'], ['2v1']]);
    expect(await pages([['_sort', '-date'], ...paged])).toEqual([['3v1'], ['1v1'], ['2v1']]);
  });

  it('sort by several keys, each in its direction', async () => {
    await harness.store([
      encounter(1, { status: 'planned' }),
      encounter(2, { status: 'finished' }),
      encounter(3, { status: 'planned' }),
    ]);
    expect(
      await pages([
        ['_sort', 'status,-date'],
        ['_count', '1'],
      ]),
    ).toEqual([['2v1'], ['3v1'], ['1v1']]);
  });

  it('say the same total on every page', async () => {
    await harness.store([encounter(1), encounter(2)]);
    const first = await harness.search('Encounter', [['_count', '1']]);
    await harness.store([encounter(3)]);
    const second = await harness.search('Encounter', [['_cursor', first.next!]]);
    expect([first.total, second.total, second.next]).toEqual([2, 2, undefined]);
  });

  it('are served by any node that knows the key, and by no other', async () => {
    await harness.store([encounter(1), encounter(2)]);
    const { next } = await harness.search('Encounter', [['_count', '1']]);
    const altered = `${next!.slice(0, -2)}AA`;
    for (const cursor of [altered, 'nonsense', ''])
      expect(await harness.ask('Encounter', [['_cursor', cursor]])).toEqual({
        ok: false,
        issues: [
          {
            severity: 'error',
            code: 'invalid',
            rule: 'search-cursor',
            text: 'The `_cursor` is not from this search. Use the `next` link without changes.',
          },
        ],
      });
    const other = await harness.ask('Observation', [['_cursor', next!]]);
    expect(other.ok).toBe(false);
  });

  it('expire after an hour', async () => {
    await harness.store([encounter(1), encounter(2)]);
    const { next } = await harness.search('Encounter', [['_count', '1']]);
    clock = new Date(NOW.getTime() + 3_601_000);
    expect(await harness.ask('Encounter', [['_cursor', next!]])).toEqual({
      ok: false,
      issues: [
        {
          severity: 'error',
          code: 'expired',
          rule: 'search-cursor-expired',
          text: 'This page has expired. Search again from the start.',
        },
      ],
    });
  });

  it('show no value of the search in the cursor', async () => {
    await harness.store([encounter(1), encounter(2)]);
    const { next } = await harness.search('Encounter', [
      ['status', 'finished'],
      ['_count', '1'],
    ]);
    expect(Buffer.from(next!, 'base64url').toString('latin1')).not.toContain('finished');
  });
});

describe('the number of matches', () => {
  beforeEach(() => harness.store([encounter(1), encounter(2), encounter(3)]));

  it('is told alone for _count=0 and _summary=count', async () => {
    for (const param of [
      ['_count', '0'],
      ['_summary', 'count'],
    ] as const) {
      const { matches, total, next } = await harness.search('Encounter', [param]);
      expect({ matches, total, next }).toEqual({ matches: [], total: 3, next: undefined });
    }
  });

  it('is left out for _total=none', async () => {
    const { total } = await harness.search('Encounter', [
      ['_total', 'none'],
      ['_count', '1'],
    ]);
    expect(total).toBeUndefined();
  });

  it('is left out where there are more than are counted, unless it must be accurate', async () => {
    const small = await openHarness({ limits: { maxCounted: 1 } });
    try {
      await small.store([encounter(1), encounter(2), encounter(3)]);
      const plain = await small.search('Encounter', [['_count', '1']]);
      const accurate = await small.search('Encounter', [
        ['_count', '1'],
        ['_total', 'accurate'],
      ]);
      expect([plain.total, accurate.total]).toEqual([undefined, 3]);
    } finally {
      await small.close();
    }
  });
});
