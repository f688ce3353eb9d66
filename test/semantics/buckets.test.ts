/** Decision 0042: whatever is stored has the bucket of its patient in its id. */
import type { QueryResultRow } from 'pg';
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { bucketOf } from '../../src/platform/ids';
import { keyedIds } from '../../src/platform/keyed-ids';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, freshSummary, send, type AnyJson } from './sending';
import { bundleOf } from './transacting';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');

let homeward: Homeward;
const rows = <R extends QueryResultRow>(text: string): Promise<R[]> =>
  homeward.app.database.query<R>({ text });
const create = (resource: AnyResource): { fullUrl: string; resource: AnyResource; request: JsonObject } => ({
  fullUrl: `urn:uuid:${crypto.randomUUID()}`,
  resource,
  request: { method: 'POST', url: resource.resourceType },
});
const patient = (value: string): AnyResource => ({
  resourceType: 'Patient',
  identifier: [{ system: NHS_NUMBER, value }],
  name: [{ family: 'Bucket' }],
});

/** Summaries, corrections that withdraw, what comes late, refusals, transactions, batches, reads and a review. */
beforeAll(async () => {
  homeward = await startHomeward();
  const summary = freshSummary();
  const first = await accepted(homeward, summary);
  await accepted(
    homeward,
    summary.correction(2).changed((bundle) => {
      bundle.entry = (bundle.entry as AnyJson[]).filter(
        ({ resource }) => resource.resourceType !== 'Observation',
      ) as Json;
    }),
  );
  await accepted(
    homeward,
    summary.with('Bundle.identifier.value', 'late').with('Bundle.meta.lastUpdated', '2020-01-01T00:00:00Z'),
  );
  await send(homeward, freshSummary().without('Encounter.period.start'));
  await accepted(homeward, withOwnBinary());
  const known = freshNhsNumber();
  const basic = { resourceType: 'Basic', code: { text: 'a note of nobody' } };
  const condition = { resourceType: 'Condition', code: { text: 'cough' } };
  for (const entries of [
    [create(patient(known)), create(patient(freshNhsNumber())), create(basic)],
    [create({ ...condition, subject: { identifier: { system: NHS_NUMBER, value: known } } })],
    [create({ resourceType: 'Practitioner', photo: [{ contentType: 'application/pdf', data: PDF }] })],
  ])
    await accepted(homeward, bundleOf('transaction', ...entries), { path: '/FHIR/R4' });
  await accepted(homeward, bundleOf('batch', create(patient(freshNhsNumber()))), { path: '/FHIR/R4' });
  await homeward.call('GET', '/FHIR/R4/Patient');
  await homeward.call('POST', `/submissions/${first.submissionId}/review`, {
    body: { note: 'seen' },
    headers: { 'Content-Type': 'application/json' },
  });
});
afterAll(() => homeward.close());

function withOwnBinary(): ReturnType<typeof freshSummary> {
  return freshSummary().changed((bundle) => {
    const url = `urn:uuid:${crypto.randomUUID()}`;
    const entries = bundle.entry as AnyJson[];
    const { attachment } = entries.find(({ resource }) => resource.resourceType === 'DocumentReference')
      .resource.content[0];
    entries.push({
      fullUrl: url,
      resource: { resourceType: 'Binary', contentType: attachment.contentType, data: attachment.data },
    });
    delete attachment.data;
    attachment.url = url;
  });
}

