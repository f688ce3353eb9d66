/** The ids of the resources of one summary, and its sender. */
import { createHash, type Hash } from 'node:crypto';
import { uuidOf } from '../../../platform/ids';
import type { JsonObject } from '../../../fhir/types';

export interface ResourceIds {
  odsCode: string;
  patient: string;
  organization: string;
  encounter: string;
  document: string;
  /** The id of a resource by its role in the summary, the same in each correction. */
  uuid(role: string): string;
}

/** A UUID (version 8) that follows from what was hashed, so that a correction has the ids of what it corrects. */
function uuidFrom(hash: Hash): string {
  const bytes = hash.digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return uuidOf(bytes);
}

/** @param name of the summary: its Bundle.identifier as text */
export function idsOf(odsCode: string, name: string): ResourceIds {
  // A name may be as long as the message, and each reading has an id.
  const ofSummary = createHash('sha256').update(`${odsCode}\n${name}\n`);
  const uuid = (role: string): string => uuidFrom(ofSummary.copy().update(role));
  return {
    odsCode,
    patient: uuid('patient'),
    organization: uuid('organization'),
    encounter: uuid('encounter'),
    document: uuid('document'),
    uuid,
  };
}

export const refersTo = (id: string): JsonObject => ({ reference: `urn:uuid:${id}` });

/** The members that have a value. */
export function present(members: Readonly<Record<string, JsonObject[string]>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
