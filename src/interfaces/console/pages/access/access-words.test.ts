import { doneInWords } from './access-words';

describe('what was done with a patient’s data', () => {
  it.each([
    ['E', 'deliveries:gp-records', 'Passed on', 'A summary, to gp-records'],
    ['E', 'POST /submissions/01a227ff/review', 'Reviewed', 'The review of a submission'],
    ['C', 'POST /console/submissions/01a227ff', 'Reviewed', 'The review of a submission'],
    ['R', 'GET /console/stays/01a227ff', 'Read', 'The page of a stay'],
    ['C', 'POST /FHIR/R4/Bundle', 'Sent or wrote', 'A summary (POST /FHIR/R4/Bundle)'],
    ['E', 'GET /FHIR/R4/Observation', 'Searched', 'GET /FHIR/R4/Observation'],
    [null, null, '', ''],
  ])('of %s %s is: %s, %s', (action, what, did, toWhat) => {
    expect(doneInWords({ action, what })).toEqual({ action: did, what: toWhat });
  });
});
