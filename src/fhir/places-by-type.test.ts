import { placesByType } from './places-by-type';

it('lists places by type, and names three of each', () => {
  const readings = [4, 5, 6, 7, 8].map((index) => ({ type: 'Observation', place: `Bundle.entry[${index}]` }));
  expect(placesByType([...readings, { type: 'AllergyIntolerance', place: 'Bundle.entry[9]' }])).toBe(
    'AllergyIntolerance (Bundle.entry[9]), Observation (Bundle.entry[4], Bundle.entry[5], Bundle.entry[6] and 2 more)',
  );
});
