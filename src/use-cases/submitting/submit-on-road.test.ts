import type { SubmissionEnding } from './steps';
import { AlreadyHandled, onlyOnce, type OnRoad } from './submit-on-road';

const what: OnRoad = {
  door: 'mesh',
  clientId: 'mesh:X26ABC2',
  odsCode: 'RR8',
  bytes: Buffer.from('{}'),
  contentType: 'application/fhir+json',
  alongside: () => [{ table: 'mesh_message', columns: [], rows: [] }],
};

/** Submits what violates a unique index of this table. */
const violating = (table: string): Promise<unknown> =>
  onlyOnce(what, ({ alongside }) => {
    alongside?.({} as SubmissionEnding);
    return Promise.reject(Object.assign(new Error('duplicate key'), { code: '23505', table }));
  });

describe('a message', () => {
  it('was handled before where its mark stands already', async () => {
    await expect(violating('mesh_message')).rejects.toThrow(AlreadyHandled);
  });

  it('was not handled before where another row stands already', async () => {
    await expect(violating('patient')).rejects.toMatchObject({ code: '23505', table: 'patient' });
  });
});
