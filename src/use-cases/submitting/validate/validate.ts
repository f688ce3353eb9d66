/**
 * Checks everything about a Bundle that needs no stored data: requests, R4, profiles and the guidance's rules.
 * `submit`, `$validate` and `homeward validate` all use it, so that they give the same verdict.
 */
import type { Slices } from '../../../fhir/slices';
import type { EntryView, Handling } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import { isFault } from '../../../fhir/issue';
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, type AnyResource, type Json } from '../../../fhir/types';
import { entriesOf } from '../../../engines/validation/entries';
import { inDocumentOrderInSlices } from '../../../engines/validation/outcome';
import { kindOf } from '../decode';
import { documentsIn } from '../decompose/documents';
import type { ForValidating, SubmissionDefinitions } from '../dependencies';
import { repair, type Unrepaired } from '../repair';
import { entryRequestsOf } from './entry-requests';
import { unknownPatientsIn } from './unknown-patients';
import { failure, success, type Repaired, type Result, type Validated } from '../steps';

export type ValidateDependencies = Pick<ForValidating, 'validator'> &
  Pick<SubmissionDefinitions, 'definitionOf'>;

/** What the check of a Bundle that is not stored needs beside that. */
export type IssuesDependencies = ValidateDependencies & Pick<SubmissionDefinitions, 'people' | 'resolverOf'>;

type Inspectable = Unrepaired & Pick<Repaired, 'repaired' | 'remarks' | 'review'>;

/** Every fault at once. */
export function* validate(
  repaired: Repaired,
  dependencies: ValidateDependencies,
): Slices<Result<{ validated: Validated; issues: Issue[] }>> {
  const { issues: found, review, entries, requests } = yield* inspect(repaired, dependencies);
  const { received, bundle, kind, repairs } = repaired;
  const issues = yield* inDocumentOrderInSlices(bundle, [...repaired.issues, ...found]);
  if (issues.some(isFault)) return failure('invalid', issues);
  const validated = { received, bundle, kind, issues: repaired.issues, repairs, review, entries, requests };
  return success({ issues, validated });
}

/**
 * Returns the issues that submitting this Bundle would give, as far as they need no stored data. A batch is checked
 * entry by entry, as when it is submitted; its reads are not checked. Repairs the Bundle in place.
 */
export function* issuesOfSubmission(
  bundle: AnyResource,
  asked: { handling: Handling; now: Date },
  dependencies: IssuesDependencies,
): Slices<Issue[]> {
  const kind = kindOf(bundle);
  const received = { handling: asked.handling, receivedAt: asked.now };
  function* issuesOf(each: AnyResource): Slices<Issue[]> {
    // What the rules need of the documents is remembered: it takes long, and is done in slices here.
    yield* documentsIn(each, dependencies.definitionOf);
    const repaired = yield* repair({ received, bundle: each, kind }, dependencies);
    const { issues, requests, entries } = yield* inspect(repaired, dependencies);
    // Submitting looks for the patient only where there is no other fault.
    return issues.some(isFault) ? issues : [...issues, ...unknownPatientsIn(requests, entries, dependencies)];
  }
  if (kind !== 'batch') return yield* issuesOf(bundle);
  const found: Issue[] = [];
  for (const [index, entry] of (Array.isArray(bundle.entry) ? bundle.entry : []).entries()) {
    if (isRead(entry)) continue;
    const issues = yield* issuesOf({ resourceType: 'Bundle', type: 'batch', entry: [entry] });
    for (const issue of issues) found.push(inEntry(issue, index));
  }
  return found;
}

function isRead(entry: Json): boolean {
  const request = isObject(entry) && isObject(entry.request) ? entry.request : {};
  return request.method === 'GET' || request.method === 'HEAD';
}

/**
 * Gives an issue the index of its entry. An entry that is checked alone is entry 0, but the sender knows it by its
 * index in the batch.
 */
function inEntry(issue: Issue, index: number): Issue {
  if (issue.expression === undefined) return issue;
  return { ...issue, expression: issue.expression.replace(/^Bundle\.entry\[0\]/, `Bundle.entry[${index}]`) };
}

function* inspect(
  { bundle, kind, repaired, remarks, review, received }: Inspectable,
  { validator, definitionOf }: ValidateDependencies,
): Slices<Pick<Validated, 'entries' | 'requests' | 'review'> & { issues: Issue[] }> {
  const entries = entriesOf(bundle);
  const { requests, issues: requestIssues } = entryRequestsOf(bundle, kind, entries);
  const asked = { handling: received.handling, now: received.receivedAt, repaired: [...remarks] };
  yield;
  const validation = yield* validator.validateInSlices(repaired, asked);
  return {
    issues: [...validation.issues, ...requestIssues, ...notTaken(entries, definitionOf)],
    entries,
    review: [...new Set([...review, ...validation.review])],
    requests,
  };
}

/** The faults of entries whose types only the server writes. Validation reports a name that is not a type. */
function notTaken(
  entries: readonly EntryView[],
  definitionOf: SubmissionDefinitions['definitionOf'],
): Issue[] {
  return entries.flatMap(({ index, resource }) => {
    const sentence = isResourceType(resource.resourceType) && definitionOf(resource.resourceType).notTaken;
    if (!sentence) return [];
    const issue: Issue = {
      severity: 'error',
      code: 'not-supported',
      rule: 'submission-type',
      text: sentence,
      expression: `Bundle.entry[${index}].resource`,
    };
    return [issue];
  });
}
