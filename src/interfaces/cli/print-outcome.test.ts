import { guidanceId, type Issue } from '../../fhir/issue';
import { operationOutcome } from '../../fhir/operation-outcome';
import { printOutcome } from './print-outcome';

const plain = { colour: false, width: 60 };
const entries = [
  { index: 0, label: 'Patient' },
  { index: 2, label: 'Encounter' },
];

const issues: Issue[] = [
  {
    severity: 'error',
    code: 'required',
    rule: guidanceId('vw-bundle-04'),
    text: 'There is no identifier.',
    expression: 'Bundle',
  },
  {
    severity: 'error',
    code: 'required',
    rule: guidanceId('vw-enc-11'),
    text: 'The stay has no start; give the day on which the virtual ward took the patient in.',
    expression: 'Bundle.entry[2].resource.period.start',
    source: '3.4.4 Encounter.period.start',
  },
  {
    severity: 'warning',
    code: 'required',
    rule: guidanceId('vw-pat-01'),
    text: 'No id.',
    expression: 'Bundle.entry[0].resource',
  },
  {
    severity: 'information',
    code: 'value',
    rule: guidanceId('vw-bundle-20'),
    text: 'The fullUrl is no UUID.',
    expression: 'Bundle.entry[2].fullUrl',
  },
];

describe('printOutcome', () => {
  it('groups findings by entry, each with its place, sentence and source, and counts them', () => {
    expect(printOutcome('stay.json', operationOutcome(issues), entries, plain)).toBe(
      `stay.json

  Bundle
    ✗ error
      There is no identifier.
      vw-bundle-04

  Entry 2 · Encounter
    ✗ error  period.start
      The stay has no start; give the day on which the
      virtual ward took the patient in.
      vw-enc-11 · 3.4.4 Encounter.period.start
    · information  fullUrl
      The fullUrl is no UUID.
      vw-bundle-20

  Entry 0 · Patient
    ! warning
      No id.
      vw-pat-01

✗ not valid: 2 errors, 1 warning, 1 remark
`,
    );
  });

  it('says so where nothing was found', () => {
    expect(printOutcome('stay.json', operationOutcome([]), [], plain)).toBe('✓ stay.json: no faults found\n');
  });

  it('calls a file with remarks only valid', () => {
    const text = printOutcome('stay.json', operationOutcome(issues.slice(2, 3)), entries, plain);
    expect(text.split('\n').at(-2)).toBe('✓ valid: 1 warning');
  });

  it('shows what has no place, or stands in an entry without a label', () => {
    const unplaced: Issue = { severity: 'fatal', code: 'structure', rule: 'json-syntax', text: 'Cut off.' };
    const unlabelled: Issue = { ...unplaced, expression: 'Bundle.entry[7].resource.id' };
    expect(printOutcome('x', operationOutcome([unplaced, unlabelled]), [], plain)).toBe(
      `x

  The whole file
    ✗ error
      Cut off.
      json-syntax

  Entry 7
    ✗ error  id
      Cut off.
      json-syntax

✗ not valid: 2 errors
`,
    );
  });

  it('colours on a terminal', () => {
    const text = printOutcome('stay.json', operationOutcome(issues.slice(2, 3)), entries, {
      colour: true,
      width: 80,
    });
    expect(text).toContain('\u001b[33m! warning\u001b[0m');
    expect(text).toContain('\u001b[32m✓ valid\u001b[0m: 1 warning');
  });

  it('takes out what could command the terminal', () => {
    const text = printOutcome('a\u001b[2Jb', operationOutcome([]), [], plain);
    expect(text).toBe('✓ a [2Jb: no faults found\n');
  });
});
