/** How a request to MESH can fail. The message is a sentence for the operator, without secrets or patient data. */
import { messageOf } from '../../platform/message-of';
import { inWords, shownOf } from './mesh-codes';

/** MESH could not be reached, or the connection ended before the answer was whole. */
export class MeshAway extends Error {
  override readonly name = 'MeshAway';
  /** @param isSent whether MESH may have received the request */
  constructor(
    sentence: string,
    readonly isSent: boolean,
    cause?: unknown,
  ) {
    super(sentence, { cause });
  }
}

/** MESH answered, with a status that is no success. */
export class MeshRefusal extends Error {
  override readonly name = 'MeshRefusal';
  constructor(
    readonly status: number,
    /** MESH's own code, such as `12` (unregistered recipient), and its words, where both are known. */
    readonly detail: { code?: string; text?: string },
    /** How long MESH asks to wait, in seconds. */
    readonly retryAfterSeconds?: number,
  ) {
    super(sentenceOf(status, detail));
  }
}

/** Whether a later try can succeed without a change by anyone: MESH is busy or broken for a while. */
export function passes({ status }: MeshRefusal): boolean {
  return status === 425 || status === 429 || status >= 500;
}

/** Whether MESH does not have what was asked for: another client took it, or it expired. */
export const isGone = (error: unknown): boolean =>
  error instanceof MeshRefusal && (error.status === 404 || error.status === 410);

function sentenceOf(status: number, detail: MeshRefusal['detail']): string {
  const said = inWords(detail);
  const answer = `MESH answered ${status}${said === '' ? '' : ` (${said})`}.`;
  return status === 401 || status === 403
    ? `${answer} Check the name and password of the mailbox, the shared key, and the clock of this computer.`
    : answer;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to the host',
  EPIPE: 'the connection was cut',
};

/** @param where the host and port: `127.0.0.1:8700` */
export function awayFrom(where: string, error: unknown, isSent: boolean): MeshAway {
  const { code, cert } = (error ?? {}) as { code?: unknown; cert?: unknown };
  const isOfTls =
    cert !== undefined ||
    (typeof code === 'string' &&
      /^(ERR_TLS|ERR_SSL|CERT|EPROTO|.*(CERT|SIGNED|SIGNATURE|ISSUER))/.test(code));
  const words = messageOf(error)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
  const why = typeof code === 'string' && code in REASONS ? REASONS[code] : words;
  const sentence = isOfTls
    ? `The encrypted connection to MESH at ${where} failed: ${words}. Check certFile, keyFile and caFile in MESH_FILE.`
    : `Cannot reach MESH at ${where} (${why}). Check url in MESH_FILE and the network.`;
  return new MeshAway(sentence, isSent, error);
}

/** MESH's error bodies: `{"detail":[{"event","code","msg"}]}`, `{"errorCode","errorDescription"}`, or no JSON at all: what can be shown of it. */
export function detailOf(body: string): { code?: string; text?: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return {};
  }
  const { detail, errorCode, errorDescription } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof errorCode === 'string') return shownOf(errorCode, errorDescription);
  if (typeof detail === 'string') return shownOf(undefined, detail);
  const first: unknown = Array.isArray(detail) ? detail[0] : detail;
  if (typeof first !== 'object' || first === null) return {};
  const { code, errorCode: older, msg, errorDescription: words } = first as Record<string, unknown>;
  return shownOf(code ?? older, msg ?? words);
}
