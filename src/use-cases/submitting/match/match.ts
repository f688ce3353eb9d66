/**
 * Who is who: for each entry the server's id and the version it becomes. A pure function of what was sent and what is
 * stored; it runs inside the writing transaction, and says which locks it must hold for its answer to stand.
 * @see semantics «Who is who»
 */
import type { JsonObject } from '../../../fhir/types';
import { lockOn } from '../locks/locks';
import {
  patientIdOf,
  type Plan,
  type Planned,
  type MatchInput,
  referencesAt,
  remark,
  serverIdOf,
  viewOf,
} from './plan';
import { withLiteralReferences } from '../resolve/literal-references';
import { nextVersion, otherPatient } from '../next-version/next-version';
import { isShared, lockAllShared } from '../locks/shared-locks';
import { type Failure, failure, type Result, success } from '../steps';
import { matchEntry, reservedIn } from './match-entry';
import { isDocument } from './new-id';
import { isToldByIdentifier } from '../stored-before/stored-before';

export function match(input: MatchInput): Result<Plan> {
  const plan: Plan = {
    entries: [],
    withdrawn: [],
    issues: [],
    review: [],
    patientId: null,
    patients: new Map(),
    locks: new Set(),
  };
  const faults: { failure: Failure }[] = [];
  const drafts = draft(input, plan, faults);
  if (faults.length > 0) return allOf(faults);

  const idOf = new Map(drafts.map((each) => [each.request.index, `${each.definition.type}/${each.id}`]));
  for (const each of drafts) {
    const view = viewOf(each.request, input);
    each.resource = withLiteralReferences(each.request.resource, (reference) => {
      const target = input.resolve(literalUrl(reference), view);
      return (target && idOf.get(target.index)) ?? byNhsNumber(reference, each, input);
    });
  }
  for (const each of drafts) {
    const failed = nextVersion(each, input, plan);
    if (failed) faults.push({ failure: failed });
  }
  if (faults.length > 0) return allOf(faults);
  for (const each of drafts) putBehindNewer(each, input, plan);
  plan.entries = drafts;
  const patients = new Set(drafts.map(({ patientId }) => patientId).filter((id) => id !== null));
  plan.patientId = patients.size === 1 ? [...patients][0]! : null;
  if (input.corrects?.patientId && plan.patientId && plan.patientId !== input.corrects.patientId) {
    return failure('conflict', {
      severity: 'error',
      code: 'conflict',
      rule: 'submission-other-patient',
      text: 'The summary that this corrects is of a patient with another NHS number. Retract the first (entered-in-error), then send a new summary with a Bundle.identifier of its own.',
      expression: 'Bundle.identifier',
      source: 'Corrections',
    });
  }
  withdraw(input, plan);
  for (const { patientId } of [...plan.entries, ...plan.withdrawn])
    if (patientId !== null) plan.patients.set(patientId, nhsNumberOf(patientId, drafts, input));
  lockWhatIsReplaced(input, plan);
  return success(plan);
}

/** The NHS number of a patient who is stored, or whom the Bundle brings. */
function nhsNumberOf(id: string, drafts: readonly Planned[], input: MatchInput): string | undefined {
  const { patients, before } = input;
  const brought = drafts.find((each) => each.id === id && each.definition.type === patients.type);
  const patient = brought?.resource ?? before.stored.get(`${patients.type}/${id}`)?.content;
  return patient && patients.nhsNumberOf(patient);
}

/**
 * What is replaced, withdrawn or referred to may be on its way to be replaced by another submission too: whichever way
 * it was found, its patient's lock must be held, or its own where it belongs to nobody, or those of its keys where
 * senders share it.
 */
function lockWhatIsReplaced(input: MatchInput, plan: Plan): void {
  const { patients, before } = input;
  const replaced = plan.entries.flatMap(({ write, stored, definition }) =>
    stored && (write || !definition.merge) ? [stored] : [],
  );
  for (const { type, id, patientId } of [...replaced, ...plan.withdrawn]) {
    if (isShared(input.definitionOf(type), input)) lockAllShared(input, plan);
    else plan.locks.add(patientId === null ? lockOn('4-resource', type, id) : lockOn('3-patient', patientId));
  }
  for (const { patientId } of plan.entries) {
    if (patientId !== null && before.stored.has(`${patients.type}/${patientId}`))
      plan.locks.add(lockOn('3-patient', patientId));
  }
}

