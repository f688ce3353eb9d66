/** The document, from TXA and the OBX with the PDF; of a result (ORU) without TXA, from OBR. */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { LOINC, SNOMED_CT } from '../../../fhir/code-systems';
import type { Content } from '../content';
import type { Message, Segment } from '../message';
import { dateTimeOf } from '../times';
import { orderOf } from './order-of';
import { present, refersTo, type ResourceIds } from './resource-ids';
import { profile } from './profile';

export type DocumentStatus = 'current' | 'superseded' | 'entered-in-error';

/** @param given a status that decides over that of the message */
export function documentOf(
  message: Message,
  pdf: Extract<Content, { kind: 'pdf' }>,
  masterIdentifier: JsonObject | undefined,
  ids: ResourceIds,
  given: DocumentStatus | undefined,
): AnyResource {
  const facts = factsOf(message, pdf.segment);
  const creation = facts.date === undefined ? undefined : dateTimeOf(facts.date);
  return {
    resourceType: 'DocumentReference',
    id: ids.document,
    meta: profile('DocumentReference'),
    ...present({
      masterIdentifier,
      status: given ?? facts.status,
      docStatus: facts.docStatus,
      type: facts.type,
      subject: refersTo(ids.patient),
      // An instant: it has a time.
      date: creation?.includes('T') === true ? creation : undefined,
      custodian: refersTo(ids.organization),
      securityLabel: facts.securityLabel,
      content: [
        {
          attachment: present({
            contentType: 'application/pdf',
            data: pdf.base64,
            size: pdf.bytes.length,
            title: facts.title,
            creation,
          }),
        },
      ],
      context: { encounter: [refersTo(ids.encounter)] },
    }),
  };
}

interface DocumentFacts {
  status: DocumentStatus;
  docStatus?: string | undefined;
  type?: JsonObject | undefined;
  date?: string | undefined;
  title?: string | undefined;
  securityLabel?: JsonObject[] | undefined;
}

/** @param document its OBX segment */
function factsOf(message: Message, document: Segment): DocumentFacts {
  const [txa, obr] = [message.first('TXA'), orderOf(message)];
  if (txa)
    return {
      status: AVAILABILITY[txa.text(19)?.toUpperCase() ?? ''] ?? 'current',
      docStatus: COMPLETION[txa.text(17)?.toUpperCase() ?? ''],
      type: conceptOf(txa, 2),
      date: txa.text(4),
      title: txa.text(16),
      securityLabel: labelOf(txa.text(18)),
    };
  return {
    status: 'current',
    docStatus: statusOfResult(document.text(11)) ?? RESULT_STATUS[obr?.text(25)?.toUpperCase() ?? ''],
    type: obr && conceptOf(obr, 4),
    date: obr?.text(22) ?? obr?.text(7),
    title: obr?.text(4, 2),
  };
}

/** Table 0273. */
const AVAILABILITY: Readonly<Record<string, DocumentStatus>> = { OB: 'superseded', CA: 'entered-in-error' };

/** Table 0271: authenticated is final; whatever is not yet authenticated is preliminary. */
const COMPLETION: Readonly<Record<string, string>> = {
  AU: 'final',
  LA: 'final',
  DI: 'preliminary',
  DO: 'preliminary',
  IN: 'preliminary',
  IP: 'preliminary',
  PA: 'preliminary',
};

/** Table 0123. */
const RESULT_STATUS: Readonly<Record<string, string>> = {
  F: 'final',
  C: 'amended',
  P: 'preliminary',
  R: 'preliminary',
};

/** A document that is not final yet is none, whatever the order says. */
function statusOfResult(given: string | undefined): string | undefined {
  const status = RESULT_STATUS[given?.toUpperCase() ?? ''];
  return status === 'final' ? undefined : status;
}

const CONFIDENTIALITY: Readonly<Record<string, string>> = { U: 'N', R: 'R', V: 'V' };

function labelOf(given: string | undefined): JsonObject[] | undefined {
  const code = CONFIDENTIALITY[given?.toUpperCase() ?? ''];
  return code === undefined
    ? undefined
    : [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code }] }];
}

/** The names that messages have for code systems (table 0396). */
export const CODE_SYSTEMS: Readonly<Record<string, string>> = {
  SCT: SNOMED_CT,
  SNM: SNOMED_CT,
  SNM3: SNOMED_CT,
  SNOMEDCT: SNOMED_CT,
  '2.16.840.1.113883.6.96': SNOMED_CT,
  SNOMED: SNOMED_CT,
  'SNOMED-CT': SNOMED_CT,
  'SNOMED CT': SNOMED_CT,
  [SNOMED_CT.toUpperCase()]: SNOMED_CT,
  LN: LOINC,
  LOINC,
  '2.16.840.1.113883.6.1': LOINC,
  [LOINC.toUpperCase()]: LOINC,
  HL70270: 'http://terminology.hl7.org/CodeSystem/v2-0270',
};

/** The address of a code system by its name in a message; undefined of one that only the sender knows. */
export const codeSystemNamed = (name: string | undefined): string | undefined =>
  name !== undefined && Object.hasOwn(CODE_SYSTEMS, name.toUpperCase())
    ? CODE_SYSTEMS[name.toUpperCase()]
    : undefined;

/** A coded field: code ^ text ^ system, and the same once more in other words. */
function conceptOf(segment: Segment, field: number): JsonObject | undefined {
  const codings = [1, 4].flatMap((at) => {
    const code = segment.text(field, at);
    if (code === undefined) return [];
    const display = segment.text(field, at + 1);
    return [present({ system: codeSystemNamed(segment.text(field, at + 2)), code, display })];
  });
  const text = segment.text(field, 2);
  if (codings.length === 0 && text === undefined) return undefined;
  return present({ coding: codings.length > 0 ? codings : undefined, text });
}
