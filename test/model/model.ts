/**
 * The rules of semantics as plain as they can be said: what a store holds after a submission, and what the sender is
 * told. It shares no line with the server; the tests hold the server's answers against it. States are values: a step
 * gives a new one.
 */
import { contentOf, keysOf, nhsNumberOf, odsCodeOf, wholeContent, type Loose } from './bundle';
import { personAfter, type Person, type PersonAfter, type Statement } from './person';

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
  /** Of the version that keeps newer content current: the submission that the content is of. */
  contentOf?: string;
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
  /** The stay and the time of an Observation. */
  stay: string | undefined;
  time: string | undefined;
  /** The submission that the content is of, and what it says of its age. */
  contentOf: string;
  lastUpdated: string;
}

interface Accepted {
  id: string;
  version: number;
  content: string;
  nhsNumber: string;
  stored: readonly Kept[];
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

export const lineageOf = ({ sender, bundle }: Submission): string =>
  `${sender}|${bundle.identifier.system}|${bundle.identifier.value}`;

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
  const [version, content] = [Number(bundle.meta.versionId), wholeContent(bundle)];
  const twin = earlier.find((each) => each.content === content);
  if (twin) return resent(twin.id);
  if (latest && version <= latest.version) {
    return conflict(version === latest.version ? 'submission-same-version' : 'submission-older');
  }

  const nhsNumber = nhsNumberOf(bundle);
  const person = personAfter(state.people.get(nhsNumber), bundle, {
    lineage,
    editions: earlier.map(({ id }) => id),
  });
  if (person === 'conflict') return conflict('submission-other-person');
  if (latest && latest.nhsNumber !== nhsNumber) return conflict('submission-other-patient');
  if (answer.status !== 201 || !answer.stored)
    return { differs: `what is to be stored was answered ${answer.status} ${answer.rule ?? ''}` };
  return stored(state, submission, answer, { latest, earlier, person, version, content });
}

/** What is known before a submission is stored: its lineage, and the person as it leaves them. */
interface Known extends Pick<Accepted, 'version' | 'content'> {
  latest: Accepted | undefined;
  earlier: readonly Accepted[];
  person: PersonAfter;
}

