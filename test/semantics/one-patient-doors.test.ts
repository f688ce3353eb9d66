/**
 * One submission, one patient, by every way in; and one entry, one patient, where a transaction or batch is no summary.
 */
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { asDocument } from '../../src/resources/composition/example';
import { asMessage } from '../../src/resources/message-header/example';
import { startHomeward, type Homeward } from '../support/homeward';
import { accepted, freshNhsNumber, freshSummary, send, stored, type AnyJson, type Sent } from './sending';
import {
  add,
  b,
  byId,
  byNumber,
  condition,
  containedB,
  foreignPlaces,
  fullUrlOf,
  NHS,
  post,
  requests,
  storeB,
} from './two-patients';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
  await storeB(homeward);
});
afterAll(() => homeward.close());

describe('every way in', () => {
  const foreign = (bundle: AnyResource): void => add(bundle, condition(byNumber()));
  const stay = (bundle: AnyResource): void =>
    add(bundle, {
      resourceType: 'Procedure',
      status: 'completed',
      subject: { reference: fullUrlOf(bundle, 'Patient') },
      encounter: { reference: b.encounter },
    });
  const asTransaction = (bundle: AnyResource): AnyResource => {
    bundle.type = 'transaction';
    for (const entry of bundle.entry as AnyJson[])
      entry.request = { method: 'POST', url: entry.resource.resourceType };
    return bundle;
  };
  const linked = (bundle: AnyResource): AnyResource =>
    asDocument((composition, document) => {
      const section = composition.section as AnyJson[];
      section[0].entry = (document.entry as AnyJson[])
        .slice(1)
        .filter(({ resource }) => resource.resourceType !== 'Patient')
        .map(({ fullUrl }) => ({ reference: fullUrl }));
    })(bundle);
  const doors: [string, string, (bundle: AnyResource) => AnyResource][] = [
    ['a collection', '/FHIR/R4/Bundle', (bundle) => bundle],
    ['a document', '/FHIR/R4/Bundle', linked],
    ['a message', '/FHIR/R4/Bundle', asMessage(() => undefined)],
    ['$process-message', '/FHIR/R4/$process-message', asMessage(() => undefined)],
    ['a transaction', '/FHIR/R4', asTransaction],
  ];

  it.each(doors.flatMap((door) => [foreign, stay].map((change) => [...door, change] as const)))(
    'refuses it in JSON and in XML: %s',
    async (_name, path, as, change) => {
      const bundle = as(freshSummary().changed(change).build());
      const json = await send(homeward, bundle, { path });
      const xml = await send(homeward, Buffer.from(writeXml(bundle)), {
        path,
        headers: { 'Content-Type': 'application/fhir+xml', Accept: 'application/fhir+json' },
      });
      for (const { status, bytes } of [json, xml]) {
        const text = bytes.toString('utf8');
        // A message is answered with a message.
        expect(status).toBe(path.endsWith('$process-message') ? 200 : 422);
        if (status === 200) expect(text).toContain('"fatal-error"');
        expect(text).toMatch(/vw-bundle-21|submission-reference-patient/);
      }
    },
  );

  it('refuses a conditional reference to B, and one to a stay of B', async () => {
    const [, id] = b.encounter.split('/');
    const toB = freshSummary().changed((bundle) => {
      add(bundle, condition({ reference: `Patient?identifier=${NHS}|${b.nhsNumber}` }));
      return asTransaction(bundle);
    });
    const toStay = freshSummary().changed((bundle) => {
      add(bundle, {
        ...condition({ reference: fullUrlOf(bundle, 'Patient') }),
        encounter: { reference: `Encounter?_id=${id}` },
      });
      return asTransaction(bundle);
    });
    const sent = [
      await send(homeward, toB, { path: '/FHIR/R4' }),
      await send(homeward, toStay, { path: '/FHIR/R4' }),
    ];
    expect(sent.map(({ status, json }) => [status, foreignPlaces(json).length])).toEqual([
      [422, 1],
      [422, 1],
    ]);
  });
});

describe.each(['transaction', 'batch'] as const)('a %s that is no summary', (type) => {
  const procedure = (reference: JsonObject, more: JsonObject): AnyResource => ({
    resourceType: 'Procedure',
    status: 'completed',
    subject: reference,
    ...more,
  });
  const statusOf = (sent: Sent): string =>
    type === 'batch' ? sent.json.entry[0].response.status : String(sent.status);

  async function patientA(): Promise<{ id: string; nhsNumber: string }> {
    const nhsNumber = freshNhsNumber();
    const { submissionId } = await accepted(homeward, freshSummary().nhsNumber(nhsNumber));
    return { id: `Patient/${(await stored(homeward, submissionId, 'Patient')).id}`, nhsNumber };
  }

  it('may have an entry for each of two patients', async () => {
    const a = await patientA();
    const sent = await post(homeward, type, procedure({ reference: a.id }, {}), procedure(byId(), {}));
    expect([sent.status, statusOf(sent)]).toEqual(
      type === 'batch' ? [200, expect.stringContaining('201')] : [200, '200'],
    );
  });

  it.each<[string, (a: { id: string; nhsNumber: string }) => AnyResource]>([
    ['two patients by id', (a) => procedure({ reference: a.id }, { encounter: { reference: b.encounter } })],
    [
      'a patient by id and another by NHS number',
      (a) => ({
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        subject: { reference: a.id },
        entry: [{ item: byNumber() }],
      }),
    ],
    [
      'a patient by NHS number and a stay of another',
      (a) =>
        procedure(
          { identifier: { system: NHS, value: a.nhsNumber } },
          { encounter: { reference: b.encounter } },
        ),
    ],
    [
      'a patient by NHS number and another as a contained one',
      (a) => ({
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        contained: [containedB()],
        subject: { identifier: { system: NHS, value: a.nhsNumber } },
        entry: [{ item: { reference: '#q' } }],
      }),
    ],
  ])('refuses an entry that names %s', async (_name, of) => {
    const sent = await post(homeward, type, of(await patientA()));
    expect(statusOf(sent)).toMatch(/^422/);
  });

  it('lets an entry refer to data of its own patient', async () => {
    const sent = await post(
      homeward,
      type,
      procedure(byId(), {
        encounter: { reference: b.encounter },
        performer: [{ actor: { reference: (await patientA()).id } }],
      }),
    );
    expect(statusOf(sent)).toMatch(type === 'batch' ? /^201/ : /^200/);
  });
});

it('refuses an entry of a transaction that leads to an entry of another patient', async () => {
  const problem = 'urn:uuid:2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a999';
  const other = freshNhsNumber();
  const { submissionId } = await accepted(homeward, freshSummary().nhsNumber(other));
  const a = await stored(homeward, submissionId, 'Patient');
  const bundle = requests('transaction', [
    condition(byId()),
    {
      resourceType: 'Procedure',
      status: 'completed',
      subject: { reference: `Patient/${a.id}` },
      reasonReference: [{ reference: problem }],
    },
  ]) as AnyJson;
  bundle.entry[0].fullUrl = problem;
  const sent = await send(homeward, bundle, { path: '/FHIR/R4' });
  expect([sent.status, foreignPlaces(sent.json)]).toEqual([
    422,
    ['Bundle.entry[1].resource.reasonReference[0]'],
  ]);
});
