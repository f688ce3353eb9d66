import { createServer, type AddressInfo, type Server } from 'node:net';
import { openDatabase, type Database } from './postgres';

/** A message of PostgreSQL's protocol. @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY_FOR_QUERY = message('Z', Buffer.from('I'));
const ADMIN_SHUTDOWN = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
);

/** A server that lets each client in and ends in the same moment: both are in one packet. */
async function closingServer(): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () =>
      socket.end(Buffer.concat([AUTHENTICATION_OK, READY_FOR_QUERY, ADMIN_SHUTDOWN])),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as AddressInfo).port, server };
}

describe('a PostgreSQL that ends as it lets a connection in', () => {
  let server: Server;
  let database: Database;
  afterEach(async () => {
    await database.close();
    server.close();
  });

  // An error event that nobody listens to would end this process, and jest with it.
  it.each([1, 2])('fails the statement, and not the process (servers: %d)', async (servers) => {
    const closing = await closingServer();
    server = closing.server;
    const hosts = Array.from({ length: servers }, () => `127.0.0.1:${closing.port}`).join(',');
    database = openDatabase(
      { connectionString: `postgres://homeward@${hosts}/homeward`, ssl: false },
      {
        maxConnections: 2,
        connectionTimeoutMillis: 300,
        statementTimeoutMillis: 1_000,
        onError: () => undefined,
      },
    );
    await expect(database.query({ name: 'one', text: 'SELECT 1' }, [])).rejects.toThrow();
  });
});
