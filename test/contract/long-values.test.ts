/**
 * Long values that do not compress, in every way in: never a 5xx, stored, and found by the very value. Numbers of many
 * digits are of the same kind.
 */
import { randomBytes } from 'node:crypto';
import type { AnyResource, Json } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { SummaryBuilder } from '../fixtures/summary';
import { accepted, count, freshSummary, send, type AnyJson } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const long = (): string => randomBytes(4_500).toString('base64url');
const SYSTEM = 'https://rr8.virtual-ward.example/Id/long';
const token = (value: string): string => encodeURIComponent(`${SYSTEM}|${value}`);

/** The fields of a summary that are held in an index, each with what finds it. */
const FIELDS: Record<
  string,
  { set: (summary: SummaryBuilder, value: string) => SummaryBuilder; finds: (value: string) => string }
> = {
  'Bundle.identifier': {
    set: (summary, value) => summary.with('Bundle.identifier', { system: SYSTEM, value }),
    finds: (value) => `Bundle?identifier=${token(value)}`,
  },
  'DocumentReference.masterIdentifier': {
    set: (summary, value) => summary.with('DocumentReference.masterIdentifier', { system: SYSTEM, value }),
    finds: (value) => `DocumentReference?identifier=${token(value)}`,
  },
  'Encounter.identifier': {
    set: (summary, value) => summary.with('Encounter.identifier', [{ system: SYSTEM, value }]),
    finds: (value) => `Encounter?identifier=${token(value)}`,
  },
  'Observation.identifier': {
    set: (summary, value) => summary.with('Observation[0].identifier', [{ system: SYSTEM, value }]),
    finds: (value) => `Observation?identifier=${token(value)}`,
  },
  'CarePlan.identifier': {
    set: (summary, value) => summary.changed((bundle) => add(bundle, carePlan(bundle, value))),
    finds: (value) => `CarePlan?identifier=${token(value)}`,
  },
  'Observation.code': {
    set: (summary, value) =>
      summary.changed((bundle) => {
        const observation = resourceOf(bundle, 'Observation');
        observation.code.coding.push({ system: SYSTEM, code: value });
      }),
    finds: (value) => `Observation?code=${token(value)}`,
  },
  'Patient.address.postalCode': {
    set: (summary, value) => summary.with('Patient.address', [{ postalCode: value }]),
    finds: (value) => `Patient?address-postalcode:exact=${value}`,
  },
};

function resourceOf(bundle: AnyResource, type: string): AnyJson {
  return (bundle.entry as AnyJson[]).find(({ resource }) => resource.resourceType === type).resource;
}

function add(bundle: AnyResource, resource: AnyResource): void {
  (bundle.entry as Json[]).push({ fullUrl: `urn:uuid:${crypto.randomUUID()}`, resource });
}

const carePlan = (bundle: AnyResource, value: string): AnyResource => ({
  resourceType: 'CarePlan',
  identifier: [{ system: SYSTEM, value }],
  status: 'active',
  intent: 'plan',
  subject: resourceOf(bundle, 'Encounter').subject,
});

/** As a transaction: each entry asks to be created. */
const asTransaction = (summary: SummaryBuilder): SummaryBuilder =>
  summary.changed((bundle) => {
    bundle.type = 'transaction';
    for (const entry of bundle.entry as AnyJson[])
      entry.request = { method: 'POST', url: entry.resource.resourceType };
  });

