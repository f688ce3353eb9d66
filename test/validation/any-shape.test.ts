/**
 * Whatever shape a summary comes in, repairing and validating it throw nothing, name no patient, and come to the same
 * end twice. A few hundred mutations of a valid summary, the same at every run.
 */
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { isFault } from '../../src/fhir/issue';
import { common, guidance } from '../../src/resources';
import { createStructureValidator } from '../../src/engines/validation/structure/create-structure-validator';
import { createValidator } from '../../src/engines/validation/validate';
import { aSummary } from '../fixtures/summary';

const NOW = new Date('2025-03-11T09:00:00Z');
const ROUNDS = 400;
const validator = createValidator(
  guidance,
  createStructureValidator(),
  { testRangeNhsNumbers: 'accept' },
  common,
);

/** A small generator of numbers (mulberry32), so that a failing round can be run again. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const STRANGE: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1e300,
  '',
  ' ',
  'true',
  '12',
  '+007',
  'x'.repeat(300),
  '2025-02-30',
  '2025-03-03T10:00:00',
  '9999-12-31T23:59:59.999999999+14:00',
  '#',
  'Patient/1',
  'urn:uuid:',
  'urn:uuid:1',
  'https://a/Patient/1/_history/1',
  [],
  {},
  [null],
  [[]],
  [{}],
  { reference: '#' },
  { reference: 7 },
  { coding: 'x' },
  { coding: [null, 7, { system: 7 }] },
  { extension: [{ url: 'https://a' }] },
  { resourceType: 'Patient' },
  { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '999 000 0018' },
];

function mutate(bundle: AnyResource, next: (below: number) => number): void {
  for (let times = 1 + next(4); times > 0; times--) {
    const [holder, key] = somewhere(bundle, next);
    const list = Array.isArray(holder) ? holder : undefined;
    const value = (holder as JsonObject)[key];
    switch (next(6)) {
      case 0:
        if (list) list.splice(Number(key), 1);
        else delete (holder as JsonObject)[key];
        break;
      case 1:
        (holder as JsonObject)[key] = value === undefined ? null : [value];
        break;
      case 2:
        (holder as JsonObject)[key] = Array.isArray(value) ? (value[0] ?? null) : { value: value ?? null };
        break;
      case 3:
        if (list) list.push(structuredClone(value) ?? null);
        else (holder as JsonObject)[`${key}:`] = value;
        break;
      default:
        (holder as JsonObject)[key] = structuredClone(STRANGE[next(STRANGE.length)] as Json);
    }
  }
}

/** A random place of the document: deep ones as likely as shallow ones. */
function somewhere(root: JsonObject, next: (below: number) => number): [JsonObject | Json[], string] {
  const places: [JsonObject | Json[], string][] = [];
  const collect = (value: Json | undefined): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value, key]);
      collect((value as JsonObject)[key]);
    }
  };
  collect(root);
  return places[next(places.length)] as [JsonObject | Json[], string];
}

const PATIENT_DATA = /9990000018|999 000 0018|O'Brien|Margaret|1950-03-14|LS99|Lanternhouse|07700/;

describe('a summary of any shape', () => {
  it.each([1, 2, 3, 4])('is judged without an exception, and names no patient (seed %d)', (seed) => {
    const valid = JSON.stringify(aSummary().observations(2).build());
    const next = generator(seed);
    for (let round = 0; round < ROUNDS / 4; round++) {
      const bundle = JSON.parse(valid) as AnyResource;
      mutate(bundle, next);
      if (bundle.resourceType !== 'Bundle') continue;
      const strict = validator.repair(structuredClone(bundle), 'strict');
      const { issues: repaired } = validator.repair(bundle, 'default');
      const { issues } = validator.validateBundle(bundle, { handling: 'default', now: NOW, repaired });
      const told = [...issues, ...strict.issues].map(({ text, expression }) => `${expression ?? ''} ${text}`);
      expect(told.filter((line) => PATIENT_DATA.test(line))).toEqual([]);
      expect(strict.issues.filter((issue) => !isFault(issue))).toEqual([]);
      expect(validator.repair(bundle, 'default').repairs).toEqual([]);
    }
  });
});
