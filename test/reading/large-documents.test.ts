/** A large document is read as fast as its reader takes it, and is never cut short unseen. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { watchStatements } from '../support/watch-statements';

/** More than the sockets of both ends hold. */
const SIZE = 22_000_000;
const pdf = Buffer.concat([minimalPdf(), Buffer.alloc(SIZE, 'Homeward')]);
/** What one statement reads. */
const AT_ONCE = 768 * 1024;
const statementsForAll = Math.ceil(pdf.length / AT_ONCE);

let homeward: Homeward;
let url: string;
beforeAll(async () => {
  homeward = await startHomeward();
  const sent = await homeward.call('POST', '/FHIR/R4', { body: aSummary().pdf(pdf).bytes() });
  expect(sent.status).toBe(201);
  const { json } = await homeward.call('GET', '/FHIR/R4/DocumentReference');
  url = `${homeward.fhir}/${json.entry[0].resource.content[0].attachment.url}`;
}, 60_000);
afterAll(() => homeward.close());

/** The head of the answer; its body is not read. */
async function headOf(method: 'GET' | 'HEAD' = 'GET', accept = '*/*'): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${homeward.token()}`, Accept: accept };
  const request = get(url, { agent: false, method, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** How many parts of documents are read meanwhile. */
async function partsRead(work: () => Promise<unknown>): Promise<number> {
  const seen = await watchStatements(homeward.app.database, work);
  return seen.filter(({ text }) => text.startsWith('COPY') && text.includes('document_bytes')).length;
}

/** Until the server has asked for nothing more for a while. */
async function untilStill(): Promise<void> {
  while ((await partsRead(() => sleep(300))) > 0);
}

async function readsInTheTrail(): Promise<number> {
  const rows = await homeward.app.database.query<{ count: number }>({
    text: `SELECT count(*)::integer AS count FROM audit_event WHERE content LIKE '%Binary/%' AND content LIKE '%"read"%'`,
  });
  return rows[0]!.count;
}

describe('a document of 22 MB', () => {
  it('is sent whole, with its length, by itself and as FHIR', async () => {
    const own = await homeward.call('GET', url);
    expect(own.bytes.equals(pdf)).toBe(true);
    expect(own.headers.get('content-length')).toBe(String(pdf.length));
    const fhir = await homeward.call('GET', url, { headers: { Accept: 'application/fhir+json' } });
    expect(fhir.headers.get('content-length')).toBe(String(fhir.bytes.length));
    expect(Buffer.from(fhir.json.data, 'base64').equals(pdf)).toBe(true);
  });

  it('has the same length for HEAD, for which its bytes are not read', async () => {
    const parts = await partsRead(async () => {
      const head = await headOf('HEAD');
      expect(head.headers['content-length']).toBe(String(pdf.length));
    });
    expect(parts).toBe(0);
  });

  it('is read no faster than it is taken, and is in the audit trail before its first byte', async () => {
    const before = await readsInTheTrail();
    let answer: IncomingMessage | undefined;
    const parts = await partsRead(async () => {
      answer = await headOf();
      expect(await readsInTheTrail()).toBe(before + 1);
      await untilStill();
    });
    expect(parts).toBeLessThan(statementsForAll / 2);
    const after = await partsRead(async () => {
      answer?.destroy();
      await sleep(300);
    });
    expect(after).toBeLessThanOrEqual(1);
  });

  it('is read no further when its reader goes while a part is read', async () => {
    const parts = await partsRead(async () => {
      (await headOf()).destroy();
      await untilStill();
    });
    expect(parts).toBeLessThan(statementsForAll / 2);
  });

  it.each(['*/*', 'application/fhir+json'])(
    'is cut off when the rest cannot be read (Accept: %s)',
    async (accept) => {
      const { database } = homeward.app;
      const answer = await headOf('GET', accept);
      await untilStill();
      await database.query({ text: 'UPDATE document_bytes SET bytes = substring(bytes FOR 1000)' });
      try {
        const read = (async () => {
          let size = 0;
          for await (const piece of answer) size += (piece as Buffer).length;
          return size;
        })();
        await expect(read).rejects.toThrow('aborted');
        expect(answer.complete).toBe(false);
      } finally {
        await database.query({ text: 'UPDATE document_bytes SET bytes = $1' }, [pdf]);
      }
    },
  );
});
