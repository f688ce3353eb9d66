/** What is of another stay of the same patient is not on the page of a stay, nor in its `$everything`. */
import type { AnyResource, Json } from '../../src/fhir/types';
import type { Homeward } from '../support/homeward';
import { aReading, aStayWith } from './readings';
import { aClinician, plain, type Visitor } from './visitor';

interface Entry {
  fullUrl: string;
  resource: AnyResource;
}

let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  ({ homeward, visitor } = await aClinician());
});
afterAll(() => homeward.close());

const submit = async (body: Buffer | object): Promise<void> => {
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
  expect([reply.status, reply.status === 201 ? undefined : reply.json]).toEqual([201, undefined]);
};
const resourcesOf = async (path: string): Promise<AnyResource[]> =>
  ((await homeward.call('GET', `/FHIR/R4/${path}`)).json.entry ?? []).map(({ resource }: Entry) => resource);
/** The ids of the patient's stays by their identifiers' order. */
const staysOf = async (number: string): Promise<string[]> => {
  const stays = await resourcesOf(
    `Encounter?patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${number}&_sort=identifier`,
  );
  return stays.map(({ id }) => String(id));
};

interface Seen {
  /** The lines of the table of all readings. */
  readings: string[];
  trends: string[];
  documents: number;
  text: string;
}

