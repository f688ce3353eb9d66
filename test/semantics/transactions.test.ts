/** Transactions as FHIR has them, and what semantics makes of them. @see https://hl7.org/fhir/R4/http.html#transaction */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  byNhsNumber,
  count,
  freshNhsNumber,
  freshSummary,
  read,
  rowCounts,
  send,
  stored,
  told,
  versions,
  type AnyJson,
  type Sent,
} from './sending';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

interface Entry {
  method?: 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'GET';
  url?: string;
  resource?: AnyResource;
  fullUrl?: string;
  request?: JsonObject;
}

/** A transaction; a POST of the resource's type unless the entry says otherwise. */
function transaction(...entries: Entry[]): JsonObject {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entries.map(({ method = 'POST', url, resource, fullUrl, request }) => ({
      ...(fullUrl === undefined ? {} : { fullUrl }),
      ...(resource === undefined ? {} : { resource }),
      request: { method, url: url ?? resource?.resourceType ?? '', ...request },
    })) as never,
  };
}

const post = (bundle: object, as?: string): Promise<Sent> =>
  send(homeward, bundle, { path: '/FHIR/R4', ...(as === undefined ? {} : { as }) });

const idIn = (location: string): string => location.split('/')[1]!;

const patientOf = (nhsNumber: string): AnyResource =>
  ({
    ...(freshSummary().build().entry as AnyJson[])[0].resource,
    identifier: [{ system: NHS, value: nhsNumber }],
  }) as AnyResource;

const device = (patient: string, value?: string): AnyResource => ({
  resourceType: 'Device',
  status: 'active',
  patient: { reference: patient },
  ...(value === undefined ? {} : { identifier: [{ system: 'https://trust.example.nhs.uk/device', value }] }),
});

/** A stored Patient. @returns its id */
async function storedPatient(as?: string): Promise<{ nhsNumber: string; id: string }> {
  const nhsNumber = freshNhsNumber();
  const sent = await post(transaction({ resource: patientOf(nhsNumber) }), as);
  return { nhsNumber, id: (await stored(homeward, sent.submissionId, 'Patient')).id };
}

describe('a transaction', () => {
  it('answers an entry for each entry, in its order, with location, etag and time', async () => {
    const summary = freshSummary().changed((bundle) => {
      bundle.type = 'transaction';
      for (const entry of bundle.entry as AnyJson[])
        entry.request = { method: 'POST', url: entry.resource.resourceType };
      (bundle.entry as AnyJson[]).reverse();
    });
    const sent = await post(summary.build());
    expect([sent.status, sent.json.resourceType, sent.json.type]).toEqual([
      200,
      'Bundle',
      'transaction-response',
    ]);
    const types = (summary.build().entry as AnyJson[]).map(({ resource }) => resource.resourceType);
    expect(sent.json.entry.map(({ response }: AnyJson) => response.location.split('/')[0])).toEqual(types);
    for (const { response } of sent.json.entry) {
      expect(response).toMatchObject({ status: '201 Created', etag: 'W/"1"' });
      expect(response.location).toMatch(/^\w+\/[0-9a-f-]{36}\/_history\/1$/);
      expect(Date.parse(response.lastModified)).not.toBeNaN();
    }
  });

  it('makes urn:uuid and relative references literal, forwards and backwards', async () => {
    const sent = await post(
      transaction(
        { resource: device('urn:uuid:0f0a2f6e-5b57-4d54-a6b2-444444444444') },
        {
          resource: { ...patientOf(freshNhsNumber()), id: 'p1' },
          fullUrl: 'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-444444444444',
        },
        { resource: device('Patient/p1') },
      ),
    );
    expect([sent.status, told(sent.json)]).toEqual([200, []]);
    const patient = await stored(homeward, sent.submissionId, 'Patient');
    for (const position of [0, 1]) {
      const found = await read(homeward, await stored(homeward, sent.submissionId, 'Device', position));
      expect(found.patient.reference).toBe(`Patient/${patient.id}`);
    }
  });

  it('makes a conditional reference literal', async () => {
    const { id, nhsNumber } = await storedPatient();
    const sent = await post(transaction({ resource: device(`Patient?identifier=${NHS}|${nhsNumber}`) }));
    expect([sent.status, told(sent.json)]).toEqual([200, []]);
    const found = await read(homeward, await stored(homeward, sent.submissionId, 'Device'));
    expect(found.patient.reference).toBe(`Patient/${id}`);
    const none = await post(transaction({ resource: device(`Patient?identifier=${NHS}|9999999999`) }));
    expect(none.status).toBe(412);
  });

  it('stores all of its entries or none', async () => {
    const before = await rowCounts(homeward);
    const sent = await post(
      transaction(
        { resource: patientOf(freshNhsNumber()) },
        {
          method: 'PUT',
          url: 'Device/01a202c9-1fd7-7a64-9fa9-9d2e4f9cc761',
          resource: { resourceType: 'Device', status: 'active' },
        },
      ),
    );
    expect([sent.status, told(sent.json)[0]]).toEqual([
      404,
      'error fhir-update-unknown Bundle.entry[1].request.url',
    ]);
    expect(await rowCounts(homeward)).toEqual(before);
  });

  it.each(['DELETE', 'PATCH'] as const)('has no %s, and points to corrections', async (method) => {
    const { id } = await storedPatient();
    const sent = await post(transaction({ method, url: `Patient/${id}` }));
    expect(sent.status).toBe(422);
    expect(sent.json.issue[0].details.text).toContain('correction');
    expect(sent.json.issue[0].expression).toEqual(['Bundle.entry[0].request']);
  });

  it('holds one resource of the server once: twice is refused', async () => {
    const { id, nhsNumber } = await storedPatient();
    const update = { method: 'PUT', url: `Patient/${id}`, resource: patientOf(nhsNumber) } as const;
    const sent = await post(transaction(update, update));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      422,
      'error submission-same-resource-twice Bundle.entry[1]',
    ]);
  });
});

