import { answered, disclosing, failed } from './answered';
import { asShown, nothing, shown, soughtOf, together } from './disclosed';
import { withinTime } from './failures';
import { fitting, type Draft } from './fitting';
import { roomForJson } from './reader';

const ENTRY = 10;

/** A page of as many entries as the resources of so many bytes are. */
const pageOf = async (maxBytes: number): Promise<{ ok: true } & Draft<{ json: string }>> => {
  const entries = Math.max(1, Math.floor(maxBytes / ENTRY));
  const versions = Array.from({ length: entries }, (_each, index) => ({
    type: 'Observation',
    id: `o${index}`,
    version: 1,
    patientId: 'p1',
    content: '{}',
  }));
  return {
    ok: true,
    answer: { json: 'x'.repeat(3 * ENTRY * entries) },
    disclosed: shown(versions),
    entries,
  };
};

describe('a page within its room', () => {
  it('is drawn again with less on it, and only what is answered counts as disclosed', async () => {
    const page = await fitting(roomForJson(100), pageOf);
    expect(page.ok && page.answer.json.length <= 100).toBe(true);
    expect(page.disclosed.resources.length).toBeLessThanOrEqual(3);
    expect(page.disclosed.patients).toEqual(['p1']);
  });

  it('is a failure where one entry alone is larger, and says whom it was about', async () => {
    const page = await fitting(roomForJson(20), pageOf);
    expect(page).toMatchObject({
      ok: false,
      failure: { category: 'forbidden', issues: [{ rule: 'answer-too-large' }] },
      disclosed: { patients: ['p1'] },
    });
  });

  it('is the failure of its drawing', async () => {
    const fault = failed('bad-request', { code: 'value', rule: 'search-parameter', text: 'No.' });
    expect(await fitting(roomForJson(20), async () => fault)).toEqual(disclosing(fault));
  });
});

describe('what is disclosed', () => {
  it('has each patient once and each resource with its version', () => {
    const found = [
      { type: 'Encounter', id: 'e1', versionId: 2, patientId: 'p1', content: '{}' },
      { type: 'Organization', id: 'g1', versionId: 1, patientId: null, content: '{}' },
    ];
    const disclosed = together(shown(found.map(asShown)), soughtOf({ patientId: 'p1' }), nothing);
    expect(answered('text', disclosed)).toEqual({
      ok: true,
      answer: 'text',
      disclosed: {
        patients: ['p1'],
        unowned: [],
        nhsNumbers: [],
        resources: ['Encounter/e1/_history/2', 'Organization/g1/_history/1'],
        conditions: [],
      },
    });
  });
});

describe('a search that is ended by the statement timeout', () => {
  it('is a failure; every other error is thrown', async () => {
    const cancelled = new Error('x', { cause: { code: '57014' } });
    expect(await withinTime(Promise.reject(cancelled))).toMatchObject({
      ok: false,
      failure: { issues: [{ rule: 'search-too-costly' }] },
    });
    await expect(withinTime(Promise.reject(new Error('away')))).rejects.toThrow('away');
  });

  it('has the ids that lead to the patients of what no patient owns', () => {
    const [bundle, stay] = ['6b9b148f-0000-4000-8000-000000000001', '6b9b148f-0000-4000-8000-000000000002'];
    const number = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' };
    const content = JSON.stringify({
      focus: { reference: `Encounter/${stay}` },
      about: [{ identifier: number }],
    });
    const found = [
      { type: 'Bundle', id: bundle, version: 1, patientId: null, content },
      { type: 'Task', id: 't1', version: 1, patientId: null, content },
      { type: 'Observation', id: 'o1', version: 1, patientId: 'p1', content },
    ];
    expect(shown(found)).toMatchObject({
      patients: ['p1'],
      unowned: [bundle, stay],
      nhsNumbers: [number.value],
    });
  });
});
