import type { AnyResource } from '../../../fhir/types';
import type { Toleration } from './create-structure-validator';
import { createStructureValidator } from './create-structure-validator';

const validator = createStructureValidator();
const uuid = (n: number): string => `urn:uuid:9ce2a97b-5cab-4986-814f-${String(n).padStart(12, '0')}`;
const patient = { resourceType: 'Patient', id: 'p' };

function faultsOf(bundle: Record<string, unknown>, tolerate: ReadonlySet<Toleration> = new Set()): string[] {
  return validator
    .validate({ resourceType: 'Bundle', ...bundle } as AnyResource, undefined, { tolerate })
    .map((issue) => `${issue.rule} ${issue.expression}`);
}

const aDocument = (more: Record<string, unknown>, ...others: unknown[]): Record<string, unknown> => ({
  type: 'document',
  identifier: { system: 'http://example.org', value: '1' },
  timestamp: '2023-01-01T00:00:00Z',
  entry: [
    {
      fullUrl: uuid(1),
      resource: {
        resourceType: 'Composition',
        status: 'final',
        type: { text: 'x' },
        date: '2023',
        title: 'x',
        author: [{ display: 'x' }],
        ...more,
      },
    },
    ...others,
  ],
});

describe('Bundles', () => {
  it('have a fullUrl for each entry, absolute, unique, and in agreement with the resource', () => {
    expect(
      faultsOf({
        type: 'collection',
        entry: [
          { resource: patient },
          { fullUrl: 'Patient/p', resource: patient },
          { fullUrl: 'http://example.org/Patient/q', resource: patient },
          { fullUrl: 'http://example.org/Patient/p', resource: { resourceType: 'Patient' } },
          { fullUrl: uuid(1), resource: patient },
          { fullUrl: uuid(1), resource: patient },
          { fullUrl: 'urn:uuid:1', resource: patient },
          { fullUrl: 'http://example.org/Patient/p/_history/1', resource: patient },
        ],
      }),
    ).toEqual([
      'r4-value Bundle.entry[6].fullUrl',
      'r4-bundle Bundle.entry[0].fullUrl',
      'r4-bundle Bundle.entry[1].fullUrl',
      'r4-bundle Bundle.entry[2].fullUrl',
      'r4-bundle Bundle.entry[3].resource.id',
      'r4-bundle Bundle.entry[7].fullUrl',
      'r4-bundle Bundle.entry[5].fullUrl',
    ]);
  });

  it('leave to the guidance what it judges more mildly', () => {
    expect(
      faultsOf(
        {
          type: 'collection',
          entry: [
            { resource: patient },
            { fullUrl: 'urn:uuid:1', resource: patient },
            {
              fullUrl: 'http://example.org/Patient/q',
              resource: patient,
              request: { method: 'POST', url: 'Patient' },
            },
            {
              fullUrl: uuid(1),
              resource: {
                resourceType: 'Observation',
                status: 'final',
                code: { text: 'x' },
                subject: { reference: 'urn:uuid:1' },
              },
            },
          ],
        },
        new Set([
          'fullurl-not-uuid',
          'fullurl-absent',
          'fullurl-mismatch',
          'entry-parts',
          'entry-references',
        ]),
      ),
    ).toEqual([]);
  });

  it('have requests where their type uses them, and nowhere else', () => {
    const request = { method: 'POST', url: 'Patient' };
    expect(
      faultsOf({ type: 'collection', entry: [{ fullUrl: uuid(1), resource: patient, request }] }),
    ).toEqual(['r4-bundle Bundle.entry[0].request']);
    expect(faultsOf({ type: 'transaction', entry: [{ fullUrl: uuid(1), resource: patient }] })).toEqual([
      'r4-bundle Bundle.entry[0]',
    ]);
    expect(faultsOf({ type: 'transaction', entry: [{ resource: patient, request }] })).toEqual([]);
  });

  it('have no pages and no total unless they are results', () => {
    const link = [{ relation: 'next', url: 'http://example.org' }];
    expect(faultsOf({ type: 'collection', link, total: 1 })).toEqual([
      'r4-bundle Bundle.total',
      'r4-bundle Bundle.link[0].relation',
    ]);
    expect(faultsOf({ type: 'searchset', link: [...link, ...link], total: 1 })).toEqual([
      'r4-bundle Bundle.link[1].relation',
    ]);
  });

  it('find what was searched for', () => {
    expect(
      faultsOf({
        type: 'searchset',
        link: [{ relation: 'self', url: 'http://example.org/Observation?x=1' }],
        entry: [
          { fullUrl: uuid(1), resource: patient, search: { mode: 'match' } },
          { fullUrl: uuid(2), resource: { resourceType: 'Patient' }, search: { mode: 'include' } },
          { fullUrl: uuid(3), resource: patient, search: { mode: 'outcome' } },
        ],
      }),
    ).toEqual([
      'r4-bundle Bundle.entry[0].resource',
      'r4-bundle Bundle.entry[1].resource.id',
      'r4-bundle Bundle.entry[2].resource',
    ]);
  });

  it('of type document begin with a Composition, whose references lead into the Bundle', () => {
    expect(
      faultsOf(aDocument({ subject: { reference: uuid(2) } }, { fullUrl: uuid(2), resource: patient })),
    ).toEqual([]);
    expect(faultsOf(aDocument({ subject: { reference: uuid(3) } }))).toEqual([
      'r4-reference Bundle.entry[0].resource.subject.reference',
    ]);
    expect(faultsOf({ ...aDocument({}), entry: [{ fullUrl: uuid(2), resource: patient }] })).toEqual([
      'r4-bundle Bundle.entry[0]',
    ]);
  });

  it('of type document have no entry that nothing connects', () => {
    expect(faultsOf(aDocument({}, { fullUrl: uuid(2), resource: patient }))).toEqual([
      'r4-bundle Bundle.entry[1]',
    ]);
  });

  it('of type document are not resolved by type and id alone', () => {
    expect(
      faultsOf(
        aDocument({ subject: { reference: 'Patient/p' } }, { fullUrl: uuid(2), resource: patient }),
      ).sort(),
    ).toEqual(['r4-bundle Bundle.entry[1]', 'r4-reference Bundle.entry[0].resource.subject.reference']);
  });

  it('resolve relative references against the base of the entry', () => {
    const document = aDocument(
      { id: 'c', subject: { reference: 'Patient/p' } },
      { fullUrl: 'http://example.org/Patient/p', resource: patient },
    );
    (document.entry as Record<string, unknown>[])[0] = {
      ...(document.entry as Record<string, unknown>[])[0],
      fullUrl: 'http://example.org/Composition/c',
    };
    expect(faultsOf(document)).toEqual([]);
  });
});
