/** A plain HTTP client with a fixed number of connections that are kept open: Node.js's own, and nothing around it. */
import { Agent, request } from 'node:http';

export interface Reply {
  status: number;
  body: Buffer;
  /** Names and values in turn. */
  headers: string[];
}

export interface Call {
  method: 'GET' | 'POST';
  /** With the query. */
  path: string;
  contentType?: string;
  body?: Buffer;
}

export interface HttpClient {
  call(call: Call): Promise<Reply>;
  close(): void;
}

export function httpClient(url: string, token: string, connections: number): HttpClient {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  const call = (asked: Call): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const { method, path, contentType, body } = asked;
      const headers = {
        Authorization: `Bearer ${token}`,
        Accept: 'application/fhir+json',
        ...(body && { 'Content-Type': contentType, 'Content-Length': body.length }),
      };
      const sent = request({ hostname, port, agent, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
            headers: response.rawHeaders,
          }),
        );
        response.on('error', reject);
      });
      // The server closes a connection that was idle for a while, perhaps as it is used again. A resend is safe.
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (sent.reusedSocket && error.code === 'ECONNRESET') call(asked).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  return { call, close: () => agent.destroy() };
}
