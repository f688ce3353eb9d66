/**
 * Returns the verdict that submitting a file would get, for `homeward validate`. Starts from the bytes, as a submission
 * does.
 */
import type { Slices } from '../../../fhir/slices';
import type { Handling } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import { isResource, type AnyResource } from '../../../fhir/types';
import { decoderRemarks } from '../../../engines/validation/decoder-remarks';
import type { Judge } from '../../../engines/validation/judge';
import { inDocumentOrder } from '../../../engines/validation/outcome';
import { issuesOfSubmission, type IssuesDependencies } from './validate';
import { decode, parseBody, type Body } from '../decode';

export type FileJudge = (file: Body, options: FileJudgeOptions) => Slices<Judged>;

export interface FileJudgeOptions {
  handling: Handling;
  now: Date;
  /** True to check only against R4 and the claimed profiles, for a resource of any type. */
  byR4Alone: boolean;
}

export interface Judged {
  /** The resource, if it could be read. */
  resource?: AnyResource;
  issues: Issue[];
}

export function createFileJudge(judge: Judge['judge'], dependencies: IssuesDependencies): FileJudge {
  return (file, options) =>
    options.byR4Alone ? asResource(file, options, judge) : asSubmission(file, options, dependencies);
}

function* asSubmission(
  file: Body,
  { handling, now }: FileJudgeOptions,
  dependencies: IssuesDependencies,
): Slices<Judged> {
  const decoded = yield* decode({ ...file, handling });
  if (!decoded.ok) return { issues: [...decoded.failure.issues] };
  const { bundle, issues } = decoded.value;
  const found = yield* issuesOfSubmission(bundle, { handling, now }, dependencies);
  return { resource: bundle, issues: inDocumentOrder(bundle, [...issues, ...found]) };
}

function* asResource(file: Body, options: FileJudgeOptions, judge: Judge['judge']): Slices<Judged> {
  const parsed = yield* parseBody(file);
  if (!parsed.ok) return { issues: [parsed.issue] };
  if (!isResource(parsed.value)) return { issues: [NOT_A_RESOURCE] };
  const found = yield* judge(parsed.value, options);
  const all = [...decoderRemarks(parsed.remarks, options.handling), ...found];
  return { resource: parsed.value, issues: inDocumentOrder(parsed.value, all) };
}

const NOT_A_RESOURCE: Issue = {
  severity: 'fatal',
  code: 'structure',
  rule: 'r4-not-a-resource',
  text: 'The file contains no FHIR resource, because it has no resourceType.',
};
