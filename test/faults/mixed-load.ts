/**
 * Clients that do everything at once: submit (sound and refused summaries), search, read, fetch documents, look at
 * histories, ask operations and tokens, and are refused. Each request bears an id of its own; of each answer that came
 * in full it is noted what an auditor must find of it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { aSummary } from '../fixtures/summary';
import type { AnyJson } from '../semantics/sending';
import { randomOf, type Acknowledged } from './load';

/** An answer, as it was received to its last byte. */
export interface Answered {
  requestId: string;
  what: string;
  action: 'C' | 'R' | 'E';
  interaction: string;
  status: number;
  /** Null where nobody was authenticated. */
  client: string | null;
  submissionId: string | null;
  /** `Type/id` of what the answer disclosed. */
  resources: string[];
  /** `Patient/id` of whose data it disclosed. */
  patients: string[];
  /** The NHS number that was named. */
  nhsNumber?: string;
}

export interface MixedLoad {
  readonly answered: readonly Answered[];
  /** Submissions that were stored. */
  readonly log: readonly Acknowledged[];
  /** What no client should ever see. */
  readonly faults: string[];
  /** How many requests had no answer. */
  unanswered(): number;
  inFlight(): number;
  go(): void;
  /** Lets nobody begin anything; resolves when every answer that is on its way has come or failed. */
  hold(): Promise<void>;
  finish(): Promise<void>;
}

export interface MixedLoadOptions {
  /** Where a client calls. */
  url: (client: number) => string;
  token: (ods: string, scope?: string) => string;
  /** The form of a request for a token. */
  tokenRequest: (url: string) => URLSearchParams;
  clients: number;
  /** How long a client rests after an answer. */
  pauseMs: number;
  seed: number;
}

/** A stay that a client has submitted, as far as it has learnt of it. */
interface Known {
  nhsNumber: string;
  patient?: string;
  observation?: string;
  binary?: string;
}

interface Request {
  what: string;
  action: Answered['action'];
  interaction: string;
  method?: 'GET' | 'POST';
  path: string;
  /** False: none; a text: this one. */
  token?: string | false;
  body?: Buffer | string | URLSearchParams;
  expects: readonly number[];
  nhsNumber?: string;
  /** Whose data a document is: its bytes do not say. */
  patient?: string;
  then?: (body: AnyJson, submissionId: string, status: number) => void;
}

