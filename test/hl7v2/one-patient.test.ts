/** A message is about one patient, and a retraction about one document. @see docs/transports/hl7v2.md */
import { aSummary } from '../fixtures/summary';
import { isObject, type AnyResource } from '../../src/fhir/types';
import { aMessage, aReading, nextId, ofBundle, type MessageOptions } from './messages';
import { receiverOfThisFile } from './receiving';

const { accepted, ask, call, get } = receiverOfThisFile();

let stay = 8000;
const aBundleOf = (number: number): ReturnType<typeof aSummary> => aSummary().stay(number);
const aBundle = (): ReturnType<typeof aSummary> => aBundleOf((stay += 1));

const HEART_RATE = '8867-4^Heart rate^LN';
const retraction: MessageOptions = {
  type: 'MDM^T11^MDM_T01',
  sentAt: '20260301101500',
  without: ['OBX', 'PID'],
};

describe('A message with a second', () => {
  const readings = async (): Promise<number> => (await get('/FHIR/R4/Observation?_summary=count')).total;

  it.each([['MSH', 'PID', 'PV1', 'TXA'], ['PID', 'PV1'], ['PV1'], ['TXA']])(
    '%s is refused, because nothing says whose its results are',
    async (...names) => {
      const lines = aMessage({
        fields: { PID: { 3: '9990000018^^^NHS^NH', 5: 'Other^Person', 7: '19600101' } },
      }).split('\r');
      const second = lines.filter((line) => names.includes(line.slice(0, 3)));
      const before = await readings();
      const answer = await ask(aMessage({ more: [...second, aReading(2, HEART_RATE, '140', '/min')] }));
      expect(answer).toMatchObject({
        code: 'AE',
        errors: names.map((name) => ({ place: `${name}^2`, code: '100', rule: 'hl7v2-repeated-segment' })),
      });
      expect(await readings()).toBe(before);
    },
  );
});

describe('A part of a longer message', () => {
  const kept = async (document: string): Promise<unknown[]> => {
    const found = await get(`/FHIR/R4/DocumentReference?identifier=${document}`);
    return (found.entry ?? []).map(({ resource }: { resource: AnyResource }) => resource.status);
  };

  it.each<[string, MessageOptions]>([
    ['MSH^1^14', { fields: { MSH: { 14: 'PART1' } } }],
    ['DSC^1^1', { more: ['DSC|PART1|F'] }],
    ['ADD^1', { more: ['ADD|JVBERi0xLjQK'] }],
  ])('(%s) is refused, because its next part would take its place', async (place, part) => {
    const document = nextId();
    const answer = await ask(aMessage({ document, ...part }));
    expect(answer).toMatchObject({ code: 'AE', errors: [{ place, code: '100', rule: 'hl7v2-in-parts' }] });
    expect(await kept(document)).toEqual([]);
  });

  it('is not what a DSC without a pointer makes of it', async () => {
    const document = nextId();
    await accepted({ document, more: ['DSC||'], fields: { MSH: { 14: '""' } } });
    expect(await kept(document)).toEqual(['current']);
  });
});

