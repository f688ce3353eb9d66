/**
 * Fills every table that the ledger covers, so that a row of each can be tampered with: each kind of resource in two
 * versions, withdrawals, documents, refusals, review marks, looks, and what retention has left its tombstones for.
 */
import { sealedTables } from '../../src/app';
import { applyRetention } from '../../src/use-cases/auditing/retention';
import { writeMonthRecord } from '../../src/engines/ledger/months/month-records';
import { newId } from '../../src/platform/ids';
import { secret } from '../../src/engines/store/secrets';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { accepted, freshSummary, send, type AnyJson } from '../semantics/sending';
import type { Sealed } from './harness';

const NINE_YEARS = 9 * 365.25 * 86_400_000;
const PATIENT = 'urn:uuid:7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11';
const NHS_NUMBER = nhsNumberOf(4711);

/** One of each type that has a table of its own beside those of a summary, and one that has none. */
const others: AnyJson[] = [
  {
    resourceType: 'Patient',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: NHS_NUMBER }],
    name: [{ family: 'Larch' }],
    gender: 'female',
    birthDate: '1961-04-02',
  },
  {
    resourceType: 'Organization',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RXX' }],
    name: 'A hospital',
  },
  { resourceType: 'Device', patient: { reference: PATIENT } },
  { resourceType: 'Location', name: 'Home' },
  { resourceType: 'Practitioner', name: [{ family: 'Ash' }] },
  { resourceType: 'PractitionerRole', active: true },
  {
    resourceType: 'MessageHeader',
    eventCoding: { system: 'https://trust.example.nhs.uk/event', code: 'told' },
    source: { endpoint: 'https://trust.example.nhs.uk' },
  },
  {
    resourceType: 'Composition',
    status: 'final',
    type: { text: 'A letter' },
    subject: { reference: PATIENT },
    date: '2026-01-01',
    author: [{ display: 'A ward' }],
    title: 'A letter',
  },
  { resourceType: 'QuestionnaireResponse', status: 'completed', subject: { reference: PATIENT } },
  { resourceType: 'Condition', subject: { reference: PATIENT } },
];

/** Tables in which no row ever lies: what they would keep is never written a second time. */
export const EMPTY = ['bundle_history', 'provenance_history'];

/** @param ledger as `startSealed` leaves it: a day's work, of which retention takes away all */
export async function populate(ledger: Sealed): Promise<void> {
  const { homeward } = ledger;
  await ledger.ahead(1.1 * NINE_YEARS, async (now) =>
    applyRetention({
      database: homeward.app.database,
      tables: { ...sealedTables, patients: homeward.app.patients },
      auditKey: await secret(homeward.app.database, 'audit'),
      olderThanMillis: NINE_YEARS,
      now,
      newId,
      lockPatients: async () => undefined,
      dryRun: false,
    }),
  );
  const summary = freshSummary().observations(9).pdf(minimalPdf('the first'));
  const { submissionId } = await accepted(homeward, summary);
  await ledger.sealed();
  await accepted(
    homeward,
    summary
      .correction(2)
      .without('Observation[2]')
      .with('Observation[0].status', 'amended')
      .with('Patient.address[0].city', 'Leeds')
      .with('Organization.name', 'A renamed hospital')
      .with('Encounter.reasonCode[0].text', 'Another reason')
      .with('DocumentReference.description', 'Another description')
      .pdf(minimalPdf('the second')),
  );
  // Who has a stay of the patient may change the Patient.
  await accepted(homeward, freshSummary().nhsNumber(NHS_NUMBER).birthDate('1961-04-02'));
  await transactions(ledger);
  for (const note of ['Seen.', 'Seen again.'])
    await homeward.call('POST', `/submissions/${submissionId}/review`, {
      body: { note },
      headers: { 'Content-Type': 'application/json' },
    });
  await ledger.sealed();
  await send(homeward, freshSummary().without('Encounter'));
  for (const path of ['Observation?_count=5', `Patient?identifier=${NHS_NUMBER}`, 'DocumentReference'])
    await homeward.call('GET', `/FHIR/R4/${path}`);
  await homeward.call('GET', '/FHIR/R4/Encounter', { token: homeward.token('system/Patient.rs') });
  await anExportedMonth(ledger);
  await ledger.sealed();
}

/** A record of an export, as the command writes it. Its month is not dropped. */
async function anExportedMonth({ homeward, known }: Sealed): Promise<void> {
  const sha256 = Buffer.alloc(32, 7);
  const month = { month: '2026-01', file: 'audit-2026-01-0707070707070707.jsonl.gz', sha256, leaves: sha256 };
  const counts = { bytes: 900, records: 3, firstSeal: 1, lastSeal: 2 };
  const act = { id: newId(), act: 'exported' as const, exported: newId(), madeAt: new Date() };
  await writeMonthRecord(homeward.app.database, { ...month, ...counts, ...act }, known.auditKey);
}

/** Each of the others, and each once more with something changed. */
async function transactions({ homeward }: Sealed): Promise<void> {
  const transaction = async (entry: AnyJson[]): Promise<AnyJson[]> => {
    const { json } = await accepted(
      homeward,
      { resourceType: 'Bundle', type: 'transaction', entry },
      { path: '/FHIR/R4' },
    );
    return json.entry;
  };
  const made = await transaction(
    others.map((resource, index) => ({
      ...(index === 0 ? { fullUrl: PATIENT } : {}),
      resource,
      request: { method: 'POST', url: resource.resourceType },
    })),
  );
  const ids = made.map(({ response }) => String(response.location).split('/')[1]!);
  const withId = JSON.stringify(others).replaceAll(PATIENT, `Patient/${ids[0]}`);
  // Organizations are changed by summaries: the correction before has done it.
  await transaction(
    (JSON.parse(withId) as AnyJson[])
      .map((resource, index) => ({
        resource: { ...resource, id: ids[index], language: 'en-GB' },
        request: { method: 'PUT', url: `${resource.resourceType}/${ids[index]}` },
      }))
      .filter(({ resource }) => resource.resourceType !== 'Organization'),
  );
}
