/**
 * Homeward and MESH are killed while summaries arrive: each message is stored once or refused once, acknowledged, and
 * reported back. A short form runs in the test command; `npm run test:mesh` is the long one, whose figures are in
 * docs/transports/mesh.md.
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { sendMessage } from '../../src/interfaces/mesh/send-message';
import { newId } from '../../src/platform/ids';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { randomOf } from '../faults/load';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { freshSummary } from '../semantics/sending';
import { describeWithSandbox, meshSandbox, type MeshSandbox } from './mesh-sandbox';
import { meshFile, openSender, until, type MeshFile, type Sender } from './sender';

const long = process.env.MESH === 'long';
const MESSAGES = long ? 200 : 10;
const KILLS = long ? 10 : 1;
const SMALLEST = 50_000;
const LARGEST = long ? 40_000_000 : 400_000;
/** Chunks of a message before compression. */
const CHUNK = 5_500_000;
const seed = Number(process.env.MESH_SEED ?? (long ? Date.now() % 1_000_000 : 4));
const random = randomOf(seed);

jest.setTimeout(long ? 3_600_000 : 180_000);

interface Sent {
  id: string;
  expected: 'accepted' | 'refused';
  bytes: number;
}

/** So large that the whole summary has about this size; the size itself is spread evenly over its orders of magnitude. */
function summary(): Buffer {
  const size = SMALLEST * (LARGEST / SMALLEST) ** random();
  const pdf = minimalPdf(
    randomBytes(Math.floor((size * 3) / 8))
      .toString('hex')
      .slice(0, Math.floor((size * 3) / 4)),
  );
  return freshSummary().pdf(pdf).bytes();
}

/** One in ten is broken, and two are refused by a rule or are no FHIR. */
function message(index: number): { bytes: Buffer; expected: Sent['expected'] } {
  switch (index % 10) {
    case 3:
      return { bytes: freshSummary().without('Encounter.status').bytes(), expected: 'refused' };
    case 6:
      return { bytes: gzipSync(summary()).subarray(0, -100), expected: 'refused' };
    case 8:
      return { bytes: randomBytes(60_000), expected: 'refused' };
    case 9:
      return { bytes: gzipSync(summary()), expected: 'accepted' };
    default:
      return { bytes: summary(), expected: 'accepted' };
  }
}

