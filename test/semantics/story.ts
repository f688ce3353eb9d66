/**
 * What the stories of a ward have in common: each is played over HTTP against one server, and says what its readers
 * then see. For `ward-stories.test.ts`.
 */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import type { Homeward } from '../support/homeward';
import {
  byNhsNumber,
  freshNhsNumber,
  freshSummary,
  send,
  stored,
  told,
  type AnyJson,
  type SendOptions,
  type Sent,
} from './sending';
import type { Entry } from './transacting';

export interface Story {
  name: string;
  /** What happens, and what is then seen. */
  tell: (server: Homeward) => Promise<unknown>;
  /** What should be seen. */
  right: unknown;
}

export const NHS = 'https://fhir.nhs.uk/Id/nhs-number';

/** What was answered: the status, and what was said of patients, of identity and of what others stored. */
export function answer({ status, json }: Sent): string[] {
  const outcomes: AnyJson[] =
    json?.resourceType === 'Bundle' ? json.entry.map(({ response }: AnyJson) => response?.outcome) : [json];
  const said = outcomes.flatMap(told).filter((line) => /submission-|vw-bundle-21/.test(line));
  const rules = said.map((line) => line.split(' ').slice(0, 2).join(' '));
  return [String(status), ...new Set(rules)];
}

export const say = async (
  server: Homeward,
  ...sending: Parameters<typeof send> extends [unknown, ...infer R] ? R : never
): Promise<string[]> => answer(await send(server, ...sending));

/** A patient with a summary of their own. */
export interface Known {
  nhsNumber: string;
  summary: SummaryBuilder;
  sent: Sent;
  /** `Patient/<id>`, `Encounter/<id>`, … of the first of each type. */
  patient: string;
  encounter: string;
  observation: string;
  document: string;
}

export async function known(
  server: Homeward,
  change: (summary: SummaryBuilder) => SummaryBuilder = (same) => same,
  options: SendOptions = {},
): Promise<Known> {
  const nhsNumber = freshNhsNumber();
  const summary = change(freshSummary().nhsNumber(nhsNumber));
  const sent = await send(server, summary, options);
  const name = async (type: string): Promise<string> =>
    `${type}/${(await stored(server, sent.submissionId, type)).id}`;
  return {
    nhsNumber,
    summary,
    sent,
    patient: await name('Patient'),
    encounter: await name('Encounter'),
    observation: await name('Observation'),
    document: await name('DocumentReference'),
  };
}

/** Another summary of the same patient; of another stay unless it is said which. */
export const about = ({ nhsNumber }: Pick<Known, 'nhsNumber'>): SummaryBuilder =>
  freshSummary().nhsNumber(nhsNumber);

let marks = 0;
/** The same content as an engine builds it again: under fullUrls of its own, and under another Bundle.identifier if given. */
export const rebuilt = (summary: SummaryBuilder, identifier?: string): SummaryBuilder => {
  marks += 1;
  const mark = (0xccc00000 + marks).toString(16);
  const again = summary.changed(
    (bundle) =>
      JSON.parse(JSON.stringify(bundle).replace(/urn:uuid:[0-9a-f]{8}/g, `urn:uuid:${mark}`)) as AnyResource,
  );
  return identifier === undefined ? again : again.with('Bundle.identifier.value', `${identifier} ${marks}`);
};

/** How many of each kind a reader of the whole record sees; the status where there is no record. */
export async function record(server: Homeward, patient: string): Promise<JsonObject | number> {
  const { status, json } = await server.call('GET', `/FHIR/R4/${patient}/$everything?_count=500`);
  if (status !== 200) return status;
  const counts: Record<string, number> = {};
  for (const { resource } of json.entry)
    if (!['Patient', 'Organization', 'Provenance'].includes(resource.resourceType))
      counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
  return counts;
}
/** What one summary leaves in a record. */
export const ONE = { Encounter: 1, DocumentReference: 1, Observation: 16 };
export const TWO = { Encounter: 2, DocumentReference: 2, Observation: 32 };

export async function find(server: Homeward, query: string): Promise<AnyJson[]> {
  const { json } = await server.call('GET', `/FHIR/R4/${query}`);
  return (json.entry ?? [])
    .filter(({ search }: AnyJson) => search?.mode === 'match')
    .map(({ resource }: AnyJson) => resource);
}

/** The Patients whom a reader finds by an NHS number. */
export const patientsOf = (server: Homeward, nhsNumber: string): Promise<AnyJson[]> =>
  find(server, `Patient?${byNhsNumber('identifier', nhsNumber)}`);

export const statusesOf = async (server: Homeward, type: string, nhsNumber: string): Promise<string[]> =>
  (await find(server, `${type}?${byNhsNumber('patient:identifier', nhsNumber)}&_count=100`)).map(
    ({ status }) => String(status),
  );

/** Why a person is to look at a submission. */
export async function reasons(server: Homeward, { submissionId }: Sent): Promise<number> {
  const { json } = await server.call('GET', `/submissions/${submissionId}`);
  return json.review.reasons.length;
}

export const status = async (server: Homeward, path: string): Promise<number> =>
  (await server.call('GET', `/FHIR/R4/${path}`)).status;

/** The summary as a transaction, in which each entry of a type has more in its request. */
export function asTransaction(
  summary: SummaryBuilder,
  requests: Readonly<Record<string, JsonObject>> = {},
): SummaryBuilder {
  return summary.changed((bundle) => {
    bundle.type = 'transaction';
    for (const entry of bundle.entry as AnyJson[]) {
      const type = String(entry.resource.resourceType);
      entry.request = { method: 'POST', url: type, ...requests[type] };
    }
  });
}

/** The summary with one more entry. */
export const withOneMore = (
  summary: SummaryBuilder,
  more: (patient: JsonObject) => AnyResource,
): SummaryBuilder =>
  summary.changed((bundle) => {
    const entries = bundle.entry as AnyJson[];
    const reference = entries.find(({ resource }) => resource.resourceType === 'Patient').fullUrl;
    entries.push({
      fullUrl: 'urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a001',
      resource: { id: 'more', ...more({ reference }) },
    });
  });

export const post = (resource: AnyResource, ifNoneExist?: string): Entry => ({
  resource,
  request: {
    method: 'POST',
    url: resource.resourceType,
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  },
});

/** An element of the first resource of a type in a summary. */
export function sentIn(summary: SummaryBuilder, type: string): AnyJson {
  const { resource } = (summary.build().entry as AnyJson[]).find(
    (entry) => entry.resource.resourceType === type,
  );
  return resource;
}
