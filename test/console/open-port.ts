/** A port that is free at the moment, for a server whose address must be known before it starts. */
import { createServer } from 'node:net';

export async function openPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
