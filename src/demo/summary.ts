/**
 * The summary of a synthetic stay: the Bundle that a sender would send, and that keeps every rule of the guidance
 * (3.4.1 to 3.4.6). Every resource has an id of its own, which is the end of its fullUrl; every reference is one of
 * the fullUrls of the same Bundle.
 */
import { ODS_ORGANISATION_SYSTEM } from '../terminology/ods';
import type { AnyResource, JsonObject } from '../fhir/types';
import type { NewsSet } from './course';
import { londonDateTime } from './london-time';
import {
  OBSERVATIONS_PER_SET,
  observationsOf,
  readingOf,
  snomed,
  type ObservationFrame,
} from './observations';
import { padPdf } from './pad-pdf';
import { patientOf } from './patient';
import { samplePdf, stayPdf } from './pdf';
import { randomOf } from './random';
import { READING_ROWS } from './reading-rows';
import type { Stay } from './stay';
import { ukCoreObservationsOf } from './ukcore-observations';

export interface SummaryOptions {
  /**
   * `own`: the stay's own page, drawn for it. `sample`: the page of one sample stay, drawn once, told apart by a
   * comment; for loading very many. `own` unless given.
   */
  pdf?: 'own' | 'sample' | Buffer;
  /** Pads the document to so many bytes; a document that is larger already stays as it is. */
  pdfBytes?: number;
  /**
   * At most so many Observations: as many full sets as fit, spread over the stay, and for what is left readings by
   * themselves. All sets of the stay unless given.
   */
  observations?: number;
  /** NEWS2 as the guidance sends it, or as UK Core has had it since. `observations` counts for the first only. */
  withModel?: 'guidance' | 'ukcore-components';
}

const PROFILES = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-';
const UUID_STREAM = 0x75756964;

export function summaryOf(stay: Stay, options: SummaryOptions = {}): AnyResource {
  const { uuid } = randomOf(UUID_STREAM, stay.seed, stay.index);
  const ids = { bundle: uuid(), patient: uuid(), organization: uuid(), encounter: uuid(), document: uuid() };
  const { namespace } = stay.trust;
  const frame: ObservationFrame = {
    scale: stay.scale,
    patient: urn(ids.patient),
    organization: urn(ids.organization),
    encounter: urn(ids.encounter),
    namespace,
    uuid,
  };
  const resources = [
    patientOf(stay.person, ids.patient),
    organizationOf(stay, ids.organization),
    encounterOf(stay, ids.encounter, frame),
    documentOf(stay, ids.document, frame, options),
    ...observationsIn(stay, frame, options),
  ];
  return {
    resourceType: 'Bundle',
    id: ids.bundle,
    meta: {
      versionId: '1',
      lastUpdated: londonDateTime(stay.sentAt),
      profile: [`${PROFILES}Bundle`],
    },
    identifier: { system: `${namespace}/summary`, value: nameOf(stay) },
    type: 'collection',
    entry: resources.map((resource) => ({ fullUrl: urn(resource.id ?? ''), resource })),
  };
}

function organizationOf({ trust }: Stay, id: string): AnyResource {
  return {
    resourceType: 'Organization',
    id,
    meta: { profile: [`${PROFILES}Organization`] },
    identifier: [{ system: ODS_ORGANISATION_SYSTEM, value: trust.odsCode }],
    name: trust.name,
  };
}

function encounterOf(stay: Stay, id: string, frame: ObservationFrame): AnyResource {
  return {
    resourceType: 'Encounter',
    id,
    meta: { profile: [`${PROFILES}Encounter`] },
    identifier: [{ system: `${frame.namespace}/stay`, value: nameOf(stay) }],
    status: 'finished',
    class: {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      code: 'HH',
      display: 'home health',
    },
    type: [snomed('270420001', 'Seen in own home')],
    subject: { reference: frame.patient },
    period: periodOf(stay),
    reasonCode: [snomed(stay.condition.code, stay.condition.display)],
    serviceProvider: { reference: frame.organization },
  };
}

function documentOf(stay: Stay, id: string, frame: ObservationFrame, options: SummaryOptions): AnyResource {
  const pdf = pdfOf(stay, options);
  return {
    resourceType: 'DocumentReference',
    id,
    meta: { profile: [`${PROFILES}DocumentReference`] },
    masterIdentifier: { system: `${frame.namespace}/document`, value: nameOf(stay) },
    status: 'current',
    docStatus: 'final',
    type: snomed('371534008', 'Summary report (record artifact)'),
    subject: { reference: frame.patient },
    date: londonDateTime(stay.sentAt),
    author: [{ reference: frame.organization }],
    custodian: { reference: frame.organization },
    description: 'Supplementary remote monitoring data from a virtual ward stay',
    content: [
      {
        attachment: {
          contentType: 'application/pdf',
          data: pdf.toString('base64'),
          size: pdf.length,
          title: 'Virtual ward stay: remote monitoring summary',
          creation: londonDateTime(stay.documentedAt),
        },
      },
    ],
    context: { encounter: [{ reference: frame.encounter }], period: periodOf(stay) },
  };
}

function pdfOf(stay: Stay, { pdf = 'own', pdfBytes = 0 }: SummaryOptions): Buffer {
  if (Buffer.isBuffer(pdf)) return padPdf(pdf, pdfBytes);
  return pdf === 'own' ? padPdf(stayPdf(stay), pdfBytes) : padPdf(samplePdf(), pdfBytes, nameOf(stay));
}

function observationsIn(stay: Stay, frame: ObservationFrame, options: SummaryOptions): AnyResource[] {
  const { observations: most = Infinity, withModel = 'guidance' } = options;
  const sets = Math.floor(most / OBSERVATIONS_PER_SET);
  const chosen = spread(stay.sets, sets);
  if (withModel === 'ukcore-components') return chosen.flatMap((set) => ukCoreObservationsOf(set, frame));
  const observations = chosen.flatMap((set) => observationsOf(set, frame));
  for (const set of stay.sets) {
    if (chosen.includes(set)) continue;
    for (const row of READING_ROWS) {
      if (observations.length >= most) return observations;
      observations.push(readingOf(row, set, frame));
    }
  }
  return observations;
}

/** So many of the sets, evenly from the last to the first; all of them where there are no more. */
function spread(sets: readonly NewsSet[], count: number): readonly NewsSet[] {
  if (count >= sets.length) return sets;
  const last = sets.length - 1;
  return Array.from({ length: count }, (_, i) => (count === 1 ? last : Math.round((i * last) / (count - 1))))
    .map((position) => sets[position])
    .filter((set) => set !== undefined);
}

function periodOf(stay: Stay): JsonObject {
  return { start: londonDateTime(stay.start), end: londonDateTime(stay.end) };
}

/** What the sender calls the stay: the same in each of its identifiers' namespaces. */
function nameOf({ seed, index }: Stay): string {
  return `VW-${seed}-${String(index + 1).padStart(6, '0')}`;
}

function urn(id: string): string {
  return `urn:uuid:${id}`;
}
