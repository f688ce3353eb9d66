/**
 * A small MESH of the tests' own, for what the official sandbox cannot show: empty pages that go on, throttling, broken
 * answers, lost answers, messages that another client has taken. It keeps every request.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { newId } from '../../src/platform/ids';

export interface FakeMessage {
  from?: string;
  workflow?: string;
  /** Headers beside the usual ones. */
  headers?: Record<string, string>;
  /** Each as it goes over the network. */
  chunks: readonly Buffer[];
  /** The `Content-Encoding` of the chunks. */
  encoding?: string;
}

export interface FakeRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** `cut` ends the connection without an answer. */
export type FakeAnswer =
  { status: number; headers?: Record<string, string>; body?: Buffer | string } | 'cut' | undefined;

export interface FakeMesh {
  url: string;
  requests: FakeRequest[];
  /** The ids that were acknowledged, in order. */
  acknowledged: string[];
  /** What was sent, in order. */
  posted: (FakeRequest & { id: string })[];
  /** Puts a message into the inbox of X26ABC1. @returns its id */
  put(message: FakeMessage): string;
  /** The requests for this method and path. */
  of(method: string, path: RegExp): FakeRequest[];
  /** Answers in place of the usual; undefined leaves the usual answer. */
  instead: (request: FakeRequest) => FakeAnswer;
  /** The usual answer to a list of the inbox has at most so many messages. */
  pageSize: number;
  close(): Promise<void>;
}

const HOME = '/messageexchange/X26ABC1';

export async function startFakeMesh(): Promise<FakeMesh> {
  const messages = new Map<string, FakeMessage>();
  const fake: FakeMesh = {
    url: '',
    requests: [],
    acknowledged: [],
    posted: [],
    pageSize: 500,
    instead: () => undefined,
    put: (message) => {
      const id = newId().replaceAll('-', '').toUpperCase();
      messages.set(id, message);
      return id;
    },
    of: (method, path) => fake.requests.filter((each) => each.method === method && path.test(each.path)),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer((request, response) => {
    void take(request, response, fake, messages);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  fake.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return fake;
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  fake: FakeMesh,
  messages: Map<string, FakeMessage>,
): Promise<void> {
  const { method = '', url = '', headers } = request;
  const taken: FakeRequest = { method, path: url, headers, body: await buffer(request) };
  fake.requests.push(taken);
  const answer = fake.instead(taken) ?? usual(taken, fake, messages);
  if (answer === 'cut' || answer === undefined) {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, answer.headers);
  response.end(method === 'HEAD' ? undefined : (answer.body ?? ''));
}

function usual(request: FakeRequest, fake: FakeMesh, messages: Map<string, FakeMessage>): FakeAnswer {
  const { method, path } = request;
  const [at = '', query = ''] = path.split('?');
  if (at === HOME && method === 'POST') return { status: 200 };
  if (at === `${HOME}/inbox`) return pageOf(new URLSearchParams(query), fake, messages);
  if (at === `${HOME}/outbox` && method === 'POST') {
    const id = newId().replaceAll('-', '').toUpperCase();
    fake.posted.push({ ...request, id });
    return { status: 202, body: JSON.stringify({ message_id: id }) };
  }
  const chunk = new RegExp(`^${HOME}/outbox/(\\w+)/(\\d+)$`).exec(at);
  if (chunk && method === 'POST') {
    fake.posted.push({ ...request, id: chunk[1]! });
    return { status: 202 };
  }
  const acknowledged = new RegExp(`^${HOME}/inbox/(\\w+)/status/acknowledged$`).exec(at);
  if (acknowledged && method === 'PUT') {
    messages.delete(acknowledged[1]!);
    fake.acknowledged.push(acknowledged[1]!);
    return { status: 200 };
  }
  const wanted = new RegExp(`^${HOME}/inbox/(\\w+)(?:/(\\d+))?$`).exec(at);
  const message = wanted ? messages.get(wanted[1]!) : undefined;
  if (!message) return notFound;
  return contentOf(message, Number(wanted?.[2] ?? 1));
}

const notFound: FakeAnswer = {
  status: 404,
  body: JSON.stringify({ detail: [{ event: 'RECEIVE', code: '20', msg: 'Message does not exist' }] }),
};

function pageOf(
  query: URLSearchParams,
  { pageSize }: FakeMesh,
  messages: Map<string, FakeMessage>,
): FakeAnswer {
  const ids = [...messages.keys()];
  const from = Number(query.get('continue_from') ?? 0);
  const links = {
    self: `${HOME}/inbox`,
    ...(from + pageSize < ids.length ? { next: `${HOME}/inbox?continue_from=${from + pageSize}` } : {}),
  };
  const body = { messages: ids.slice(from, from + pageSize), links, approx_inbox_count: ids.length };
  return { status: 200, body: JSON.stringify(body) };
}

function contentOf(
  { from = 'X26ABC2', workflow = 'VW_SUMMARY', headers = {}, chunks, encoding }: FakeMessage,
  number: number,
): FakeAnswer {
  const body = chunks[number - 1];
  if (body === undefined && chunks.length > 0) return notFound;
  return {
    status: number < chunks.length ? 206 : 200,
    headers: {
      'Mex-From': from,
      'Mex-WorkflowID': workflow,
      'Mex-MessageType': 'DATA',
      'Mex-Chunk-Range': `${number}:${chunks.length}`,
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding, 'Mex-Content-Compressed': 'Y' }),
      ...headers,
    },
    body: body ?? Buffer.alloc(0),
  };
}
