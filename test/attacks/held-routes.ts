/**
 * What holds each route: where it is tried, and what a reader from another organisation gets there. By method and path
 * as the table of routes writes them; `every-route.test.ts` tries them all.
 */
import { operations } from '../../src/interfaces/http/operations';
import { aSummary } from '../fixtures/summary';

/** What a reader with every scope gets of a patient whom the policy hides from it. */
export type Hidden =
  /** As if it were not there, and the audit record names the patient. */
  | 'not found'
  /** A page or count of nothing, and the audit record names the patient where the request does. */
  | 'nothing found'
  /** A submission for another organisation is refused. */
  | 'refused'
  /** For auditors, whatever the policy says: the scope must name AuditEvent, and be without a restriction. */
  | 'for auditors'
  /** Nothing that is stored is looked at. */
  | 'nothing read';

export interface Held {
  url: string;
  hidden: Hidden;
  body?: object | Buffer | string;
  headers?: Record<string, string>;
  /** A restricted scope that does not open the route. */
  notBy?: string;
  /** True where the request names no patient. */
  ofNobody?: true;
}

const PATIENT = {
  resourceType: 'Patient',
  identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }],
};
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const NOTHING = { resourceType: 'Parameters' };
export const open = 'open' as const;
export const fhir = '/FHIR/R4';
const auditors = (url: string, more: Partial<Held> = {}): Held => ({
  url,
  hidden: 'for auditors',
  notBy: 'system/AuditEvent.rs?action=D',
  ...more,
});

/** What the files of the operations say themselves; those with a body of their own are below. */
const ofOperations = (): Record<string, Held> =>
  Object.fromEntries(
    operations.flatMap(({ name, ways }) =>
      ways.flatMap(({ on, by, hidden }): [string, Held][] => {
        if (hidden === undefined) return [];
        const path = `${fhir}/${on}/$${name}`;
        const asked = { url: `${fhir}/${hidden.url}`, hidden: hidden.answer };
        const get: [string, Held] = [`GET ${path}`, asked];
        const post: [string, Held] = [`POST ${path}`, { ...asked, body: NOTHING }];
        return by === 'parameters' ? [get, post] : [by === 'GET' ? get : post];
      }),
    ),
  );

