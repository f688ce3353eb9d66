/**
 * Little memory and many large bodies and answers at once: the process lives, and everybody is answered. A few in the
 * test command; 64 senders of 5 MB with `FAULTS=long`.
 */
import { randomBytes } from 'node:crypto';
import { aSummary } from '../fixtures/summary';
import { serverProcess, type ServerProcess } from './server-process';

const long = process.env.FAULTS === 'long';
const MEGABYTE = 1_000_000;

let server: ServerProcess;
let token: string;
beforeAll(async () => {
  server = await serverProcess({ NODE_OPTIONS: `--max-old-space-size=${long ? 256 : 128}` });
  await server.start();
  token = server.sandbox.token({
    scope: 'system/Bundle.crs system/*.rs',
    ods: 'RR8',
    ttlSeconds: 3600,
    sub: 'memory',
  });
}, 60_000);
afterAll(() => server.remove());

const call = async (method: string, path: string, body?: Buffer): Promise<number> => {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' },
    ...(body ? { body } : {}),
  });
  await response.arrayBuffer();
  return response.status;
};

const pdf = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes), Buffer.from('\n%%EOF\n')]);

/** About so many bytes of Observations. */
const readings = (stay: number, bytes: number): Buffer =>
  aSummary()
    .stay(stay)
    .observations(Math.round(bytes / 1_055))
    .bytes();

describe('a server with little memory', () => {
  it(
    'answers all of many large submissions, and lives',
    async () => {
      const senders = long ? 64 : 10;
      const size = (long ? 5 : 2) * MEGABYTE;
      const bodies = Array.from({ length: senders }, (_, index) =>
        index % 4 === 0
          ? readings(index, size)
          : aSummary()
              .stay(index)
              .pdf(pdf(0.74 * size))
              .bytes(),
      );
      const statuses = await Promise.all(bodies.map((body) => call('POST', '/FHIR/R4/Bundle', body)));
      expect(statuses.filter((status) => ![200, 201, 429, 503].includes(status))).toEqual([]);
      expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(senders / 4);
      expect(await call('GET', '/_status')).toBe(200);
    },
    long ? 300_000 : 60_000,
  );

  it(
    'answers all of many large searches and batches of documents, and lives',
    async () => {
      const binaries = await fetch(`${server.url}/FHIR/R4/DocumentReference?_count=50`, {
        headers: { Authorization: `Bearer ${token}` },
      });
      const { entry } = (await binaries.json()) as {
        entry: { resource: { content: [{ attachment: { url: string } }] } }[];
      };
      const urls = entry.map(({ resource }) => resource.content[0].attachment.url);
      const batch = Buffer.from(
        JSON.stringify({
          resourceType: 'Bundle',
          type: 'batch',
          entry: Array.from({ length: 200 }, (_, index) => ({
            request: { method: 'GET', url: urls[index % urls.length] },
          })),
        }),
      );
      const statuses = await Promise.all(
        Array.from({ length: long ? 60 : 20 }, (_, index) =>
          index % 5 === 0
            ? call('POST', '/FHIR/R4', batch)
            : call('GET', '/FHIR/R4/Observation?_count=1000&_include=*&_revinclude=*'),
        ),
      );
      expect(statuses.filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
      expect(await call('GET', '/_status')).toBe(200);
    },
    long ? 300_000 : 60_000,
  );
});
