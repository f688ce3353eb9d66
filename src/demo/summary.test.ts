import { SNOMED_CT } from '../fhir/code-systems';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../fhir/types';
import {
  acceptedScores,
  parameterOfCode,
  subscoreParameter,
  TOTAL_CODE,
} from '../resources/observation/news2/news2';
import { stay } from './stay';
import { summaryOf, type SummaryOptions } from './summary';

const QUICK: SummaryOptions = { pdf: 'sample' };
const TWENTY = Array.from({ length: 20 }, (_, index) => summaryOf(stay(1, index), QUICK));

interface Entry {
  fullUrl: string;
  resource: AnyResource;
}

function entriesOf(bundle: AnyResource, type?: string): Entry[] {
  const entries = listOf(bundle.entry) as unknown as Entry[];
  return type ? entries.filter(({ resource }) => resource.resourceType === type) : entries;
}

function codeOf(resource: AnyResource): string {
  return String((resource.code as unknown as { coding: { code: string }[] }).coding[0]?.code);
}

function* objectsIn(value: Json | undefined): Generator<JsonObject> {
  if (Array.isArray(value)) for (const item of value) yield* objectsIn(item);
  if (!isObject(value)) return;
  yield value;
  for (const item of Object.values(value)) yield* objectsIn(item);
}

const references = (value: Json | undefined): string[] =>
  [...objectsIn(value)].map(({ reference }) => reference).filter((text) => typeof text === 'string');

/** True of a sub-score with one reading, of its own parameter and moment, in whose band it is. */
function isRight(member: AnyResource, readings: readonly AnyResource[], onOxygen: boolean): boolean {
  const [reading] = readings;
  const subscore = subscoreParameter(codeOf(member));
  if (!reading || !subscore || readings.length > 1) return false;
  const measured = parameterOfCode(SNOMED_CT, codeOf(reading));
  const { parameter, scale = 1 } = subscore;
  if (measured !== (parameter === 'airOrOxygen' ? 'inspiredOxygen' : parameter)) return false;
  if (reading.effectiveDateTime !== member.effectiveDateTime) return false;
  if (parameter === 'airOrOxygen' || parameter === 'consciousness') return true;
  const { value } = reading.valueQuantity as { value: number };
  return acceptedScores(parameter, value, { scale, onOxygen })?.has(Number(member.valueInteger)) === true;
}

