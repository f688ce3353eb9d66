/**
 * Reads all the stored data that a submission needs, in one place inside the writing transaction and under its locks.
 * The steps after it (match, resolve, next version) are pure functions of the result.
 */
import type { Queryable } from '../../../platform/postgres';
import { sameByCondition } from '../conditions/same-conditions';
import type { SubmitDependencies } from '../dependencies';
import { sameContent } from '../next-version/same-content';
import type { Earlier } from '../recognise/earlier-submissions';
import { success, type EntryRequest, type Received, type Result, type StoredEntry } from '../steps';
import { foundByConditions } from './found-by-conditions';
import { findHidden } from './hidden';
import { findOwnIds, idsOfUpdates } from './own-ids';
import { keepsNewest } from './known-by-identifier';
import { patientsInCare } from './patients-in-care';
import { patientsOfLineageAlone } from './patients-of-lineage';
import { readOfLineage, type OfLineage } from './read-of-lineage';
import { readOrigins } from './read-origins';
import { readRestated } from './read-restated';
import { readPatientStatements, type SaidOfPatient } from './read-patient-statements';
import { readResources, type StoredResources } from './read-resources';
import { resourcesToRead } from './resources-to-read';
import type { StoredResource } from './stored-resource';

export interface StoredBefore extends StoredResources, OfLineage {
  /** For a correction: the submission that it replaces, and those before it. */
  corrects: Corrected | undefined;
  /** Ids that the requests name and that the site's policy hides from the sender. They count as unknown. */
  hidden: ReadonlySet<string>;
  /** Ids found for conditional entries, by the entry's index. */
  found: ReadonlyMap<number, readonly string[]>;
  /** The entry that another entry names by its condition, by that other entry's index. */
  sameAs: ReadonlyMap<number, number>;
  /** The ids in the bodies of updates that this server gave. */
  ownIds: ReadonlySet<string>;
  /**
   * Of the stored patients that a transaction sends again, those of whom the sender has stored a stay or a document.
   */
  inCare: ReadonlySet<string>;
  /** Of the stored patients, those that came from this lineage only. */
  ofLineageAlone: ReadonlySet<string>;
  /** Where it matters: what the submissions about stored patients said of them, by the ids of the patients. */
  saidOfPatients: ReadonlyMap<string, SaidOfPatient>;
}

export interface Corrected {
  /** What the corrected submission stored. */
  stored: readonly StoredEntry[];
  /** What the submissions of the lineage before that one stored, newest first. */
  before: readonly StoredEntry[];
  /** The submissions of the lineage. */
  submissions: ReadonlySet<string>;
  patientId: string | null;
}

/** The submission whose stored data is read. */
interface Submission {
  received: Received;
  requests: readonly EntryRequest[];
  /** The patients that the references of entries lead to, as far as they are known. */
  led: ReadonlyMap<number, string>;
  isSummary: boolean;
  /** When its content was made, if it says so. */
  madeAt: Date | undefined;
  /** The lineage that the Bundle belongs to: its `Bundle.identifier`, and its accepted submissions, newest first. */
  identifier: string | undefined;
  earlier: readonly Earlier[];
}

/** @returns a fault when a condition is not a valid search, or two entries name the same resource */
export async function storedBefore(
  tx: Queryable,
  { received, requests, led, isSummary, madeAt, identifier, earlier }: Submission,
  { definitions, match, idOfKey }: Pick<SubmitDependencies, 'definitions' | 'match' | 'idOfKey'>,
): Promise<Result<StoredBefore>> {
  const { sender } = received.from;
  const [corrected] = earlier;
  const found = await foundByConditions(tx, requests, received, { ...match, ...definitions });
  if (!found.ok) return found;
  const sameAs = sameByCondition(requests, found.value);
  if (!sameAs.ok) return sameAs;
  const wanted = resourcesToRead(requests, corrected, found.value, led, { definitions, idOfKey });
  const ofPatients = wanted.find(({ definition }) => definition.type === definitions.patients.type);
  const who = { sender, patientIds: [...(ofPatients?.ids ?? [])] };
  const stored = await readResources(tx, wanted, who);
  if (!stored.ok) return stored;
  const { resources } = stored.value;
  const aged = agedAmong(requests, resources, definitions);
  await readOrigins(tx, aged, earlier);
  const patients = aged.filter(({ type }) => type === definitions.patients.type);
  await readRestated(tx, patients, { madeAt, lineage: earlier.map(({ id }) => id) });
  const lineage = { sender, identifier };
  const ofLineage = await readOfLineage(tx, { requests, resources, earlier, ...lineage }, definitions);
  const hidden = await findHidden(tx, requests, received, { ...match, ...definitions });
  return success<StoredBefore>({
    ...stored.value,
    ...ofLineage,
    hidden,
    corrects: corrected && {
      stored: corrected.stored,
      before: earlier.slice(1).flatMap((each) => each.stored),
      submissions: new Set(earlier.map(({ id }) => id)),
      patientId: corrected.patientId,
    },
    found: found.value,
    sameAs: sameAs.value,
    ownIds: await findOwnIds(tx, definitions.tables, idsOfUpdates(requests, hidden)),
    inCare: await patientsInCare(tx, { requests, isSummary, found: found.value, sender }, definitions),
    ofLineageAlone: await patientsOfLineageAlone(
      tx,
      { resources, requests, corrected, ...lineage },
      definitions,
    ),
    saidOfPatients: await readPatientStatements(
      tx,
      { requests, resources, earlier, madeAt, restates: received.restates },
      definitions,
    ),
  });
}

/**
 * The stored resources whose age matters, because older content must not replace them. A Patient that is sent
 * unchanged, the usual case, is not included.
 */
function agedAmong(
  requests: readonly EntryRequest[],
  resources: ReadonlyMap<string, StoredResource>,
  { definitionOf, patients }: SubmitDependencies['definitions'],
): StoredResource[] {
  const unchanged = new Set<string>();
  for (const { resource } of requests) {
    const id = resource.resourceType === patients.type ? patients.idOfResource(resource) : undefined;
    const name = `${patients.type}/${id}`;
    const stored = id === undefined ? undefined : resources.get(name);
    if (stored && sameContent(resource, stored.content)) unchanged.add(name);
  }
  return [...resources]
    .filter(([name, { type }]) => keepsNewest(definitionOf(type)) && !unchanged.has(name))
    .map(([, stored]) => stored);
}
