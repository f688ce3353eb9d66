import { partsOfSettings } from './settings-parts';

const named = (document: unknown): string[] => Object.keys(partsOfSettings(document));

describe('the parts of a settings file', () => {
  it('are the rules of a list, by name', () => {
    expect(named([{ name: 'gp', to: {} }, { to: {} }])).toEqual(['1', 'gp']);
  });

  it('are the members of an object, and what its lists and objects have', () => {
    const file = { port: 2575, senders: { 'RPM|TRUST': 'RR8' }, mailboxes: [{ mailbox: 'X26ABC1' }] };
    expect(named(file)).toEqual(['port', 'senders.RPM|TRUST', 'mailboxes.X26ABC1']);
  });

  it('change with their content, and show nothing of it', () => {
    const [before, after] = ['one', 'two'].map((password) =>
      partsOfSettings({ mailboxes: [{ mailbox: 'X26ABC1', password }] }),
    );
    expect(before).not.toEqual(after);
    expect(before!['mailboxes.X26ABC1']).toMatch(/^set [0-9a-f]{64}$/);
  });
});