describe('a conditional create (ifNoneExist)', () => {
  const once = (patient: string, value: string): JsonObject =>
    transaction({
      resource: device(patient, value),
      request: { ifNoneExist: `identifier=https://trust.example.nhs.uk/device|${value}` },
    });

  it('creates what is not there, and names what is', async () => {
    const { id } = await storedPatient();
    const first = await post(once(`Patient/${id}`, 'c1'));
    const second = await post({ ...once(`Patient/${id}`, 'c1'), id: 'another' }, 'RGT');
    expect(first.json.entry[0].response.status).toBe('201 Created');
    expect(second.json.entry[0].response).toMatchObject({
      status: '200 OK',
      location: first.json.entry[0].response.location,
      etag: 'W/"1"',
    });
  });

  it('creates once, where ten ask at once', async () => {
    const { id } = await storedPatient();
    const sent = await Promise.all(
      Array.from({ length: 10 }, (_, i) => post({ ...once(`Patient/${id}`, 'c2'), id: `t${i}` }, `RW${i}`)),
    );
    expect(new Set(sent.map(({ json }) => json.entry[0].response.location)).size).toBe(1);
    expect(await count(homeward, `Device?patient=Patient/${id}`)).toBe(1);
  });

  it('is refused where several match (412)', async () => {
    const { id } = await storedPatient();
    await post(
      transaction({ resource: device(`Patient/${id}`, 'c3') }, { resource: device(`Patient/${id}`, 'c3') }),
    );
    const sent = await post(once(`Patient/${id}`, 'c3'));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      412,
      'error fhir-conditional Bundle.entry[0].request',
    ]);
  });

  it('never takes what belongs to another patient (409)', async () => {
    const [one, two] = [await storedPatient(), await storedPatient()];
    await post(once(`Patient/${one.id}`, 'c4'));
    const sent = await post(once(`Patient/${two.id}`, 'c4'));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      409,
      'error submission-condition-other-patient Bundle.entry[0].request.ifNoneExist',
    ]);
  });

  it('with a parameter that the server does not search by is refused', async () => {
    const { id } = await storedPatient();
    const sent = await post(
      transaction({ resource: device(`Patient/${id}`), request: { ifNoneExist: 'colour=blue' } }),
    );
    expect(sent.status).toBe(422);
    expect(sent.json.issue[0].expression).toEqual(['Bundle.entry[0].request']);
  });
});