function stored(
  state: State,
  submission: Submission,
  answer: Answer,
  { latest, earlier, person, version, content }: Known,
): Outcome {
  const { sender, bundle, sha256 } = submission;
  const nhsNumber = nhsNumberOf(bundle);
  const lineage = lineageOf(submission);
  const kept = answer.stored!.filter(({ contentOf: of_ }) => of_ === undefined);
  const restored = answer.stored!.filter(({ contentOf: of_ }) => of_ !== undefined);
  if (kept.length !== bundle.entry.length) return { differs: `${kept.length} entries were stored` };
  const resources = new Map(state.resources);
  const stayOf = (resource: Loose): string | undefined =>
    kept[bundle.entry.findIndex((each: Loose) => each.fullUrl === resource.encounter?.reference)]?.id;
  const ofOthers = new Set(currentOfOthers(state, lineage).map(({ id }) => id));
  const matching = matchingOf(submission, earlier, resources, ofOthers, stayOf);

  for (const [index, { fullUrl, resource }] of inOrder(bundle)) {
    const entry = kept[index]!;
    const type: string = resource.resourceType;
    if (entry.type !== type || entry.index !== index) return { differs: `entry ${index} is a ${entry.type}` };
    if (type === 'Organization') continue;
    if (type === 'Patient') {
      const known = state.people.get(nhsNumber);
      const expected = known ? known.version + (person.differs ? 1 : 0) : 1;
      const again = restored.find(({ id }) => id === entry.id);
      if (again?.contentOf !== person.lateAfter?.submission)
        return { differs: `the Patient ${person.lateAfter ? 'came' : 'did not come'} late` };
      if (known && known.id !== entry.id) return { differs: 'the Patient has another id' };
      if (entry.version !== expected || entry.written !== person.differs)
        return { differs: `the Patient is version ${entry.version}, not ${expected}` };
      continue;
    }
    const target = matching(fullUrl, resource);
    const expected = target ? target.version + 1 : 1;
    if (target ? target.id !== entry.id : resources.has(entry.id))
      return { differs: `${type} ${index} is ${entry.id}, not ${target?.id ?? 'new'}` };
    if (entry.version !== expected)
      return { differs: `${type} ${index} is version ${entry.version}, not ${expected}` };
    const again = restored.find(({ id }) => id === entry.id);
    const isLate =
      target !== undefined &&
      !target.deleted &&
      bundle.meta.lastUpdated < target.lastUpdated &&
      !earlier.some(({ id }) => id === target.contentOf);
    if (isLate) {
      if (again?.version !== expected + 1 || again.contentOf !== target.contentOf)
        return { differs: `${type} ${index} came late, and does not stay behind ${target.contentOf}` };
      resources.set(entry.id, { ...target, version: expected + 1, submissionId: answer.submissionId });
      continue;
    }
    if (again) return { differs: `${type} ${index} did not come late` };
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
      stay: stayOf(resource),
      time: resource.effectiveDateTime,
      contentOf: answer.submissionId,
      lastUpdated: bundle.meta.lastUpdated,
    });
  }

  const carried = new Set([...kept, ...currentOfOthers(state, lineage)].map(({ id }) => id));
  for (const { id } of latest?.stored ?? []) {
    const left = resources.get(id);
    if (!left || left.deleted || carried.has(id) || left.sender !== sender) continue;
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
        version: patient.version + (person.lateAfter ? 1 : 0),
        resource: person.resource,
        statements: statementsAfter(known, person, {
          submission: answer.submissionId,
          lastUpdated: bundle.meta.lastUpdated,
        }),
        lineages: new Set([...(known?.lineages ?? []), lineage]),
      }),
      resources,
    },
  };
}

/** Who states the Patient as it is stored now. */
function statementsAfter(
  known: Person | undefined,
  { differs, lateAfter }: PersonAfter,
  own: Statement,
): Statement[] {
  if (lateAfter) return [lateAfter];
  return known && !differs ? [...known.statements, own] : [own];
}

/** The entries with their indexes; Observations last, since their stay tells them apart. */
const inOrder = (bundle: Loose): [number, Loose][] =>
  [...(bundle.entry as Loose[]).entries()].sort(
    ([, a], [, b]) =>
      Number(a.resource.resourceType === 'Observation') - Number(b.resource.resourceType === 'Observation'),
  );

/** What the newest edition of every other lineage stored. */
const currentOfOthers = (state: State, lineage: string): Kept[] =>
  [...state.lineages].flatMap(([name, editions]) => (name === lineage ? [] : [...editions.at(-1)!.stored]));

