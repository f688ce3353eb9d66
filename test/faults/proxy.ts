/** A TCP proxy that cuts connections: between a sender and the server, or between the server and PostgreSQL. */
import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

export interface Proxy {
  port: number;
  /** Cuts every connection there is, at both ends, in the middle of whatever they say. */
  cut(): void;
  /** From now on a new connection is cut after so many bytes from the caller, drawn at random; undefined: none is. */
  cutAfter(mostBytes: number | undefined): void;
  close(): Promise<void>;
}

export async function startProxy(target: NetConnectOpts, random: () => number): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>();
  let mostBytes: number | undefined;
  const server = createServer((near) => {
    const far = connect(target);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    let left = mostBytes === undefined ? Infinity : Math.floor(random() * mostBytes);
    const end = (): void => {
      pairs.delete(pair);
      reset(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) {
        far.write(chunk.subarray(0, chunk.length + left));
        end();
      } else far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => void near.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const pair of pairs) reset(pair);
    pairs.clear();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    cutAfter: (bytes) => void (mostBytes = bytes),
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

/** A TCP connection is reset, so that nothing that is still on its way arrives; a Unix socket can only be closed. */
function reset(pair: readonly Socket[]): void {
  for (const socket of pair) {
    if (socket.destroyed) continue;
    if (socket.remoteFamily === undefined) socket.destroy();
    else socket.resetAndDestroy();
  }
}
