/** What submitting a file would say, for `homeward validate`: from its bytes on, as a submission is read. */
import type { Handling } from '../../../definitions/rule';
import type { Issue } from '../../../fhir/issue';
import { parseJson } from '../../../fhir/json';
import { isResource, type AnyResource } from '../../../fhir/types';
import { parseXml } from '../../../fhir/xml/parse-xml';
import { decoderRemarks } from '../../../engines/validation/decoder-remarks';
import type { Judge } from '../../../engines/validation/judge';
import { inDocumentOrder } from '../../../engines/validation/outcome';
import { issuesOfSubmission, type ValidateDependencies } from './validate';
import { decode } from '../decode';

export type FileJudge = (file: BytesInFormat, options: FileJudgeOptions) => Judged;

interface BytesInFormat {
  bytes: Buffer;
  format: 'json' | 'xml';
}

export interface FileJudgeOptions {
  handling: Handling;
  now: Date;
  /** True where R4 and the claimed profiles alone are asked, of any resource. */
  byR4Alone: boolean;
}

export interface Judged {
  /** What was read, where that could be. */
  resource?: AnyResource;
  issues: Issue[];
}

export function createFileJudge(judge: Judge['judge'], dependencies: ValidateDependencies): FileJudge {
  return (file, options) =>
    options.byR4Alone ? asResource(file, options, judge) : asSubmission(file, options, dependencies);
}

function asSubmission(
  file: BytesInFormat,
  { handling, now }: FileJudgeOptions,
  dependencies: ValidateDependencies,
): Judged {
  const decoded = decode({ ...file, handling });
  if (!decoded.ok) return { issues: [...decoded.failure.issues] };
  const { bundle, issues } = decoded.value;
  const found = issuesOfSubmission(bundle, { handling, now }, dependencies);
  return { resource: bundle, issues: inDocumentOrder(bundle, [...issues, ...found]) };
}

function asResource(
  { bytes, format }: BytesInFormat,
  options: FileJudgeOptions,
  judge: Judge['judge'],
): Judged {
  const parsed = format === 'xml' ? parseXml(bytes) : parseJson(bytes);
  if (!parsed.ok) return { issues: [parsed.issue] };
  if (!isResource(parsed.value)) return { issues: [NOT_A_RESOURCE] };
  const remarks = 'warnings' in parsed ? (parsed.warnings as Issue[]) : [];
  const found = judge(parsed.value, options);
  const all = [...decoderRemarks(remarks, options.handling), ...found];
  return { resource: parsed.value, issues: inDocumentOrder(parsed.value, all) };
}

const NOT_A_RESOURCE: Issue = {
  severity: 'fatal',
  code: 'structure',
  rule: 'r4-not-a-resource',
  text: 'The file has no FHIR resource: there is no resourceType.',
};
