import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { inFlight } from '../../platform/in-flight';
import { serveConnection, type Connection, type ConnectionSettings } from './connection';
import { framed } from './frames';

interface Opened {
  connection: Connection;
  socket: Socket;
  sender: Socket;
  problems: string[];
  answers: string[];
  close(): void;
}

const MIB = 1024 * 1024;

async function open(changed: Partial<ConnectionSettings> = {}, limit = 64 * MIB): Promise<Opened> {
  const problems: string[] = [];
  const answers: string[] = [];
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = connect((server.address() as { port: number }).port, '127.0.0.1');
  sender.on('error', () => undefined);
  sender.on('data', (bytes: Buffer) => void answers.push(...bytes.toString().split('\u001c\r').slice(0, -1)));
  const [socket] = (await once(server, 'connection')) as [Socket];
  const connection = serveConnection(socket, {
    maxFrameBytes: 8 * MIB,
    minBytesPerSecond: 1000,
    hold: inFlight(limit).open(),
    handle: async ({ bytes }) => Buffer.from(`answer to ${bytes.length}`),
    onProblem: (text) => void problems.push(text),
    ...changed,
  });
  const close = (): void => {
    sender.destroy();
    server.close();
  };
  return { connection, socket, sender, problems, answers, close };
}

const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((again) => setTimeout(again, 5));
};

describe('An MLLP connection', () => {
  it('is closed when a frame comes too slowly, and not before', async () => {
    const { connection, socket, sender, problems, close } = await open();
    sender.write('\u000bMSH|');
    await until(() => connection.isInside());
    sender.write('^~\\&');
    const began = performance.now();
    connection.look(began + 29_000);
    expect(socket.destroyed).toBe(false);
    connection.look(began + 31_000);
    expect(socket.destroyed).toBe(true);
    expect(problems).toEqual(['a message came too slowly; the connection was closed']);
    close();
  });

  it('stays open without a message', async () => {
    const { connection, socket, close } = await open();
    connection.look(performance.now() + 3_600_000);
    expect(socket.destroyed).toBe(false);
    close();
  });

  it('is not read further while a message is handled, and its messages are answered in order', async () => {
    let finish = (): void => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    const { socket, sender, answers, close } = await open({
      handle: async ({ bytes }) => {
        await first;
        return Buffer.from(`answer to ${bytes.length}`);
      },
    });
    const sizes = Array.from({ length: 40 }, (_, index) => 500_000 + index);
    for (const size of sizes) sender.write(framed(Buffer.alloc(size, 'x')));
    await new Promise((again) => setTimeout(again, 300));
    expect(socket.bytesRead).toBeLessThan(2 * MIB);
    finish();
    await until(() => answers.length === sizes.length);
    expect(answers).toEqual(sizes.map((size) => `\u000banswer to ${size}`));
    close();
  });

  it('waits for memory that other messages hold', async () => {
    const memory = inFlight(300_000);
    const other = memory.open();
    other.grow(250_000);
    const { sender, answers, close } = await open({ hold: memory.open() });
    sender.write(framed(Buffer.alloc(200_000, 'x')));
    await new Promise((again) => setTimeout(again, 200));
    expect(answers).toEqual([]);
    other.release();
    await until(() => answers.length === 1);
    close();
  });

  it('gives its memory back', async () => {
    const memory = inFlight(10 * MIB);
    const { connection, sender, answers, close } = await open({ hold: memory.open() });
    for (let sent = 1; sent <= 5; sent += 1) {
      sender.write(framed(Buffer.alloc(3 * MIB, 'x')));
      await until(() => answers.length === sent);
    }
    sender.write('\u000bhalf a message');
    sender.destroy();
    await connection.ended;
    expect(memory.open().grow(10 * MIB)).toBe(true);
    close();
  });
});
