/** The ways by which `blocks.ts` sends a body to a server: over HTTP, for a check, as strict, and on the other roads. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../test/faults/server-process';
import { testInbox, until } from '../test/folder/inbox';
import { aMessage, nextId } from '../test/hl7v2/messages';
import { mllp } from '../test/hl7v2/mllp';
import { startFakeMesh } from '../test/mesh/fake-mesh';
import { meshFile } from '../test/mesh/sender';

export const WAYS = ['http', 'strict', 'validate', 'hl7v2', 'folder', 'mesh'] as const;
export type Way = (typeof WAYS)[number];

interface Body {
  bytes: Buffer;
  type: string;
}

export interface WaysIn {
  /** The settings of a server that all of them lead to. */
  env: Record<string, string>;
  /** @returns how it was answered */
  send(way: Way, body: Body, server: { url: string; token: string }): Promise<string>;
  close(): Promise<void>;
}

const SENDER = 'RR8';

export async function openWaysIn(): Promise<WaysIn> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-bench-ways-'));
  const inbox = testInbox();
  mkdirSync(join(inbox.path, 'in', SENDER), { recursive: true });
  const mesh = await startFakeMesh();
  const file = meshFile(mesh.url);
  const port = await freePort();
  const hl7v2 = join(folder, 'hl7v2.json');
  writeFileSync(hl7v2, JSON.stringify({ port, senders: { 'RPM|TRUST': SENDER } }));

  const overHttp = async (
    path: string,
    { bytes, type }: Body,
    headers: object,
    token: string,
  ): Promise<string> => {
    const response = await fetch(path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type, ...headers },
      body: bytes,
    });
    const text = await response.text();
    return response.status < 300 ? String(response.status) : `${response.status} ${text.slice(0, 300)}`;
  };

  const ways: Record<Way, WaysIn['send']> = {
    http: (_, body, { url, token }) => overHttp(`${url}/FHIR/R4`, body, {}, token),
    strict: (_, body, { url, token }) =>
      overHttp(`${url}/FHIR/R4`, body, { Prefer: 'handling=strict' }, token),
    validate: (_, body, { url, token }) => overHttp(`${url}/FHIR/R4/Bundle/$validate`, body, {}, token),
    async hl7v2(_, { bytes, type }) {
      const value = `RPM^application^${type.split('/')[1]}^Base64^${bytes.toString('base64')}`;
      const connection = await mllp(port);
      const { code, errors } = await connection.ask(aMessage({ value }));
      connection.close();
      return `${code} ${errors.map(({ text }) => text).join(' ')}`.trim().slice(0, 300);
    },
    async folder(_, { bytes, type }) {
      const name = `${SENDER}/${nextId()}.${type.endsWith('xml') ? 'xml' : 'json'}`;
      inbox.put(name, bytes);
      const ends = ['done', 'refused', 'failed'];
      await until(() => ends.some((end) => inbox.has(end, name)), 120);
      return ends.find((end) => inbox.has(end, name)) ?? '';
    },
    async mesh(_, { bytes, type }) {
      const id = mesh.put({ chunks: [bytes], headers: { 'content-type': type } });
      await until(() => mesh.acknowledged.includes(id), 120);
      const report = mesh.posted.find(({ headers }) => headers['mex-filename'] === `${id}.json`);
      return String(report?.headers['mex-subject'] ?? 'acknowledged');
    },
  };

  return {
    env: { INBOX_DIR: inbox.path, MESH_FILE: file.path, HL7V2_FILE: hl7v2 },
    send: (way, body, server) => ways[way](way, body, server),
    async close() {
      await mesh.close();
      file.remove();
      inbox.remove();
      rmSync(folder, { recursive: true });
    },
  };
}