/** Every fault at once, under the category of the first. */
function allOf(faults: readonly { failure: Failure }[]): { ok: false; failure: Failure } {
  const issues = faults.flatMap((fault) => fault.failure.issues);
  return failure(faults[0]?.failure.category ?? 'invalid', ...issues);
}

/** An Attachment's address is looked up like a reference. */
const literalUrl = (value: JsonObject): JsonObject =>
  'reference' in value || !('url' in value) ? value : { reference: value.url };

/** Ids for all entries: shared types first, since what belongs to a patient or a custodian is told apart by them. */
function draft(input: MatchInput, plan: Plan, faults: { failure: Failure }[]): Planned[] {
  const claimed = new Set<string>();
  const keysInBundle = new Map<string, number>();
  const drafts: Planned[] = input.requests.map((request) => {
    const definition = input.definitionOf(request.resource.resourceType);
    for (const key of definition.identity?.keys(request.resource) ?? []) {
      const name = `${request.resource.resourceType}|${key}`;
      keysInBundle.set(name, (keysInBundle.get(name) ?? 0) + 1);
    }
    return {
      request,
      definition,
      id: '',
      version: 0,
      stored: undefined,
      resource: request.resource,
      patientId: null,
      write: true,
    };
  });
  const byIndex = new Map(drafts.map((each) => [each.request.index, each]));
  const reserved = reservedIn(input, drafts);
  for (const each of inOrderOfTelling(drafts)) {
    const isShared = each.definition.merge !== undefined;
    if (!isShared) each.patientId = patientOf(each, input, byIndex);
    const stranger = isShared || each.patientId !== null ? undefined : namesUnknownPatient(each, input);
    if (stranger) {
      faults.push({ failure: stranger });
      continue;
    }
    const same = byIndex.get(input.sameAs.get(each.request.index) ?? -1);
    if (same) {
      const failed = nameTheSame(each, same);
      if (failed) faults.push({ failure: failed });
      continue;
    }
    const found = matchEntry(each, { input, plan, claimed, keysInBundle, byIndex, reserved });
    if (!found.ok) {
      faults.push(found);
      continue;
    }
    each.stored = found.value.stored;
    each.id = found.value.id;
    claimed.add(`${each.definition.type}/${each.id}`);
    if (each.request.resource.resourceType === input.patients.type) each.patientId = each.id;
  }
  return drafts;
}

/** The condition of an entry finds what another entry of the transaction creates: both are one. */
function nameTheSame(each: Planned, same: Planned): Failure | undefined {
  if (each.patientId !== null && same.patientId !== null && each.patientId !== same.patientId)
    return otherPatient(each);
  Object.assign(each, { id: same.id, patientId: same.patientId, sameAs: same });
  return undefined;
}

/** Shared types first, then what they tell apart, then what is told apart by its stay, then documents. */
function inOrderOfTelling(drafts: readonly Planned[]): Planned[] {
  const rank = ({ definition: { merge, identity, type } }: Planned): number => {
    if (isDocument(type)) return 3;
    return merge ? 0 : identity?.stay === undefined ? 1 : 2;
  };
  return [...drafts].sort((a, b) => rank(a) - rank(b));
}

/**
 * The server's id of the patient that an entry belongs to: through its Bundle, or literally named. Where it names
 * several, as the participants of an appointment, the Patient of the Bundle comes first.
 */
function patientOf(each: Planned, input: MatchInput, byIndex: ReadonlyMap<number, Planned>): string | null {
  const { type } = input.patients;
  const ofBundle = new Set<string>();
  for (const { request, id } of byIndex.values())
    if (request.resource.resourceType === type) ofBundle.add(id);
  let first: string | null = null;
  for (const path of each.definition.table.patient) {
    for (const reference of referencesAt(each.request.resource, path.split('.'))) {
      const entry = input.resolve(reference, viewOf(each.request, input));
      const planned = entry && byIndex.get(entry.index);
      if (planned?.request.resource.resourceType === type) return planned.id;
      const literal = patientIdOf(reference, input.patients);
      if (literal === undefined) continue;
      if (ofBundle.has(literal)) return literal;
      if (input.hidden.has(literal) && serverIdOf(reference, type) !== undefined) continue;
      if (input.before.stored.has(`${type}/${literal}`)) first ??= literal;
    }
  }
  return first;
}

