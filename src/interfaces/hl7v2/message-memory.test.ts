import { messageMemory } from './message-memory';

describe('The memory of messages', () => {
  it('leaves half to others, whatever the addresses of one network hold', () => {
    const memory = messageMemory(1_000);
    expect(memory.open('2001:db8::1').grow(300)).toBe(true);
    const second = memory.open('2001:db8::2');
    expect(second.grow(201)).toBe(false);
    expect(second.grow(200)).toBe(true);
    expect(memory.open('10.0.0.1').grow(500)).toBe(true);
    expect(memory.open('10.0.0.2').grow(1)).toBe(false);
    second.shrinkTo(100);
    expect(memory.open('10.0.0.2').grow(100)).toBe(true);
  });

  it('is free again after a hold is released, also where the others had none left for it', () => {
    const memory = messageMemory(1_000);
    const [one, other, third] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((each) => memory.open(each));
    expect([one!.grow(500), other!.grow(300), third!.grow(300)]).toEqual([true, true, false]);
    one!.release();
    one!.release();
    expect(third!.grow(400)).toBe(true);
    expect(memory.open('10.0.0.1').grow(300)).toBe(true);
  });
});
