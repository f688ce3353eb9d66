/** The address of a document that a browser opens by itself, after the document was retracted, corrected or replaced. */
import type { AnyResource, Json } from '../../src/fhir/types';
import { minimalPdf } from '../fixtures/minimal-pdf';
import type { SummaryBuilder } from '../fixtures/summary';
import { freshNhsNumber, freshSummary, send } from '../semantics/sending';
import { find, NHS } from '../semantics/story';
import { startHomeward, type Homeward } from '../support/homeward';
import { plain, Visitor, type PageReply } from './visitor';

interface Entry {
  fullUrl: string;
  resource: AnyResource;
}

let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  homeward = await startHomeward();
  visitor = new Visitor(homeward);
  await visitor.signIn('clinician');
});
afterAll(() => homeward.close());

const documentIn = ({ entry }: AnyResource): AnyResource =>
  (entry as unknown as Entry[]).find(({ resource }) => resource.resourceType === 'DocumentReference')!
    .resource;
const attachmentOf = (document: AnyResource): Record<string, Json> =>
  (document.content as unknown as [{ attachment: Record<string, Json> }])[0].attachment;
const stored = (nhsNumber: string): Promise<AnyResource[]> =>
  find(homeward, `DocumentReference?patient:identifier=${NHS}|${nhsNumber}&_sort=_lastUpdated`);

/** A summary that is stored, and the address of its document. */
async function sent(): Promise<{ summary: SummaryBuilder; nhsNumber: string; id: string; address: string }> {
  const nhsNumber = freshNhsNumber();
  const summary = freshSummary().nhsNumber(nhsNumber);
  expect((await send(homeward, summary)).status).toBe(201);
  const [document] = await stored(nhsNumber);
  const id = String(document!.id);
  return { summary, nhsNumber, id, address: addressOf(document!) };
}
const addressOf = (document: AnyResource): string =>
  `/console/documents/${String(attachmentOf(document).url).split('/').at(-1)}`;
const corrected = async (summary: SummaryBuilder, change: (bundle: AnyResource) => void): Promise<void> => {
  const reply = await send(homeward, summary.correction(2).changed(change));
  expect([reply.status, reply.status === 201 ? [] : reply.json]).toEqual([201, []]);
};
function replaceBytes(document: AnyResource): void {
  const { data: _data, hash: _hash, size: _size, ...rest } = attachmentOf(document);
  const data = minimalPdf('another report').toString('base64');
  (document.content as unknown as [{ attachment: object }])[0].attachment = { ...rest, data };
}

const opened = (address: string): Promise<PageReply> =>
  visitor.get(address, { 'Sec-Fetch-Dest': 'document' });
/** What the page around the document says of it; undefined where the document is shown by itself. */
async function marksOn(address: string): Promise<string | undefined> {
  const { status, headers, text } = await opened(address);
  expect([status, headers.get('vary')]).toEqual([200, 'Sec-Fetch-Dest']);
  if (!headers.get('content-type')!.startsWith('text/html')) return undefined;
  return plain(text.split('<h1')[1]!.split('<iframe')[0]!);
}

const wrong: [what: string, change: (bundle: AnyResource) => void, mark: RegExp, name: string][] = [
  [
    'retracted',
    (bundle) => {
      documentIn(bundle).status = 'entered-in-error';
    },
    /Entered in error The sender has retracted this document\. Do not use it\./,
    'retracted',
  ],
  [
    'superseded',
    (bundle) => {
      documentIn(bundle).status = 'superseded';
    },
    /Superseded Another document has taken the place of this one\./,
    'superseded',
  ],
  [
    'withdrawn',
    (bundle) => {
      const document = documentIn(bundle);
      const value = 'urn:uuid:a4a1f3c0-0000-4000-8000-000000000077';
      document.masterIdentifier = { system: 'urn:ietf:rfc:3986', value };
      const entries = bundle.entry as unknown as Entry[];
      entries.find(({ resource }) => resource === document)!.fullUrl = value;
      document.id = value.replace('urn:uuid:', '');
    },
    /Withdrawn The sender has withdrawn this document\. Do not use it\./,
    'withdrawn',
  ],
  [
    'of other bytes',
    (bundle) => replaceBytes(documentIn(bundle)),
    /Corrected The sender has corrected this document since\. This is an earlier version\. Open the newest version/,
    'corrected',
  ],
  [
    'of a stay that was retracted',
    (bundle) => {
      for (const { resource } of bundle.entry as unknown as Entry[])
        if (resource.resourceType === 'Encounter') resource.status = 'entered-in-error';
    },
    /The stay was entered in error The sender has retracted the stay that this document is about\./,
    'retracted',
  ],
];

