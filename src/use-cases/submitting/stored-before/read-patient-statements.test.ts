import type { AnyResource } from '../../../fhir/types';
import type { Queryable } from '../../../platform/postgres';
import { createPatients } from '../../../resources/patient/patients';
import { readPatientStatements } from './read-patient-statements';
import type { StoredResource } from './stored-resource';

const patients = createPatients((nhsNumber) => `id-of-${nhsNumber}`);
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const numbered = (index: number): string => String(9_000_000_000 + index);

const patient = (index: number, more: object = {}): AnyResource => ({
  resourceType: 'Patient',
  identifier: [{ system: NHS_NUMBER, value: numbered(index) }],
  ...more,
});
const stored = (index: number, content: AnyResource): StoredResource => ({
  type: 'Patient',
  id: `id-of-${numbered(index)}`,
  version: 1,
  patientId: `id-of-${numbered(index)}`,
  sender: 'RR8',
  submissionId: 's',
  content,
});

/** Reads for a submission of these resources, and tells what was read. */
async function read(
  sent: readonly AnyResource[],
  before: readonly StoredResource[],
): Promise<{ patients: number; texts: string[] }> {
  const texts: string[] = [];
  const tx = {
    query: ({ text }: { text: string }) => {
      texts.push(text);
      return Promise.resolve([]);
    },
  } as unknown as Queryable;
  const said = await readPatientStatements(
    tx,
    {
      requests: sent.map((resource, index) => ({ index, resource })) as never,
      resources: new Map(before.map((each) => [`Patient/${each.id}`, each])),
      earlier: [],
      madeAt: new Date(),
      restates: undefined,
    },
    { patients },
  );
  return { patients: said.size, texts };
}

const alive = { deceasedBoolean: false };
const dead = { deceasedBoolean: true };

describe('what was said of a stored Patient', () => {
  it.each([
    ['nobody speaks of a death', {}, {}],
    ['the death is stored and left out', dead, {}],
    ['a patient who lives is said to be alive', alive, alive],
  ])('is not read where %s', async (_when, before, sent) => {
    expect(await read([patient(1, sent)], [stored(1, patient(1, before))])).toEqual({
      patients: 0,
      texts: [],
    });
  });

  it('reads no version of the Patient, which may be large', async () => {
    const { patients: count, texts } = await read([patient(1, alive)], [stored(1, patient(1, dead))]);
    expect(count).toBe(1);
    expect(texts).toHaveLength(1);
    expect(texts.join()).not.toMatch(/_history|\bcontent\b|FROM "?patient/);
  });

  it('is read for twenty patients at most', async () => {
    const all = Array.from({ length: 500 }, (_, index) => index);
    const { patients: count, texts } = await read(
      all.map((index) => patient(index, alive)),
      all.map((index) => stored(index, patient(index, dead))),
    );
    expect([count, texts.length]).toEqual([20, 20]);
  });
});
