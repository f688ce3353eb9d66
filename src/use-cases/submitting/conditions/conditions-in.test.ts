import { conditionsIn, givesABusinessIdentifier } from './conditions-in';

describe('the conditions of a Bundle', () => {
  it('are its searches, wherever they stand', () => {
    const reference = 'Patient?identifier=a|1';
    const bundle = {
      resourceType: 'Bundle',
      entry: [
        {
          resource: { resourceType: 'Basic', subject: { reference } },
          request: { method: 'POST', url: 'Basic' },
        },
        { resource: { resourceType: 'Basic' }, request: { ifNoneExist: 'Basic?code=x' } },
        { resource: { resourceType: 'Basic' }, request: { method: 'PUT', url: 'Basic?code=y' } },
        {
          resource: { resourceType: 'Basic', extension: [{ valueReference: { reference: 'Group?name=z' } }] },
        },
        { resource: { resourceType: 'Basic', contained: [{ subject: { reference: 'Encounter?_id=1' } }] } },
      ],
    };
    expect(conditionsIn(bundle)).toEqual([
      reference,
      'Basic?code=x',
      'Basic?code=y',
      'Group?name=z',
      'Encounter?_id=1',
    ]);
  });

  it('are none in a Bundle that cannot be read so far', () => {
    expect(conditionsIn({ resourceType: 'Bundle', entry: ['x', { request: 1, resource: null }] })).toEqual(
      [],
    );
  });
});

describe('a business identifier', () => {
  it.each([
    'identifier=a|1',
    'identifier=a%7C1',
    'identifier=a|1,b|2',
    'identifier=a|1\\|2',
    'identifier=a|1&identifier=b|2',
  ])('is a system and a value: %s', (query) => expect(givesABusinessIdentifier(query)).toBe(true));

  it.each([
    '',
    'identifier=1',
    'identifier=a|',
    'identifier=|1',
    'identifier= | ',
    'identifier=a\\|1',
    'identifier=a|1,a|',
    'identifier=a|1&patient=x',
    'identifier:not=a|1',
    'identifier:of-type=a|b|1',
    'identifier=a|b|1',
  ])('is not %j', (query) => expect(givesABusinessIdentifier(query)).toBe(false));
});
