/** semantics, "Who is who": a document is replaced by its sender, or by who is named as its custodian alone. */
import type { AnyResource } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshSummary, read, send, stored, type AnyJson } from './sending';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

/** The same content as another summary, with a Bundle.identifier and fullUrls of its own. */
const renamed = (summary: SummaryBuilder): SummaryBuilder =>
  summary
    .with('Bundle.identifier.value', 'of a stranger')
    .changed(
      (bundle) =>
        JSON.parse(
          JSON.stringify(bundle).replace(/urn:uuid:[0-9a-f]{8}/g, 'urn:uuid:0000abcd'),
        ) as AnyResource,
    );

describe('a document of another sender', () => {
  it.each<[string, (document: AnyJson, organization: AnyJson, ownId: string) => void]>([
    [
      'by an entry and by an identifier',
      (document, organization) => {
        document.custodian = { reference: organization.fullUrl, identifier: { system: ODS, value: 'RX1' } };
      },
    ],
    [
      'by what is stored and by an identifier',
      (document, _organization, ownId) => {
        document.custodian = {
          reference: `Organization/${ownId}`,
          identifier: { system: ODS, value: 'RX1' },
        };
      },
    ],
    [
      'by an Organization without an ODS code and by an identifier',
      (document, organization) => {
        organization.resource.identifier = [{ system: 'https://fhir.nhs.uk/Id/ods-site-code', value: 'RR8' }];
        document.custodian = { reference: organization.fullUrl, identifier: { system: ODS, value: 'RX1' } };
      },
    ],
    [
      'by an Organization with two codes',
      (document, organization) => {
        organization.resource.identifier.unshift({ system: ODS, value: 'RX1' });
        document.custodian = { reference: organization.fullUrl, identifier: { system: ODS, value: 'RR8' } };
      },
    ],
  ])('is never overwritten by who names two custodians, itself among them: %s', async (_how, change) => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const document = await stored(homeward, first.submissionId, 'DocumentReference');
    const { id } = await stored(homeward, first.submissionId, 'Organization');
    const stranger = renamed(summary).changed((bundle) => {
      const entries = bundle.entry as AnyJson[];
      const entryOf = (type: string): AnyJson =>
        entries.find(({ resource }) => resource.resourceType === type);
      change(entryOf('DocumentReference').resource, entryOf('Organization'), id);
      return bundle;
    });
    await send(homeward, stranger, { as: 'RX1' });
    expect((await read(homeward, document)).meta.versionId).toBe('1');
  });

  it('is never overwritten through a condition that finds its custodian', async () => {
    const summary = freshSummary();
    const first = await accepted(homeward, summary);
    const document = await stored(homeward, first.submissionId, 'DocumentReference');
    const stranger = renamed(summary).changed((bundle) => {
      bundle.type = 'transaction';
      for (const entry of bundle.entry as AnyJson[])
        entry.request = { method: 'POST', url: entry.resource.resourceType };
      const of = (type: string): AnyJson =>
        (bundle.entry as AnyJson[]).find(({ resource }) => resource.resourceType === type);
      const organization = of('Organization');
      organization.resource.identifier = [{ system: 'https://fhir.nhs.uk/Id/ods-site-code', value: 'RR8' }];
      organization.request.ifNoneExist = `identifier=${ODS}|RR8`;
      of('DocumentReference').resource.custodian = {
        reference: organization.fullUrl,
        identifier: { system: ODS, value: 'RX1' },
      };
      return bundle;
    });
    await send(homeward, stranger, { as: 'RX1', path: '/FHIR/R4' });
    expect((await read(homeward, document)).meta.versionId).toBe('1');
  });
});
