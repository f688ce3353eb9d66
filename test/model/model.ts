/**
 * The rules of semantics as plain as they can be said: what a store holds after a submission, and what the sender is
 * told. It shares no line with the server; the tests hold the server's answers against it. States are values: a step
 * gives a new one.
 */
import { createHash } from 'node:crypto';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the model reads Bundles as they come
export type Loose = any;

/** A summary on its way in. */
export interface Submission {
  sender: string;
  bundle: Loose;
  sha256: string;
}

/** One entry of what the server says a submission stored. */
export interface Kept {
  index: number;
  fullUrl?: string;
  type: string;
  id: string;
  version: number;
  written: boolean;
}

/** What the server answered: to 200 and 201 an id, to 409 the rule. */
export interface Answer {
  status: number;
  submissionId: string;
  rule?: string | undefined;
  stored?: readonly Kept[] | undefined;
}

export interface Resource {
  type: string;
  id: string;
  version: number;
  content: string;
  deleted: boolean;
  nhsNumber: string;
  sender: string;
  submissionId: string;
  keys: readonly string[];
  custodian: string | undefined;
}

interface Accepted {
  id: string;
  version: number;
  content: string;
  nhsNumber: string;
  stored: readonly Kept[];
}

interface Person {
  id: string;
  version: number;
  resource: Loose;
  /** `sender|lineage` of every accepted submission that speaks of the person. */
  lineages: ReadonlySet<string>;
}

export interface State {
  bytes: ReadonlyMap<string, string>;
  lineages: ReadonlyMap<string, readonly Accepted[]>;
  people: ReadonlyMap<string, Person>;
  resources: ReadonlyMap<string, Resource>;
}

export const emptyState: State = {
  bytes: new Map(),
  lineages: new Map(),
  people: new Map(),
  resources: new Map(),
};

export type Outcome = { state: State } | { differs: string };

/** What is said of a resource, set apart from ids, versions, references and the bytes of documents. */
export function contentOf(resource: Loose): string {
  const plain = (value: Loose, name: string): Loose => {
    if (Array.isArray(value)) return value.map((item) => plain(item, name));
    if (typeof value !== 'object' || value === null) return name === 'reference' ? '' : value;
    const left = name === 'attachment' ? ['data', 'url', 'size', 'hash'] : [];
    return Object.fromEntries(
      Object.keys(value)
        .filter((key) => !left.includes(key))
        .sort()
        .map((key) => [key, plain(value[key], key)]),
    );
  };
  const { id: _id, meta: _meta, ...rest } = resource;
  return JSON.stringify(plain(rest, ''));
}

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const of = (bundle: Loose, type: string): Loose[] =>
  bundle.entry.map((entry: Loose) => entry.resource).filter((each: Loose) => each.resourceType === type);
export const nhsNumberOf = (bundle: Loose): string =>
  of(bundle, 'Patient')[0].identifier.find(({ system }: Loose) => system === NHS).value;
const odsCodeOf = (bundle: Loose): string => of(bundle, 'Organization')[0].identifier[0].value;
export const lineageOf = ({ sender, bundle }: Submission): string =>
  `${sender}|${bundle.identifier.system}|${bundle.identifier.value}`;
const sorted = (value: Loose): Loose =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key])]),
        )
      : value;
const wholeContent = (bundle: Loose): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(bundle)))
    .digest('hex');
const keysOf = (resource: Loose): string[] =>
  [resource.resourceType === 'DocumentReference' ? resource.masterIdentifier : resource.identifier]
    .flat()
    .filter(Boolean)
    .map(({ system, value }: Loose) => `${system}|${value}`);
const isVerified = (patient: Loose): boolean => JSON.stringify(patient.identifier).includes('"code":"01"');

