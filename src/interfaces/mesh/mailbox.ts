/**
 * The calls of the MESH API for one mailbox, version 2.
 * @see https://digital.nhs.uk/developer/api-catalogue/message-exchange-for-social-care-and-health-api
 */
import type { IncomingMessage } from 'node:http';
import { arch, platform, release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatherBytes } from '../../platform/gather-bytes';
import { messageOf } from '../../platform/message-of';
import type { Secret } from '../../platform/settings-file';
import { authorisation } from './authorisation';
import type { Call, Connection } from './connection';
import { awayFrom, detailOf, MeshAway, MeshRefusal, passes } from './mesh-fault';
import { headOf, type MessageHead } from './message-head';

export interface Mailbox {
  readonly name: string;
  /** Tells MESH that this client is there; expected once a day. */
  handshake(signal: AbortSignal): Promise<void>;
  /** @param next `links.next` of the page before, as it was given */
  inbox(next: string | undefined, signal: AbortSignal): Promise<InboxPage>;
  /** The headers of a message; undefined when MESH does not give them without the content. */
  head(id: string, signal: AbortSignal): Promise<MessageHead | undefined>;
  /** The first chunk, or a later one, as it comes. */
  chunk(id: string, number: number, signal: AbortSignal): Promise<Chunk>;
  acknowledge(id: string, signal: AbortSignal): Promise<void>;
  /** Sends a message, or its first chunk. Never sent twice by itself. @returns the message id */
  post(part: Part, signal: AbortSignal): Promise<string>;
  /** Sends a later chunk. */
  postChunk(id: string, number: number, part: Part, signal: AbortSignal): Promise<void>;
  /** What MESH knows of a message that this mailbox has sent, by the sender's own id. */
  sent(localId: string, signal: AbortSignal): Promise<Sent>;
}

export interface InboxPage {
  messages: readonly string[];
  next: string | undefined;
}

export interface Chunk {
  head: MessageHead;
  /** Whether MESH says that more chunks follow. */
  isPartial: boolean;
  /** `gzip`, or empty. */
  encoding: string;
  body: IncomingMessage;
}

export interface Part {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/**
 * `several`: more than one message has this local id, and MESH does not say which. A message that is `incomplete` lacks
 * chunks, and MESH does not deliver it; MESH could not deliver one that is `undelivered`.
 */
export type Sent =
  { found: 'one'; messageId: string; fileName: string; state: SentState } | { found: 'none' | 'several' };

type SentState = 'sent' | 'incomplete' | 'undelivered';

export interface MailboxOptions {
  name: string;
  password: Secret;
  sharedKey: Secret;
  connection: Connection;
  /** Homeward's version, for the handshake. */
  version: string;
  now: () => Date;
}

const API = 'application/vnd.mesh.v2+json';
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;
const TRIES = 3;
const FIRST_PAUSE_MILLIS = 250;

export function openMailbox(options: MailboxOptions): Mailbox {
  const { name, version } = options;
  const path = `/messageexchange/${encodeURIComponent(name)}`;
  const once = (call: Call, signal: AbortSignal): Promise<IncomingMessage> => sendOnce(options, call, signal);
  /** A call that can be repeated: each try has an Authorization of its own. */
  const send = (call: Call, signal: AbortSignal): Promise<IncomingMessage> =>
    again(() => once(call, signal), signal);
  const message = (id: string): string => `${path}/inbox/${encodeURIComponent(id)}`;
  const clientHeaders = {
    'Mex-ClientVersion': `homeward==${version}`,
    'Mex-OSName': platform(),
    'Mex-OSVersion': release(),
    'Mex-OSArchitecture': arch(),
  };

  return {
    name,
    handshake: async (signal) => {
      await textOf(
        await send({ method: 'POST', path, headers: clientHeaders, body: Buffer.alloc(0) }, signal),
      );
    },
    inbox: async (next, signal) => {
      const at = next === undefined ? `${path}/inbox` : pathOfLink(next);
      return pageOf(await textOf(await send({ method: 'GET', path: at, headers: {} }, signal)));
    },
    head: async (id, signal) => {
      try {
        const answer = await send({ method: 'HEAD', path: message(id), headers: {} }, signal);
        answer.resume();
        return headOf(answer.headers);
      } catch (error) {
        if (error instanceof MeshRefusal && [404, 405, 501].includes(error.status)) return undefined;
        throw error;
      }
    },
    chunk: async (id, number, signal) => {
      const at = number === 1 ? message(id) : `${message(id)}/${number}`;
      const body = await send({ method: 'GET', path: at, headers: { 'Accept-Encoding': 'gzip' } }, signal);
      return {
        head: headOf(body.headers),
        isPartial: body.statusCode === 206,
        encoding: (body.headers['content-encoding'] ?? '').trim().toLowerCase(),
        body,
      };
    },
    acknowledge: async (id, signal) => {
      const at = `${message(id)}/status/acknowledged`;
      await textOf(await send({ method: 'PUT', path: at, headers: {}, body: Buffer.alloc(0) }, signal));
    },
    post: async ({ headers, body }, signal) => {
      const call: Call = { method: 'POST', path: `${path}/outbox`, headers, body, isOnNewConnection: true };
      return messageIdOf(await textOf(await once(call, signal)));
    },
    postChunk: async (id, number, { headers, body }, signal) => {
      const at = `${path}/outbox/${encodeURIComponent(id)}/${number}`;
      await textOf(await send({ method: 'POST', path: at, headers, body }, signal));
    },
    sent: async (localId, signal) => {
      const at = `${path}/outbox/tracking/${encodeURIComponent(localId)}`;
      try {
        return sentOf(await textOf(await send({ method: 'GET', path: at, headers: {} }, signal)));
      } catch (error) {
        if (error instanceof MeshRefusal && error.status === 404) return { found: 'none' };
        if (error instanceof MeshRefusal && error.status === 300) return { found: 'several' };
        throw error;
      }
    },
  };
}

async function sendOnce(
  { name, password, sharedKey, connection, now, version }: MailboxOptions,
  call: Call,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secrets = {
    mailbox: name,
    password: await secret(password, `password of ${name}`),
    sharedKey: await secret(sharedKey, 'shared key'),
  };
  const headers = {
    Accept: API,
    'User-Agent': `homeward/${version}`,
    Authorization: authorisation(secrets, now()),
    ...call.headers,
  };
  const answer = await connection.send({ ...call, headers }, signal);
  const { statusCode = 0 } = answer;
  if (statusCode >= 200 && statusCode < 300) return answer;
  const text = await textOf(answer).catch(() => '');
  throw new MeshRefusal(statusCode, detailOf(text), retryAfterOf(answer.headers['retry-after']));
}

/** @param what it is, for the operator */
async function secret(read: Secret, what: string): Promise<string> {
  try {
    return await read();
  } catch (error) {
    throw new MeshAway(
      `The ${what} cannot be read (${messageOf(error)}). Check its file in MESH_FILE.`,
      false,
      error,
    );
  }
}

/** Tries a call again when MESH was busy or a connection was cut. What lasts longer is left to the caller. */
async function again<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      const isPassing =
        error instanceof MeshRefusal ? passes(error) && error.retryAfterSeconds === undefined : isCut(error);
      if (!isPassing || attempt >= TRIES) throw error;
      await sleep(FIRST_PAUSE_MILLIS * 2 ** (attempt - 1) * (1 + Math.random()), undefined, { signal });
    }
  }
}

