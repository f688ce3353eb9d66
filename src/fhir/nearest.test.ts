import { nearestName } from './nearest';

describe('the nearest known name', () => {
  const known = ['patient', 'birthdate', 'service-provider', 'status', 'Encounter', 'code'];

  it.each([
    ['birthDate', 'birthdate'],
    ['serviceProvider', 'service-provider'],
    ['patients', 'patient'],
    ['encounters', 'Encounter'],
    ['staus', 'status'],
    ['statsu', 'status'],
    ['statuss', 'status'],
  ])('of %s is %s', (word, name) => expect(nearestName(word, known)).toBe(name));

  it.each(['', 'cod', 'xyz', 'p'.repeat(100), 'toString'])('of %p is none', (word) =>
    expect(nearestName(word, known)).toBeUndefined(),
  );
});