describe('an update (PUT)', () => {
  async function storedDevice(as?: string): Promise<{ id: string; patient: string }> {
    const patient = await storedPatient();
    const sent = await post(transaction({ resource: device(`Patient/${patient.id}`) }), as);
    return { id: idIn(sent.json.entry[0].response.location), patient: `Patient/${patient.id}` };
  }
  const update = (id: string, resource: AnyResource, request: JsonObject = {}): JsonObject => ({
    ...transaction({ method: 'PUT', url: `Device/${id}`, resource: { ...resource, id }, request }),
    id: `t${Math.random()}`.replace('.', '-'),
  });

  it('of an id that the server gave makes the next version', async () => {
    const { id, patient } = await storedDevice();
    const sent = await post(update(id, { ...device(patient), status: 'inactive' }));
    expect(sent.json.entry[0].response).toMatchObject({
      status: '200 OK',
      location: `Device/${id}/_history/2`,
      etag: 'W/"2"',
    });
    expect((await read(homeward, { type: 'Device', id })).status).toBe('inactive');
    expect(await versions(homeward, { type: 'Device', id })).toEqual(['2', '1']);
  });

  it('of an id that the server never gave is 404: there is no update-as-create', async () => {
    const { patient } = await storedDevice();
    for (const id of ['01a202c9-1fd7-7a64-9fa9-9d2e4f9cc762', 'my-own-id']) {
      expect((await post(update(id, device(patient)))).status).toBe(404);
    }
  });

  it('with If-Match of the current version is done, of another is not (412)', async () => {
    const { id, patient } = await storedDevice();
    expect((await post(update(id, device(patient), { ifMatch: 'W/"1"' }))).status).toBe(200);
    const late = await post(update(id, device(patient), { ifMatch: 'W/"1"' }));
    expect([late.status, told(late.json)[0]]).toEqual([
      412,
      'error fhir-if-match Bundle.entry[0].request.ifMatch',
    ]);
    expect(await versions(homeward, { type: 'Device', id })).toEqual(['2', '1']);
  });

  it('with If-Match is done once, where ten ask at once', async () => {
    const { id, patient } = await storedDevice();
    const sent = await Promise.all(
      Array.from({ length: 10 }, () => post(update(id, device(patient), { ifMatch: 'W/"1"' }))),
    );
    expect(sent.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(412)]);
  });

  it('of many at once goes from version to version, without a gap', async () => {
    const { id, patient } = await storedDevice();
    const sent = await Promise.all(Array.from({ length: 10 }, () => post(update(id, device(patient)))));
    expect(sent.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
    expect(await versions(homeward, { type: 'Device', id })).toEqual(
      Array.from({ length: 11 }, (_, i) => String(11 - i)),
    );
  });

  it('of what belongs to nobody goes from version to version, too', async () => {
    const resource: AnyResource = { resourceType: 'Device', status: 'active' };
    const made = await post(transaction({ resource }));
    const id = idIn(made.json.entry[0].response.location);
    const sent = await Promise.all(Array.from({ length: 10 }, () => post(update(id, resource))));
    expect(sent.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
    expect(await versions(homeward, { type: 'Device', id })).toHaveLength(11);
  });

  it('of another sender’s resource is forbidden', async () => {
    const { id, patient } = await storedDevice('RGT');
    const sent = await post(update(id, device(patient)));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      403,
      'error submission-not-yours Bundle.entry[0].resource',
    ]);
  });

  it('never moves a resource to another patient (409)', async () => {
    const { id } = await storedDevice();
    const other = await storedPatient();
    const sent = await post(update(id, device(`Patient/${other.id}`)));
    expect([sent.status, told(sent.json)[0]]).toEqual([
      409,
      'error submission-patient-moves Bundle.entry[0].resource',
    ]);
  });

  it('never gives a Patient another NHS number (409)', async () => {
    const { id } = await storedPatient();
    const sent = await post(
      transaction({ method: 'PUT', url: `Patient/${id}`, resource: { ...patientOf(freshNhsNumber()), id } }),
    );
    expect([sent.status, told(sent.json)[0]]).toEqual([
      409,
      'error submission-nhs-number-moves Bundle.entry[0].resource',
    ]);
  });

  it('by a search updates the one match, creates where there is none, and refuses several', async () => {
    const { id, nhsNumber } = await storedPatient();
    const put = (value: string): JsonObject => ({
      ...transaction({
        method: 'PUT',
        url: `Device?patient=Patient/${id}&identifier=https://trust.example.nhs.uk/device|${value}`,
        resource: device(`Patient/${id}`, value),
      }),
      id: `t${Math.random()}`.replace('.', '-'),
    });
    expect((await post(put('u1'))).json.entry[0].response.status).toBe('201 Created');
    expect((await post(put('u1'))).json.entry[0].response).toMatchObject({ status: '200 OK', etag: 'W/"2"' });
    await post(
      transaction({ resource: device(`Patient/${id}`, 'u2') }, { resource: device(`Patient/${id}`, 'u2') }),
    );
    expect((await post(put('u2'))).status).toBe(412);
    expect(await count(homeward, `Device?${byNhsNumber('patient.identifier', nhsNumber)}`)).toBe(3);
  });

  it('by a search creates once, where ten ask at once', async () => {
    const { id } = await storedPatient();
    const sent = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        post({
          ...transaction({
            method: 'PUT',
            url: 'Device?identifier=https://trust.example.nhs.uk/device|u3',
            resource: device(`Patient/${id}`, 'u3'),
          }),
          id: `t${i}`,
        }),
      ),
    );
    expect(sent.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
    expect(await count(homeward, `Device?patient=Patient/${id}`)).toBe(1);
  });
});

describe('a transaction with a Bundle.identifier', () => {
  it('is of a lineage: a newer one replaces it, another of the same version is a conflict', async () => {
    const { id } = await storedPatient();
    const of = (versionId: string, note: string): JsonObject => ({
      ...transaction({
        fullUrl: 'urn:uuid:0f0a2f6e-5b57-4d54-a6b2-555555555555',
        resource: { ...device(`Patient/${id}`), note: [{ text: note }] },
      }),
      identifier: { system: 'https://trust.example.nhs.uk/transaction', value: id },
      meta: { versionId },
    });
    const first = await post(of('1', 'one'));
    expect((await post(of('1', 'other'))).status).toBe(409);
    const second = await post(of('2', 'two'));
    expect(idIn(second.json.entry[0].response.location)).toBe(idIn(first.json.entry[0].response.location));
    expect(second.json.entry[0].response.etag).toBe('W/"2"');
    expect((await post(of('1', 'stale'))).status).toBe(409);
  });
});