/** By method and path as the table of routes writes them. `{patient}` and the like are what is stored. */
export const held: Readonly<Record<string, Held | typeof open>> = {
  'GET /': open,
  'GET /favicon.ico': open,
  [`GET ${fhir}`]: open,
  'GET /_ping': open,
  'GET /_status': open,
  'GET /openapi.json': open,
  'GET /docs': open,
  'GET /docs/:file': open,
  'POST /oauth2/token': open,
  [`GET ${fhir}/.well-known/smart-configuration`]: open,
  [`GET ${fhir}/metadata`]: open,
  'GET /access-report': auditors('/access-report?patient={patient}'),
  'POST /access-report': auditors('/access-report', { body: 'patient={patient}', headers: FORM }),
  'GET /submissions': auditors('/submissions', { ofNobody: true }),
  'GET /submissions/:id': auditors('/submissions/{submission}'),
  'GET /submissions/:id/raw': auditors('/submissions/{submission}/raw'),
  'GET /submissions/:id/outcome': auditors('/submissions/{submission}/outcome'),
  'GET /submissions/:id/proof': auditors('/submissions/{submission}/proof'),
  'POST /submissions/:id/review': auditors('/submissions/{submission}/review', {
    body: { note: 'Seen.' },
    headers: { 'Content-Type': 'application/json' },
    notBy: 'system/AuditEvent.rs',
  }),
  'GET /deliveries': auditors('/deliveries', { ofNobody: true }),
  'POST /deliveries/:id/retry': auditors('/deliveries/{delivery}/retry', { notBy: 'system/AuditEvent.rs' }),
  'GET /ledger/verify': auditors('/ledger/verify', { ofNobody: true }),
  [`POST ${fhir}`]: { url: fhir, hidden: 'refused', body: transaction() },
  [`POST ${fhir}/$process-message`]: { url: `${fhir}/$process-message`, hidden: 'refused', body: message() },
  [`POST ${fhir}/Bundle`]: { url: `${fhir}/Bundle`, hidden: 'refused', body: aSummary().stay(2).bytes() },
  [`GET ${fhir}/Bundle`]: { url: `${fhir}/Bundle?_id={submission}`, hidden: 'nothing found' },
  [`GET ${fhir}/Bundle/:id`]: bundle(''),
  [`GET ${fhir}/Bundle/:id/_history`]: bundle('/_history'),
  [`GET ${fhir}/Bundle/:id/_history/:version`]: bundle('/_history/1'),
  [`POST ${fhir}/:type/$validate`]: {
    url: `${fhir}/Patient/$validate`,
    hidden: 'nothing read',
    body: PATIENT,
  },
  ...ofOperations(),
  [`POST ${fhir}/Patient/$match`]: {
    url: `${fhir}/Patient/$match`,
    hidden: 'nothing found',
    body: { ...NOTHING, parameter: [{ name: 'resource', resource: PATIENT }] },
  },
  [`GET ${fhir}/_history`]: { url: `${fhir}/_history?_count=1000`, hidden: 'nothing found', ofNobody: true },
  [`GET ${fhir}/:type/_history`]: {
    url: `${fhir}/Encounter/_history`,
    hidden: 'nothing found',
    ofNobody: true,
  },
  [`POST ${fhir}/:type/_search`]: {
    url: `${fhir}/Encounter/_search`,
    hidden: 'nothing found',
    body: '_id={encounter}',
    headers: FORM,
  },
  [`GET ${fhir}/Binary/:id`]: { url: `${fhir}/Binary/{binary}`, hidden: 'not found' },
  [`GET ${fhir}/:type/:id/_history/:version`]: {
    url: `${fhir}/Encounter/{encounter}/_history/1`,
    hidden: 'not found',
  },
  [`GET ${fhir}/:type/:id/_history`]: { url: `${fhir}/Encounter/{encounter}/_history`, hidden: 'not found' },
  [`GET ${fhir}/Patient/:patient/:type`]: {
    url: `${fhir}/Patient/{patient}/Encounter`,
    hidden: 'nothing found',
  },
  [`POST ${fhir}/Patient/:patient/:type/_search`]: {
    url: `${fhir}/Patient/{patient}/Encounter/_search`,
    hidden: 'nothing found',
    body: '_count=10',
    headers: FORM,
  },
  [`GET ${fhir}/:type/:id`]: { url: `${fhir}/Encounter/{encounter}`, hidden: 'not found' },
  [`GET ${fhir}/:type`]: { url: `${fhir}/Observation?encounter={encounter}`, hidden: 'nothing found' },
};

/** A submission as a Bundle: its sender's own, and by no restricted scope. */
function bundle(rest: string): Held {
  return {
    url: `${fhir}/Bundle/{submission}${rest}`,
    hidden: 'not found',
    notBy: 'system/Bundle.rs?identifier=none|none system/AuditEvent.rs',
  };
}

function transaction(): object {
  const entries = (
    aSummary().stay(3).build() as unknown as { entry: { resource: { resourceType: string } }[] }
  ).entry;
  const request = ({ resource }: (typeof entries)[number]): object => ({
    method: 'POST',
    url: resource.resourceType,
  });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entries.map((entry) => ({ ...entry, request: request(entry) })),
  };
}

function message(): object {
  const summary = aSummary().stay(4).build() as unknown as { entry: object[] };
  const header = {
    resourceType: 'MessageHeader',
    id: 'a4b1e1ec-1f0c-4b6c-8d0a-5d5e5c3f6c10',
    eventUri: 'urn:test',
    source: { endpoint: 'urn:test' },
  };
  return {
    ...summary,
    type: 'message',
    timestamp: '2025-03-10T14:25:00Z',
    entry: [{ fullUrl: `urn:uuid:${header.id}`, resource: header }, ...summary.entry],
  };
}
