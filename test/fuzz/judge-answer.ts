/**
 * What must hold of an answer, whatever was sent: no failure of the server; an outcome as the contract has it, that is
 * itself valid R4 and does not repeat the NHS number; and of what was accepted, every resource that can then be read
 * is valid R4 in a second opinion.
 */
import { RULE_SYSTEM } from '../../src/fhir/operation-outcome';
import { isObject, isResource } from '../../src/fhir/types';
import { parseXml } from '../../src/fhir/xml/parse-xml';
import { withPlainNumbers } from '../../src/fhir/decimal';
import type { FuzzCase } from './fuzz-case';
import { secondOpinion, type Fault } from './second-opinion';

export interface Answered {
  status: number;
  headers: Headers;
  bytes: Buffer;
}

/** Sends a request with a token that may do everything. */
export type Send = (
  method: 'GET' | 'POST',
  path: string,
  headers: Record<string, string>,
  body?: Buffer,
) => Promise<Answered>;

export interface Verdict {
  outcome: 'accepted' | 'resent' | 'refused' | 'unreadable' | 'conflict' | 'validated' | 'other';
  /** What should not be: none, of a server that works. */
  wrong: string[];
  /** Resources that were read back. */
  read: number;
}

/** Another judge of a resource, beside the second opinion; slower ones are used in long runs only. */
export type Judge = (resource: Record<string, unknown>) => Fault[];

/** 404 and 412: a transaction's update or conditional create that finds none, or several. */
const STATUSES: Readonly<Record<number, Verdict['outcome']>> = {
  201: 'accepted',
  200: 'resent',
  400: 'unreadable',
  404: 'refused',
  409: 'conflict',
  412: 'refused',
  422: 'refused',
};

export async function tryCase(
  fuzzCase: FuzzCase,
  send: Send,
  options: { readsBack: boolean; accept?: 'json' | 'xml'; judges?: readonly Judge[] },
): Promise<Verdict> {
  const { path, format, bytes } = fuzzCase;
  const accept = `application/fhir+${options.accept ?? 'json'}`;
  const headers = { 'Content-Type': `application/fhir+${format}`, Accept: accept };
  const answer = await send('POST', path, headers, bytes);
  const wrong: string[] = [];
  const verdict: Verdict = { outcome: outcomeOf(answer, path), wrong, read: 0 };
  if (verdict.outcome === 'other') wrong.push(`answered ${answer.status}`);
  if (!answer.headers.get('x-request-id')) wrong.push('no X-Request-ID');
  wrong.push(...faultsOfOutcome(answer, bytes));
  if (verdict.outcome === 'accepted' && options.readsBack) {
    const id = answer.headers.get('x-submission-id');
    const { read, faults } = await readBack(String(id), send, options.accept ?? 'json', options.judges ?? []);
    verdict.read = read;
    wrong.push(...faults);
  }
  return verdict;
}

function outcomeOf({ status, headers }: Answered, path: string): Verdict['outcome'] {
  if (path.endsWith('$validate')) return status === 200 ? 'validated' : (STATUSES[status] ?? 'other');
  if (path === '/FHIR/R4' && status === 200) return headers.get('x-submission-id') ? 'accepted' : 'other';
  return STATUSES[status] ?? 'other';
}

/** A body in FHIR's JSON or XML, as the header says. */
function bodyOf({ headers, bytes }: Answered): unknown {
  const type = headers.get('content-type') ?? '';
  if (/^application\/fhir\+json/.test(type)) return JSON.parse(bytes.toString('utf8'));
  if (!/^application\/fhir\+xml/.test(type)) throw new Error('is not FHIR');
  const parsed = parseXml(bytes);
  if (!parsed.ok) throw new Error('is not well-formed XML');
  return withPlainNumbers(parsed.value);
}

function faultsOfOutcome(answer: Answered, sent: Buffer): string[] {
  let body: unknown;
  try {
    body = bodyOf(answer);
  } catch {
    return [`the answer to ${answer.status} cannot be read`];
  }
  const wrong = secondOpinion(body).map(({ place, what }) => `the answer: ${general(place)} ${what}`);
  if (!isResource(body)) return ['the answer is no resource'];
  if (body.resourceType !== 'OperationOutcome') return wrong;
  const issues = Array.isArray(body.issue) ? body.issue.filter(isObject) : [];
  for (const issue of issues) {
    const { details, expression } = issue as unknown as fhir4.OperationOutcomeIssue;
    const [coding] = details?.coding ?? [];
    if (coding?.system !== RULE_SYSTEM || !/^[\w-]+$/.test(coding.code ?? ''))
      wrong.push('an issue without its rule');
    if (!/^\S.{10,}[.!?)]$/s.test(details?.text ?? ''))
      wrong.push(`an issue of ${coding?.code} without a sentence`);
    const [place] = expression ?? [];
    if (place !== undefined && !/^[A-Za-z]+(?:\.[a-z]\w*(?:\[\d+\])*)*$/i.test(place))
      wrong.push(`an issue of ${coding?.code} at no FHIRPath`);
  }
  const isFault = issues.some(({ severity }) => severity === 'error' || severity === 'fatal');
  if (answer.status >= 400 && !isFault) wrong.push(`${answer.status} without an error`);
  if (answer.status < 300 && isFault && answer.headers.get('x-submission-id'))
    wrong.push('accepted with an error');
  const [nhsNumber] = /999\d{7}/.exec(sent.toString('latin1')) ?? [];
  if (nhsNumber !== undefined && answer.bytes.includes(nhsNumber))
    wrong.push('the answer repeats the NHS number');
  return wrong;
}

async function readBack(
  submissionId: string,
  send: Send,
  format: 'json' | 'xml',
  judges: readonly Judge[],
): Promise<{ read: number; faults: string[] }> {
  const described = await send('GET', `/submissions/${submissionId}`, { Accept: 'application/json' });
  if (described.status !== 200) return { read: 0, faults: [`the submission answers ${described.status}`] };
  const { stored } = JSON.parse(described.bytes.toString()) as { stored: { type: string; id: string }[] };
  const faults: string[] = [];
  for (const { type, id } of stored) {
    const answer = await send('GET', `/FHIR/R4/${type}/${id}`, { Accept: `application/fhir+${format}` });
    if (answer.status !== 200) {
      faults.push(`a stored ${type} answers ${answer.status}`);
      continue;
    }
    let resource: unknown;
    try {
      resource = bodyOf(answer);
    } catch (error) {
      faults.push(`a stored ${type} ${(error as Error).message} (${format})`);
      continue;
    }
    for (const judge of [secondOpinion, ...judges])
      for (const { place, what } of judge(resource as Record<string, unknown>))
        faults.push(`stored: ${general(place)} ${what}`);
  }
  return { read: stored.length, faults };
}

/** Without indexes, so that like faults look alike. */
function general(place: string): string {
  return place.replace(/\[\d+\]/g, '');
}
