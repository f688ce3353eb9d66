/** Who may submit for whom and read whose data, under each rule of the policy file; and what the file may say. */
import { scopeRules } from '../../../test/support/scope-rules';
import type { Caller } from './caller';
import { createPolicy, OPEN_RULES, readBreakGlass, type Policy } from './policy';
import { readPolicyRules } from './policy-file';
import { parseScopes } from './scopes';

function caller(odsCode?: string, endUserOrganisation?: string): Caller {
  return {
    clientId: 'client',
    sender: odsCode ?? 'client',
    ...(odsCode !== undefined && { odsCode }),
    ...(endUserOrganisation !== undefined && { endUserOrganisation }),
    scopes: parseScopes('', scopeRules),
    issuer: 'https://id.example',
  };
}

function policyOf(document: unknown): Policy {
  const read = readPolicyRules(document);
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return createPolicy(() => read.value);
}

describe('submitting', () => {
  it('is for every custodian where there is no policy', () => {
    expect(createPolicy(() => OPEN_RULES).maySubmitFor(caller(), ['RR8'])).toEqual({ allowed: true });
  });

  it('may be for the own organisation only', () => {
    const policy = policyOf({ submitting: { default: 'own' } });
    expect(policy.maySubmitFor(caller('RR8'), ['rr8'])).toEqual({ allowed: true });
    expect(policy.maySubmitFor(caller('RR8'), [])).toEqual({ allowed: true });
    expect(policy.maySubmitFor(caller('RR8'), ['RR8', 'RX1', 'RX1'])).toEqual({
      allowed: false,
      custodians: ['RX1'],
      text: 'The policy of this server does not allow your organisation to submit for this custodian. Submit for your own organisation, or ask the operator.',
    });
    expect(policy.maySubmitFor(caller(), [])).toMatchObject({ allowed: false });
  });

  it('may be for listed custodians, their sites, or all', () => {
    const policy = policyOf({
      submitting: { default: 'own', organisations: { SUP1: ['RR8*', 'RX1'], HUB1: ['*'] } },
    });
    expect(policy.maySubmitFor(caller('SUP1'), ['RR801', 'RX1'])).toEqual({ allowed: true });
    expect(policy.maySubmitFor(caller('SUP1'), ['RX101'])).toMatchObject({ custodians: ['RX101'] });
    expect(policy.maySubmitFor(caller('SUP1'), ['SUP1'])).toMatchObject({ custodians: ['SUP1'] });
    expect(policy.maySubmitFor(caller('HUB1'), ['RR8'])).toEqual({ allowed: true });
  });

  it('does not take an organisation called like a member of every object for a listed one', () => {
    const policy = policyOf({ submitting: { default: 'own' } });
    expect(policy.maySubmitFor(caller('constructor'), ['RR8'])).toMatchObject({ allowed: false });
  });
});

describe('reading', () => {
  it('is of everyone, in direct care, where there is no policy', () => {
    expect(createPolicy(() => OPEN_RULES).readRestriction(caller())).toEqual({ kind: 'all' });
  });

  const policy = policyOf({
    reading: {
      default: 'own-patients',
      organisations: { X26: 'direct-care' },
      actingFor: { SUP1: ['A81*'] },
    },
  });

  it('may be of the own patients only', () => {
    expect(policy.readRestriction(caller('A81001'))).toEqual({ kind: 'organisation', odsCode: 'A81001' });
    expect(policy.readRestriction(caller('X26'))).toEqual({ kind: 'all' });
  });

  it('is of nobody for a caller without an organisation', () => {
    expect(policy.readRestriction(caller(undefined, 'A81001'))).toEqual({
      kind: 'organisation',
      odsCode: '',
    });
  });

  it('is for the end user’s organisation only where the caller may act for it', () => {
    expect(policy.readRestriction(caller('SUP1', 'A81002'))).toEqual({
      kind: 'organisation',
      odsCode: 'A81002',
    });
    expect(policy.readRestriction(caller('SUP1', 'B81002'))).toEqual({
      kind: 'organisation',
      odsCode: 'SUP1',
    });
    expect(policy.readRestriction(caller('A81001', 'X26'))).toEqual({
      kind: 'organisation',
      odsCode: 'A81001',
    });
  });

  it('goes beyond that with a reason, which is handed on for the audit', () => {
    expect(policy.readRestriction(caller('A81001'), 'unconscious in A&E')).toEqual({
      kind: 'all',
      breakGlass: 'unconscious in A&E',
    });
    expect(policy.readRestriction(caller('X26'), 'not needed')).toEqual({ kind: 'all' });
  });

  it('does not where the policy keeps the glass whole', () => {
    const whole = policyOf({ reading: { default: 'own-patients', breakGlass: false } });
    expect(whole.readRestriction(caller('A81001'), 'reason')).toEqual({
      kind: 'organisation',
      odsCode: 'A81001',
    });
  });

  it('takes a reason without control characters, and no blank one', () => {
    expect([
      readBreakGlass(undefined),
      readBreakGlass('  '),
      readBreakGlass('\u202e\u202e'),
      readBreakGlass(' a\r\nb '),
    ]).toEqual([undefined, undefined, undefined, 'a b']);
  });
});

describe('those who may read for an organisation', () => {
  it('are the callers that the policy lists, and who may read for one of these, round in a circle too', () => {
    const policy = policyOf({
      reading: {
        default: 'own-patients',
        actingFor: { SUP1: ['A81*'], SUP2: ['SUP1'], SUP3: ['B82*', 'SUP2'], A81001: ['SUP3'] },
      },
    });
    expect(policy.actingFor('A81002')).toEqual(['SUP1', 'SUP2', 'SUP3', 'A81001']);
    expect([policy.actingFor('B82001'), policy.actingFor('C83001')]).toEqual([
      ['SUP3', 'A81001', 'SUP1', 'SUP2'],
      [],
    ]);
  });
});

describe('readPolicyRules', () => {
  it('names every fault and its place', () => {
    expect(
      readPolicyRules({
        submiting: {},
        submitting: { default: 'all', organisations: { rr8: ['RX1'], RR8: 'RX1' } },
        reading: { default: 'none', organisations: { X26: 'all' }, actingFor: [], breakGlass: 'yes' },
      }),
    ).toEqual({
      ok: false,
      faults: [
        'policy.submiting is not known. Use submitting, reading',
        'submitting.default must be any or own',
        'submitting.organisations.rr8 must be an ODS code in capitals',
        'submitting.organisations.RR8 must be a list of ODS codes in capitals. A code may end with *, which stands for all codes with that beginning',
        'reading.default must be direct-care or own-patients',
        'reading.organisations.X26 must be direct-care or own-patients',
        'reading.actingFor must be an object of ODS codes',
        'reading.breakGlass must be true or false',
      ],
    });
  });

  it('refuses what is not an object', () => {
    expect(readPolicyRules([])).toEqual({ ok: false, faults: ['policy must be an object'] });
  });

  it('takes an empty policy for an open one', () => {
    expect(readPolicyRules({})).toEqual({ ok: true, value: OPEN_RULES, remarks: [] });
  });
});
