/**
 * Everything about a Bundle that can be judged without stored data: its door, repairs, requests, R4, profiles and the
 * guidance's rules. `submit` takes this step, and `$validate` and `homeward validate` ask it, so that all give one
 * verdict.
 */
import type { EntryView, Handling } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import { isFault } from '../../../fhir/issue';
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, type AnyResource, type Json } from '../../../fhir/types';
import { entriesOf } from '../../../engines/validation/entries';
import { inDocumentOrder } from '../../../engines/validation/outcome';
import { kindOf } from '../decode';
import type { SubmitDependencies } from '../dependencies';
import { entryRequestsOf } from './entry-requests';
import { failure, success, type BundleKind, type Decoded, type Result, type Validated } from '../steps';

export type ValidateDependencies = Pick<SubmitDependencies, 'validator' | 'definitionOf'>;

interface Inspected extends Pick<Validated, 'entries' | 'repairs' | 'review' | 'requests'> {
  issues: Issue[];
}

/** Repairs, then validates: every fault at once. @param accepts the Bundle types that this door takes */
export function validate(
  decoded: Decoded,
  accepts: readonly BundleKind[],
  dependencies: ValidateDependencies,
): Result<{ validated: Validated; issues: Issue[] }> {
  const { bundle, received, kind } = decoded;
  const unwelcome = doorIssue(decoded, accepts);
  if (unwelcome) return failure('invalid', unwelcome);
  const asked = { handling: received.handling, now: received.receivedAt };
  const { issues: found, ...inspected } = inspect(bundle, kind, asked, dependencies);
  const issues = inDocumentOrder(bundle, [...decoded.issues, ...found]);
  if (issues.some(isFault)) return failure('invalid', ...issues);
  return success({ issues, validated: { ...decoded, ...inspected } });
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
  if (kind !== 'batch') return inspect(bundle, kind, asked, dependencies).issues;
  return (Array.isArray(bundle.entry) ? bundle.entry : []).flatMap((entry, index) => {
    if (isRead(entry)) return [];
    const alone: AnyResource = { resourceType: 'Bundle', type: 'batch', entry: [entry] };
    const { issues } = inspect(alone, kind, asked, dependencies);
    return issues.map((issue) => inEntry(issue, index));
  });
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
  bundle: AnyResource,
  kind: BundleKind,
  { handling, now }: { handling: Handling; now: Date },
  { validator, definitionOf }: ValidateDependencies,
): Inspected {
  const repaired = validator.repair(bundle, handling);
  const entries = entriesOf(bundle);
  const { requests, issues: requestIssues } = entryRequestsOf(bundle, kind, entries);
  const validation = validator.validateBundle(repaired.mended, { handling, now, repaired: repaired.issues });
  return {
    issues: [...validation.issues, ...requestIssues, ...notTaken(entries, definitionOf)],
    entries,
    repairs: repaired.repairs,
    review: [...new Set([...repaired.review, ...validation.review])],
    requests,
  };
}

/** Types that a sender can't send: those that this server alone writes. Validation reports a name that is no type. */
function notTaken(entries: readonly EntryView[], definitionOf: SubmitDependencies['definitionOf']): Issue[] {
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

/** A Bundle that is fine in itself may have come by the wrong door. */
function doorIssue({ bundle, kind }: Decoded, accepts: readonly BundleKind[]): Issue | undefined {
  if (accepts.includes(kind) || bundle.type !== kind) return undefined;
  return {
    severity: 'error',
    code: 'value',
    rule: 'submission-door',
    text:
      kind === 'transaction' || kind === 'batch'
        ? `A ${kind} is posted to the FHIR base itself (POST /FHIR/R4).`
        : `This path takes ${accepts.map((each) => `a ${each}`).join(' or ')}.`,
    expression: 'Bundle.type',
    source: 'https://hl7.org/fhir/R4/http.html#transaction',
  };
}
