import { destinationsOf, type ForwardRule } from './rules';

const facts = { sender: 'RR8', practices: ['A12345'], custodians: ['RR8', 'RXX'] };
const rule = (name: string, when: ForwardRule['when']): ForwardRule => ({ name, when });

describe('the rules of passing on', () => {
  it('apply to everything without a condition', () => {
    expect(destinationsOf([rule('all', {})], facts)).toEqual(['all']);
  });

  it('need every member to hold, each by one of its values', () => {
    const rules = [
      rule('both', { senders: ['RYY', 'RR8'], practices: ['A12345'] }),
      rule('only one', { senders: ['RR8'], practices: ['B81001'] }),
      rule('custodian', { custodians: ['RXX'] }),
      rule('none', { senders: ['RYY'] }),
    ];
    expect(destinationsOf(rules, facts)).toEqual(['both', 'custodian']);
  });

  it('do not apply where the submission names no practice', () => {
    expect(destinationsOf([rule('gp', { practices: ['A12345'] })], { ...facts, practices: [] })).toEqual([]);
  });
});