/** Which stored resource an entry is the next version of: asked once for each entry, in their order. */
function matchingOf(
  { sender, bundle }: Submission,
  earlier: readonly Accepted[],
  resources: ReadonlyMap<string, Resource>,
  ofOthers: ReadonlySet<string>,
  stayOf: (resource: Loose) => string | undefined,
): (fullUrl: string, resource: Loose) => Resource | undefined {
  const nhsNumber = nhsNumberOf(bundle);
  const claimed = new Set<string>();
  const editions = [...earlier].reverse().map(({ stored: list }) => list);
  const before = new Set(editions.flat().map(({ id }) => id));
  const usable = (each: Resource | undefined): each is Resource =>
    each !== undefined && each.nhsNumber === nhsNumber && !claimed.has(each.id) && mine(each);
  /** What is withdrawn can be brought back by the lineage that carried it. */
  const mine = (each: Resource): boolean => !each.deleted || (before.has(each.id) && each.sender === sender);
  const isUnder =
    (fullUrl: string, type: string) =>
    (each: Kept): boolean =>
      each.fullUrl === fullUrl && each.type === type;
  const lastUnder = (fullUrl: string, type: string): Resource | undefined => {
    const last = editions[0]?.find(isUnder(fullUrl, type));
    const live = last && resources.get(last.id);
    return live && !live.deleted ? live : undefined;
  };
  const goneUnder = (fullUrl: string, type: string): Resource | undefined =>
    editions
      .flatMap((list) => list.filter(isUnder(fullUrl, type)))
      .map(({ id }) => resources.get(id))
      .find((each) => usable(each) && each.deleted);
  const keyCounts = new Map<string, number>();
  for (const { resource } of bundle.entry)
    for (const key of keysOf(resource)) {
      const name = `${resource.resourceType}|${key}`;
      keyCounts.set(name, (keyCounts.get(name) ?? 0) + 1);
    }
  const agree = (resource: Loose, each: Resource): boolean => {
    const type = resource.resourceType;
    if (type === 'DocumentReference')
      return each.custodian === odsCodeOf(bundle) && (each.sender === sender || each.custodian === sender);
    const time = resource.effectiveDateTime;
    const sameReading = type !== 'Observation' || each.stay === stayOf(resource) || each.time === time;
    return each.sender === sender && sameReading;
  };
  const countingKeys = (resource: Loose): string[] =>
    keysOf(resource).filter(
      (key) =>
        resource.resourceType !== 'Observation' || keyCounts.get(`${resource.resourceType}|${key}`) === 1,
    );
  const sameBy = (key: string, resource: Loose): Resource[] =>
    [...resources.values()]
      .filter((each) => each.nhsNumber === nhsNumber && each.type === resource.resourceType)
      .filter((each) => each.keys.includes(key) && agree(resource, each));
  /** The identifier decides where another summary carries what the fullUrl stood for, or what is sent now. */
  const isFiledByKey = (resource: Loose, stored_: Resource): boolean => {
    const keys = keysOf(resource);
    if (keys.length === 0 || stored_.keys.length === 0) return false;
    if (keys.some((key) => stored_.keys.includes(key))) return false;
    const isOfOthers = ({ id }: Resource): boolean =>
      ofOthers.has(id) || !editions[0]!.some((each) => each.id === id);
    const live = countingKeys(resource).flatMap((key) =>
      sameBy(key, resource).filter((each) => !each.deleted),
    );
    return ofOthers.has(stored_.id) || live.some(isOfOthers);
  };
  const reserved = new Map<string, Loose>();
  for (const { fullUrl, resource } of bundle.entry) {
    const is = isUnder(fullUrl, resource.resourceType);
    for (const each of editions[0]?.filter(is) ?? []) reserved.set(each.id, resource);
    for (const each of editions.slice(1).flat())
      if (is(each) && resources.get(each.id)?.deleted) reserved.set(each.id, resource);
  }
  const isReserved = (each: Resource): boolean => {
    const holder = reserved.get(each.id);
    return holder !== undefined && (each.deleted || !isFiledByKey(holder, each));
  };

  return (fullUrl, resource) => {
    const type = resource.resourceType;
    const [stay, time] = [stayOf(resource), resource.effectiveDateTime];
    /** The same stay and time, then the same stay, then the same time. */
    const rank = (each: Resource): number =>
      type !== 'Observation' ? 0 : each.stay !== stay ? 2 : each.time === time ? 0 : 1;
    const byKey = (deleted: boolean): Resource | undefined =>
      countingKeys(resource)
        .map(
          (key) =>
            sameBy(key, resource)
              .filter((each) => usable(each) && each.deleted === deleted && !isReserved(each))
              .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))[0],
        )
        .find((each) => each !== undefined);
    const last = lastUnder(fullUrl, type);
    const succeeds =
      usable(last) && last.sender === sender && !isFiledByKey(resource, last) ? last : undefined;
    // What is stored goes before what was withdrawn.
    const target =
      succeeds ?? byKey(false) ?? (last === undefined ? goneUnder(fullUrl, type) : undefined) ?? byKey(true);
    if (target) claimed.add(target.id);
    return target;
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
