/**
 * The rule that a summary is about one patient, over R4 as a whole: a foreign reference is put at a random Reference
 * element of a random resource type, and is refused unless the element may name another person.
 */
import fc from 'fast-check';
import { contextOf } from '../../../test/fixtures/found-by';
import { aSummary } from '../../../test/fixtures/summary';
import { common } from '..';
import { allTypes, isPrimitive, isResourceType, typeDefinition } from '../../fhir/r4/definitions';
import type { AnyResource, Json, JsonObject } from '../../fhir/types';
import { onePatient } from './one-patient';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const NUMBER_OF_A = '9990000018';
const NUMBER_OF_B = '9990000026';
const idOf = (nhsNumber: string): string => `01900000-0000-8000-8000-00${nhsNumber}`;

interface Step {
  /** In JSON. */
  name: string;
  isList: boolean;
  element: string;
}

interface Place {
  type: string;
  steps: readonly Step[];
  element: string;
  targets: readonly string[] | undefined;
}

const MOST_STEPS = 4;

/** The places of References in a type, a few steps deep; of an extension its valueReference alone. */
function placesIn(type: string): Place[] {
  const found: Place[] = [];
  const seek = (name: string, steps: readonly Step[]): void => {
    for (const [json, { element, type: elementType }] of typeDefinition(name)?.byName ?? []) {
      const code = elementType?.code ?? element.children;
      if (code === undefined || isPrimitive(code) || code === 'Resource') continue;
      const next = [...steps, { name: json, isList: element.max > 1, element: element.path }];
      if (code === 'Reference')
        found.push({ type, steps: next, element: element.path, targets: elementType?.targets });
      else if (next.length < MOST_STEPS && (name !== 'Extension' || code === 'Reference')) seek(code, next);
    }
  };
  seek(type, []);
  return found;
}

const canBePatient = ({ targets }: Place): boolean => targets?.includes('Patient') ?? true;

const places = new Map<string, Place[]>();
const types = [...allTypes()]
  .map(({ name }) => name)
  .filter((name) => isResourceType(name) && name !== 'Bundle' && name !== 'Patient');
const aPlace: fc.Arbitrary<Place> = fc.constantFrom(...types).chain((type) => {
  const known = places.get(type) ?? placesIn(type).filter(canBePatient);
  places.set(type, known);
  return fc.constantFrom(...known);
});

/** A resource with the reference at the place and nothing else. */
function resourceWith({ type, steps }: Place, reference: JsonObject, contained?: AnyResource): AnyResource {
  const value = steps.reduceRight<Json>(
    (inner, { name, isList }) => ({ [name]: isList ? [inner] : inner }),
    reference,
  ) as JsonObject;
  return { resourceType: type, ...(contained && { contained: [contained] }), ...value };
}

const pathOf = ({ steps }: Place): string =>
  steps.map(({ name, isList }) => (isList ? `${name}[0]` : name)).join('.');

/** Where the rule finds fault with a resource that A's summary carries. */
function faultsOf(resource: AnyResource, bundleType = 'collection'): string[] {
  const summary = aSummary().nhsNumber(NUMBER_OF_A).with('Bundle.type', bundleType).build();
  const entries = summary.entry as JsonObject[];
  entries.push({ fullUrl: 'urn:uuid:2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a9aa', resource });
  const context = contextOf(summary);
  context.settings.idOfPatient = idOf;
  const entry = context.entries.at(-1)!;
  return [...(onePatient.check(resource, context, entry) ?? [])].flatMap((found) => found?.element ?? []);
}

const contained = (value: string): AnyResource => ({
  resourceType: 'Patient',
  id: 'q',
  identifier: [{ system: NHS, value }],
});

/** The three subjects of section 8: `vw-xref-01`, `02` and `04` refuse a `reference` that does not lead to the Patient. */
const OWN_RULE = ['Encounter.subject', 'DocumentReference.subject', 'Observation.subject'];
const isJudgedByItsOwnRule = ({ element }: Place, { reference }: JsonObject): boolean =>
  OWN_RULE.includes(element) && reference !== undefined;

