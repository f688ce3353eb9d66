/** Reads an OperationOutcome as the contract promises it: every issue whole, from a code system of ours. */
import { RULE_SYSTEM } from '../../src/fhir/operation-outcome';
import type { Reply } from './homeward';

/** One issue, in short. */
export interface Told {
  severity: string;
  code: string;
  rule: string;
  expression?: string;
}

/** What an answer says is wrong. Fails where an issue lacks what every issue must have. */
export function told(reply: Pick<Reply, 'json' | 'headers'>): Told[] {
  expect(reply.headers.get('content-type')).toMatch(/^application\/(fhir\+)?json/);
  expect(reply.json).toMatchObject({ resourceType: 'OperationOutcome' });
  const issues = reply.json.issue as fhir4.OperationOutcomeIssue[];
  expect(issues.length).toBeGreaterThan(0);
  const ranks = issues.map(({ severity }) => ['error', 'warning', 'information'].indexOf(severity));
  expect(ranks).toEqual([...ranks].sort());
  return issues.map((issue) => {
    const [coding] = issue.details?.coding ?? [];
    expect(issue).toEqual({
      severity: expect.stringMatching(/^(fatal|error|warning|information)$/),
      code: expect.stringMatching(/^[a-z-]+$/),
      details: {
        coding: [{ system: RULE_SYSTEM, code: expect.stringMatching(/^[\w-]+$/) }],
        text: expect.stringMatching(/^\S.*[.!?)]$/s),
      },
      ...(issue.expression ? { expression: [expect.stringMatching(/^[A-Za-z]/)] } : {}),
      diagnostics: expect.any(String),
    });
    // Some clients show nothing but this: the sentence is in it, last but for an address in brackets.
    expect(issue.diagnostics?.replace(/ \([^()]*https?:[^()]*\)$/, '')).toMatch(
      endingWith(issue.details!.text!),
    );
    const [expression] = issue.expression ?? [];
    return {
      severity: issue.severity,
      code: issue.code,
      rule: coding?.code ?? '',
      ...(expression === undefined ? {} : { expression }),
    };
  });
}

const endingWith = (sentence: string): RegExp =>
  new RegExp(`${sentence.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 's');