/** Whether the server's answer is the one that the rules give in this state, and the state after it. */
export function submitted(state: State, submission: Submission, answer: Answer): Outcome {
  const { sender, bundle, sha256 } = submission;
  const resent = (id: string): Outcome =>
    answer.status === 200 && answer.submissionId === id
      ? { state }
      : { differs: `a resend of ${id} was answered ${answer.status} ${answer.submissionId}` };
  const conflict = (rule: string): Outcome =>
    answer.status === 409 && answer.rule === rule
      ? { state }
      : { differs: `409 ${rule} was answered ${answer.status} ${answer.rule ?? ''}` };

  const same = state.bytes.get(`${sender}|${sha256}`);
  if (same !== undefined) return resent(same);
  const lineage = lineageOf(submission);
  const earlier = state.lineages.get(lineage) ?? [];
  const latest = earlier.at(-1);
  const version = Number(bundle.meta.versionId);
  const content = wholeContent(bundle);
  if (latest && version <= latest.version) {
    const twin = earlier.find((each) => each.version === version && each.content === content);
    if (twin) return resent(twin.id);
    return conflict(version === latest.version ? 'submission-same-version' : 'submission-older');
  }

  const nhsNumber = nhsNumberOf(bundle);
  const person = personAfter(state, submission, latest);
  if (person === 'conflict') return conflict('submission-other-person');
  if (latest && latest.nhsNumber !== nhsNumber) return conflict('submission-other-patient');
  if (answer.status !== 201 || !answer.stored)
    return { differs: `what is to be stored was answered ${answer.status} ${answer.rule ?? ''}` };
  return stored(state, submission, answer, latest, earlier, person, version, content);
}

/** The person as the submission leaves them. */
function personAfter(
  state: State,
  submission: Submission,
  latest: Accepted | undefined,
): { resource: Loose; differs: boolean } | 'conflict' {
  const incoming = of(submission.bundle, 'Patient')[0];
  const known = state.people.get(nhsNumberOf(submission.bundle));
  if (!known) return { resource: incoming, differs: true };
  const [before, after] = [known.resource, incoming];
  const parts = (date: string | undefined): string[] => (date ?? '').split('-').filter(Boolean);
  const other = parts(before.birthDate).some(
    (part, index) => (parts(after.birthDate)[index] ?? part) !== part,
  );
  if (other) {
    const lineage = lineageOf(submission);
    const mine = latest !== undefined && [...known.lineages].every((each) => each === lineage);
    if (!mine && (isVerified(before) || !isVerified(after))) return 'conflict';
  }
  const resource = { ...after };
  if (before.birthDate?.startsWith(after.birthDate)) resource.birthDate = before.birthDate;
  if (!other && isVerified(before) && !isVerified(after)) resource.identifier = before.identifier;
  for (const names of [['birthDate'], ['gender'], ['deceasedBoolean', 'deceasedDateTime']]) {
    if (names.some((name) => after[name] !== undefined)) continue;
    for (const name of names) if (before[name] !== undefined) resource[name] = before[name];
  }
  return { resource, differs: contentOf(resource) !== contentOf(before) };
}

