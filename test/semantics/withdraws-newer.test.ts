/**
 * An older correction comes late, and leaves out what an update by id has changed since. No other summary contains that,
 * so it is withdrawn, and the sender is told. The same where an engine numbers its entries by position: what was in the
 * second place is then in the first, under the fullUrl of what was left out.
 */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, byNhsNumber, freshNhsNumber, freshSummary, send, told, type AnyJson } from './sending';
import { at } from './statements';
import { find, reasons } from './story';
import { bundleOf, put } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const coded = (system: string, code: string): JsonObject => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});
const allergy = (text: string): AnyResource => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: coded('allergyintolerance-clinical', 'active'),
  verificationStatus: coded('allergyintolerance-verification', 'confirmed'),
  code: { text },
});
const reading = (hour: string): AnyResource => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '364075005', display: 'Heart rate' }] },
  effectiveDateTime: `2025-03-05T${hour}:00:00Z`,
  valueQuantity: { value: 61, unit: 'beats/min', system: 'http://unitsofmeasure.org', code: '/min' },
});

/** Of each kind two: what the first edition has in the first place, and in the second. */
const KINDS = {
  AllergyIntolerance: { first: allergy('Penicillin'), second: allergy('Latex'), of: 'patient' },
  Observation: { first: reading('07'), second: reading('08'), of: 'subject' },
} as const;
type Kind = keyof typeof KINDS;

/** With these resources, each in its place: the place is the fullUrl. */
function withPlaces(summary: SummaryBuilder, kind: Kind, ...places: (AnyResource | undefined)[]) {
  return summary.observations(0).changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const urlOf = (type: string): string =>
      entries.find(({ resource }) => resource.resourceType === type).fullUrl;
    const [patient, encounter] = [urlOf('Patient'), urlOf('Encounter')];
    for (const [place, resource] of places.entries())
      if (resource)
        entries.push({
          fullUrl: `urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1b00${place}`,
          resource: {
            ...resource,
            [KINDS[kind].of]: { reference: patient },
            encounter: { reference: encounter },
          },
        });
  });
}

const current = (kind: Kind, nhsNumber: string): Promise<AnyJson[]> =>
  find(homeward, `${kind}?${byNhsNumber('patient:identifier', nhsNumber)}`);

/** Which of the two it is, and how it was changed. */
const nameOf = (kind: Kind, resource: AnyJson): string => {
  const { first } = KINDS[kind];
  const isFirst =
    kind === 'Observation'
      ? resource.effectiveDateTime === (first as AnyJson).effectiveDateTime
      : resource.code.text === (first as AnyJson).code.text;
  const changed = resource.note ? ' changed' : '';
  const verification = resource.verificationStatus?.coding[0].code;
  const isWrong = resource.status === 'entered-in-error' || verification === 'entered-in-error';
  return `${isFirst ? 'first' : 'second'}${changed}${isWrong ? ' in error' : ''}`;
};

const noted = (resource: AnyJson): AnyJson => ({ ...resource, note: [{ text: 'Checked with the patient' }] });
const inError = ({ clinicalStatus: _clinical, ...resource }: AnyJson): AnyJson =>
  resource.resourceType === 'Observation'
    ? { ...resource, status: 'entered-in-error' }
    : { ...resource, verificationStatus: coded('allergyintolerance-verification', 'entered-in-error') };

interface Told {
  rules: string[];
  reviewed: boolean;
  record: string[];
}

/**
 * The first edition is of the 10th, with both. One is changed by its id, on the 15th unless another time is given. Then the
 * second edition comes.
 */
async function play(
  kind: Kind,
  changed: 'first' | 'second',
  change: (resource: AnyJson) => AnyJson,
  places: (AnyResource | undefined)[],
  { day = '12', of = '2025-05-15T12:00:00Z' }: { day?: string; of?: string | undefined } = {},
): Promise<Told> {
  const nhsNumber = freshNhsNumber();
  const summary = freshSummary().nhsNumber(nhsNumber);
  const { first, second } = KINDS[kind];
  await accepted(homeward, withPlaces(at(summary, '10'), kind, first, second));
  const before = (await current(kind, nhsNumber)).find((each) => nameOf(kind, each) === changed);
  const { meta: _meta, ...rest } = before;
  const batch = bundleOf('batch', put(`${kind}/${before.id}`, change(rest) as AnyResource));
  const update = await send(homeward, of === 'none' ? batch : { ...batch, meta: { lastUpdated: of } }, {
    path: '/FHIR/R4',
  });
  expect(update.json.entry[0].response.status).toMatch(/^200/);
  const late = await accepted(homeward, withPlaces(at(summary, day), kind, ...places));
  const rules = told(late.json).flatMap((line) => /^warning (submission-\S+)/.exec(line)?.[1] ?? []);
  return {
    rules: [...new Set(rules)].sort(),
    reviewed: (await reasons(homeward, late)) > 0,
    record: (await current(kind, nhsNumber)).map((each) => nameOf(kind, each)).sort(),
  };
}

describe.each<Kind>(['AllergyIntolerance', 'Observation'])('a late correction without %s', (kind) => {
  const { first, second } = KINDS[kind];

  it.each(['2025-05-15T12:00:00Z', 'none'])(
    'withdraws what an update by id has changed, and says so: the update is of %s',
    async (of) => {
      expect(await play(kind, 'second', noted, [first], { of })).toEqual({
        rules: ['submission-withdraws-newer'],
        reviewed: true,
        record: ['first'],
      });
    },
  );

  it('says nothing where it was made after the update', async () => {
    expect(await play(kind, 'second', noted, [first], { day: '17' })).toEqual({
      rules: [],
      reviewed: false,
      record: ['first'],
    });
  });

  it('is told that it undoes a retraction, where it has that under another fullUrl', async () => {
    expect(await play(kind, 'second', inError, [second])).toEqual({
      rules: ['submission-retracted-before', 'submission-withdraws-newer'],
      reviewed: true,
      record: ['second'],
    });
  });

  it('is told that it undoes a retraction, also where it was made after that', async () => {
    expect(await play(kind, 'second', inError, [second], { day: '17' })).toEqual({
      rules: ['submission-retracted-before'],
      reviewed: true,
      record: ['second'],
    });
  });

  it('is told that what it says is not current, where that has the fullUrl of what was changed', async () => {
    expect(await play(kind, 'first', noted, [second])).toEqual({
      rules: ['submission-fullurl-of-other', 'submission-late'],
      reviewed: true,
      record: ['first changed'],
    });
  });
});
