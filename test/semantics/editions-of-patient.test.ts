/** Which edition of which summary speaks for a patient: of a death, of a name, and in a retraction. */
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, send, told, type AnyJson } from './sending';
import {
  alive,
  at,
  dead,
  deathReasons,
  family,
  of,
  patientWith,
  phone,
  retracted,
  type Change,
} from './statements';
import { asTransaction, rebuilt } from './story';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const gp: Change = (s) =>
  s.changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const fullUrl = 'urn:uuid:0a0a0a0a-6f0e-4c60-8a37-7d0a40c1a001';
    entries.push({
      fullUrl,
      resource: {
        resourceType: 'Organization',
        id: 'gp',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'A81001' }],
        name: 'Practice',
      },
    });
    entries.find((e) => e.resource.resourceType === 'Patient').resource.generalPractitioner = [
      { reference: fullUrl },
    ];
  });

describe('alive in the first edition, dead in the second, alive in the retraction', () => {
  it.each([false, true])(
    'takes the death back, or is marked (another summary of the patient: %s)',
    async (other) => {
      const n = freshNhsNumber();
      const s = of(n);
      if (other) await accepted(homeward, at(of(n), '01'), { as: 'RX1' });
      await accepted(homeward, at(alive(s), '01'));
      await accepted(homeward, at(dead(s), '03'));
      const r = await accepted(homeward, at(retracted(alive(s)), '05'));
      expect({
        alive: (await patientWith(homeward, n)).deceasedBoolean === false,
        marked: (await deathReasons(homeward, r)).length > 0,
      }).toEqual({ alive: true, marked: true });
    },
  );
});
describe('a statement of an edition whose next edition is silent', () => {
  it('alive of the 5th, silent of the 8th, a late death of the 3rd of another', async () => {
    const n = freshNhsNumber();
    const a = of(n);
    await accepted(homeward, at(alive(a), '05'), { as: 'RX1' });
    await accepted(homeward, at(phone('111')(a), '08'), { as: 'RX1' });
    const c = await accepted(homeward, at(dead(of(n)), '03'), { as: 'RX2' });
    const { deceasedBoolean } = await patientWith(homeward, n);
    expect(deceasedBoolean === false || (await deathReasons(homeward, c)).length > 0).toBe(true);
  });
});
describe('a retraction with something new of the death dates the name, too', () => {
  it('the right name of the 25th stays behind the wrong one of the 17th, retracted on the 26th with alive', async () => {
    const n = freshNhsNumber();
    const s = family('Wrong')(dead(of(n)));
    await accepted(homeward, at(s, '17'));
    await accepted(homeward, at(retracted(alive(s)), '26'));
    const r = await accepted(homeward, at(of(n), '25'), { as: 'RX1' });
    expect([
      (await patientWith(homeward, n)).name[0].family,
      told(r.json).join().includes('submission-late'),
    ]).toEqual(["O'Brien", false]);
  });
  it('the name of the 7th replaces that of the 8th after a late retraction of the 6th with alive', async () => {
    const n = freshNhsNumber();
    const b = family('B')(of(n));
    await accepted(homeward, at(b, '04'));
    await accepted(homeward, at(family('Newest')(of(n)), '08'), { as: 'RX1' });
    await accepted(homeward, at(retracted(alive(b)), '06'));
    await accepted(homeward, at(family('Older')(of(n)), '07'), { as: 'RX2' });
    expect((await patientWith(homeward, n)).name[0].family).toBe('Newest');
  });
});
describe('a retraction that an engine has built again, with the practice as an entry', () => {
  it('does not make the wrong name current again', async () => {
    const n = freshNhsNumber();
    const s = gp(family('Wrong')(of(n)));
    await accepted(homeward, at(s, '01'));
    await accepted(homeward, at(of(n), '02'), { as: 'RX1' });
    await accepted(homeward, at(rebuilt(retracted(s)), '05'));
    expect((await patientWith(homeward, n)).name[0].family).toBe("O'Brien");
  });
  it('is accepted where the stored birth date is another one by now', async () => {
    const n = freshNhsNumber();
    const s = gp(family('Wrong')(of(n)).birthDate('1941-01-02').without('Patient.identifier[0].extension'));
    await accepted(homeward, at(s, '01'));
    await accepted(homeward, at(of(n), '02'), { as: 'RX1' });
    expect((await send(homeward, at(rebuilt(retracted(s)), '05'))).status).toBe(201);
  });
});
describe('the alive that a retraction said in words', () => {
  it('stays, or there is a mark, whatever the order (dead of the 7th comes last)', async () => {
    const n = freshNhsNumber();
    const b = of(n);
    await accepted(homeward, at(dead(b), '08'));
    await accepted(homeward, at(retracted(alive(b)), '14'));
    const a = await accepted(homeward, at(dead(of(n)), '07'), { as: 'RX1' });
    const { deceasedBoolean } = await patientWith(homeward, n);
    expect(deceasedBoolean === false || (await deathReasons(homeward, a)).length > 0).toBe(true);
  });
});
describe('a death that another has said before a third took it back', () => {
  it('is marked when what said it last is retracted', async () => {
    const n = freshNhsNumber();
    const b = of(n);
    await accepted(homeward, at(dead(of(n)), '06'), { as: 'RX1' });
    await accepted(homeward, at(alive(of(n)), '09'), { as: 'RX2' });
    await accepted(homeward, at(dead(b), '13'));
    const r = await accepted(homeward, at(retracted(b).without('Patient.deceasedBoolean'), '27'));
    expect([
      (await patientWith(homeward, n)).deceasedBoolean,
      (await deathReasons(homeward, r)).length > 0,
    ]).toEqual([true, true]);
  });
});
describe('a Patient with ifNoneExist in a summary', () => {
  const found = (n: string): Record<string, AnyJson> => ({
    Patient: { ifNoneExist: `identifier=https://fhir.nhs.uk/Id/nhs-number|${n}` },
  });
  it('a death that is not stored is told', async () => {
    const n = freshNhsNumber();
    await accepted(homeward, at(of(n), '05'), { as: 'RX1' });
    const t = await accepted(homeward, at(asTransaction(dead(of(n)), found(n)), '06'), {
      as: 'RX2',
      path: '/FHIR/R4',
    });
    expect([
      (await patientWith(homeward, n)).deceasedBoolean,
      (await deathReasons(homeward, t)).length > 0,
    ]).toEqual([undefined, true]);
  });
  it('the outcome does not say that alive is now current, or that somebody newer says dead', async () => {
    const n = freshNhsNumber();
    await accepted(homeward, at(dead(of(n)), '05'), { as: 'RX1' });
    const t = await accepted(homeward, at(asTransaction(alive(of(n)), found(n)), '06'), {
      as: 'RX2',
      path: '/FHIR/R4',
    });
    expect((await patientWith(homeward, n)).deceasedBoolean).toBe(true);
    expect(JSON.stringify(t.json)).not.toMatch(/is now current|A newer submission says so/);
  });
});
