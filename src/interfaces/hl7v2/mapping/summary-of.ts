/**
 * Makes the summary of a message with a PDF: Patient from PID, Encounter from PV1, the document from TXA (or, of a
 * result, OBR) and OBX, readings from OBX. A pure function: the same message of the same sender gives the same Bundle.
 * Nothing is guessed. What the message lacks is left out, and the check of the Bundle reports it; `places` says which
 * field a place of the Bundle came from.
 */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { ODS_ORGANISATION_SYSTEM } from '../../../terminology/ods';
import type { Content } from '../content';
import type { Message, Segment } from '../message';
import { sentAtOf } from '../times';
import { entityIdentifier } from '../identifiers';
import { documentOf, type DocumentStatus } from './document';
import { encounterOf } from './encounter';
import { idsOf, type ResourceIds } from './resource-ids';
import { observationsOf, type NewsCode } from './observations';
import { orderOf } from './order-of';
import { patientOf } from './patient';
import { profile } from './profile';
import { placesOf, type Places } from './places';

export interface Summary {
  bundle: AnyResource;
  places: Places;
  /** Readings whose number is longer than is taken. */
  tooLong: readonly Segment[];
  /** How many results of the message are no reading of NEWS2. They stay in the message alone. */
  leftOut: number;
}

export interface SummaryOptions {
  /** The sender's organisation. */
  odsCode: string;
  newsCode: NewsCode;
  /** The lineage that the message continues, `{ system, value }`; its own document number unless given. */
  lineage?: JsonObject | undefined;
  status?: DocumentStatus | undefined;
}

export function summaryOf(
  message: Message,
  pdf: Extract<Content, { kind: 'pdf' }>,
  { odsCode, newsCode, lineage, status }: SummaryOptions,
): Summary {
  const own = documentNumberOf(message, odsCode);
  const identifier = lineage ?? own;
  const name = identifier === undefined ? message.header.raw(10, 1) : JSON.stringify(identifier);
  const ids = idsOf(odsCode, name);
  const { observations, segments, tooLong, leftOut } = observationsOf(message, pdf.segment, ids, newsCode);
  const resources: AnyResource[] = [
    patientOf(message.first('PID'), message.first('PD1'), ids),
    organizationOf(ids),
    encounterOf(message.first('PV1'), ids),
    documentOf(message, pdf, own, ids, status),
    ...observations,
  ];
  const sentAt = message.header.text(7);
  return {
    bundle: {
      resourceType: 'Bundle',
      id: ids.uuid('bundle'),
      meta: {
        ...(sentAt === undefined ? {} : { lastUpdated: sentAtOf(sentAt, message.header.text(9, 2) ?? '') }),
        ...profile('Bundle'),
      },
      ...(identifier === undefined ? {} : { identifier }),
      type: 'collection',
      entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${resource.id ?? ''}`, resource })),
    },
    places: placesOf(message, pdf.segment, segments),
    tooLong,
    leftOut,
  };
}

/** The number of the document: TXA-12, or of a result without TXA the filler order number, OBR-3. */
export function documentNumberOf(message: Message, odsCode: string): JsonObject | undefined {
  const txa = message.first('TXA');
  return txa
    ? entityIdentifier(txa, 12, 'document', odsCode)
    : entityIdentifier(orderOf(message), 3, 'document', odsCode);
}

/** The patient whom PID names, alone. */
export function patientIn(message: Message, odsCode: string): AnyResource {
  return patientOf(message.first('PID'), message.first('PD1'), idsOf(odsCode, ''));
}

function organizationOf({ organization, odsCode }: ResourceIds): AnyResource {
  return {
    resourceType: 'Organization',
    id: organization,
    meta: profile('Organization'),
    identifier: [{ system: ODS_ORGANISATION_SYSTEM, value: odsCode }],
  };
}
