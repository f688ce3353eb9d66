/** Words for those who read with their eyes: narratives of `$summary` and `_summary=text`. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { accepted } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
const SECTION = {
  title: 'Mine',
  text: { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">As I wrote it</div>' },
};

beforeAll(async () => {
  homeward = await startHomeward();
  await accepted(
    homeward,
    aSummary()
      .with('Observation[1].text', {
        status: 'additional',
        div: '<div xmlns="http://www.w3.org/1999/xhtml">My own words</div>',
      })
      .with('Observation[0].code.text', 'Breaths <b>a</b> minute')
      .changed((bundle: AnyResource) => {
        const entries = bundle.entry as { fullUrl: string; resource: AnyResource }[];
        const urlOf = (type: string): string =>
          entries.find(({ resource }) => resource.resourceType === type)!.fullUrl;
        const id = '0b8f6c52-93fd-4d1c-8e8b-5b1e0f5d7a99';
        (bundle.entry as JsonObject[]).push({
          fullUrl: `urn:uuid:${id}`,
          resource: {
            resourceType: 'Composition',
            id,
            status: 'final',
            type: { text: 'Summary' },
            subject: { reference: urlOf('Patient') },
            date: '2025-03-10T14:25:00+00:00',
            author: [{ reference: urlOf('Organization') }],
            title: 'Summary',
            section: [SECTION],
          },
        });
      }),
  );
});
afterAll(() => homeward.close());

describe('_summary=text', () => {
  it('gives a generated narrative to each resource that has none, and leaves a sender’s own', async () => {
    const { json } = await homeward.call('GET', '/FHIR/R4/Observation?_summary=text');
    const texts = json.entry.map(({ resource }: { resource: fhir4.Observation }) => resource.text);
    expect(texts).toHaveLength(16);
    expect(texts.filter((text: fhir4.Narrative) => text.status === 'generated')).toHaveLength(15);
    expect(texts.filter((text: fhir4.Narrative) => text.div.includes('My own words'))).toHaveLength(1);
    expect(
      texts.filter((text: fhir4.Narrative) => text.div.includes('Breaths &lt;b&gt;a&lt;/b&gt;')),
    ).toHaveLength(1);
  });

  it('does so of a read, of $everything and in XML', async () => {
    const { json } = await homeward.call('GET', '/FHIR/R4/Patient?_summary=text');
    const { id } = json.entry[0].resource;
    for (const path of [
      `Patient/${id}?_summary=text`,
      `Patient/${id}/$everything?_summary=text&_type=Patient`,
    ])
      expect((await homeward.call('GET', `/FHIR/R4/${path}`)).bytes.toString()).toContain('generated');
    const xml = await homeward.call('GET', `/FHIR/R4/Patient/${id}?_summary=text&_format=xml`);
    expect(xml.bytes.toString()).toContain(
      '<status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>',
    );
  });

  it('is not stored, nor in any other answer', async () => {
    const { bytes } = await homeward.call('GET', '/FHIR/R4/Patient');
    expect(bytes.toString()).not.toContain('generated');
  });
});

describe('$summary', () => {
  it('has a readable narrative in each section, and in the Composition', async () => {
    const { resource } = (await homeward.call('GET', '/FHIR/R4/Encounter')).json.entry[0];
    const { json } = await homeward.call('GET', `/FHIR/R4/Encounter/${resource.id}/$summary`);
    const composition = json.entry[0].resource as fhir4.Composition;
    expect(composition.text?.status).toBe('generated');
    expect(composition.section!.length).toBeGreaterThanOrEqual(2);
    for (const { text } of composition.section!) {
      expect(text?.status).toBe('generated');
      expect(text?.div).toMatch(/^<div xmlns="http:\/\/www.w3.org\/1999\/xhtml"><table>.*<\/table><\/div>$/);
      expect(text?.div).not.toMatch(/<(?!\/?(?:div|p|b|table|thead|tbody|tr|th|td)\b)/);
    }
    const observations = composition.section!.find(({ title }) => title === 'Observations');
    expect(observations?.text?.div).toContain('<td>22');
    const judged = await homeward.call('POST', '/FHIR/R4/Composition/$validate', { body: composition });
    const faults = judged.json.issue.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(faults).toEqual([]);
  });
});

describe('$document', () => {
  it('adds nothing to the sections that a sender wrote', async () => {
    const { resource } = (await homeward.call('GET', '/FHIR/R4/Composition')).json.entry[0];
    const { json } = await homeward.call('GET', `/FHIR/R4/Composition/${resource.id}/$document`);
    expect(json.entry[0].resource.section).toEqual([SECTION]);
    expect(json.entry[0].resource.text).toBeUndefined();
  });
});
