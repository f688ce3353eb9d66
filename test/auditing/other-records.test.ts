/** The access report of a patient who has another record: under another NHS number, or linked by a sender. */
import { Visitor } from '../console/visitor';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { freshNhsNumber, freshSummary, send, type AnyJson } from '../semantics/sending';
import { known, NHS, type Known } from '../semantics/story';

let homeward: Homeward;
let earlier: Known;
let linked: Known;
/** Has now another NHS number than before, and a link. */
let patient: Known;
/** An earlier NHS number under which nothing is stored. */
const unused = freshNhsNumber();
beforeAll(async () => {
  homeward = await startHomeward();
  earlier = await known(homeward);
  linked = await known(homeward);
  patient = await known(homeward, (summary) =>
    summary.changed((bundle) => {
      const { resource } = (bundle.entry as AnyJson[]).find(
        (entry) => entry.resource.resourceType === 'Patient',
      );
      for (const value of [earlier.nhsNumber, unused])
        resource.identifier.push({ use: 'old', system: NHS, value });
      resource.link = [{ type: 'replaces', other: { reference: linked.patient } }];
    }),
  );
});
afterAll(() => homeward.close());

const idOf = ({ patient: reference }: Known): string => reference.split('/')[1]!;
const report = (nhsNumber: string, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('GET', `/access-report?nhs-number=${nhsNumber}`, { headers });

describe('another record of the patient', () => {
  it('is named by the report, with why it may be of the patient', async () => {
    const { json } = await report(patient.nhsNumber);
    expect(json.otherRecords).toEqual([
      { patient: idOf(earlier), nhsNumber: earlier.nhsNumber, relation: 'earlier' },
      { patient: homeward.app.patients.idOf(unused), nhsNumber: unused, relation: 'earlier' },
      { patient: idOf(linked), nhsNumber: linked.nhsNumber, relation: 'linked' },
    ]);
    const later = { patient: idOf(patient), nhsNumber: patient.nhsNumber, relation: 'later' };
    for (const number of [earlier.nhsNumber, unused])
      expect((await report(number)).json.otherRecords).toEqual([later]);
  });

  it('has its events in its own report alone', async () => {
    await homeward.call('GET', `/FHIR/R4/${earlier.patient}`, { headers: { 'X-Request-ID': 'of-earlier' } });
    const rowsOf = async (number: string): Promise<string[]> =>
      (await report(number)).json.rows.map(({ requestId }: AnyJson) => requestId);
    expect(await rowsOf(patient.nhsNumber)).not.toContain('of-earlier');
    expect(await rowsOf(earlier.nhsNumber)).toContain('of-earlier');
  });

  it('is not missing in a table without a word', async () => {
    const csv = await report(patient.nhsNumber, { Accept: 'text/csv' });
    const lines = csv.bytes.toString('utf8').split('\r\n');
    expect(lines.filter((line) => line.includes('Not in this table'))).toEqual(
      [idOf(earlier), homeward.app.patients.idOf(unused), idOf(linked)].map((id) =>
        expect.stringContaining(`another record that may be of this patient. Ask for it with patient=${id}.`),
      ),
    );
  });

  it('is on the page for auditors, with a link, and the page is in its audit trail', async () => {
    const auditor = new Visitor(homeward);
    await auditor.signIn('auditor');
    const page = await auditor.get(`/console/access/${idOf(patient)}`);
    expect(page.text).toContain('What was done with these records is not in the table below.');
    const number = earlier.nhsNumber.replace(/(\d{3})(\d{3})(\d{4})/, '$1 $2 $3');
    expect(page.text).toContain(
      `The patient had another NHS number before: ${number}. <a href="/console/access/${idOf(earlier)}">Who has seen that record</a>`,
    );
    const { json } = await report(earlier.nhsNumber);
    expect(json.rows[0]).toMatchObject({ what: `GET /console/access/${idOf(patient)}` });
  });

  it('is on the page of a number under which nothing is stored', async () => {
    const auditor = new Visitor(homeward);
    await auditor.signIn('auditor');
    await auditor.get('/console/access');
    const { location } = await auditor.post('/console/access', { 'nhs-number': unused });
    expect((await auditor.get(location!)).text).toContain(
      `<a href="/console/access/${idOf(patient)}">Who has seen that record</a>`,
    );
  });

  it('is not named where there is none', async () => {
    const nhsNumber = freshNhsNumber();
    await send(homeward, freshSummary().nhsNumber(nhsNumber));
    const { json } = await report(nhsNumber);
    expect(Object.keys(json)).toEqual(['rows', 'next']);
  });
});
