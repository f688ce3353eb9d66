import type { AnyResource } from '../../../fhir/types';
import { createStructureValidator } from './create-structure-validator';

const validator = createStructureValidator();
const faultsOf = (resource: unknown): string[] =>
  validator.validate(resource as AnyResource).map((issue) => `${issue.rule} ${issue.expression}`);
const anObservation = (more: Record<string, unknown>): unknown => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a reading' },
  ...more,
});

describe('contained resources', () => {
  const withContained = (contained: unknown[], more: Record<string, unknown> = {}): unknown =>
    anObservation({ contained, ...more });

  it('are referred to', () => {
    expect(faultsOf(withContained([{ resourceType: 'Patient', id: 'a' }]))).toEqual([
      'r4-contained Observation.contained[0]',
    ]);
    expect(
      faultsOf(withContained([{ resourceType: 'Patient', id: 'a' }], { subject: { reference: '#a' } })),
    ).toEqual([]);
  });

  it('may refer to the resource around them instead', () => {
    expect(
      faultsOf(
        withContained([
          {
            resourceType: 'Provenance',
            id: 'a',
            recorded: '2023-01-01T00:00:00Z',
            target: [{ reference: '#' }],
            agent: [{ who: { display: 'x' } }],
          },
        ]),
      ),
    ).toEqual([]);
  });

  it('contain nothing and have no version', () => {
    expect(
      faultsOf(
        withContained(
          [
            {
              resourceType: 'Patient',
              id: 'a',
              meta: { versionId: '1' },
              contained: [{ resourceType: 'Patient', id: 'b' }],
            },
          ],
          { subject: { reference: '#a' } },
        ),
      ),
    ).toEqual([
      'r4-contained Observation.contained[0].contained',
      'r4-contained Observation.contained[0].meta',
    ]);
  });

  it('are found, and of a type that the element allows', () => {
    expect(faultsOf(anObservation({ subject: { reference: '#x' } }))).toEqual([
      'r4-reference Observation.subject.reference',
    ]);
    expect(
      faultsOf(
        withContained([{ resourceType: 'Organization', id: 'a', name: 'x' }], {
          subject: { reference: '#a' },
        }),
      ),
    ).toEqual(['r4-reference Observation.subject.reference']);
  });
});

describe('references', () => {
  const to = (reference: string): string[] => faultsOf(anObservation({ subject: { reference } }));

  it('are literal, and to a type that the element allows', () => {
    expect(to('Patient/1')).toEqual([]);
    expect(to('http://example.org/fhir/Patient/1/_history/2')).toEqual([]);
    expect(to('urn:uuid:9ce2a97b-5cab-4986-814f-4734016e6084')).toEqual([]);
    expect(to('Organization/1')).toEqual(['r4-reference Observation.subject.reference']);
    expect(to('1')).toEqual(['r4-reference Observation.subject.reference']);
    expect(to('Patient?identifier=x')).toEqual(['r4-reference Observation.subject.reference']);
  });

  it('agree with the type that they name', () => {
    expect(faultsOf(anObservation({ subject: { reference: 'Patient/1', type: 'Group' } }))).toEqual([
      'r4-reference Observation.subject.reference',
    ]);
    expect(faultsOf(anObservation({ subject: { type: 'Robot', display: 'x' } }))).toEqual([
      'r4-reference Observation.subject.type',
    ]);
  });
});
