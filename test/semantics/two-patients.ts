/**
 * Two patients: B, who has a summary of their own on the server, and A, whose new summary names B in one more place.
 * For the tests of «One submission, one patient».
 */
import { isObject, type AnyResource, type Json, type JsonObject } from '../../src/fhir/types';
import type { Homeward } from '../support/homeward';
import {
  accepted,
  freshNhsNumber,
  freshSummary,
  read,
  send,
  stored,
  told,
  type AnyJson,
  type Sent,
} from './sending';

export const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
export const UNKNOWN = 'urn:uuid:00000000-0000-4000-8000-0000000000ff';

/** What the server knows of B, by which a summary about A could reach it. */
export interface Other {
  nhsNumber: string;
  /** The address of the server. */
  server: string;
  patient: string;
  encounter: string;
  observation: string;
  document: string;
  binary: string;
  condition: string;
  group: string;
}
/** What the server knows of B; filled by `storeB`. */
export const b = {} as Other;

export async function storeB(homeward: Homeward): Promise<void> {
  const nhsNumber = freshNhsNumber();
  const summary = freshSummary()
    .nhsNumber(nhsNumber)
    .changed((bundle) => {
      add(bundle, condition({ reference: fullUrlOf(bundle, 'Patient') }));
    });
  const { submissionId } = await accepted(homeward, summary);
  const nameOf = async (type: string): Promise<string> =>
    `${type}/${(await stored(homeward, submissionId, type)).id}`;
  const patient = await nameOf('Patient');
  const document = await nameOf('DocumentReference');
  const group = await post(homeward, 'transaction', {
    resourceType: 'Group',
    type: 'person',
    actual: true,
    member: [{ entity: { reference: patient } }],
  });
  const [type = '', id = ''] = document.split('/');
  const { content } = await read(homeward, { type, id });
  const known: Other = {
    nhsNumber,
    server: homeward.fhir,
    patient,
    document,
    encounter: await nameOf('Encounter'),
    observation: await nameOf('Observation'),
    condition: await nameOf('Condition'),
    group: `Group/${(await stored(homeward, group.submissionId, 'Group')).id}`,
    binary: content[0].attachment.url,
  };
  Object.assign(b, known);
}
export function fullUrlOf(bundle: AnyResource, type: string): string {
  const entry = (bundle.entry as JsonObject[]).find(
    ({ resource }) => isObject(resource) && resource.resourceType === type,
  );
  return String(entry?.fullUrl);
}

let added = 0;

export function add(bundle: AnyResource, resource: AnyResource): void {
  added += 1;
  const id = `2b9e7a54-3c1d-4f66-9d0a-${String(added).padStart(12, '0')}`;
  (bundle.entry as Json[]).push({ fullUrl: `urn:uuid:${id}`, resource: { ...resource, id } });
}

export function condition(subject: JsonObject): AnyResource {
  return { resourceType: 'Condition', code: { text: 'Pneumonia' }, subject };
}

/** A Bundle of one request for each resource. */
export function requests(type: 'transaction' | 'batch', resources: readonly AnyResource[]): JsonObject {
  return {
    resourceType: 'Bundle',
    type,
    entry: resources.map((resource) => ({
      resource,
      request: { method: 'POST', url: resource.resourceType },
    })),
  };
}

export const post = (
  homeward: Homeward,
  type: 'transaction' | 'batch',
  ...resources: AnyResource[]
): Promise<Sent> => send(homeward, requests(type, resources), { path: '/FHIR/R4' });

export const byNumber = (): JsonObject => ({ identifier: { system: NHS, value: b.nhsNumber } });
export const byId = (): JsonObject => ({ reference: b.patient });
export const containedB = (): AnyResource => ({
  resourceType: 'Patient',
  id: 'q',
  identifier: [{ system: NHS, value: b.nhsNumber }],
});

/** The places of the errors that say that something is not of this patient. */
export const foreignPlaces = (outcome: AnyJson): string[] =>
  told(outcome)
    .filter((line) => /^error (?:vw-bundle-21|submission-reference-patient) /.test(line))
    .map((line) => line.split(' ')[2]!);

/** The place of the first entry of a type. */
export const indexOf = (bundle: AnyResource, type: string): number =>
  (bundle.entry as AnyJson[]).findIndex(({ resource }) => resource.resourceType === type);