async function pageOf(id: string): Promise<Seen> {
  const { text, status } = await visitor.get(`/console/stays/${id}`);
  expect(status).toBe(200);
  const [, table = ''] = text.split(/<caption[^>]*>\d+ readings, newest first/);
  return {
    readings: [...table.split('</table>')[0]!.matchAll(/<tr[\s\S]*?<\/tr>/g)]
      .slice(1)
      .map(([row]) => plain(row).trim()),
    trends: [...text.matchAll(/<figcaption>([\s\S]*?)<\/figcaption>/g)].map(([each]) => plain(each).trim()),
    documents: text.match(/class="app-document/g)?.length ?? 0,
    text,
  };
}

/** The types and values of what `$everything` gives, for what is told apart by a value. */
async function everythingOf(id: string): Promise<{ types: Record<string, number>; values: string[] }> {
  const types: Record<string, number> = {};
  const found = await resourcesOf(`Encounter/${id}/$everything`);
  for (const { resourceType } of found) types[resourceType] = (types[resourceType] ?? 0) + 1;
  const values = found.flatMap(({ valueQuantity }) =>
    valueQuantity === undefined ? [] : [String((valueQuantity as { value: unknown }).value)],
  );
  return { types, values: values.sort() };
}

const identified = (value: string): Record<string, Json> => ({
  identifier: [{ system: 'https://rj1.virtual-ward.example/Id/observation', value }],
});

describe('a reading that was sent under one stay, and then under another', () => {
  const number = '9990000085';
  const moved = (): AnyResource =>
    aReading('pulse', 130, '2025-03-09T10:00:00+00:00', identified('moved-reading'));
  let first: string;
  let second: string;
  beforeAll(async () => {
    const own = aReading('pulse', 70, '2025-03-04T10:00:00+00:00', identified('own-reading'));
    const later = aReading('pulse', 72, '2025-03-05T10:00:00+00:00', identified('later-reading'));
    const [wrong] = [moved()];
    await submit(aStayWith(40, [own, later, wrong!]).nhsNumber(number).bytes());
    await submit(aStayWith(41, [moved()]).nhsNumber(number).bytes());
    await submit(aStayWith(40, [own, later]).nhsNumber(number).correction(2).bytes());
    const [, ofFirst] = await resourcesOf(
      `Observation?identifier=own-reading&_include=Observation:encounter`,
    );
    first = String(ofFirst!.id);
    second = (await staysOf(number)).find((id) => id !== first)!;
  });

  it('is on the page of the other, and not on that of the first', async () => {
    const seen = await pageOf(first);
    expect(seen.readings).toEqual([
      expect.stringMatching(/^5 March.* 72 \/min$/),
      expect.stringMatching(/^4 March.* 70 \/min$/),
    ]);
    expect(seen.trends).toEqual(['Pulse (/min) latest 72 /min']);
    expect(plain(seen.text)).not.toContain('130');
    expect((await pageOf(second)).readings).toEqual([expect.stringMatching(/^9 March.* 130 \/min$/)]);
  });

  it('is in $everything of the other, and not in that of the first', async () => {
    expect(await everythingOf(first)).toEqual({
      types: expect.objectContaining({ Encounter: 1, Observation: 2 }),
      values: ['70', '72'],
    });
    expect((await everythingOf(second)).values).toEqual(['130']);
  });
});

describe('two stays in one Bundle', () => {
  const number = '9990000093';
  let stays: string[];
  beforeAll(async () => {
    const one = aStayWith(42, [aReading('pulse', 70, '2025-03-04T10:00:00+00:00')])
      .nhsNumber(number)
      .build();
    const other = aStayWith(43, [aReading('pulse', 130, '2025-03-09T10:00:00+00:00')]).build();
    const [entries, others] = [one, other].map(({ entry }) => entry as unknown as Entry[]) as [
      Entry[],
      Entry[],
    ];
    const urlIn = (all: Entry[], type: string): string =>
      all.find(({ resource }) => resource.resourceType === type)!.fullUrl;
    const moved = ['Patient', 'Organization'].reduce(
      (text, type) => text.replaceAll(urlIn(others, type), urlIn(entries, type)),
      JSON.stringify(
        others.filter(({ resource }) => ['Encounter', 'Observation'].includes(resource.resourceType)),
      ),
    );
    const conditionOf = (all: Entry[], code: string, id: string): Entry => ({
      fullUrl: `urn:uuid:${id}`,
      resource: {
        resourceType: 'Condition',
        id,
        code: { text: code },
        subject: { reference: urlIn(entries, 'Patient') },
        encounter: { reference: urlIn(all, 'Encounter') },
      },
    });
    await submit({
      ...one,
      entry: [
        ...entries,
        ...(JSON.parse(moved) as Entry[]),
        conditionOf(entries, 'Pneumonia of March', 'a4a1f3c0-0000-4000-8000-000000000042'),
        conditionOf(others, 'Fracture of June', 'a4a1f3c0-0000-4000-8000-000000000043'),
      ],
    });
    stays = await staysOf(number);
  });

  it('have pages with their own readings, document and diagnosis alone', async () => {
    const pages = await Promise.all(stays.map(pageOf));
    const seen = pages.map(({ readings, documents, text }) => ({
      pulse: readings.map((line) => /(\d+) \/min/.exec(line)?.[1]),
      documents,
      conditions: ['Pneumonia of March', 'Fracture of June'].filter((each) => text.includes(each)),
    }));
    expect(seen.sort((a, b) => Number(a.pulse[0]) - Number(b.pulse[0]))).toEqual([
      { pulse: ['70'], documents: 1, conditions: ['Pneumonia of March'] },
      { pulse: ['130'], documents: 0, conditions: ['Fracture of June'] },
    ]);
  });

  it('are two in $everything', async () => {
    const all = await Promise.all(stays.map(everythingOf));
    const one: unknown = expect.objectContaining({ Encounter: 1, Observation: 1, Condition: 1, Patient: 1 });
    expect(all.map(({ types }) => types)).toEqual([one, one]);
    expect(all.flatMap(({ types }) => types.DocumentReference ?? [])).toEqual([1]);
    expect(all.flatMap(({ values }) => values).sort()).toEqual(['130', '70']);
  });
});

describe('what names no stay', () => {
  it('stays with the summary that it was in, also where a summary of another stay carries it again', async () => {
    const number = '9990000107';
    const shared = (): AnyResource =>
      aReading('weight', 81, '2025-03-04T10:00:00+00:00', identified('shared-reading'));
    for (const stay of [44, 45]) {
      const body = aStayWith(stay, [shared()])
        .nhsNumber(number)
        .changed((bundle) => {
          for (const { resource } of bundle.entry as unknown as Entry[])
            if (resource.resourceType === 'Observation') delete resource.encounter;
        });
      await submit(body.bytes());
    }
    const stays = await staysOf(number);
    const all = await Promise.all(stays.map(everythingOf));
    expect(all.map(({ values }) => values)).toEqual([['81'], ['81']]);
    const pages = await Promise.all(stays.map(pageOf));
    expect(pages.map(({ readings }) => readings.length)).toEqual([1, 1]);
    expect(await resourcesOf('Observation?identifier=shared-reading')).toHaveLength(1);
  });
});
