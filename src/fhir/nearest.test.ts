import { didYouMean, nearestName } from './nearest';

describe('the nearest known name', () => {
  const known = [
    'patient',
    'birthdate',
    'service-provider',
    'status',
    'Encounter',
    'code',
    'statuses',
    'url',
  ];

  it.each([
    ['birthDate', 'birthdate'],
    ['serviceProvider', 'service-provider'],
    ['patients', 'patient'],
    ['encounters', 'Encounter'],
    ['staus', 'status'],
    ['statsu', 'status'],
    ['statuss', 'status'],
    ['stauses', 'statuses'],
    ['cod', 'code'],
    ['codee', 'code'],
    ['Encountres', 'Encounter'],
  ])('of %s is %s', (word, name) => expect(nearestName(word, known)).toBe(name));

  it.each(['', 'co', 'ode', 'ur', 'xyz', 'p'.repeat(100), 'toString'])('of %p is none', (word) =>
    expect(nearestName(word, known)).toBeUndefined(),
  );
});

describe('the question at the end of a sentence', () => {
  it('names what was meant, as it is to be written', () => {
    expect(didYouMean('stay', ['stays'], (name) => `--${name}`)).toBe(' Did you mean --stays?');
  });
  it('is left out where nothing is near', () => {
    expect(didYouMean('xyz', ['stays'])).toBe('');
  });
});