describeWithSandbox('Homeward and MESH, each killed at any moment', (python) => {
  let sandbox: MeshSandbox;
  let file: MeshFile;
  let server: ServerProcess;
  let sender: Sender;
  beforeAll(async () => {
    sandbox = await meshSandbox(python);
    await sandbox.start();
    file = meshFile(sandbox.url);
    server = await serverProcess({ MESH_FILE: file.path, MAX_BODY_BYTES: String(48 * 1024 * 1024) });
    await server.start();
    sender = openSender(sandbox.url);
  });
  afterAll(async () => {
    sender?.close();
    await server?.remove();
    await sandbox?.remove();
    file?.remove();
  });

  const signal = new AbortController().signal;
  const pause = (millis: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, millis));

  /** As a careful sender: after a lost answer it asks MESH whether it has the message. */
  async function deliver(bytes: Buffer): Promise<string> {
    for (;;) {
      const localId = newId();
      const letter = {
        to: 'X26ABC1',
        workflow: 'VW_SUMMARY',
        localId,
        contentType: 'application/fhir+json',
        bytes,
      };
      try {
        return await sendMessage(sender.mailbox, letter, signal, CHUNK);
      } catch {
        const found = await untilItAnswers(() => sender.mailbox.sent(localId, signal));
        if (found.found === 'one' && found.state === 'sent') return found.messageId;
      }
    }
  }
  async function untilItAnswers<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch {
        await pause(200);
      }
    }
  }

  async function sendAll(): Promise<Sent[]> {
    const sent: Sent[] = [];
    for (let index = 0; index < MESSAGES; index += 1) {
      const { bytes, expected } = message(index);
      sent.push({ id: await deliver(bytes), expected, bytes: bytes.length });
    }
    return sent;
  }

  /** Kills one after the other. */
  async function killAll(): Promise<{ homeward: number; mesh: number }> {
    const kills = { homeward: 0, mesh: 0 };
    const wait = long ? 8_000 : 1_500;
    while (kills.homeward < KILLS || kills.mesh < KILLS) {
      await pause(wait * (0.5 + random()));
      if (kills.homeward <= kills.mesh) {
        await server.end('SIGKILL');
        await server.start();
        kills.homeward += 1;
      } else {
        await sandbox.kill('SIGKILL');
        await pause(500);
        await sandbox.start();
        kills.mesh += 1;
      }
    }
    return kills;
  }

  interface Report {
    subject: string;
    submission: string;
  }

  /** Takes the reports out of the inbox, until each message has one. */
  async function reports(sent: readonly Sent[]): Promise<Map<string, Report[]>> {
    const found = new Map<string, Report[]>();
    const end = Date.now() + (long ? 1_800_000 : 90_000);
    while (sent.some(({ id }) => !found.has(id))) {
      if (Date.now() > end) throw new Error(`${sent.length - found.size} messages have no report`);
      for (const id of await sender.inbox()) {
        const head = await sender.mailbox.head(id, signal);
        const about = head!.fileName.replace(/\.(json|xml)$/, '');
        found.set(about, [
          ...(found.get(about) ?? []),
          { subject: head!.subject, submission: head!.localId },
        ]);
        await sender.mailbox.acknowledge(id, signal);
      }
      await pause(500);
    }
    return found;
  }

  async function stored(text: string): Promise<Record<string, unknown>[]> {
    const client = new Client(server.connection());
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  it(`lose none of ${MESSAGES} messages, handle none twice, and report on each`, async () => {
    const startedAt = Date.now();
    const [sent, kills] = await Promise.all([sendAll(), killAll()]);
    const found = await reports(sent);
    const seconds = Math.round((Date.now() - startedAt) / 1000);

    const outcomes = sent.map(({ id, expected }) => {
      const [first] = found.get(id) ?? [];
      return first?.subject === expected ? 'as expected' : `${id}: ${first?.subject}, not ${expected}`;
    });
    expect(new Set(outcomes)).toEqual(new Set(['as expected']));
    expect(found.size).toBe(sent.length);
    const [counts] = await stored(`SELECT
        (SELECT count(*)::integer FROM mesh_message) AS marks,
        (SELECT count(*)::integer FROM submission WHERE door = 'mesh') AS submissions,
        (SELECT count(DISTINCT request_id)::integer FROM submission WHERE door = 'mesh') AS messages,
        (SELECT count(*)::integer FROM submission WHERE status = 'accepted') AS accepted`);
    const accepted = sent.filter(({ expected }) => expected === 'accepted').length;
    expect(counts).toEqual({ marks: MESSAGES, submissions: MESSAGES, messages: MESSAGES, accepted });
    const inbox = openSender(sandbox.url, 'X26ABC1');
    await until('the last acknowledgement', async () => (await inbox.inbox()).length === 0);
    inbox.close();
    const twice = [...found.values()].filter((all) => all.length > 1);
    // A report may come twice when the node died while it posted the report: never with another outcome.
    expect(twice.length).toBeLessThanOrEqual(kills.homeward + kills.mesh);
    for (const all of twice) expect(new Set(all.map((report) => JSON.stringify(report))).size).toBe(1);
    if (long) {
      const mebibytes = Math.round(sent.reduce((sum, { bytes }) => sum + bytes, 0) / 1024 / 1024);
      const reportedTwice = twice.length;
      console.log(
        JSON.stringify({ seed, messages: MESSAGES, accepted, mebibytes, kills, seconds, reportedTwice }),
      );
    }
  });
});
