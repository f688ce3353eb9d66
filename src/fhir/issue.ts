/**
 * A fault or remark about what a caller sent: a value, never an exception. It becomes one
 * `OperationOutcome.issue`. @see https://hl7.org/fhir/R4/operationoutcome.html
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'information';

/** The `IssueType` codes of R4 that Homeward uses. @see https://hl7.org/fhir/R4/valueset-issue-type.html */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'unknown'
  | 'expired'
  | 'forbidden'
  | 'suppressed'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'lock-error'
  | 'no-store'
  | 'exception'
  | 'timeout'
  | 'incomplete'
  | 'throttled'
  | 'informational';

export interface Issue {
  severity: Severity;
  code: IssueCode;
  /** The rule's id, such as `vw-enc-14` or `r4-cardinality`: `details.coding.code`. Never reused, never renumbered. */
  rule: string;
  /**
   * Says what is wrong and what would be right, in a sentence, without repeating a value that could identify the
   * patient.
   */
  text: string;
  /** A FHIRPath from the resource's root, such as `Bundle.entry[2].resource.status`. Absent where no place applies. */
  expression?: string;
  /** Where the rule comes from, such as `3.4.4 Encounter.period`: `diagnostics` begins with it. */
  source?: string;
}

/** True where the submission must be refused. */
export function isFault(issue: Issue): boolean {
  return issue.severity === 'error' || issue.severity === 'fatal';
}
