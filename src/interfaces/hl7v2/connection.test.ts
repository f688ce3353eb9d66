import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { inFlight } from '../../platform/in-flight';
import { serveConnection, type Connection, type ConnectionSettings, type Lost } from './connection';
import { framed } from './frames';

interface Opened {
  connection: Connection;
  socket: Socket;
  sender: Socket;
  problems: string[];
  answers: string[];
  lost: Lost[];
  close(): void;
}

const MIB = 1024 * 1024;

async function open(changed: Partial<ConnectionSettings> = {}, limit = 64 * MIB): Promise<Opened> {
  const problems: string[] = [];
  const answers: string[] = [];
  const lost: Lost[] = [];
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = connect((server.address() as { port: number }).port, '127.0.0.1');
  sender.on('error', () => undefined);
  sender.on('data', (bytes: Buffer) => void answers.push(...bytes.toString().split('\u001c\r').slice(0, -1)));
  const [socket] = (await once(server, 'connection')) as [Socket];
  const connection = serveConnection(socket, {
    maxFrameBytes: 8 * MIB,
    mostOfTooLarge: 4 * MIB,
    minBytesPerSecond: 1000,
    hold: inFlight(limit).open(),
    handle: async ({ bytes }) => Buffer.from(`answer to ${bytes.length}`),
    onLost: async (what) => void lost.push(what),
    onProblem: (text) => void problems.push(text),
    ...changed,
  });
  const close = (): void => {
    sender.destroy();
    server.close();
  };
  return { connection, socket, sender, problems, answers, lost, close };
}

const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((again) => setTimeout(again, 5));
};

describe('An MLLP connection', () => {
  it('is closed when a frame comes too slowly, and not before', async () => {
    const { connection, socket, sender, problems, close } = await open();
    sender.write('\u000bMSH|');
    await until(() => connection.stage() === 'inside');
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

  it('keeps of a message that is too large only what its refusal needs, before the message has ended', async () => {
    const memory = inFlight(10 * MIB);
    const { connection, socket, sender, close } = await open({ hold: memory.open(), mostOfTooLarge: MIB });
    sender.write(Buffer.concat([Buffer.of(0x0b), Buffer.alloc(8 * MIB + 1000, 'x')]));
    await until(() => socket.bytesRead > 8 * MIB);
    await until(() => memory.open().grow(9 * MIB));
    close();
    await connection.ended;
  });
});

describe('What came of a message that is not whole', () => {
  const lostWith = async (how: (opened: Opened) => void): Promise<[string, string][]> => {
    const opened = await open();
    how(opened);
    await opened.connection.ended;
    opened.close();
    return opened.lost.map(({ bytes, why }) => [bytes.toString(), why]);
  };

  it('is told when the connection is cut', async () => {
    expect(await lostWith(({ sender }) => sender.end('\u000bMSH|half'))).toEqual([
      ['MSH|half', 'the connection was cut'],
    ]);
    const reset = ({ sender, connection }: Opened): void => {
      sender.write('\u000bMSH|half');
      void until(() => connection.stage() === 'inside').then(() => sender.resetAndDestroy());
    };
    expect(await lostWith(reset)).toEqual([['MSH|half', 'the connection was cut']]);
  });

  it('is told when it comes too slowly', async () => {
    const slowly = ({ sender, connection }: Opened): void => {
      sender.write('\u000bMSH|half');
      void until(() => connection.stage() === 'inside').then(() => {
        setTimeout(() => connection.look(performance.now() + 31_000), 20);
      });
    };
    expect(await lostWith(slowly)).toEqual([
      ['MSH|half', 'a message came too slowly; the connection was closed'],
    ]);
  });

  it('is told when its frame ends in another way, or when there is none', async () => {
    const why = 'bytes outside an MLLP frame; the connection was closed';
    expect(await lostWith(({ sender }) => sender.write('\u000bMSH|a\u001c\n'))).toEqual([['MSH|a\n', why]]);
    expect(await lostWith(({ sender }) => sender.write('MSH|b\r'))).toEqual([['MSH|b\r', why]]);
  });

  it('is told once for the connection, with what was never handled', async () => {
    const { connection, sender, lost, close } = await open({
      handle: async () => {
        sender.resetAndDestroy();
        await new Promise((again) => setTimeout(again, 50));
        return Buffer.from('nobody reads this');
      },
    });
    sender.write(
      Buffer.concat([...['one', 'two'].map((text) => framed(Buffer.from(text))), Buffer.from('\u000bthr')]),
    );
    await connection.ended;
    expect(lost.map(({ bytes }) => bytes.toString())).toEqual(['twothr']);
    close();
  });

  it('is nothing after whole messages, and where nothing was sent', async () => {
    expect(await lostWith(({ sender }) => sender.end())).toEqual([]);
    expect(await lostWith(({ sender }) => sender.resetAndDestroy())).toEqual([]);
    expect(await lostWith(({ sender }) => sender.end(framed(Buffer.from('MSH|'))))).toEqual([]);
  });
});
