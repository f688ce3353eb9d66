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
    expect(limitIssues([remark, fault], 2)).toEqual([remark, fault]);
  });

  it('keeps faults rather than remarks, in their order, and counts the rest', () => {
    const second = { ...fault, rule: guidanceId('vw-enc-12') };
    expect(limitIssues([remark, fault, remark, remark, second], 4)).toEqual([
      remark,
      fault,
      second,
      {
        severity: 'information',
        code: 'incomplete',
        rule: 'more-issues',
        text: '2 more issues are not listed, 0 of them errors. Correct the ones above and send again to see the rest.',
      },
    ]);
  });

  it('stays an error where faults had to be left out', () => {
    expect(limitIssues([fault, fault, fault], 2)[1]).toEqual({
      severity: 'error',
      code: 'incomplete',
      rule: 'more-issues',
      text: '2 more issues are not listed, 2 of them errors. Correct the ones above and send again to see the rest.',
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
