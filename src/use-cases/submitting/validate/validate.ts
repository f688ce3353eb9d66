/**
 * Everything about a Bundle that can be judged without stored data: requests, R4, profiles and the guidance's rules.
 * `submit` takes this step, and `$validate` and `homeward validate` ask it, so that all give one verdict.
 */
import type { EntryView, Handling } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import { isFault } from '../../../fhir/issue';
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, type AnyResource, type Json } from '../../../fhir/types';
import { entriesOf } from '../../../engines/validation/entries';
import { inDocumentOrder } from '../../../engines/validation/outcome';
import { kindOf } from '../decode';
import type { ForValidating, SubmissionDefinitions } from '../dependencies';
import { repair, type Unrepaired } from '../repair';
import { entryRequestsOf } from './entry-requests';
import { failure, success, type Repaired, type Result, type Validated } from '../steps';

export type ValidateDependencies = Pick<ForValidating, 'validator'> &
  Pick<SubmissionDefinitions, 'definitionOf'>;

type Inspectable = Unrepaired & Pick<Repaired, 'repaired' | 'remarks' | 'review'>;

/** Every fault at once. */
export function validate(
  repaired: Repaired,
  dependencies: ValidateDependencies,
): Result<{ validated: Validated; issues: Issue[] }> {
  const { issues: found, review, entries, requests } = inspect(repaired, dependencies);
  const { received, bundle, kind, repairs } = repaired;
  const issues = inDocumentOrder(bundle, [...repaired.issues, ...found]);
  if (issues.some(isFault)) return failure('invalid', ...issues);
  const validated = { received, bundle, kind, issues: repaired.issues, repairs, review, entries, requests };
  return success({ issues, validated });
}

/**
 * What submitting this Bundle would say, as far as that can be said without stored data. A batch is judged entry by
 * entry, as it is submitted; its reads are not judged. The Bundle is repaired in place.
 */
export function issuesOfSubmission(
  bundle: AnyResource,
  asked: { handling: Handling; now: Date },
  dependencies: ValidateDependencies,
): Issue[] {
  const kind = kindOf(bundle);
  const received = { handling: asked.handling, receivedAt: asked.now };
  const issuesOf = (each: AnyResource): Issue[] =>
    inspect(repair({ received, bundle: each, kind }, dependencies), dependencies).issues;
  if (kind !== 'batch') return issuesOf(bundle);
  return (Array.isArray(bundle.entry) ? bundle.entry : []).flatMap((entry, index) =>
    isRead(entry)
      ? []
      : issuesOf({ resourceType: 'Bundle', type: 'batch', entry: [entry] }).map((issue) =>
          inEntry(issue, index),
        ),
  );
}

function isRead(entry: Json): boolean {
  const request = isObject(entry) && isObject(entry.request) ? entry.request : {};
  return request.method === 'GET' || request.method === 'HEAD';
}

/** An entry that is judged by itself is entry 0; its sender knows it by its own place. */
function inEntry(issue: Issue, index: number): Issue {
  if (issue.expression === undefined) return issue;
  return { ...issue, expression: issue.expression.replace(/^Bundle\.entry\[0\]/, `Bundle.entry[${index}]`) };
}

function inspect(
  { bundle, kind, repaired, remarks, review, received }: Inspectable,
  { validator, definitionOf }: ValidateDependencies,
): Pick<Validated, 'entries' | 'requests' | 'review'> & { issues: Issue[] } {
  const entries = entriesOf(bundle);
  const { requests, issues: requestIssues } = entryRequestsOf(bundle, kind, entries);
  const asked = { handling: received.handling, now: received.receivedAt, repaired: [...remarks] };
  const validation = validator.validateBundle(repaired, asked);
  return {
    issues: [...validation.issues, ...requestIssues, ...notTaken(entries, definitionOf)],
    entries,
    review: [...new Set([...review, ...validation.review])],
    requests,
  };
}

/** Types that a sender can't send: those that this server alone writes. Validation reports a name that is no type. */
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
