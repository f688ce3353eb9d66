/**
 * Warns where a submission brings data again that the sender has withdrawn or changed since, in another summary. It is
 * stored as new, because nothing that is current is known by its number any more. An older submission is told of all
 * that newer ones have left out, or have given other content or another number. A newer one says so itself, and is told
 * only of what was entered in error before it was left out.
 * @see semantics "Corrections" 3 and 5
 */
import { isAboutPatient } from '../../../definitions/about-patient';
import { businessKeys } from '../../../definitions/business-keys';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { storedAt } from '../../../fhir/current-identifier';
import { codeOf } from '../../../fhir/other-code';
import { isRetracted } from '../../../fhir/retracted';
import type { AnyResource } from '../../../fhir/types';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { keysOfSent, keysOfStored } from '../match/known-by';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isUsedAgain } from '../match/remark-on-match';
import {
  readCurrent,
  readReplaced,
  type About,
  type Current,
  type Replaced,
} from '../stored-before/replaced-since';
import type { Plan, PlannedEntry } from './plan';
import { textOf } from './same-content';

type Input = Pick<MatchInput, 'sender' | 'lastUpdated' | 'before' | 'patients'>;
type DefinitionOf = SubmissionDefinitions['definitionOf'];
type Added = PlannedEntry & { patientId: string };

export async function remarkOnStoredAgain(
  tx: Queryable,
  plan: Plan,
  input: Input,
  { definitionOf }: Pick<SubmissionDefinitions, 'definitionOf'>,
): Promise<Plan> {
  const added = addedToKnown(plan, input);
  if (added.length === 0) return plan;
  const about = {
    sender: input.sender,
    lastUpdated: input.lastUpdated,
    patientIds: [...new Set(added.map(({ patientId }) => patientId))],
    types: [...new Set(added.map(({ request }) => request.resource.resourceType))],
    own: [...(input.before.corrects?.submissions ?? [])],
  };
  const replaced = await readReplaced(tx, about, definitionOf);
  const told = await remarkOnReplaced(tx, plan, { added, about, replaced: replaced.found }, definitionOf);
  return replaced.isWhole ? told : { ...told, review: [...told.review, NOT_LOOKED_FOR] };
}

const NOT_LOOKED_FOR =
  'An older submission came late. Whether a newer one has withdrawn or changed what it stores was not found out, because too much of the patient is newer';

async function remarkOnReplaced(
  tx: Queryable,
  plan: Plan,
  { added, about, replaced }: { added: readonly Added[]; about: About; replaced: readonly Replaced[] },
  definitionOf: DefinitionOf,
): Promise<Plan> {
  // What was withdrawn before may be stored again, unless it was withdrawn as wrong.
  const doubtful = replaced.filter(
    ({ isSince, isWithdrawn, content }) => isSince || (isWithdrawn && isRetracted(content)),
  );
  if (doubtful.length === 0) return plan;
  const names = named(doubtful, definitionOf);
  const again = added.flatMap((each) => {
    const before = foundFor(each, names);
    return before ? [{ each, before }] : [];
  });
  if (again.length === 0) return plan;
  // What is said now, word for word, by any summary of the sender, is not brought back.
  const current = named(await readCurrent(tx, about, definitionOf), definitionOf);
  const issues = [...plan.issues];
  const review = new Set<string>();
  for (const { each, before } of again) {
    if (current.has(contentName(each.patientId, each.resource))) continue;
    const { rule, text, reason } = saidOf(before, foundFor(each, current));
    remark(issues, each.request, rule, text);
    review.add(reason);
  }
  return review.size === 0 ? plan : { ...plan, issues, review: [...plan.review, ...review] };
}

interface Said {
  rule: 'submission-retracted-before' | 'submission-withdrawn-before';
  text: string;
  reason: string;
}

/** @param current what has the number now */
function saidOf(before: Replaced, current: Current | undefined): Said {
  if (!before.isSince)
    return {
      rule: 'submission-retracted-before',
      text: 'Another summary has retracted this resource (entered-in-error), and a later version of it has left it out. This content makes it current again. Check that this is meant. If the retraction holds, correct this summary.',
      reason: 'What was entered in error is current again',
    };
  const rule = 'submission-withdrawn-before';
  const now = before.isWithdrawn ? current : before;
  return now === undefined
    ? {
        rule,
        text: 'A newer correction of another summary of yours has withdrawn this resource. This older submission stores it again, and it is current. If the correction is right, send a correction of this summary without it.',
        reason: 'An older summary stores again what a newer correction has withdrawn',
      }
    : {
        rule,
        text: `This resource was stored before, and a newer submission of yours has made ${now.type}/${now.id} of it, with other content or another number. This older submission stores it again, and both are current. If the newer one is right, send a correction of this summary without it, or with what the newer one says.`,
        reason: 'An older summary stores again what a newer correction has changed',
      };
}

/** What is new about patients who are stored already, or is there again: of others nothing has been replaced. */
function addedToKnown({ entries }: Plan, { before, patients }: Input): Added[] {
  return entries.filter(
    (each): each is Added =>
      each.write &&
      (!each.stored || each.stored.isWithdrawn === true) &&
      each.patientId !== null &&
      before.resources.has(`${patients.type}/${each.patientId}`) &&
      each.definition.withdrawable &&
      isAboutPatient(each.definition) &&
      !isRetracted(each.request.resource),
  );
}

/** By type, patient and number; by patient and content, too, because many readings have no number. */
function named<Stored extends Current>(
  stored: readonly Stored[],
  definitionOf: DefinitionOf,
): Map<string, Stored[]> {
  const known = new Map<string, Stored[]>();
  const add = (name: string, each: Stored): void => {
    const others = known.get(name);
    if (others) others.push(each);
    else known.set(name, [each]);
  };
  for (const each of stored) {
    const { type, patientId, content } = each;
    add(contentName(patientId, content), each);
    for (const number of numbersOfStored(definitionOf(type), content))
      add(numberName(type, patientId, number), each);
  }
  return known;
}

const numberName = (type: string, patientId: string | null, number: string): string =>
  `${type} ${patientId} ${number}`;
const contentName = (patientId: string | null, content: AnyResource): string =>
  `${patientId} ${textOf(content)}`;

/**
 * Types without an identity of their own have numbers, too. Those of an allergy, a problem or a medicine tell what was
 * said before; those of a plan or the answers of a day are used again for the next one.
 */
function numbersOf(
  { identity }: ResourceDefinition,
  resource: AnyResource,
  { keys, at }: { keys: typeof keysOfSent; at?: number },
): Iterable<string> {
  if (identity) return keys(identity, resource);
  return codeOf(resource) === undefined ? [] : businessKeys(resource.identifier, undefined, at);
}

const numbersOfStored = (definition: ResourceDefinition, content: AnyResource): Iterable<string> =>
  numbersOf(definition, content, { keys: keysOfStored, at: storedAt(content) });

const numbersOfSent = (definition: ResourceDefinition, sent: AnyResource): Iterable<string> =>
  numbersOf(definition, sent, { keys: keysOfSent });

/** What is the same under its number, or says the same in every word. */
function foundFor<Stored extends Current>(
  { definition, patientId, request: { resource: sent }, resource }: Added,
  known: ReadonlyMap<string, readonly Stored[]>,
): Stored | undefined {
  for (const number of numbersOfSent(definition, sent))
    for (const each of known.get(numberName(sent.resourceType, patientId, number)) ?? [])
      if (!isUsedAgain(definition, each.content, sent)) return each;
  return known.get(contentName(patientId, resource))?.[0];
}
