import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { judge } from './judge';

const errors = (told: string[]): string[] => told.filter((line) => line.startsWith('error'));
const entriesOf = (bundle: AnyResource): { fullUrl: string; resource: AnyResource }[] =>
  bundle.entry as { fullUrl: string; resource: AnyResource }[];

describe('the moment at which a Bundle says that it was made', () => {
  it.each([
    [60 * 60_000, []],
    [
      25 * 60 * 60_000,
      ['The time in Bundle.meta.lastUpdated is more than a day after the submission was received'],
    ],
  ])(
    'has a warning in the future, and a review mark where that is more than a day: %d ms',
    (ahead, reasons) => {
      const lastUpdated = new Date(Date.parse('2025-03-11T09:00:00Z') + ahead).toISOString();
      const { told: all, review } = judge(aSummary().with('Bundle.meta.lastUpdated', lastUpdated).build());
      expect(all).toEqual(['warning vw-bundle-05 Bundle.meta.lastUpdated']);
      expect(review).toEqual(reasons);
    },
  );
});

describe('what a summary is composed of', () => {
  it.each([
    ['Patient', 'vw-bundle-09'],
    ['Organization', 'vw-bundle-10'],
    ['Encounter', 'vw-bundle-11'],
    ['DocumentReference', 'vw-bundle-12'],
  ])('is refused without its %s', (type, rule) => {
    expect(judge(aSummary().without(type).build()).told).toContain(`error ${rule} Bundle.entry`);
  });

  it('is refused with no entry at all', () => {
    expect(errors(judge(aSummary().without('Bundle.entry').build()).told)).toEqual(
      ['08', '09', '10', '11', '12'].map((number) => `error vw-bundle-${number} Bundle.entry`),
    );
  });

  it('may lack Observations', () => {
    expect(judge(aSummary().observations(0).build()).told).toEqual([]);
  });

  const withSecondEncounter = (bundle: AnyResource): void => {
    const id = '5d0b0c9e-94c8-4f7e-8a55-0d5c4e9d2c01';
    const stay = entriesOf(bundle).find(({ resource }) => resource.resourceType === 'Encounter');
    const { identifier: _identifier, ...copy } = structuredClone(stay?.resource) as AnyResource;
    (bundle.entry as Json[]).push({ fullUrl: `urn:uuid:${id}`, resource: { ...copy, id } });
  };

  it('has a second Encounter: a warning where the document names the stay, an error where not', () => {
    const named = aSummary().changed(withSecondEncounter);
    expect(judge(named.build()).told).toEqual(['warning vw-bundle-11 Bundle.entry']);
    expect(errors(judge(named.without('DocumentReference.context').build()).told)).toEqual([
      'error vw-bundle-11 Bundle.entry',
    ]);
  });
});

describe('the type of a summary', () => {
  it.each(['searchset', 'history', 'transaction-response', 'Collection'])('is refused as %s', (type) => {
    expect(judge(aSummary().with('Bundle.type', type).build()).told).toContain(
      'error vw-bundle-07 Bundle.type',
    );
  });

  it('is refused when absent, once', () => {
    expect(errors(judge(aSummary().without('Bundle.type').build()).told)).toEqual([
      'error vw-bundle-07 Bundle.type',
    ]);
  });

  it('is remarked on where it is another that is accepted', () => {
    const bundle = aSummary()
      .changed((summary) => {
        for (const entry of summary.entry as JsonObject[]) {
          entry.request = { method: 'POST', url: (entry.resource as AnyResource).resourceType };
        }
      })
      .with('Bundle.type', 'transaction')
      .build();
    expect(judge(bundle).told).toEqual(['information vw-bundle-07 Bundle.type']);
  });

  it('is held to the rules of a summary in no batch', () => {
    const bundle = { resourceType: 'Bundle', type: 'batch', entry: [] };
    expect(judge(bundle).told.filter((line) => line.includes('vw-bundle'))).toEqual([]);
  });
});

describe('entries', () => {
  it('carry no request in a collection: one fault, not R4’s as well', () => {
    expect(
      judge(aSummary().with('Bundle.entry[1].request', { method: 'POST', url: 'Organization' }).build()).told,
    ).toEqual(['error vw-bundle-19 Bundle.entry[1].request']);
  });

  it('without fullUrl are found by type and id, with a warning', () => {
    const bundle = aSummary()
      .changed((summary) => {
        const [patient] = entriesOf(summary);
        const { fullUrl } = patient as { fullUrl: string };
        const id = fullUrl.slice(9);
        const text = JSON.stringify(summary).replaceAll(
          `"reference":"${fullUrl}"`,
          `"reference":"Patient/${id}"`,
        );
        return JSON.parse(text) as AnyResource;
      })
      .without('Bundle.entry[0].fullUrl')
      .build();
    const { told } = judge(bundle);
    expect(errors(told)).toEqual([]);
    expect(told).toContain('warning vw-bundle-14 Bundle.entry[0].fullUrl');
    expect(told).toContain('warning vw-xref-01 Bundle.entry[2].resource.subject');
  });

  it('refuse a second one with the same fullUrl, in R4’s own words only once', () => {
    const bundle = aSummary()
      .changed((summary) => {
        const [, organization] = entriesOf(summary);
        (summary.entry as Json[]).push(structuredClone(organization) as Json);
      })
      .build();
    const place = `Bundle.entry[${entriesOf(bundle).length - 1}]`;
    expect(errors(judge(bundle).told)).toEqual(
      expect.arrayContaining([
        `error vw-bundle-17 ${place}.fullUrl`,
        `error vw-bundle-18 ${place}.resource.id`,
      ]),
    );
    expect(errors(judge(bundle).told).filter((line) => line.includes(' r4-'))).toEqual([]);
  });
});

describe('the custodian', () => {
  const organization = 'Bundle.entry[1].resource';

  it('is refused without an ODS code', () => {
    const bundle = aSummary()
      .with('Organization.identifier', [{ system: 'https://a.nhs.uk/wards', value: '7' }])
      .build();
    expect(judge(bundle).told).toEqual([`error vw-org-03 ${organization}.identifier`]);
  });

  it('may be named by a site code', () => {
    const bundle = aSummary()
      .with('Organization.identifier', [{ system: 'https://fhir.nhs.uk/Id/ods-site-code', value: 'RR801' }])
      .build();
    expect(judge(bundle).told).toEqual([]);
  });

  it('is refused with neither name nor identifier, once for each thing', () => {
    const { told } = judge(
      aSummary().without('Organization.identifier').without('Organization.name').build(),
    );
    expect(errors(told)).toEqual([
      `error vw-org-06 ${organization}`,
      `error vw-org-03 ${organization}.identifier`,
    ]);
  });
});
