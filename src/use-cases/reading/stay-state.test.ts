import type { AnyResource } from '../../fhir/types';
import { stayStateOf } from './stay-state';

const stay = (status: string): AnyResource => ({ resourceType: 'Encounter', status });
const document = (status: string, docStatus = 'final'): AnyResource => ({
  resourceType: 'DocumentReference',
  status,
  docStatus,
});
const current = document('current');
const retracted = document('entered-in-error');
const superseded = document('superseded');
const preliminary = document('current', 'preliminary');

describe('the state of a stay', () => {
  it.each<[boolean, string, AnyResource[]]>([
    [true, 'entered-in-error', [current]],
    [true, 'entered-in-error', []],
    [true, 'finished', [retracted]],
    [true, 'finished', [document('current', 'entered-in-error'), retracted]],
    [true, 'finished', [superseded, retracted]],
    [false, 'finished', [retracted, current]],
    [false, 'finished', [retracted, preliminary]],
    [false, 'finished', [superseded, current]],
    [false, 'finished', [superseded]],
    [false, 'finished', []],
  ])('in error: %s for a stay that is %s with the documents %j', (isInError, status, documents) => {
    expect(stayStateOf(stay(status), documents).isInError).toBe(isInError);
  });

  it.each<[boolean, string, AnyResource[]]>([
    [true, 'in-progress', [current]],
    [true, 'finished', [preliminary]],
    [true, 'finished', [document('superseded', 'final'), preliminary]],
    [true, 'finished', [retracted, preliminary]],
    [false, 'finished', [document('superseded', 'preliminary'), current]],
    [false, 'finished', [document('entered-in-error', 'preliminary'), current]],
    [false, 'finished', [preliminary, current]],
    [false, 'cancelled', [current]],
  ])('not final: %s for a stay that is %s with the documents %j', (isNotFinal, status, documents) => {
    expect(stayStateOf(stay(status), documents).isNotFinal).toBe(isNotFinal);
  });
});