/** A reference to the patient with the number, in each way of writing one. */
const writings: [string, (nhsNumber: string) => { reference: JsonObject; contained?: AnyResource }][] = [
  ['an NHS number', (value) => ({ reference: { identifier: { system: NHS, value } } })],
  [
    'an NHS number with spaces',
    (value) => ({
      reference: { identifier: { system: NHS, value: value.replace(/^(...)(...)/, '$1 $2 ') } },
    }),
  ],
  ['a literal reference', (value) => ({ reference: { reference: `Patient/${idOf(value)}` } })],
  [
    'an address and version',
    (value) => ({
      reference: { reference: `https://ward.example/FHIR/R4/Patient/${idOf(value)}/_history/3` },
    }),
  ],
  [
    'an address in capitals',
    (value) => ({ reference: { reference: `HTTPS://WARD.EXAMPLE/FHIR/R4/Patient/${idOf(value)}` } }),
  ],
  [
    'a search at an address',
    (value) => ({
      reference: { reference: `https://ward.example/FHIR/R4/Patient?identifier=${NHS}|${value}` },
    }),
  ],
  ['a contained Patient', (value) => ({ reference: { reference: '#q' }, contained: contained(value) })],
  ['a search', (value) => ({ reference: { reference: `Patient?identifier=${NHS}|${value}` } })],
  [
    'a search, encoded',
    (value) => ({ reference: { reference: `Patient?identifier=${encodeURIComponent(`${NHS}|${value}`)}` } }),
  ],
];

describe.each(writings)('a reference by %s, at any element of any type', (_by, write) => {
  it('is refused where it leads to another patient, unless the element may name another person', () => {
    fc.assert(
      fc.property(aPlace, (place) => {
        const { reference, contained: inside } = write(NUMBER_OF_B);
        fc.pre(!isJudgedByItsOwnRule(place, reference));
        const exception = common.people.otherPersonAt(place.element);
        const isOther = exception !== undefined && exception !== 'beside';
        expect(faultsOf(resourceWith(place, reference, inside))).toEqual(isOther ? [] : [pathOf(place)]);
      }),
      { numRuns: 60 },
    );
  });

  it('is right where it leads to the Patient of the Bundle', () => {
    fc.assert(
      fc.property(aPlace, (place) => {
        const { reference, contained: inside } = write(NUMBER_OF_A);
        expect(faultsOf(resourceWith(place, reference, inside))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a reference to another Patient by an identifier that is no NHS number', () => {
  it('is refused where it says Patient, and where R4 names Patient at the element', () => {
    const identifier = { system: 'https://hospital.example/number', value: '7' };
    fc.assert(
      fc.property(aPlace, fc.boolean(), (place, saysPatient) => {
        const reference = saysPatient ? { type: 'Patient', identifier } : { identifier };
        const exception = common.people.otherPersonAt(place.element);
        const isOther = exception !== undefined && exception !== 'beside';
        const isMeant = saysPatient || place.targets !== undefined || SUBJECTS.includes(place.element);
        expect(faultsOf(resourceWith(place, reference))).toEqual(isMeant && !isOther ? [pathOf(place)] : []);
      }),
      { numRuns: 100 },
    );
  });

  it('is no fault where it is of staff or an organisation', () => {
    const schedule = (system: string): AnyResource => ({
      resourceType: 'Schedule',
      actor: [{ identifier: { system, value: '100' } }],
    });
    expect(faultsOf(schedule('https://fhir.nhs.uk/Id/sds-role-profile-id'))).toEqual([]);
    expect(faultsOf(schedule('https://hospital.example/staff'))).toEqual(['actor[0]']);
  });
});

const SUBJECTS = [
  'Basic.subject',
  'Composition.subject',
  'Contract.subject',
  'QuestionnaireResponse.subject',
  'Task.for',
];

describe('an identifier of the Patient that names nobody any more', () => {
  it('does not stand for the Patient', () => {
    const summary = aSummary()
      .nhsNumber(NUMBER_OF_A)
      .with('Patient.identifier[1]', { system: NHS, value: NUMBER_OF_B, use: 'old' })
      .build();
    const resource: AnyResource = {
      resourceType: 'Condition',
      subject: { identifier: { system: NHS, value: NUMBER_OF_B } },
    };
    (summary.entry as JsonObject[]).push({ resource });
    const context = contextOf(summary);
    const found = [...(onePatient.check(resource, context, context.entries.at(-1)!) ?? [])];
    expect(found.map((each) => each?.element)).toEqual(['subject']);
  });
});
