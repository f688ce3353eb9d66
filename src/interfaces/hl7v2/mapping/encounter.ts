/** The stay, from PV1: its number, its class, its beginning and its end. */
import type { AnyResource, JsonObject } from '../../../fhir/types';
import { systemOf } from '../identifiers';
import type { Segment } from '../message';
import { dateTimeOf } from '../times';
import { present, refersTo, type ResourceIds } from './resource-ids';
import { profile } from './profile';

export function encounterOf(pv1: Segment | undefined, ids: ResourceIds): AnyResource {
  const [started, ended] = [pv1?.text(44), pv1?.text(45)];
  const period = present({
    start: started === undefined ? undefined : dateTimeOf(started),
    end: ended === undefined ? undefined : dateTimeOf(ended),
  });
  return {
    resourceType: 'Encounter',
    id: ids.encounter,
    meta: profile('Encounter'),
    ...present({
      identifier: numberOf(pv1, ids.odsCode),
      // A stay without a discharge has not ended.
      status: pv1 === undefined ? undefined : ended === undefined ? 'in-progress' : 'finished',
      class: classOf(pv1?.text(2)),
      subject: refersTo(ids.patient),
      period: Object.keys(period).length > 0 ? period : undefined,
      serviceProvider: refersTo(ids.organization),
    }),
  };
}

function numberOf(pv1: Segment | undefined, odsCode: string): JsonObject[] | undefined {
  const value = pv1?.text(19);
  if (pv1 === undefined || value === undefined) return undefined;
  const system = systemOf('visit', odsCode, pv1.first(19, 4), pv1.subcomponent(19, 4, 2));
  return [{ system, value }];
}

const ACT_CODES = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const PATIENT_CLASSES = 'http://terminology.hl7.org/CodeSystem/v2-0004';

/** The classes of FHIR, which a sender may write into PV1-2 as they are. */
const DISPLAYS: Readonly<Record<string, string>> = {
  AMB: 'ambulatory',
  EMER: 'emergency',
  FLD: 'field',
  HH: 'home health',
  IMP: 'inpatient encounter',
  ACUTE: 'inpatient acute',
  NONAC: 'inpatient non-acute',
  OBSENC: 'observation encounter',
  PRENC: 'pre-admission',
  SS: 'short stay',
  VR: 'virtual',
};

/** Table 0004 in the classes of FHIR. Other codes keep their own system. */
const CLASSES: Readonly<Record<string, string>> = { I: 'IMP', O: 'AMB', E: 'EMER', P: 'PRENC' };

function classOf(given: string | undefined): JsonObject | undefined {
  if (given === undefined) return undefined;
  const code = given.toUpperCase();
  const act = Object.hasOwn(CLASSES, code) ? CLASSES[code] : code;
  return act !== undefined && Object.hasOwn(DISPLAYS, act)
    ? { system: ACT_CODES, code: act, display: DISPLAYS[act] }
    : { system: PATIENT_CLASSES, code: given };
}