describe('a value of 6,000 random characters', () => {
  it.each(Object.keys(FIELDS))(
    'in %s is stored, found by it, and known again when sent again',
    async (name) => {
      const { set, finds } = FIELDS[name]!;
      const value = long();
      const summary = set(freshSummary(), value).build();
      const first = await accepted(homeward, summary);
      expect(await count(homeward, finds(value))).toBe(1);
      expect(await count(homeward, finds(`${value.slice(0, -1)}.`))).toBe(0);
      expect(await send(homeward, summary)).toMatchObject({ status: 200, submissionId: first.submissionId });
    },
  );

  it.each(Object.keys(FIELDS))('in %s is stored as XML and in a transaction', async (name) => {
    const { set, finds } = FIELDS[name]!;
    const [one, other] = [long(), long()];
    const xml = Buffer.from(writeXml(set(freshSummary(), one).build()));
    await accepted(homeward, xml, { headers: { 'Content-Type': 'application/fhir+xml' } });
    await accepted(homeward, asTransaction(set(freshSummary(), other)), { path: '/FHIR/R4' });
    expect(await count(homeward, finds(one))).toBe(1);
    // A transaction has no lineage, and is no Bundle that is searched by its identifier alone.
    expect(await count(homeward, finds(other))).toBe(1);
  });

  it('names a lineage: a correction replaces what it corrects', async () => {
    const summary = freshSummary().with('Bundle.identifier', { system: SYSTEM, value: long() });
    await accepted(homeward, summary);
    await accepted(homeward, summary.correction(2));
    const stale = await send(homeward, summary.correction(2).with('Patient.gender', 'other'));
    expect(stale.status).toBe(409);
  });

  it('makes two summaries speak of one stay, as a short one does', async () => {
    const stay = [{ system: SYSTEM, value: long() }];
    const summary = freshSummary().with('Encounter.identifier', stay);
    await accepted(homeward, summary);
    const other = summary.with('Bundle.identifier', { system: SYSTEM, value: long() });
    await accepted(homeward, other.with('Bundle.meta.lastUpdated', '2026-01-01T00:00:00Z'));
    expect(await count(homeward, `Encounter?identifier=${token(stay[0]!.value)}`)).toBe(1);
  });

  it('in an ODS code is stored with the warning that a shorter one gets', async () => {
    const value = long();
    const identifier = [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value }];
    const { json } = await accepted(homeward, freshSummary().with('Organization.identifier', identifier));
    expect(JSON.stringify(json)).toContain('vw-org-05');
    const query = encodeURIComponent(`https://fhir.nhs.uk/Id/ods-organization-code|${value}`);
    expect(await count(homeward, `Organization?identifier=${query}`)).toBe(1);
  });

  it('is a condition of a transaction that holds', async () => {
    const identifier = [{ system: SYSTEM, value: long() }];
    const create = (): object => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: `urn:uuid:${crypto.randomUUID()}`,
          resource: { resourceType: 'Practitioner', identifier, name: [{ family: 'Long' }] },
          request: {
            method: 'POST',
            url: 'Practitioner',
            ifNoneExist: `identifier=${token(identifier[0]!.value)}`,
          },
        },
      ],
    });
    for (const _time of [1, 2])
      expect((await send(homeward, create(), { path: '/FHIR/R4' })).status).toBe(200);
    expect(await count(homeward, `Practitioner?identifier=${token(identifier[0]!.value)}`)).toBe(1);
  });

  it('in one entry of a batch leaves the others as they are', async () => {
    const entry = (value: string): object => ({
      resource: {
        resourceType: 'Practitioner',
        identifier: [{ system: SYSTEM, value }],
        name: [{ family: 'A' }],
      },
      request: { method: 'POST', url: 'Practitioner' },
    });
    const batch = { resourceType: 'Bundle', type: 'batch', entry: [entry('short'), entry(long())] };
    const { status, json } = await send(homeward, batch, { path: '/FHIR/R4' });
    expect(status).toBe(200);
    expect(json.entry.map((each: AnyJson) => each.response.status.slice(0, 3))).toEqual(['201', '201']);
  });

  it('may be asked for in the body of a search, and the audit trail holds the question', async () => {
    for (const query of [
      `identifier=${token(long())}`,
      `_tag=${token(long())}`,
      `address-postalcode:exact=${long()}`,
    ]) {
      const { status, json } = await homeward.call('POST', '/FHIR/R4/Patient/_search', {
        body: query,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
      expect([status, json.total]).toEqual([200, 0]);
    }
    expect(await count(homeward, 'AuditEvent?entity-type=2&_summary=count')).toBeGreaterThan(2);
  });
});

describe('a number of many digits', () => {
  const digits = `1${'7'.repeat(6_000)}`;

  it.each([digits, `1.${digits}`, '1e200000', '1e-200000'])(
    'is refused, not an exception: %.12s',
    async (value) => {
      const summary = freshSummary().with('Observation[0].valueQuantity', { value: '@' }).bytes().toString();
      const { status } = await send(homeward, Buffer.from(summary.replace('"@"', value)));
      expect(status).toBe(400);
    },
  );
});