describe('A retraction', () => {
  it('leaves what a newer document says of the stay', async () => {
    const id = nextId();
    const visit = { 19: `V-${id}^^^RR8^VN` };
    await accepted({ document: `I-${id}`, sentAt: '20250224101500', fields: { PV1: { ...visit, 45: '' } } });
    await accepted({ document: `F-${id}`, sentAt: '20250301101500', fields: { PV1: visit } });
    await accepted({ ...retraction, document: `I-${id}` });
    const stays = await get(`/FHIR/R4/Encounter?identifier=V-${id}`);
    expect(stays.entry.map(({ resource }: { resource: AnyResource }) => resource.status)).toEqual([
      'finished',
    ]);
    const documents = await get(`/FHIR/R4/DocumentReference?identifier=I-${id}`);
    expect(documents.entry[0].resource.status).toBe('entered-in-error');
  });

  it.each(['collection', 'transaction'])(
    'of a Bundle without an identifier (%s) stores nothing twice',
    async (type) => {
      const id = nextId();
      const bundle = aBundle()
        .without('Bundle.identifier')
        .changed((each) => anonymous(each, type))
        .build();
      const answer = await accepted({ id, value: ofBundle(JSON.stringify(bundle)) });
      const { id: visit } = (await get(`/submissions/${answer.said}`)).stored.find(
        (each: AnyResource) => each.type === 'Encounter',
      );
      const readings = async (): Promise<number> =>
        (await get(`/FHIR/R4/Observation?encounter=${visit}&_summary=count`)).total;
      const before = await readings();
      expect(before).toBeGreaterThan(0);
      const retracted = await accepted({ ...retraction, id });
      expect(await readings()).toBe(before);
      expect((await get(`/submissions/${retracted.said}`)).replaces).toBe(answer.said);
      expect((await get(`/FHIR/R4/Bundle/${retracted.said}`)).identifier.value).toBe(`DOC-${id}`);
    },
  );

  it('of a document that was replaced is refused', async () => {
    const id = nextId();
    await accepted({ id, document: `A-${id}` });
    const replacing = {
      type: 'MDM^T10^MDM_T02',
      sentAt: '20250302101500',
      fields: { TXA: { 13: `A-${id}` } },
    };
    await accepted({ id, document: `B-${id}`, ...replacing });
    const answer = await ask(aMessage({ ...retraction, document: `A-${id}` }));
    expect(answer).toMatchObject({
      code: 'AE',
      errors: [{ place: 'TXA^1^12', rule: 'hl7v2-replaced-document' }],
    });
    const found = await get(`/FHIR/R4/DocumentReference?identifier=B-${id}`);
    expect(found.entry[0].resource.status).toBe('current');
    await accepted({ ...retraction, document: `B-${id}` });
  });

  it('with results of its own says what holds of them', async () => {
    const id = nextId();
    const document = `D-${id}`;
    const visit = { PV1: { 19: `V-${id}^^^RR8^VN` } };
    const pulse = (status: string): string[] => [aReading(2, HEART_RATE, '140', '/min', status)];
    await accepted({ document, fields: visit, more: pulse('F') });
    const statusOf = async (): Promise<string[]> => {
      const [stay] = (await get(`/FHIR/R4/Encounter?identifier=V-${id}`)).entry;
      const { entry = [] } = await get(`/FHIR/R4/Observation?encounter=${stay.resource.id}`);
      return entry.map(({ resource }: { resource: AnyResource }) => resource.status);
    };
    expect(await statusOf()).toEqual(['final']);
    const cancelled = { PV1: visit.PV1, TXA: { 19: 'CA' } };
    await accepted({ document, sentAt: '20250302101500', fields: cancelled, more: pulse('W') });
    expect(await statusOf()).toEqual(['entered-in-error']);
    const found = await get(`/FHIR/R4/DocumentReference?identifier=${document}`);
    expect(found.entry[0].resource.status).toBe('entered-in-error');
  });

  it('says nothing of what another summary has said since, whatever times they give', async () => {
    const id = nextId();
    const interim = aBundle().changed((each) => {
      delete (each.meta as { lastUpdated?: string }).lastUpdated;
    });
    const bundle = interim.build();
    await accepted({ id, document: `I-${id}`, value: ofBundle(JSON.stringify(bundle)) });
    const [visit] = entriesOf(bundle).filter(({ resource }) => resource.resourceType === 'Encounter');
    const number = (visit!.resource.identifier as { value: string }[])[0]!.value;
    const { id: visitId } = (await get(`/FHIR/R4/Encounter?identifier=${number}`)).entry[0].resource;
    const [first] = (await get(`/FHIR/R4/Observation?encounter=${visitId}&_count=1`)).entry;
    const url = `Observation/${first.resource.id}`;
    const entry = [{ resource: { ...first.resource, status: 'amended' }, request: { method: 'PUT', url } }];
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    const put = await call('POST', '/FHIR/R4', { body });
    expect(put.status === 200 ? '' : put.json).toBe('');
    await accepted({ ...retraction, document: `I-${id}` });
    expect((await get(`/FHIR/R4/${url}`)).status).toBe('amended');
  });

  it('retracts the document with its number', async () => {
    const id = nextId();
    const bundle = aBundle()
      .changed((each) => withSecondDocument(each, id))
      .build();
    const document = `FIRST-${id}`;
    await accepted({ id, document, value: ofBundle(JSON.stringify(bundle)) });
    await accepted({ ...retraction, document });
    for (const [number, status] of [
      [document, 'entered-in-error'],
      [`SECOND-${id}`, 'current'],
    ]) {
      const found = await get(`/FHIR/R4/DocumentReference?identifier=${number}`);
      expect(found.entry[0].resource.status).toBe(status);
    }
  });
});

describe('A replacement by a Bundle', () => {
  it.each(['without an identifier', 'with an identifier of its own'])(
    '%s replaces the document that TXA-13 names',
    async (kind) => {
      const id = nextId();
      const summary = (rate: number): string => {
        const built = aBundleOf(stay).changed((each) => {
          if (kind === 'without an identifier') delete each.identifier;
          else each.identifier = { system: 'https://rpm.example/bundles', value: `${id}-${rate}` };
          for (const { resource } of entriesOf(each))
            if (resource.resourceType === 'DocumentReference') resource.description = `Edition ${rate}`;
        });
        return ofBundle(JSON.stringify(built.build()));
      };
      stay += 1;
      const first = await accepted({ document: `A-${id}`, value: summary(1) });
      const second = await accepted({
        type: 'MDM^T10^MDM_T02',
        document: `B-${id}`,
        sentAt: '20270302101500',
        fields: { TXA: { 13: `A-${id}` } },
        value: summary(2),
      });
      expect((await get(`/submissions/${second.said}`)).replaces).toBe(first.said);
    },
  );
});

it('marks a Bundle of another patient than PID for review', async () => {
  const answer = await accepted({ value: ofBundle(aBundle().bytes()) });
  const { review } = await get(`/submissions/${answer.said}`);
  expect(review).toMatchObject({
    state: 'open',
    reasons: ['A message of HL7 v2 names another patient than the Bundle in it'],
  });
});

interface Entry {
  fullUrl: string;
  resource: AnyResource;
  request?: object;
}

const entriesOf = (bundle: AnyResource): Entry[] => bundle.entry as unknown as Entry[];

/** Its readings have no identifier by which they would be found again. */
function anonymous(bundle: AnyResource, type: string): void {
  bundle.type = type;
  for (const entry of entriesOf(bundle)) {
    if (entry.resource.resourceType === 'Observation') delete entry.resource.identifier;
    if (type === 'transaction') entry.request = { method: 'POST', url: entry.resource.resourceType };
  }
}

function withSecondDocument(bundle: AnyResource, id: string): void {
  const first = entriesOf(bundle).find(({ resource }) => resource.resourceType === 'DocumentReference')!;
  const fullUrl = 'urn:uuid:5b2a3cc0-52f5-4d2f-9d3c-0d6f8a4b7c11';
  const second = structuredClone(first);
  entriesOf(bundle).push({ ...second, fullUrl, resource: { ...second.resource, id: fullUrl.slice(9) } });
  for (const [each, number] of [
    [first, `FIRST-${id}`],
    [entriesOf(bundle).at(-1)!, `SECOND-${id}`],
  ] as const)
    if (isObject(each.resource.masterIdentifier)) each.resource.masterIdentifier.value = number;
}
