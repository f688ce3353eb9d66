/**
 * Makes the rows of the outbox for a submission that is stored: one for each rule of `FORWARD_FILE` that applies. They
 * are written in the same transaction, whichever interface the submission came through.
 * @see docs/transports/passing-on.md
 */
import type { EntryView } from '../definitions/rule';
import { entriesOf } from '../engines/validation/entries';
import { isInError } from '../fhir/in-error';
import type { AnyResource } from '../fhir/types';
import type { NewId } from '../platform/ids';
import { common } from '../resources';
import { organisationsNamedIn } from '../resources/bundle/named-organisations';
import { deliveryRow } from '../use-cases/forwarding/outbox';
import { destinationsOf, type ForwardRule } from '../use-cases/forwarding/rules';
import type { Alongside, SubmissionEnding } from '../use-cases/submitting/steps';
import { definitionOf } from './definitions';

/** @param rules the rules in force now */
export function deliveriesOf(
  rules: () => readonly ForwardRule[],
  clock: { newId: NewId; now: () => Date },
): Alongside {
  return (ending) => {
    const current = rules();
    const { status, bundle, received, submissionId, passedOnBefore = [] } = ending;
    if (current.length === 0 || status !== 'accepted' || !bundle) return [];
    const isSummary = common.isSummary(bundle);
    const taken = takenBack(ending);
    if (!isSummary && taken.length === 0 && !changesCare(ending)) return [];
    const named = organisationsNamedIn(bundle);
    const names = new Set(destinationsOf(current, { sender: received.from.sender, ...named }));
    // Who has a document gets its retraction. And absence is no statement: a correction that names no practice does not
    // say that the patient has left the earlier one.
    const isForThoseBefore = !isSummary || named.practices.length === 0 || isRetraction(taken, ending);
    if (isForThoseBefore) for (const name of passedOnBefore) names.add(name);
    return current
      .filter(({ name }) => names.has(name))
      .map(({ name }) => deliveryRow({ name, submission: submissionId }, clock));
  };
}

/** The types of what it withdraws, or enters in error though it is stored. */
function takenBack({ bundle, stored = [], withdrawn = [] }: SubmissionEnding): string[] {
  const inError = new Set(
    entriesIn(bundle).flatMap(({ index, resource }) => (isInError(resource) ? index : [])),
  );
  const entered = stored.filter(({ index, created, written }) => written && !created && inError.has(index));
  return [...withdrawn, ...entered].map(({ type }) => type);
}

/** Whether a stay or document is taken back, and nothing valid of its type is in the Bundle in its place. */
function isRetraction(taken: readonly string[], { bundle }: SubmissionEnding): boolean {
  const valid = new Set(
    entriesIn(bundle).flatMap(({ resource }) => (isInError(resource) ? [] : resource.resourceType)),
  );
  return taken.some((type) => definitionOf(type).showsCare === true && !valid.has(type));
}

const entriesIn = (bundle: AnyResource | undefined): EntryView[] => (bundle ? entriesOf(bundle) : []);

/** Whether it changes a stored stay or document. */
const changesCare = ({ stored = [] }: SubmissionEnding): boolean =>
  stored.some(({ type, created, written }) => written && !created && definitionOf(type).showsCare === true);
