/** The null of HL7 v2 (`""`) in PID: what a stored Patient keeps all the same is named, and a person looks at it. */
import { accepted as sent, freshNhsNumber, freshSummary, read, stored, versions } from '../semantics/sending';
import { aMessage, nextId, type Fields } from './messages';
import { receiverOfThisFile } from './receiving';

const { accepted, ask, get, homeward } = receiverOfThisFile();

interface Said {
  issues: string[];
  reasons: number;
}

async function document(of: string, day: number, pid: Fields): Promise<Said> {
  const fields = { PID: { 3: `${of}^^^NHS^NH`, ...pid } };
  const { said } = await accepted({ document: `D-${nextId()}`, sentAt: `202605${10 + day}120000`, fields });
  const outcome = await get(`/submissions/${said}/outcome`);
  return {
    issues: outcome.issue
      .filter((issue: { details: unknown }) =>
        JSON.stringify(issue.details).includes('submission-value-kept'),
      )
      .map((issue: { details: { text: string } }) => issue.details.text.split(':')[0]),
    reasons: (await get(`/submissions/${said}`)).review.reasons.filter((why: string) =>
      /empties|no longer says/.test(why),
    ).length,
  };
}

const patientOf = async (nhsNumber: string): Promise<Record<string, unknown>> =>
  (await get(`/FHIR/R4/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`)).entry[0].resource;

const NOTHING: Said = { issues: [], reasons: 0 };

it.each<[string, Fields, Fields, string, Record<string, unknown>]>([
  ['PID-30', { 30: 'Y' }, { 30: '""' }, 'PID-30', { deceasedBoolean: true }],
  ['PID-29', { 29: '20260507' }, { 29: '""' }, 'PID-30', { deceasedDateTime: '2026-05-07' }],
  ['PID-8', { 8: 'F' }, { 8: '""' }, 'PID-8', { gender: 'female' }],
  ['PID-7', { 7: '19500314' }, { 7: '""' }, 'PID-7', { birthDate: '1950-03-14' }],
])(
  '%s is kept, with a warning that names the field and a review mark',
  async (_what, first, second, field, holds) => {
    const of = freshNhsNumber();
    expect(await document(of, 1, first)).toEqual(NOTHING);
    expect(await document(of, 2, second)).toEqual({ issues: [field], reasons: 1 });
    expect(await patientOf(of)).toMatchObject(holds);
  },
);

it('It has no warning where nothing is stored that it could take back', async () => {
  const of = freshNhsNumber();
  expect(await document(of, 1, { 29: '""', 30: '""' })).toEqual(NOTHING);
  expect(await document(of, 2, { 29: '""', 30: '""' })).toEqual(NOTHING);
});

it('Other fields of PID that are empty are gone from the next version', async () => {
  const of = freshNhsNumber();
  await document(of, 1, { 11: '1 Test Street^^Leeds^^LS1 4AP^^H', 13: '07700900000' });
  expect(await document(of, 2, { 11: '""', 13: '""' })).toEqual(NOTHING);
  const patient = await patientOf(of);
  expect([patient.address, patient.telecom]).toEqual([undefined, undefined]);
});

it('PID-8 U takes nothing from a gender that is stored', async () => {
  const of = freshNhsNumber();
  await document(of, 1, { 8: 'M' });
  await document(of, 2, { 8: 'U' });
  expect((await patientOf(of)).gender).toBe('male');
});

it('The sender’s organisation keeps what another road gave of it, and gets no version', async () => {
  const { submissionId } = await sent(homeward(), freshSummary().with('Organization.name', 'Northern Trust'));
  const organization = await stored(homeward(), submissionId, 'Organization');
  const before = await versions(homeward(), organization);
  await document(freshNhsNumber(), 1, {});
  expect(await versions(homeward(), organization)).toEqual(before);
  expect((await read(homeward(), organization)).name).toBe('Northern Trust');
});

it('A reading with an empty value is refused', async () => {
  const reading = 'OBX|2|NM|8867-4^Heart rate^LN||""|/min|||||F|||20250228080000';
  const answer = await ask(aMessage({ more: [reading] }));
  expect(answer.text).toContain('MSA|AE|');
  expect(answer.text).toContain('OBX^2^5');
});

it('A date of death beside PID-30 N is a contradiction: neither is taken, and a person looks at it', async () => {
  const of = freshNhsNumber();
  const fields = { PID: { 3: `${of}^^^NHS^NH`, 29: '20260507', 30: 'N' } };
  const { said } = await accepted({ document: `D-${nextId()}`, sentAt: '20260511120000', fields });
  expect(JSON.stringify(await get(`/submissions/${said}/outcome`))).toContain('deceased-both');
  expect((await get(`/submissions/${said}`)).review.reasons).not.toEqual([]);
  const patient = await patientOf(of);
  expect([patient.deceasedBoolean, patient.deceasedDateTime]).toEqual([undefined, undefined]);
});