describe('every stored id', () => {
  it('has the bucket of its patient, in every table that has patients', async () => {
    const tables = await rows<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name IN ('id', 'patient_id')
        GROUP BY table_name HAVING count(*) = 2 ORDER BY 1`,
    );
    const wrong: string[] = [];
    const filled = new Set<string>();
    for (const { name } of tables)
      for (const { id, patient_id } of await rows<{ id: string; patient_id: string }>(
        `SELECT id, patient_id FROM "${name}" WHERE patient_id IS NOT NULL`,
      )) {
        filled.add(name);
        if (bucketOf(id) !== bucketOf(patient_id)) wrong.push(`${name} ${id} of ${patient_id}`);
      }
    expect(wrong).toEqual([]);
    expect([...filled]).toEqual(
      expect.arrayContaining([
        'audit_event',
        'binary',
        'bundle',
        'document_reference',
        'encounter',
        'encounter_history',
      ]),
    );
    expect([...filled]).toEqual(
      expect.arrayContaining([
        'observation',
        'observation_history',
        'other_resource',
        'patient',
        'provenance',
        'submission',
      ]),
    );
  });

  it('of a refused submission has the bucket of the patient it named; of a review mark, that of its submission', async () => {
    const idOf = (kind: string, value: string): Promise<string> => keyedId(kind, value);
    const refused = await rows<{ id: string; nhs_number: string }>(
      `SELECT id, nhs_number FROM submission WHERE status = 'refused' AND nhs_number IS NOT NULL`,
    );
    expect(refused).toHaveLength(1);
    for (const { id, nhs_number } of refused)
      expect(bucketOf(id)).toBe(bucketOf(await idOf('nhs-number', nhs_number)));
    const marks = await rows<{ id: string; submission_id: string }>(
      'SELECT id, submission_id FROM review_mark',
    );
    expect(marks.map(({ id }) => bucketOf(id))).toEqual(
      marks.map(({ submission_id }) => bucketOf(submission_id)),
    );
    expect(marks).toHaveLength(1);
  });

  it('of a document has the bucket of its owner, and that of a Provenance of nobody the bucket of its submission', async () => {
    const pairs = await rows<{ id: string; other: string }>(
      `SELECT id, owner_id AS other FROM "binary" UNION ALL SELECT id, submission_id FROM provenance WHERE patient_id IS NULL`,
    );
    expect(pairs.filter(({ id, other }) => bucketOf(id) !== bucketOf(other))).toEqual([]);
  });
});

describe('an Organization', () => {
  it('has an id that follows from its ODS code, whoever sends it first', async () => {
    const found = await rows<{ id: string; ods_code: string }>(
      'SELECT id, ods_code FROM organization WHERE ods_code IS NOT NULL',
    );
    expect(found.length).toBeGreaterThan(0);
    for (const { id, ods_code } of found)
      expect(id).toBe(await keyedId('Organization', `${ODS}|${ods_code}`));
  });

  it('that is in one Bundle twice is stored twice, as ever: once under that id', async () => {
    const organization = {
      resourceType: 'Organization',
      identifier: [{ system: ODS, value: 'TW1CE' }],
      name: 'Twice',
    };
    const twice = freshSummary().changed((bundle) => {
      (bundle.entry as AnyJson[]).push(create(organization), create(organization));
      for (const entry of bundle.entry as AnyJson[]) delete entry.request;
    });
    await accepted(homeward, twice);
    const found = await rows<{ id: string }>(`SELECT id FROM organization WHERE ods_code = 'TW1CE'`);
    const id = await keyedId('Organization', `${ODS}|TW1CE`);
    expect(found).toHaveLength(2);
    expect(found.map((each) => each.id)).toContain(id);
    expect(new Set(found.map((each) => bucketOf(each.id)))).toEqual(new Set([bucketOf(id)]));
    await accepted(
      homeward,
      freshSummary().changed((bundle) => {
        (bundle.entry as AnyJson[]).push({
          fullUrl: `urn:uuid:${crypto.randomUUID()}`,
          resource: organization,
        });
      }),
    );
    expect(await rows(`SELECT id FROM organization WHERE ods_code = 'TW1CE'`)).toHaveLength(2);
  });
});

async function keyedId(kind: string, value: string): Promise<string> {
  const [secret] = await rows<{ value: Buffer }>(
    `SELECT value FROM server_secret WHERE name = 'resource-ids'`,
  );
  return keyedIds(secret!.value)(kind, value);
}
