/** semantics, "Who is who": the conditions of one transaction see each other. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  count,
  freshNhsNumber,
  freshSummary,
  read,
  stored,
  told,
  versions,
  type AnyJson,
} from './sending';
import { bundleOf, put, transact, type Entry } from './transacting';

const SYSTEM = 'https://trust.example.nhs.uk/x';

let open: Homeward;
beforeAll(async () => {
  open = await startHomeward();
});
afterAll(() => open.close());

describe('two conditions of one transaction', () => {
  let given = 0;
  const practitioner = (value: string, family: string): AnyResource => ({
    resourceType: 'Practitioner',
    identifier: [{ system: SYSTEM, value }],
    name: [{ family }],
  });
  const once = (value: string, family: string, condition = `identifier=${SYSTEM}|${value}`): Entry => ({
    resource: practitioner(value, family),
    request: { method: 'POST', url: 'Practitioner', ifNoneExist: condition },
  });
  const update = (value: string, family: string): Entry =>
    put(`Practitioner?identifier=${SYSTEM}|${value}`, practitioner(value, family));
  const fresh = (): string => `p${(given += 1)}`;
  const found = (value: string): Promise<number> =>
    count(open, `Practitioner?identifier=${encodeURIComponent(`${SYSTEM}|${value}`)}`);

  it('create what they both name once, and both answers name it', async () => {
    const value = fresh();
    const encoded = `identifier=${encodeURIComponent(`${SYSTEM}|${value}`)}`;
    const sent = await transact(open, 'RR8', once(value, 'One'), once(value, 'Two', encoded));
    const [one, two] = sent.json.entry.map(({ response }: AnyJson) => response);
    expect([one.status, two.status, two.location]).toEqual(['201 Created', '200 OK', one.location]);
    expect(await found(value)).toBe(1);
    const again = await transact(open, 'RR8', once(value, 'Three'), once(value, 'Four'));
    expect(again.json.entry.map(({ response }: AnyJson) => response.location)).toEqual([
      one.location,
      one.location,
    ]);
  });

  it('lead the references to either to the one', async () => {
    const value = fresh();
    const [one, two] = [once(value, 'One'), once(value, 'Two')];
    const urls = [
      'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-999999999991',
      'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-999999999992',
    ];
    const role: Entry = {
      resource: { resourceType: 'PractitionerRole', practitioner: { reference: urls[1]! } },
      request: { method: 'POST', url: 'PractitionerRole' },
    };
    const bundle = bundleOf('transaction', one, two, role);
    (bundle.entry as JsonObject[]).slice(0, 2).forEach((entry, n) => (entry.fullUrl = urls[n]!));
    const sent = await accepted(open, bundle, { path: '/FHIR/R4' });
    const { id } = await stored(open, sent.submissionId, 'Practitioner');
    const stored2 = await read(open, await stored(open, sent.submissionId, 'PractitionerRole'));
    expect(stored2.practitioner.reference).toBe(`Practitioner/${id}`);
  });

  it.each<[string, (value: string) => [Entry, Entry]]>([
    ['a conditional update and a conditional create', (v) => [update(v, 'One'), once(v, 'Two')]],
    ['a conditional create and a conditional update', (v) => [once(v, 'One'), update(v, 'Two')]],
    ['two conditional updates', (v) => [update(v, 'One'), update(v, 'Two')]],
    [
      'a conditional update and a plain create',
      (v) => [
        update(v, 'One'),
        { resource: practitioner(v, 'Two'), request: { method: 'POST', url: 'Practitioner' } },
      ],
    ],
  ])('fail the transaction, where they are %s', async (_which, entries) => {
    const value = fresh();
    const sent = await transact(open, 'RR8', ...entries(value));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      422,
      'error submission-same-resource-twice Bundle.entry[1]',
    ]);
    expect(await found(value)).toBe(0);
  });

  it('that name the thing of two patients are a conflict', async () => {
    const value = fresh();
    const [one, two] = await Promise.all(
      [freshNhsNumber(), freshNhsNumber()].map(async (nhsNumber) => {
        const sent = await accepted(open, freshSummary().nhsNumber(nhsNumber));
        return (await stored(open, sent.submissionId, 'Patient')).id;
      }),
    );
    const device = (patient: string): Entry => ({
      resource: {
        resourceType: 'Device',
        identifier: [{ system: SYSTEM, value }],
        patient: { reference: `Patient/${patient}` },
      },
      request: { method: 'POST', url: 'Device', ifNoneExist: `identifier=${SYSTEM}|${value}` },
    });
    const sent = await transact(open, 'RR8', device(one!), device(two!));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      409,
      'error submission-condition-other-patient Bundle.entry[1].request.ifNoneExist',
    ]);
  });

  it('are withdrawn once, where a correction no longer carries what they named', async () => {
    const value = fresh();
    const device = (status: string): Entry => ({
      resource: { resourceType: 'Device', status, identifier: [{ system: SYSTEM, value }] },
      request: { method: 'POST', url: 'Device', ifNoneExist: `identifier=${SYSTEM}|${value}` },
    });
    const other: Entry = {
      resource: { resourceType: 'Device', status: 'active' },
      request: { method: 'POST', url: 'Device' },
    };
    const lineage = (versionId: string, ...entries: Entry[]): AnyResource => ({
      ...bundleOf('transaction', ...entries),
      identifier: { system: SYSTEM, value },
      meta: { versionId },
    });
    const path = '/FHIR/R4';
    const first = await accepted(open, lineage('1', device('active'), device('inactive')), { path });
    const found = await stored(open, first.submissionId, 'Device');
    await accepted(open, lineage('2', other), { path });
    expect(await read(open, found)).toBe(410);
    expect(await versions(open, found)).toEqual(['2 withdrawn', '1']);
  });
});
