/**
 * Eight clients that do random things at once to one server, and a record of all of it: submit, correct, resend,
 * write the same otherwise, build it again for a retry, correct what is stale, conflict, read, search. The steps come from fast-check, by a seed.
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { nhsNumberOf as syntheticNumber } from '../../src/demo/nhs-number';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { aSummary } from '../fixtures/summary';
import { everything, type Homeward, type Reply } from '../support/homeward';
import type { Operation } from './linearize';
import { contentOf, type Loose } from './bundle';
import { found, shown, submitted, type Answer, type Kept, type State, type Submission } from './model';

export interface Run {
  /** By patient: what happens to one has no bearing on another. */
  histories: Map<number, Operation<State>[]>;
  answers: Map<string, number>;
  /** What no rule allows, whatever the order. */
  faults: string[];
}

const CLIENTS = 8;
const SENDERS = ['RR8', 'RGT', 'RX7'];
const SLOTS = 3;

const step = fc.record({
  does: fc.oneof(
    { weight: 5, arbitrary: fc.constant('correct' as const) },
    { weight: 1, arbitrary: fc.constant('correct what is stale' as const) },
    { weight: 1, arbitrary: fc.constant('conflict' as const) },
    { weight: 1, arbitrary: fc.constant('name another patient' as const) },
    { weight: 2, arbitrary: fc.constant('resend' as const) },
    { weight: 1, arbitrary: fc.constant('write otherwise' as const) },
    { weight: 1, arbitrary: fc.constant('build again' as const) },
    { weight: 3, arbitrary: fc.constant('read' as const) },
    { weight: 1, arbitrary: fc.constant('search' as const) },
  ),
  sender: fc.nat(SENDERS.length - 1),
  patient: fc.nat(1_000_000),
  slot: fc.nat(SLOTS - 1),
  pick: fc.nat(1_000_000),
  town: fc.nat(3),
  birthDate: fc.constantFrom(...Array<string>(12).fill('1950-03-14'), '1951-03-14', '1950-03', '1950', ''),
  gender: fc.constantFrom('female', 'female', 'female', 'other', ''),
  verified: fc.constantFrom('01', '01', '01', '02'),
  encounter: fc.nat(3),
  document: fc.nat(3),
  observation: fc.nat(3),
  hour: fc.nat(2),
  custodian: fc.constantFrom('RR8', 'RR8', 'RGT'),
  repeats: fc.boolean(),
  observations: fc.constantFrom(1, 2, 3),
  withoutTheFirst: fc.boolean(),
  otherFullUrls: fc.nat(5).map((n) => n === 0),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export async function runClients(
  homeward: Homeward,
  options: { steps: number; patients: number; seed: number },
): Promise<Run> {
  const steps = fc.sample(step, { numRuns: options.steps, seed: options.seed });
  const tokens = SENDERS.map((ods) => homeward.token(everything, ods));
  const run: Run = { histories: new Map(), answers: new Map(), faults: [] };
  /** What has been sent of each lineage, in the order of sending. */
  const sent = new Map<
    string,
    { submission: Submission; bytes: Buffer; version: number; stored: boolean }[]
  >();
  /** Resources that the answers have named. */
  const known = new Map<number, { type: string; id: string }[]>();
  const patientIds = new Map<number, string>();
  let marks = 0;
  let next = 0;

  const record = (patient: number, operation: Operation<State>): void => {
    const history = run.histories.get(patient);
    if (history) history.push(operation);
    else run.histories.set(patient, [operation]);
  };
  const timed = async (work: () => Promise<Reply>): Promise<{ reply: Reply; begin: number; end: number }> => {
    const begin = performance.now();
    const reply = await work();
    return { reply, begin, end: performance.now() };
  };
  const count = (what: string): void => void run.answers.set(what, (run.answers.get(what) ?? 0) + 1);

  async function send(patient: number, submission: Submission, bytes: Buffer, says: string): Promise<number> {
    const token = tokens[SENDERS.indexOf(submission.sender)]!;
    const { reply, begin, end } = await timed(() =>
      homeward.call('POST', '/FHIR/R4/Bundle', { token, body: bytes }),
    );
    const answer: Answer = {
      status: reply.status,
      submissionId: reply.headers.get('x-submission-id') ?? '',
      rule: reply.json?.issue?.[0]?.details?.coding?.[0]?.code,
    };
    count(`${reply.status}${reply.status === 409 ? ` ${answer.rule}` : ''}`);
    if (![200, 201, 409].includes(reply.status))
      run.faults.push(`${says} was answered ${reply.status}: ${reply.bytes.toString('utf8').slice(0, 500)}`);
    if (reply.status === 201) {
      answer.stored = await storedBy(homeward, answer.submissionId);
      const ids = known.get(patient) ?? [];
      known.set(patient, [...ids, ...answer.stored.filter(({ type }) => type !== 'Organization')]);
      patientIds.set(patient, answer.stored.find(({ type }) => type === 'Patient')!.id);
    }
    record(patient, { begin, end, says, step: (state) => submitted(state, submission, answer) });
    return reply.status;
  }

  async function doStep(each: Step): Promise<void> {
    const patient = each.patient % options.patients;
    const sender = SENDERS[each.sender]!;
    const stay = 1 + (patient * SENDERS.length + each.sender) * SLOTS + each.slot;
    const lineage = `${sender} ${stay}`;
    const before = sent.get(lineage) ?? [];
    const highest = Math.max(0, ...before.map(({ version }) => version));

    if (each.does === 'read') {
      const ids = known.get(patient) ?? [];
      const resource = ids[each.pick % Math.max(1, ids.length)];
      if (!resource) return;
      const { reply, begin, end } = await timed(() =>
        homeward.call('GET', `/FHIR/R4/${resource.type}/${resource.id}`),
      );
      const seen = {
        status: reply.status,
        version: Number(/\d+/.exec(reply.headers.get('etag') ?? '')?.[0]),
        ...(reply.status === 200 ? { content: contentOf(reply.json) } : {}),
      };
      count(`read ${reply.status}`);
      record(patient, {
        begin,
        end,
        says: `reading ${resource.type}/${resource.id}`,
        step: (state) => same(state, seen, shown(state, resource.id)),
      });
      return;
    }
    if (each.does === 'search') {
      const id = patientIds.get(patient);
      if (id === undefined) return;
      const type = ['Encounter', 'DocumentReference', 'Observation'][each.pick % 3]!;
      const { reply, begin, end } = await timed(() =>
        homeward.call('GET', `/FHIR/R4/${type}?patient=Patient/${id}&_count=1000`),
      );
      const seen = (reply.json.entry ?? [])
        .map(({ resource }: Loose) => `${resource.id}/${resource.meta.versionId}`)
        .sort();
      count(`search ${reply.status}`);
      const nhsNumber = syntheticNumber(patient);
      record(patient, {
        begin,
        end,
        says: `searching ${type}`,
        step: (state) => same(state, seen, found(state, type, nhsNumber)),
      });
      return;
    }
    const again = before[each.pick % Math.max(1, before.length)];
    if (each.does === 'resend' && again) {
      await send(patient, again.submission, again.bytes, `resending ${lineage} v${again.version}`);
      return;
    }
    if (each.does === 'write otherwise' && again) {
      const bytes = Buffer.from(JSON.stringify(again.submission.bundle, undefined, 1 + (each.pick % 8)));
      const submission = { ...again.submission, sha256: sha256(bytes) };
      await send(patient, submission, bytes, `writing ${lineage} v${again.version} otherwise`);
      return;
    }
    if (each.does === 'build again' && again) {
      const { sender: by } = again.submission;
      const bundle = builtAgain(again.submission.bundle, (marks += 1));
      const bytes = Buffer.from(JSON.stringify(bundle));
      const submission = { sender: by, bundle, sha256: sha256(bytes) };
      const status = await send(patient, submission, bytes, `building ${lineage} v${again.version} again`);
      again.stored ||= status === 201;
      return;
    }
    const version =
      each.does === 'conflict'
        ? Math.max(1, highest)
        : each.does === 'correct what is stale'
          ? Math.max(1, highest - 1)
          : highest + 1;
    const another = each.does === 'name another patient' && before.some(({ stored }) => stored);
    const nhsNumber = syntheticNumber(another ? 700_000 + patient : patient);
    const bundle = bundleOf(each, { stay, version, nhsNumber, mark: `mark ${(marks += 1)}` });
    const bytes = Buffer.from(JSON.stringify(bundle));
    const submission = { sender, bundle, sha256: sha256(bytes) };
    const entry = { submission, bytes, version, stored: false };
    sent.set(lineage, [...before, entry]);
    const status = await send(patient, submission, bytes, `${each.does} ${lineage} v${version}`);
    entry.stored = status === 201;
  }

  async function client(): Promise<void> {
    for (let each = steps[next++]; each; each = steps[next++]) await doStep(each);
  }
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return run;
}

function same(state: State, seen: unknown, expected: unknown): { state: State } | { differs: string } {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  return a === b ? { state } : { differs: `seen ${a.slice(0, 300)}, expected ${b.slice(0, 300)}` };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function storedBy(homeward: Homeward, submissionId: string): Promise<readonly Kept[]> {
  const [row] = await homeward.app.database.query<{ stored: Kept[] }>(
    { text: 'SELECT stored FROM submission WHERE id = $1' },
    [submissionId],
  );
  return row!.stored;
}

function bundleOf(
  each: Step,
  facts: { stay: number; version: number; nhsNumber: string; mark: string },
): Loose {
  const { mark } = facts;
  const named = (prefix: string, n: number): Loose => [
    { system: `https://trust.example.nhs.uk/${prefix}`, value: `${prefix}-${n}` },
  ];
  let summary = aSummary()
    .stay(facts.stay)
    .observations(each.observations)
    .pdf(minimalPdf(mark))
    .nhsNumber(facts.nhsNumber)
    .correction(facts.version)
    .with('Patient.address[0].city', `Town ${each.town}`)
    .with('Organization.identifier[0].value', each.custodian)
    .with('Encounter.identifier', named('stay', each.encounter))
    .with('Encounter.reasonCode[0].text', mark)
    .with('DocumentReference.masterIdentifier', named('document', each.document)[0])
    .with('DocumentReference.description', mark)
    .with('Observation[0].identifier', named('observation', each.observation))
    .with('Observation[0].effectiveDateTime', `2025-03-08T0${each.hour}:00:00Z`)
    .with('Observation[0].note', [{ text: mark }]);
  summary = each.birthDate === '' ? summary.without('Patient.birthDate') : summary.birthDate(each.birthDate);
  summary =
    each.gender === '' ? summary.without('Patient.gender') : summary.with('Patient.gender', each.gender);
  if (each.verified === '02') {
    summary = summary.with('Patient.identifier[0].extension[0].valueCodeableConcept.coding[0]', {
      system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland',
      code: '02',
      display: 'Number present but not traced',
    });
  }
  if (each.observations > 1)
    summary = summary.with(
      'Observation[1].identifier',
      named('observation', each.repeats ? each.observation : each.observation + 4),
    );
  if (each.observations > 1 && each.withoutTheFirst) summary = summary.without('Observation[0]');
  const bundle = summary.build();
  if (!each.otherFullUrls) return bundle;
  const turned = (start: string): string => `urn:uuid:${start.slice(9).split('').reverse().join('')}`;
  return JSON.parse(JSON.stringify(bundle).replace(/urn:uuid:[0-9a-f]{8}/g, turned));
}

/** The Bundle as an engine builds it for a retry: other names, another order, made later. */
function builtAgain(bundle: Loose, mark: number): Loose {
  const prefix = `urn:uuid:${mark.toString(16).padStart(8, 'a')}`;
  const again = JSON.parse(JSON.stringify(bundle).replace(/urn:uuid:[0-9a-f]{8}/g, prefix));
  again.entry.reverse();
  again.meta.lastUpdated = '2025-06-01T10:00:00Z';
  return again;
}