describe('summaryOf', () => {
  it('is the same for the same stay', () => {
    expect(JSON.stringify(summaryOf(stay(1, 7), QUICK))).toBe(JSON.stringify(TWENTY[7]));
  });

  it('holds one Patient, Organization, Encounter and DocumentReference, and the Observations of every set', () => {
    for (const [index, bundle] of TWENTY.entries()) {
      const types = entriesOf(bundle).map(({ resource }) => resource.resourceType);
      expect(types.slice(0, 4)).toEqual(['Patient', 'Organization', 'Encounter', 'DocumentReference']);
      expect(types.length).toBe(4 + 16 * stay(1, index).sets.length);
      expect(new Set(types.slice(4))).toEqual(new Set(['Observation']));
    }
  });

  it('has ids that are the ends of their full urls, all different, and no reference to anything else', () => {
    const all = TWENTY.flatMap((bundle) => entriesOf(bundle));
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(all.filter(({ fullUrl, resource }) => fullUrl !== `urn:uuid:${resource.id ?? ''}`)).toEqual([]);
    expect(all.filter(({ resource }) => !uuid.test(resource.id ?? ''))).toEqual([]);
    expect(new Set(all.map(({ fullUrl }) => fullUrl)).size).toBe(all.length);
    for (const bundle of TWENTY) {
      const known = new Set(entriesOf(bundle).map(({ fullUrl }) => fullUrl));
      expect(references(bundle).filter((reference) => !known.has(reference))).toEqual([]);
    }
  });

  it('has no two resources with the same identifier but the patient and the organisation', () => {
    const identifiers = TWENTY.flatMap((bundle) => [
      bundle.identifier,
      ...['Encounter', 'Observation'].flatMap((type) =>
        entriesOf(bundle, type).flatMap(({ resource }) => listOf(resource.identifier)),
      ),
      ...entriesOf(bundle, 'DocumentReference').map(({ resource }) => resource.masterIdentifier),
    ]).map((identifier) => JSON.stringify(identifier));
    expect(new Set(identifiers).size).toBe(identifiers.length);
  });

  it('leaves no element empty or undefined', () => {
    const empty = TWENTY.flatMap((bundle) => [...objectsIn(bundle)]).flatMap((object) =>
      Object.entries(object).filter(
        ([, value]) =>
          value === undefined ||
          value === null ||
          value === '' ||
          (Array.isArray(value) && value.length === 0),
      ),
    );
    expect(empty).toEqual([]);
  });

  it('derives each sub-score from the reading of its own parameter, whose band it is, and totals them', () => {
    const faults: string[] = [];
    for (const bundle of TWENTY) {
      const byUrl = new Map(entriesOf(bundle).map(({ fullUrl, resource }) => [fullUrl, resource]));
      const linked = (value: Json | undefined): AnyResource[] =>
        references(value).flatMap((reference) => byUrl.get(reference) ?? []);
      for (const { fullUrl, resource: total } of entriesOf(bundle, 'Observation')) {
        if (codeOf(total) !== TOTAL_CODE) continue;
        const members = linked(total.hasMember);
        const sum = members.reduce((so, member) => so + Number(member.valueInteger), 0);
        if (members.length !== 7 || sum !== total.valueInteger) faults.push(`${fullUrl}: ${sum}`);
        const onOxygen = members.some(
          (member) => codeOf(member) === '1104331000000105' && member.valueInteger === 2,
        );
        for (const member of members)
          if (!isRight(member, linked(member.derivedFrom), onOxygen)) faults.push(fullUrl);
      }
    }
    expect(faults).toEqual([]);
  });

  it('says when the Bundle was put together, after the document, after the discharge', () => {
    for (const bundle of TWENTY) {
      const meta = bundle.meta as { lastUpdated: string; versionId: string };
      const [encounter] = entriesOf(bundle, 'Encounter');
      const [document] = entriesOf(bundle, 'DocumentReference');
      const { end } = encounter?.resource.period as { end: string };
      const [content] = document?.resource.content as unknown as { attachment: { creation: string } }[];
      const moments = [end, content?.attachment.creation ?? '', meta.lastUpdated].map(Date.parse);
      expect(moments).toEqual([...moments].sort());
      expect(meta.versionId).toBe('1');
    }
  });
});

describe('summaryOf, cut to size', () => {
  it.each([0, 1, 16, 45, 80])('has %d Observations where that many are wanted', (observations) => {
    const bundle = summaryOf(stay(1, 1), { ...QUICK, observations });
    expect(entriesOf(bundle, 'Observation').length).toBe(observations);
  });

  it('fills up with readings by themselves, so that no set is half there', () => {
    const bundle = summaryOf(stay(1, 1), { ...QUICK, observations: 45 });
    const codes = entriesOf(bundle, 'Observation').map(({ resource }) => codeOf(resource));
    expect(codes.filter((code) => code === TOTAL_CODE).length).toBe(2);
    expect(codes.filter((code) => subscoreParameter(code)).length).toBe(14);
  });

  it('has a document of the size that is wanted, and tells its size', () => {
    const bundle = summaryOf(stay(1, 1), { ...QUICK, observations: 0, pdfBytes: 300_000 });
    const [document] = entriesOf(bundle, 'DocumentReference');
    const [content] = document?.resource.content as unknown as {
      attachment: { data: string; size: number };
    }[];
    expect([content?.attachment.size, Buffer.from(content?.attachment.data ?? '', 'base64').length]).toEqual([
      300_000, 300_000,
    ]);
  });
});

describe('summaryOf with UK Core’s model', () => {
  const bundle = summaryOf(stay(1, 1), { ...QUICK, withModel: 'ukcore-components', observations: 32 });
  const observations = entriesOf(bundle, 'Observation').map(({ resource }) => resource);

  it('has the sub-scores as components of the total, which is a quantity', () => {
    const total = observations.find((resource) => codeOf(resource) === TOTAL_CODE);
    expect(listOf(total?.component).length).toBe(7);
    expect(total?.valueQuantity).toMatchObject({ code: '{ScoreOf}' });
    expect(references(total?.derivedFrom).length).toBe(7);
  });

  it('gives vital signs a LOINC code, and blood pressure as a panel of two', () => {
    const panel = observations.find((resource) => codeOf(resource) === '85354-9');
    expect(
      listOf(panel?.component).map((component) => (component as { code: { text: string } }).code.text),
    ).toEqual(['Systolic blood pressure', 'Diastolic blood pressure']);
  });
});
