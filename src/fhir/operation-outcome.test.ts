import type { Issue } from './issue';
import { deduplicate, limitIssues, operationOutcome } from './operation-outcome';

const fault: Issue = {
  severity: 'error',
  code: 'required',
  rule: 'vw-enc-11',
  text: 'The stay has no start; give Encounter.period.start.',
  expression: 'Bundle.entry[2].resource.period',
  source: '3.4.4 Encounter.period.start',
};
const remark: Issue = { severity: 'warning', code: 'value', rule: 'vw-gen-02', text: 'A remark.' };

describe('operationOutcome', () => {
  it('tells each issue with its rule, sentence, place and source', () => {
    expect(operationOutcome([remark, fault], 'o1')).toEqual({
      resourceType: 'OperationOutcome',
      id: 'o1',
      issue: [
        {
          severity: 'warning',
          code: 'value',
          details: {
            coding: [{ system: 'https://homeward.dev/CodeSystem/rule', code: 'vw-gen-02' }],
            text: 'A remark.',
          },
        },
        {
          severity: 'error',
          code: 'required',
          details: {
            coding: [{ system: 'https://homeward.dev/CodeSystem/rule', code: 'vw-enc-11' }],
            text: 'The stay has no start; give Encounter.period.start.',
          },
          diagnostics: '3.4.4 Encounter.period.start',
          expression: ['Bundle.entry[2].resource.period'],
        },
      ],
    });
  });

  it('says so where there is nothing to tell', () => {
    expect(operationOutcome([])).toEqual({
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'information',
          code: 'informational',
          details: {
            coding: [{ system: 'https://homeward.dev/CodeSystem/rule', code: 'ok' }],
            text: 'No faults found.',
          },
        },
      ],
    });
  });
});

describe('limitIssues', () => {
  it('leaves a short list as it is', () => {
    expect(limitIssues([remark, fault], 2)).toEqual([remark, fault]);
  });

  it('keeps faults rather than remarks, in their order, and counts the rest', () => {
    const second = { ...fault, rule: 'vw-enc-12' };
    expect(limitIssues([remark, fault, remark, remark, second], 4)).toEqual([
      remark,
      fault,
      second,
      {
        severity: 'information',
        code: 'incomplete',
        rule: 'more-issues',
        text: '2 more issues are not listed, 0 of them errors. Mend the ones above and send again to see the rest.',
      },
    ]);
  });

  it('stays an error where faults had to be left out', () => {
    expect(limitIssues([fault, fault, fault], 2)[1]).toEqual({
      severity: 'error',
      code: 'incomplete',
      rule: 'more-issues',
      text: '2 more issues are not listed, 2 of them errors. Mend the ones above and send again to see the rest.',
    });
  });

  it('lists 200 at most unless told otherwise', () => {
    expect(limitIssues(Array.from({ length: 1000 }, () => fault))).toHaveLength(200);
  });
});

describe('deduplicate', () => {
  it('says the same thing at the same place once', () => {
    const elsewhere = { ...fault, expression: 'Bundle.entry[3].resource.period' };
    expect(deduplicate([fault, remark, { ...fault }, elsewhere, remark])).toEqual([fault, remark, elsewhere]);
  });
});
