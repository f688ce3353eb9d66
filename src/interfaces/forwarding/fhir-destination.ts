/**
 * Passes submissions on to a FHIR server: the Bundle, as it was received, is sent with `POST [base]/Bundle`.
 * @see docs/transports/passing-on.md
 */
import { isObject, listOf } from '../../fhir/types';
import { NoAnswer } from '../../use-cases/forwarding/no-answer';
import type { Content, Delivery, Destination, Sent } from '../../use-cases/forwarding/outbox';
import { type BackendTokens, NoToken } from './backend-token';
import { post, type Posted } from './post';

export interface FhirServer {
  name: string;
  /** The address to send to: `https://…/FHIR/R4/Bundle`. */
  url: string;
  ca: () => Promise<string | undefined>;
  /** Absent for a server that needs no token. */
  tokens?: BackendTokens;
  /** Whether a code of an answer may be shown to operators: it names a rule or a kind of fault, and nobody. */
  isKnownCode: (code: string) => boolean;
}

/** These answers are about this Bundle: it is not sent again, and the next delivery goes on. */
const REFUSALS: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);

export function fhirDestination(server: FhirServer): Destination {
  return {
    name: server.name,
    send: async (delivery, signal) => {
      const content = await delivery.content();
      try {
        return await sendTo(server, delivery, content, signal);
      } catch (error) {
        if (error instanceof NoAnswer) return { again: error.message, isUncertain: error.isUncertain };
        if (error instanceof NoToken) return { again: error.message };
        throw error;
      }
    },
  };
}

async function sendTo(
  server: FhirServer,
  delivery: Delivery,
  content: Content,
  signal: AbortSignal,
): Promise<Sent> {
  const held = await tokenOf(server, signal);
  const { isKnownCode, tokens } = server;
  const posted = await postTo(server, delivery, content, { token: held?.token, signal }).catch(
    (error: unknown) => {
      if (held !== undefined && !(error instanceof NoAnswer)) tokens?.forget(held.token);
      throw error;
    },
  );
  // The scopes of a client may have been changed since the token was made.
  if (posted.status === 403 && held !== undefined) tokens?.forget(held.token);
  if (posted.status !== 401 || held === undefined) return sentOf(posted, isKnownCode);
  tokens?.forget(held.token);
  if (held.isNew) return sentOf(posted, isKnownCode);
  // The token had ended, so nothing was accepted: a new one is used at once.
  const next = await tokenOf(server, signal);
  return sentOf(await postTo(server, delivery, content, { token: next?.token, signal }), isKnownCode);
}

/** An endpoint that cannot be reached for a token has received nothing of the delivery. */
async function tokenOf(
  { tokens }: FhirServer,
  signal: AbortSignal,
): Promise<{ token: string; isNew: boolean } | undefined> {
  try {
    return await tokens?.token(signal);
  } catch (error) {
    if (error instanceof NoAnswer) throw new NoToken(`no token: ${error.message}`);
    throw error;
  }
}

async function postTo(
  { url, ca }: FhirServer,
  { id }: Delivery,
  { bytes, contentType }: Content,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<Posted> {
  return post({
    url,
    ca: await ca(),
    signal,
    body: bytes,
    headers: {
      'Content-Type': contentType,
      Accept: 'application/fhir+json',
      Prefer: 'return=OperationOutcome',
      'X-Request-ID': id,
      'X-Correlation-ID': id,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
  });
}

/** What an HTTP answer means for a delivery. */
export function sentOf({ status, body }: Posted, isKnownCode: FhirServer['isKnownCode']): Sent {
  if (status >= 200 && status < 300) return 'delivered';
  const answer = `the destination answered ${status}${rulesIn(body, isKnownCode)}`;
  return REFUSALS.has(status) ? { refused: answer } : { again: answer };
}

const MOST_RULES = 5;

/** The known codes of the faults in an OperationOutcome; its sentences, and other codes, may contain patient data. */
function rulesIn(body: Buffer, isKnownCode: FhirServer['isKnownCode']): string {
  let outcome: unknown;
  try {
    outcome = JSON.parse(body.toString('utf8'));
  } catch {
    return '';
  }
  if (!isObject(outcome) || outcome.resourceType !== 'OperationOutcome') return '';
  const codes = listOf(outcome.issue)
    .filter(isObject)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ code, details }) => {
      const [coding] = isObject(details) ? listOf(details.coding) : [];
      const codes = [isObject(coding) ? coding.code : undefined, code];
      return codes.find((each) => typeof each === 'string' && isKnownCode(each));
    })
    .filter((code) => code !== undefined);
  const shown = [...new Set(codes)].slice(0, MOST_RULES);
  return shown.length === 0 ? '' : ` (${shown.join(', ')})`;
}