describe('the address of a document that a browser opens by itself', () => {
  it('shows a document that holds as it was received', async () => {
    const { address } = await sent();
    expect(await marksOn(address)).toBeUndefined();
    expect((await opened(address)).bytes).toEqual((await visitor.get(address)).bytes);
  });

  it.each(wrong)(
    'says of one that is %s now what it is, and keeps its bytes',
    async (_, change, mark, name) => {
      const { summary, address } = await sent();
      const before = await visitor.get(address, { 'Sec-Fetch-Dest': 'iframe' });
      await corrected(summary, change);
      expect(await marksOn(address)).toMatch(mark);
      if (name !== 'corrected') expect(await marksOn(address)).not.toContain('Corrected');
      const [, frame] = /<iframe[^>]*src="([^"]+)"/.exec((await opened(address)).text)!;
      for (const path of [frame!, address])
        expect((await visitor.get(path, { 'Sec-Fetch-Dest': 'iframe' })).bytes).toEqual(before.bytes);
      const saved = await visitor.get(`${address}/download`);
      expect(saved.bytes).toEqual(before.bytes);
      expect(saved.headers.get('content-disposition')).toMatch(`attachment; filename="${name}-`);
    },
  );

  it('shows one that was corrected in other things than its bytes', async () => {
    const { summary, address } = await sent();
    await corrected(summary, (bundle) => {
      documentIn(bundle).description = 'Report';
    });
    expect(await marksOn(address)).toBeUndefined();
  });

  it('leads from an earlier version to the newest one', async () => {
    const { summary, nhsNumber, address } = await sent();
    await corrected(summary, (bundle) => replaceBytes(documentIn(bundle)));
    const [document] = await stored(nhsNumber);
    const { text } = await opened(address);
    expect(text).toContain(`<a href="${addressOf(document!)}">Open the newest version</a>`);
    expect(await marksOn(addressOf(document!))).toBeUndefined();
  });

  it('says which document replaces it, also where its status did not change', async () => {
    const { nhsNumber, id, address } = await sent();
    const relatesTo = [{ code: 'replaces', target: { reference: `DocumentReference/${id}` } }];
    const discharge = freshSummary()
      .nhsNumber(nhsNumber)
      .with('DocumentReference.relatesTo', relatesTo)
      .changed((bundle) => replaceBytes(documentIn(bundle)));
    expect((await send(homeward, discharge)).status).toBe(201);
    expect(await marksOn(address)).toMatch(
      /Replaced by another document Replaced by .*\. Open that document/,
    );
  });

  it('is in the audit trail with what it said', async () => {
    const { summary, id, address } = await sent();
    await corrected(summary, (bundle) => {
      documentIn(bundle).status = 'entered-in-error';
    });
    await opened(address);
    const [event] = await find(homeward, `AuditEvent?entity=DocumentReference/${id}&_sort=-date&_count=1`);
    expect(JSON.stringify(event)).toContain(`GET ${address}`);
  });
});

describe('the page of a stay', () => {
  it('says before a retracted document that it is not to be used', async () => {
    const { summary, nhsNumber } = await sent();
    await corrected(summary, (bundle) => {
      documentIn(bundle).status = 'entered-in-error';
    });
    const [stay] = await find(homeward, `Encounter?patient:identifier=${NHS}|${nhsNumber}`);
    const { text } = await visitor.get(`/console/stays/${String(stay!.id)}`);
    const [before] = text.split('<section id="document"')[1]!.split('<iframe');
    expect(plain(before!)).toContain('The sender has retracted this document. Do not use it.');
  });
});
