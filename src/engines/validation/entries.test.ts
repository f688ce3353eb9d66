import { atOnce } from '../../fhir/slices';
import { decode } from '../../use-cases/submitting/decode';
import { tooManyPartsOf } from './entries';

const device = (index: number): object => ({ resourceType: 'Device', id: `d${index}` });
const containing = (count: number) => ({
  resourceType: 'Observation',
  contained: Array.from({ length: count }, (_, index) => device(index)) as never[],
});

describe('a resource that contains more others than are looked at', () => {
  it.each([
    ['by itself', containing(1_001), 'Observation.contained'],
    [
      'in a Bundle',
      { resourceType: 'Bundle', type: 'collection', entry: [{}, { resource: containing(1_001) }] as never[] },
      'Bundle.entry[1].resource.contained',
    ],
    [
      'in Parameters in a Bundle',
      {
        resourceType: 'Bundle',
        entry: [
          { resource: { resourceType: 'Parameters', parameter: [{ resource: containing(1_001) }] } },
        ] as never[],
      },
      'Bundle.entry[0].resource.parameter[0].resource.contained',
    ],
  ])('is found: %s', (_where, resource, expression) => {
    expect(atOnce(tooManyPartsOf(resource))).toMatchObject({
      rule: 'submission-too-many-contained',
      expression,
    });
  });

  it('is not one with a thousand', () => expect(atOnce(tooManyPartsOf(containing(1_000)))).toBeUndefined());

  it('is refused before it is judged', () => {
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: containing(1_001) }] };
    const bytes = Buffer.from(JSON.stringify(bundle));
    const decoded = atOnce(decode({ bytes, format: 'json', handling: 'default' }));
    expect(decoded).toMatchObject({
      ok: false,
      failure: { category: 'invalid', issues: [{ rule: 'submission-too-many-contained' }] },
    });
  });
});
