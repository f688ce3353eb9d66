import { guidanceId, type Issue } from './issue';
import { deduplicate, limitIssues, operationOutcome } from './operation-outcome';

const fault: Issue = {
  severity: 'error',
  code: 'required',
  rule: guidanceId('vw-enc-11'),
  text: 'The stay has no start; give Encounter.period.start.',
  expression: 'Bundle.entry[2].resource.period',
  source: '3.4.4 Encounter.period.start',
};
const remark: Issue = {
  severity: 'warning',
  code: 'value',
  rule: guidanceId('vw-gen-02'),
  text: 'A remark.',
};

describe('operationOutcome', () => {
  const coded = (rule: string, text: string): object => ({
    coding: [{ system: 'https://homeward.dev/CodeSystem/rule', code: rule }],
    text,
  });

  it('gives each issue with its rule, sentence, place and section, errors first', () => {
    expect(operationOutcome([remark, fault], 'o1')).toEqual({
      resourceType: 'OperationOutcome',
      id: 'o1',
      issue: [
        {
          severity: 'error',
          code: 'required',
          details: coded('vw-enc-11', 'The stay has no start; give Encounter.period.start.'),
          diagnostics: '3.4.4 Encounter.period.start: The stay has no start; give Encounter.period.start.',
          expression: ['Bundle.entry[2].resource.period'],
        },
        {
          severity: 'warning',
          code: 'value',
          details: coded('vw-gen-02', 'A remark.'),
          diagnostics: 'A remark.',
        },
      ],
    });
  });

  it('keeps the order of the document among issues of one severity', () => {
    const information: Issue = { ...remark, severity: 'information', rule: guidanceId('i') };
    const second = { ...fault, rule: guidanceId('vw-enc-12') };
    const given = [information, remark, fault, { ...remark, rule: guidanceId('w') }, second];
    expect(operationOutcome(given).issue.map(({ details }) => details?.coding?.[0]?.code)).toEqual([
      'vw-enc-11',
      'vw-enc-12',
      'vw-gen-02',
      'w',
      'i',
    ]);
  });

  it.each([
    ['https://hl7.org/fhir/R4/http.html', 'A remark. (https://hl7.org/fhir/R4/http.html)'],
    ['Corrections', 'A remark.'],
    ['UK Core Patient.contact', 'UK Core Patient.contact: A remark.'],
  ])('ends the diagnostics with the sentence: %s', (source, diagnostics) => {
    expect(operationOutcome([{ ...remark, source }]).issue[0]?.diagnostics).toBe(diagnostics);
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
          diagnostics: 'No faults found.',
        },
      ],
    });
  });
});

describe('limitIssues', () => {
  it('leaves a short list as it is', () => {
    expect(limitIssues([remark, fault], { max: 2 })).toEqual([remark, fault]);
  });

  /** As many, each by itself. */
  const many = (count: number, issue: Issue): Issue[] => Array.from({ length: count }, () => ({ ...issue }));
  const stored: Issue = { ...remark, rule: 'submission-late' };
  const note: Issue = { ...remark, severity: 'information' };

  it('keeps faults rather than remarks, in their order, and counts the rest', () => {
    const second = { ...fault, rule: guidanceId('vw-enc-12') };
    expect(limitIssues([remark, fault, ...many(2, remark), second], { max: 4 })).toEqual([
      remark,
      fault,
      second,
      {
        severity: 'information',
        code: 'incomplete',
        rule: 'more-issues',
        text: '2 more issues are not listed, 0 of them errors: 2 vw-gen-02. Correct the ones above and send again to see the rest.',
      },
    ]);
  });

  it('stays an error where faults had to be left out', () => {
    expect(limitIssues(many(3, fault), { max: 2 })[1]).toEqual({
      severity: 'error',
      code: 'incomplete',
      rule: 'more-issues',
      text: '2 more issues are not listed, 2 of them errors: 2 vw-enc-11. Correct the ones above and send again to see the rest.',
    });
  });

  it('keeps warnings rather than notes, and first of all those that it is told of', () => {
    const comesFirst = ({ rule }: Issue): boolean => rule === 'submission-late';
    const limited = limitIssues([...many(3, note), ...many(3, remark), stored], { max: 4, comesFirst });
    expect(limited.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['vw-gen-02', 'warning'],
      ['vw-gen-02', 'warning'],
      ['submission-late', 'warning'],
      ['more-issues', 'information'],
    ]);
    expect(limited.at(-1)?.text).toContain('4 more issues are not listed');
  });

  it('lists 200 at most where there are faults, and 1,000 of what is accepted', () => {
    expect(limitIssues([...many(1000, remark), fault])).toHaveLength(200);
    expect(limitIssues(many(1001, remark))).toHaveLength(1000);
    expect(limitIssues(many(1000, remark))).toHaveLength(1000);
  });

  it('names the rules of what it leaves out, the commonest ones', () => {
    const rules = Array.from({ length: 12 }, (_, i) => ({ ...remark, rule: `vw-${i}` as Issue['rule'] }));
    expect(limitIssues([fault, ...rules, ...many(2, remark)], { max: 2 })[1]?.text).toMatch(
      /^14 more issues are not listed, 0 of them errors: 2 vw-gen-02, 1 vw-0, .*, 1 vw-8, others\./,
    );
  });
});

describe('deduplicate', () => {
  it('says the same thing at the same place once', () => {
    const elsewhere = { ...fault, expression: 'Bundle.entry[3].resource.period' };
    expect(deduplicate([fault, remark, { ...fault }, elsewhere, remark])).toEqual([fault, remark, elsewhere]);
  });
});
