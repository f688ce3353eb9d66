/**
 * What UKCore-Encounter 2.5.0 adds to R4: its extensions, how often, and what each must hold. The admission method may
 * be on the Encounter itself, as in 2.3.0, or in `hospitalization`, as in later versions.
 * @see https://simplifier.net/hl7fhirukcorer4/ukcore-encounter
 */
import { stricter, type Finding, type Rule } from '../../definitions/rule';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { changing, unchanged } from '../common/example';

const BASE = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
const ONCE: readonly string[] = [
  'DischargeMethod',
  'EmergencyCareDischargeStatus',
  'OutcomeOfAttendance',
  'AdmissionMethod',
];

interface Placed {
  name: string;
  extension: JsonObject;
  place: string;
}

function extensionsOf(encounter: AnyResource): Placed[] {
  const { hospitalization } = encounter;
  return [
    ...placed(encounter.extension, 'extension'),
    ...(isObject(hospitalization) ? placed(hospitalization.extension, 'hospitalization.extension') : []),
  ];
}

function placed(extensions: Json | undefined, path: string): Placed[] {
  return listOf<Json>(extensions).flatMap((extension, index) =>
    isObject(extension) && typeof extension.url === 'string' && extension.url.startsWith(BASE)
      ? [{ name: extension.url.slice(BASE.length), extension, place: `${path}[${index}]` }]
      : [],
  );
}

const extensionIsThereOnce: Rule = {
  id: 'ukcore-enc-01',
  severity: stricter('warning', 'error'),
  code: 'structure',
  guidance: 'UK Core Encounter.extension',
  claim: 'The UK Core extensions for discharge, attendance and admission appear at most once each.',
  *check(encounter): Iterable<Finding> {
    const met = new Set<string>();
    for (const { name, place } of extensionsOf(encounter)) {
      if (ONCE.includes(name) && met.has(name)) {
        yield { element: place, text: `The extension UKCore-${name} appears more than once. Send it once.` };
      }
      met.add(name);
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.extension = [dischargeMethod(), dischargeMethod()];
    }),
  },
};

function dischargeMethod(): JsonObject {
  return {
    url: `${BASE}DischargeMethod`,
    valueCodeableConcept: {
      coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-DischargeMethodEngland', code: '1' }],
    },
  };
}

const LEGAL_STATUS_PARTS: readonly string[] = ['legalStatusContext', 'legalStatusClassification'];

const extensionHoldsWhatItIsFor: Rule = {
  id: 'ukcore-enc-02',
  severity: stricter('warning', 'error'),
  code: 'required',
  guidance: 'UK Core Encounter.extension',
  claim:
    'A UK Core extension of an Encounter contains a CodeableConcept. A legal status extension contains its context and classification.',
  *check(encounter): Iterable<Finding> {
    for (const { name, extension, place } of extensionsOf(encounter)) {
      if (ONCE.includes(name) && !isObject(extension.valueCodeableConcept)) {
        yield {
          element: place,
          text: `The extension UKCore-${name} has no valueCodeableConcept. Send its code in valueCodeableConcept.`,
        };
      } else if (name === 'LegalStatus') {
        const parts = listOf<Json>(extension.extension).flatMap((part) => (isObject(part) ? [part.url] : []));
        for (const wanted of LEGAL_STATUS_PARTS.filter(
          (part) => parts.filter((url) => url === part).length !== 1,
        )) {
          yield {
            element: place,
            text: `The extension UKCore-LegalStatus needs ${wanted} exactly once. Send it once.`,
          };
        }
      }
    }
  },
  examples: {
    keeps: changing('Encounter', (encounter) => {
      encounter.extension = [dischargeMethod()];
    }),
    breaks: changing('Encounter', (encounter) => {
      encounter.extension = [{ url: `${BASE}DischargeMethod`, valueString: 'Discharged on clinical advice' }];
    }),
  },
};

export const ukCoreRules: readonly Rule[] = [extensionIsThereOnce, extensionHoldsWhatItIsFor];
