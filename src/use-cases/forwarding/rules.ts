/**
 * Decides which destinations a submission is passed on to. A pure function of the rules and of what the submission
 * says.
 * @see docs/transports/passing-on.md
 */

/** The condition of a rule: every member that is set must hold, each by one of its values. */
export interface When {
  /** ODS codes of senders. */
  senders?: readonly string[];
  /** ODS codes of the patient's GP practice. */
  practices?: readonly string[];
  /** ODS codes of the organisations that keep the documents. */
  custodians?: readonly string[];
}

export interface ForwardRule {
  /** The name of the destination. */
  name: string;
  when: When;
}

/** What the rules ask of a submission. ODS codes are in capitals. */
export interface ForwardFacts {
  sender: string;
  practices: readonly string[];
  custodians: readonly string[];
}

/** The names of the rules that apply, in their order. */
export function destinationsOf(rules: readonly ForwardRule[], facts: ForwardFacts): string[] {
  return rules.filter(({ when }) => holds(when, facts)).map(({ name }) => name);
}

function holds({ senders, practices, custodians }: When, facts: ForwardFacts): boolean {
  return (
    hasOne(senders, [facts.sender]) &&
    hasOne(practices, facts.practices) &&
    hasOne(custodians, facts.custodians)
  );
}

const hasOne = (wanted: readonly string[] | undefined, found: readonly string[]): boolean =>
  wanted === undefined || wanted.some((code) => found.includes(code));