export function startMixedLoad(options: MixedLoadOptions): MixedLoad {
  const answered: Answered[] = [];
  const log: Acknowledged[] = [];
  const faults: string[] = [];
  let unanswered = 0;
  let inFlight = 0;
  let finishing = false;
  let held = Promise.resolve();
  let release: (() => void) | undefined;
  let parked = 0;
  const run = `mix-${randomUUID().slice(0, 8)}`;

  async function ask(client: number, number: number, ods: string, request: Request): Promise<void> {
    const requestId = `${run}-${client}-${number}`;
    const { token = options.token(ods), body } = request;
    inFlight += 1;
    try {
      const response = await fetch(`${options.url(client)}${request.path}`, {
        method: request.method ?? 'GET',
        headers: {
          'X-Request-Id': requestId,
          ...(token === false ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined || body instanceof URLSearchParams
            ? {}
            : { 'Content-Type': 'application/fhir+json' }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(20_000),
      });
      const text = Buffer.from(await response.arrayBuffer()).toString('utf8');
      const { status } = response;
      const submissionId = response.headers.get('x-submission-id');
      const json: AnyJson = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {};
      const { what, action, interaction, nhsNumber, patient } = request;
      const isDisclosing = status === 200 && action !== 'C' && interaction !== '$validate';
      const shown = isDisclosing ? disclosedBy(json) : { resources: [], patients: [] };
      answered.push({
        requestId,
        what,
        action,
        interaction,
        status,
        client: status === 401 ? null : interaction === '110122' ? CLIENT : `client-${ods}`,
        submissionId,
        resources: shown.resources,
        patients: patient === undefined ? shown.patients : [patient],
        ...(nhsNumber === undefined ? {} : { nhsNumber }),
      });
      if (response.headers.get('x-request-id') !== requestId) faults.push(`${what}: another request id`);
      if (!request.expects.includes(status)) faults.push(`${what}: ${status} ${text.slice(0, 300)}`);
      request.then?.(json, submissionId ?? '', status);
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') faults.push(`${request.what}: no answer in time`);
      unanswered += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
    } finally {
      inFlight -= 1;
    }
  }

  function submission(client: number, stay: number, ods: string, known: Known[]): Request {
    const nhsNumber = nhsNumberOf(500 + client * 50 + (stay % 50));
    const mark = `client ${client}, stay ${stay}`;
    const pdf = minimalPdf(mark);
    const bundle = aSummary()
      .stay(1 + client * 10_000 + stay)
      .nhsNumber(nhsNumber)
      .pdf(pdf)
      .with('Encounter.reasonCode[0].text', mark)
      .build();
    const bytes = Buffer.from(JSON.stringify(bundle));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return {
      ...{ what: 'a summary', action: 'C', interaction: 'create', method: 'POST', path: '/FHIR/R4/Bundle' },
      body: bytes,
      expects: [200, 201],
      nhsNumber,
      then: (_body, submissionId, status) => {
        if (status !== 200 && status !== 201) return;
        log.push({ submission: { sender: ods, bundle, sha256 }, bytes, pdf, submissionId, status });
        known.push({ nhsNumber });
      },
    };
  }

  async function client(number: number): Promise<void> {
    const random = randomOf(options.seed + number);
    const ods = `RM${number}`;
    const known: Known[] = [];
    let stays = 0;
    for (let count = 0; !finishing; count += 1) {
      parked += 1;
      for (let gate; gate !== held;) {
        gate = held;
        await gate;
      }
      parked -= 1;
      if (finishing) break;
      const stay = known[Math.floor(random() * known.length)];
      const request =
        stay === undefined || random() < 0.2
          ? submission(number, (stays += 1), ods, known)
          : other(stay, random, options, number);
      await ask(number, count, ods, request);
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs));
    }
    parked += 1;
  }

  const all = Promise.all(Array.from({ length: options.clients }, (_, number) => client(number)));
  return {
    answered,
    log,
    faults,
    unanswered: () => unanswered,
    inFlight: () => inFlight,
    go: () => release?.(),
    hold: async () => {
      held = new Promise((resolve) => (release = resolve));
      while (parked < options.clients) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    finish: async () => {
      finishing = true;
      release?.();
      await all;
    },
  };
}

/** The client that asks for tokens. */
export const CLIENT = 'a-registered-client';

/** Anything but a sound summary. */
function other(stay: Known, random: () => number, options: MixedLoadOptions, client: number): Request {
  const { nhsNumber, patient, observation, binary } = stay;
  const identifier = `https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`;
  const read = (path: string, interaction: string, more: Partial<Request> = {}): Request => ({
    what: interaction,
    action: interaction.startsWith('$') || interaction.startsWith('search') ? 'E' : 'R',
    interaction,
    path: `/FHIR/R4/${path}`,
    expects: [200],
    ...more,
  });
  const post = { action: 'E', method: 'POST' } as const;
  const search = (type: string, learn: (found: AnyJson) => void): Request => ({
    ...read(`${type}/_search`, 'search-type', post),
    body: new URLSearchParams({ 'patient:identifier': identifier }),
    nhsNumber,
    then: ({ entry }) => entry?.[0] && learn(entry[0].resource),
  });
  const choices: Request[] = [
    search('Observation', ({ id, subject }) => {
      stay.observation = id;
      stay.patient = subject.reference;
    }),
    search('DocumentReference', ({ content }) => {
      stay.binary = String(content[0].attachment.url).split('/').at(-1)!;
    }),
    read(`Patient?identifier=${encodeURIComponent(identifier)}`, 'search-type', { nhsNumber }),
    read('Observation/$validate', '$validate', {
      ...post,
      body: JSON.stringify({ resourceType: 'Observation', status: 'final' }),
    }),
    {
      ...read('Bundle', 'create', { action: 'C', method: 'POST', expects: [422], nhsNumber }),
      body: aSummary()
        .stay(Math.floor(random() * 1e9))
        .nhsNumber(nhsNumber)
        .without('Encounter')
        .bytes(),
    },
    read('Observation', 'search-type', { token: 'not.a.token', expects: [401] }),
    read(`Patient?identifier=${encodeURIComponent(identifier)}`, 'search-type', {
      token: options.token(`RM${client}`, 'system/Observation.rs'),
      expects: [403],
      nhsNumber,
    }),
    read(`Encounter/${randomUUID()}`, 'read', { expects: [404] }),
    {
      ...{ what: 'a token', interaction: '110122', path: '/oauth2/token', expects: [200], token: false },
      ...post,
      body: options.tokenRequest(options.url(client)),
    },
  ];
  if (patient !== undefined)
    choices.push(read(patient, 'read'), read(`${patient}/$everything`, '$everything'));
  if (observation !== undefined)
    choices.push(
      read(`Observation/${observation}`, 'read'),
      read(`Observation/${observation}/_history`, 'history-instance'),
    );
  if (binary !== undefined && patient !== undefined)
    choices.push(read(`Binary/${binary}`, 'read', { patient, what: 'a document' }));
  return choices[Math.floor(random() * choices.length)]!;
}

function disclosedBy(body: AnyJson): Pick<Answered, 'resources' | 'patients'> {
  const found: AnyJson[] =
    body.resourceType === 'Bundle' ? (body.entry ?? []).map(({ resource }: AnyJson) => resource) : [body];
  const resources = found
    .filter((each) => each?.id !== undefined && each.resourceType !== 'OperationOutcome')
    .map(({ resourceType, id }) => `${resourceType}/${id}`);
  const named = [...JSON.stringify(found).matchAll(/"reference":"(Patient\/[0-9a-f-]{36})"/g)];
  const patients = [...named.map(([, reference]) => reference!), ...resources].filter((each) =>
    each.startsWith('Patient/'),
  );
  return { resources: [...new Set(resources)], patients: [...new Set(patients)] };
}
