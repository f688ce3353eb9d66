/**
 * Warns where an older submission brings a reading or the like again that a newer correction of another summary has
 * left out, or has given other content or another number. It is stored as new, because nothing that is current is known
 * by its number any more. Only what the sender itself has stored and replaced counts.
 * @see semantics "Corrections" 3 and 5
 */
import { isAboutPatient } from '../../../definitions/about-patient';
import { isRetracted } from '../../../fhir/retracted';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { keysOfSent, keysOfStored } from '../match/known-by';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { readReplacedSince, type Replaced } from '../stored-before/replaced-since';
import type { Plan, PlannedEntry } from './plan';
import { textOf } from './same-content';

type Input = Pick<MatchInput, 'sender' | 'lastUpdated' | 'before' | 'patients'>;
type Definitions = Pick<SubmissionDefinitions, 'definitionOf'>;
type Added = PlannedEntry & { patientId: string };

export async function remarkOnStoredAgain(
  tx: Queryable,
  plan: Plan,
  input: Input,
  { definitionOf }: Definitions,
): Promise<Plan> {
  const added = addedToKnown(plan, input);
  if (added.length === 0 || !input.lastUpdated) return plan;
  const about = {
    sender: input.sender,
    lastUpdated: input.lastUpdated,
    patientIds: [...new Set(added.map(({ patientId }) => patientId))],
    types: [...new Set(added.map(({ request }) => request.resource.resourceType))],
  };
  const replaced = await readReplacedSince(tx, about, definitionOf);
  if (replaced.length === 0) return plan;
  const known = byNames(replaced, definitionOf);
  const issues = [...plan.issues];
  const review = new Set<string>();
  for (const each of added) {
    const before = replacedBefore(each, known);
    if (!before) continue;
    remark(issues, each.request, 'submission-withdrawn-before', textAbout(before));
    review.add(
      `An older summary stores again what a newer correction has ${before.now ? 'changed' : 'withdrawn'}`,
    );
  }
  return review.size === 0 ? plan : { ...plan, issues, review: [...plan.review, ...review] };
}

const textAbout = ({ type, id, now }: Replaced): string =>
  now === undefined
    ? 'A newer correction of another summary of yours has withdrawn this resource. This older submission stores it again, and it is current. If the correction is right, send a correction of this summary without it.'
    : `This resource was stored before, and a newer correction of yours has made ${type}/${id} of it, with other content or another number. This older submission stores it again, and both are current. If the correction is right, send a correction of this summary without it, or with what the correction says.`;

/** What is new about patients who are stored already: of the others nothing has been replaced. */
function addedToKnown({ entries }: Plan, { before, patients }: Input): Added[] {
  return entries.filter(
    (each): each is Added =>
      each.write &&
      !each.stored &&
      each.patientId !== null &&
      before.resources.has(`${patients.type}/${each.patientId}`) &&
      each.definition.withdrawable &&
      isAboutPatient(each.definition) &&
      !isRetracted(each.request.resource),
  );
}

/** By type, patient and number; by patient and content, too, because many readings have no number. */
function byNames(
  replaced: readonly Replaced[],
  definitionOf: Definitions['definitionOf'],
): Map<string, Replaced[]> {
  const known = new Map<string, Replaced[]>();
  const name = (key: string, each: Replaced): void => {
    const others = known.get(key);
    if (others) others.push(each);
    else known.set(key, [each]);
  };
  for (const each of replaced) {
    const text = ofContent(each.patientId, each.content);
    if (!each.now || ofContent(each.patientId, each.now) !== text) name(text, each);
    for (const key of keysOfStored(definitionOf(each.type).identity, each.content))
      name(ofNumber(each.type, each.patientId, key), each);
  }
  return known;
}

const ofNumber = (type: string, patientId: string | null, key: string): string =>
  `${type} ${patientId} ${key}`;
const ofContent = (patientId: string | null, content: Replaced['content']): string =>
  `${patientId} ${textOf(content)}`;

/** The same reading under its number, or what said the same in every word. */
function replacedBefore(
  { definition: { identity }, patientId, request: { resource: sent }, resource }: Added,
  known: ReadonlyMap<string, readonly Replaced[]>,
): Replaced | undefined {
  for (const key of keysOfSent(identity, sent))
    for (const each of known.get(ofNumber(sent.resourceType, patientId, key)) ?? [])
      if (identity?.usedAgain?.(each.content, sent) !== true) return each;
  return known.get(ofContent(patientId, resource))?.[0];
}