/** The literal reference to the stored patient of the entry, where a Reference names that one by NHS number alone. */
function byNhsNumber(
  reference: JsonObject,
  { patientId }: Planned,
  { patients, before }: MatchInput,
): string | undefined {
  if (patientId === null || patients.idOfLogical(reference) !== patientId) return undefined;
  const literal = `${patients.type}/${patientId}`;
  return before.stored.has(literal) ? literal : undefined;
}

/**
 * What the corrected submission stored, and this one no longer carries: withdrawn, where this sender brought it and no
 * other current summary carries it.
 */
function withdraw({ corrects, before, sender, definitionOf, patients }: MatchInput, plan: Plan): void {
  if (!corrects) return;
  const kept = new Set(
    plan.entries.map(
      ({ definition, id, request }) => `${request.resource.resourceType ?? definition.type}/${id}`,
    ),
  );
  // Two entries of a transaction may have named one resource by their conditions.
  for (const name of new Set(corrects.stored.map(({ type, id }) => `${type}/${id}`))) {
    const stored = before.stored.get(name);
    if (!stored || kept.has(name) || !definitionOf(stored.type).withdrawable) continue;
    if (stored.sender === sender && !before.carriedElsewhere.has(stored.id)) plan.withdrawn.push(stored);
    else {
      plan.issues.push({
        severity: 'information',
        code: 'informational',
        rule: 'submission-not-withdrawn',
        text: `${name} is no longer part of this summary. It stays, because another submission has stored it too.`,
        source: 'Corrections',
      });
    }
  }
  const care = plan.withdrawn.filter(({ type }) =>
    patients.careTables.includes(definitionOf(type).table.name),
  );
  if (care.length === 0) return;
  plan.issues.push({
    severity: 'warning',
    code: 'business-rule',
    rule: 'submission-care-withdrawn',
    text: `The earlier version of this summary had ${care.map(({ type, id }) => `${type}/${id}`).join(', ')}, and this version has nothing in its place. It was withdrawn. If this summary is about another stay, give it a Bundle.identifier of its own.`,
    source: 'Corrections',
  });
  plan.review.push('A correction withdrew a stay or a document of the earlier version of its summary');
}

/**
 * Content that is older than what is stored does not turn that back: it goes to the history. Within a lineage the
 * newer edition is told by its version, and replaces what the earlier ones said.
 */
function putBehindNewer(each: Planned, { lastUpdated, corrects }: MatchInput, plan: Plan): void {
  const { stored, definition, request } = each;
  if (!each.write || !stored?.origin || !lastUpdated || !isToldByIdentifier(definition)) return;
  if (lastUpdated >= stored.origin.lastUpdated || corrects?.submissions.has(stored.origin.submissionId))
    return;
  each.lateAfter = stored.origin.submissionId;
  remark(
    plan,
    request,
    'submission-late',
    'A submission with a later meta.lastUpdated has stored this resource already. The older content sent here is kept in its history, and the newer content stays current. To change that, send a correction of the newer summary.',
  );
}

/** A literal reference to a Patient of this server that there is not: nothing is filed under nobody. */
function namesUnknownPatient(
  { request, definition }: Planned,
  { patients }: MatchInput,
): Failure | undefined {
  for (const path of definition.table.patient) {
    for (const reference of referencesAt(request.resource, path.split('.'))) {
      if (serverIdOf(reference, patients.type) === undefined) continue;
      return {
        category: 'invalid',
        issues: [
          {
            severity: 'error',
            code: 'not-found',
            rule: 'submission-unknown-patient',
            text: `There is no such ${patients.type} here: name one by the id that this server gave, or send it in the same Bundle.`,
            expression: `Bundle.entry[${request.index}].resource.${path}`,
            source: 'https://hl7.org/fhir/R4/http.html#trules',
          },
        ],
      };
    }
  }
  return undefined;
}