/** Whether MESH had been reached: an address where nothing listens is not tried at once again. */
const isCut = (error: unknown): boolean => error instanceof MeshAway && error.isSent;

/** Reads an answer of MESH itself, which is small. */
async function textOf(answer: IncomingMessage): Promise<string> {
  const text = gatherBytes();
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      text.add(part);
      if (text.size() > MOST_ANSWER_BYTES) throw new Error('the answer is too large');
    }
  } catch (error) {
    throw awayFrom('its address', error, true);
  }
  return text.bytes().toString('utf8');
}

/** `/messageexchange/X26ABC1/inbox?continue_from=…`, or the same with an origin before it. */
function pathOfLink(link: string): string {
  const { pathname, search } = new URL(link, 'https://mesh.invalid');
  return `${pathname}${search}`;
}

function pageOf(text: string): InboxPage {
  const { messages, links } = objectOf(text);
  if (!Array.isArray(messages)) throw notMesh();
  const next = (links as { next?: unknown } | undefined)?.next;
  return {
    messages: messages.filter((id): id is string => typeof id === 'string'),
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}

function messageIdOf(text: string): string {
  const { message_id: id, messageID: older } = objectOf(text);
  if (typeof id === 'string') return id;
  if (typeof older === 'string') return older;
  throw notMesh();
}

function sentOf(text: string): Sent {
  const given = objectOf(text);
  const messageId = given.message_id ?? given.messageId;
  const fileName = given.filename ?? given.fileName;
  if (typeof messageId !== 'string') return { found: 'none' };
  return {
    found: 'one',
    messageId,
    fileName: typeof fileName === 'string' ? fileName : '',
    state: stateOf(given.status),
  };
}

function stateOf(status: unknown): SentState {
  const word = String(status).toLowerCase();
  if (word === 'uploading') return 'incomplete';
  return word === 'error' || word === 'undeliverable' ? 'undelivered' : 'sent';
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Not JSON: the same fault as JSON of another form.
  }
  throw notMesh();
}

const notMesh = (): MeshAway => new MeshAway('The answer is not one of MESH. Check url in MESH_FILE.', true);

function retryAfterOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const seconds = /^\d{1,6}$/.test(given.trim())
    ? Number(given)
    : Math.ceil((Date.parse(given) - Date.now()) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