function stored(
  state: State,
  submission: Submission,
  answer: Answer,
  latest: Accepted | undefined,
  earlier: readonly Accepted[],
  person: { resource: Loose; differs: boolean },
  version: number,
  content: string,
): Outcome {
  const { sender, bundle, sha256 } = submission;
  const nhsNumber = nhsNumberOf(bundle);
  const lineage = lineageOf(submission);
  const kept = answer.stored!;
  if (kept.length !== bundle.entry.length) return { differs: `${kept.length} entries were stored` };
  const resources = new Map(state.resources);
  const claimed = new Set<string>();
  const sentUrls = new Set(bundle.entry.map(({ fullUrl }: Loose) => fullUrl));
  const reserved = new Set(
    (latest?.stored ?? []).filter(({ fullUrl }) => sentUrls.has(fullUrl)).map(({ id }) => id),
  );
  const keyCounts = new Map<string, number>();
  for (const { resource } of bundle.entry)
    for (const key of keysOf(resource))
      keyCounts.set(
        `${resource.resourceType}|${key}`,
        (keyCounts.get(`${resource.resourceType}|${key}`) ?? 0) + 1,
      );

  for (const [index, { fullUrl, resource }] of bundle.entry.entries()) {
    const entry = kept[index]!;
    const type: string = resource.resourceType;
    if (entry.type !== type || entry.index !== index) return { differs: `entry ${index} is a ${entry.type}` };
    if (type === 'Organization') continue;
    if (type === 'Patient') {
      const known = state.people.get(nhsNumber);
      const expected = known ? known.version + (person.differs ? 1 : 0) : 1;
      if (known && known.id !== entry.id) return { differs: 'the Patient has another id' };
      if (entry.version !== expected || entry.written !== person.differs)
        return { differs: `the Patient is version ${entry.version}, not ${expected}` };
      continue;
    }
    const before = (latest?.stored ?? []).find((each) => each.fullUrl === fullUrl && each.type === type);
    const usable = (each: Resource | undefined): each is Resource =>
      each !== undefined && !each.deleted && each.nhsNumber === nhsNumber && !claimed.has(each.id);
    let target = before && resources.get(before.id);
    if (!usable(target)) target = undefined;
    for (const key of target ? [] : keysOf(resource)) {
      if (type === 'Observation' && keyCounts.get(`${type}|${key}`)! > 1) continue;
      target ??= [...resources.values()]
        .filter((each) => usable(each) && each.type === type && each.keys.includes(key))
        .filter((each) => !reserved.has(each.id))
        .filter((each) =>
          type === 'DocumentReference' ? each.custodian === odsCodeOf(bundle) : each.sender === sender,
        )
        .sort((a, b) => (a.id < b.id ? -1 : 1))[0];
    }
    const expected = target ? target.version + 1 : 1;
    if (target ? target.id !== entry.id : resources.has(entry.id))
      return { differs: `${type} ${index} is ${entry.id}, not ${target?.id ?? 'new'}` };
    if (entry.version !== expected)
      return { differs: `${type} ${index} is version ${entry.version}, not ${expected}` };
    claimed.add(entry.id);
    resources.set(entry.id, {
      type,
      id: entry.id,
      version: expected,
      content: contentOf(resource),
      deleted: false,
      nhsNumber,
      sender,
      submissionId: answer.submissionId,
      keys: keysOf(resource),
      custodian: type === 'DocumentReference' ? odsCodeOf(bundle) : undefined,
    });
  }

  const ours = new Set(earlier.map(({ id }) => id));
  for (const { id } of latest?.stored ?? []) {
    const left = resources.get(id);
    if (!left || left.deleted || claimed.has(id) || !ours.has(left.submissionId)) continue;
    resources.set(id, {
      ...left,
      deleted: true,
      version: left.version + 1,
      submissionId: answer.submissionId,
    });
  }
  const patient = kept.find(({ type }) => type === 'Patient')!;
  const known = state.people.get(nhsNumber);
  return {
    state: {
      bytes: new Map(state.bytes).set(`${sender}|${sha256}`, answer.submissionId),
      lineages: new Map(state.lineages).set(lineage, [
        ...earlier,
        { id: answer.submissionId, version, content, nhsNumber, stored: kept },
      ]),
      people: new Map(state.people).set(nhsNumber, {
        id: patient.id,
        version: patient.version,
        resource: person.resource,
        lineages: new Set([...(known?.lineages ?? []), lineage]),
      }),
      resources,
    },
  };
}

/** What a read of a resource by its id should show. */
export function shown(state: State, id: string): { status: number; version?: number; content?: string } {
  const resource = state.resources.get(id);
  if (resource) {
    return resource.deleted
      ? { status: 410, version: resource.version }
      : { status: 200, version: resource.version, content: resource.content };
  }
  for (const person of state.people.values())
    if (person.id === id)
      return { status: 200, version: person.version, content: contentOf(person.resource) };
  return { status: 404 };
}

/** What a search of one patient's resources should find: `id/version`, in order. */
export function found(state: State, type: string, nhsNumber: string): string[] {
  return [...state.resources.values()]
    .filter((each) => each.type === type && each.nhsNumber === nhsNumber && !each.deleted)
    .map(({ id, version }) => `${id}/${version}`)
    .sort();
}
