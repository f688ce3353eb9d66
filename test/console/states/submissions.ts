/** What the servers of the states have received: a submission of each kind, by name. */
import { FULL_STAY_NUMBER, aFullStay } from '../full-stay';
import { aSummary, type SummaryBuilder } from '../../fixtures/summary';
import { aReading, aStayWith, scored } from '../readings';
import type { Homeward } from '../../support/homeward';

export { FULL_STAY_NUMBER };
export const WITHDRAWN_NUMBER = '9990000050';
export const ERROR_NUMBER = '9990000042';
const RESTRICTED = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
export const MIXED_NUMBER = '9990000077';

/** Readings in several units, one without a time, one that is no number, one of somebody else, two of one time. */
export function aMixedStay(): SummaryBuilder {
  const [first, second, third] = ['05T09', '06T10', '07T11'].map((at) => `2025-03-${at}:00:00+00:00`) as [
    string,
    string,
    string,
  ];
  const fahrenheit = { unit: '°F', code: '[degF]' };
  const readings = [
    ...scored(first),
    ...scored(second),
    aReading('pulse', 72, first),
    aReading('pulse', 140, first),
    aReading('pulse', 74, second),
    aReading('pulse', 130, '2025-03-07'),
    aReading('pulse', 150, third, { focus: [{ display: 'Unborn child' }] }),
    aReading('temperature', 36.8, first),
    aReading('temperature', 36.9, second),
    aReading('temperature', 102.6, second, {}, fahrenheit),
    aReading('temperature', 103, third, {}, fahrenheit),
    aReading('saturation', 97, first),
    aReading('saturation', 96, second),
    aReading('saturation', 90, third, {}, { comparator: '<' }),
  ];
  return aStayWith(13, readings).nhsNumber(MIXED_NUMBER);
}

/** @returns the id of each by its name */
export async function submitAll(homeward: Homeward): Promise<ReadonlyMap<string, string>> {
  const withdrawn = aSummary().stay(8).nhsNumber(WITHDRAWN_NUMBER);
  const withdrawing = aSummary().stay(9).nhsNumber(WITHDRAWN_NUMBER).correction(2);
  const repaired = aSummary()
    .stay(4)
    .bytes()
    .toString()
    .replace(/("valueInteger":\d+)/, '$1.0');
  const ids = new Map<string, string>();
  for (const [name, body] of [
    ['corrected', aFullStay().bytes()],
    ['correction', aFullStay(2).bytes()],
    ['clean', aSummary().stay(10).nhsNumber('9990000115').bytes()],
    ['accepted', aSummary().stay(2).with('DocumentReference.docStatus', 'preliminary').bytes()],
    [
      'refused',
      aSummary().stay(3).without('Encounter.status').with('Observation[0].valueInteger', 99).bytes(),
    ],
    ['reviewed', aSummary().stay(5).without('Encounter.subject').bytes()],
    ['repaired', Buffer.from(repaired)],
    ['in lines', Buffer.from(JSON.stringify(aSummary().stay(6).without('Encounter.class').build(), null, 2))],
    ['no Bundle', Buffer.from('{"resourceType":"Bundle"')],
    ['mixed', aMixedStay().bytes()],
    ['withdrawn', withdrawn.bytes()],
    ['withdrawing', withdrawing.with('Bundle.identifier', withdrawn.build().identifier!).bytes()],
    [
      'in error',
      aSummary()
        .stay(7)
        .nhsNumber(ERROR_NUMBER)
        .with('DocumentReference.status', 'entered-in-error')
        .with('Patient.meta.security', RESTRICTED)
        .bytes(),
    ],
  ] as const) {
    const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
    ids.set(name, reply.headers.get('x-submission-id')!);
  }
  const review = { note: 'The supplier was asked to send a start.', closed: true };
  const reviewed = await homeward.call('POST', `/submissions/${ids.get('reviewed')}/review`, {
    body: review,
    headers: { 'Content-Type': 'application/json' },
  });
  if (reviewed.status >= 300) throw new Error(`the review was answered ${reviewed.status}`);
  return ids;
}

/** Deliveries in every state, to a destination that is no longer in FORWARD_FILE. */
export async function insertDeliveries({ app }: Homeward, submission: string): Promise<void> {
  for (const [state, fault, attempts] of [
    ['waiting', null, 0],
    ['waiting', 'connect ECONNREFUSED 192.0.2.7:443', 12],
    ['refused', 'The destination answered 422: OperationOutcome.issue[0].code is business-rule', 1],
    ['failed', 'The destination did not answer for 7 days', 2_016],
    ['delivered', null, 1],
  ] as const)
    await app.database.query(
      {
        text: `INSERT INTO delivery (id, name, submission_id, state, created_at, try_at, give_up_at, attempts, uncertain,
            last_error, envelope, ended_at)
          VALUES (gen_random_uuid(), 'regional-records', $1, $2, now(), now() + interval '7 days',
            now() + interval '7 days', $3, false, $4, '{}', CASE WHEN $2 = 'waiting' THEN NULL ELSE now() END)`,
      },
      [submission, state, attempts, fault],
    );
}
