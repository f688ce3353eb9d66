/**
 * What must hold of any Observation beyond its element table: coded in SNOMED CT, of this stay, with a value
 * (section 3.4.6). The NEWS2 rules are beside this file.
 */
import { UCUM, LOINC, SNOMED_CT } from '../../fhir/code-systems';
import { always, stricter, type Finding, type Rule } from '../../definitions/rule';
import { isResourceType } from '../../fhir/r4/definitions';
import { isObject, listOf, type AnyResource, type Json } from '../../fhir/types';
import { codingsOf, snomedCodesOf } from '../common/codings';
import { changing, referenceTo, unchanged } from '../common/example';
import { referenceRules, referencesAt, targetOf } from '../common/reference-rules';
import { codeRules } from './code-rules';
import { linkRules } from './link-rules';
import { withNews2 } from './news2-example';
import { news2Of } from './news2-group';
import { hasFocus } from './of-others';
import { news2ReadingRules } from './news2-reading-rules';
import { news2ScoreRules } from './news2-score-rules';
import { news2SetRules } from './news2-set-rules';
import { news2TotalRules } from './news2-total-rules';
import { observationReferences } from './references';
import { scoreValueOf, valueElementOf } from './score-value';
import { timeRules } from './time-rules';
import { ukCoreRules } from './uk-core-rules';

const OBSERVATION_PROFILE = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation';

const claimsAnObservationProfile: Rule = {
  id: 'vw-obs-02',
  severity: stricter('warning', 'error'),
  code: 'value',
  guidance: '3.4.6 Observation.meta.profile',
  claim: 'meta.profile names UKCore-Observation, or a profile derived from it.',
  *check({ meta }): Iterable<Finding> {
    if (!isObject(meta) || meta.profile === undefined) return;
    const profiles = listOf<Json>(meta.profile);
    if (profiles.some((profile) => typeof profile === 'string' && isObservationProfile(profile))) return;
    yield {
      element: 'meta.profile',
      text: `meta.profile names no UK Core profile of Observation. Send ${OBSERVATION_PROFILE}, or a profile derived from it.`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Observation', (observation) => {
      observation.meta = { profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] };
    }),
  },
};

function isObservationProfile(profile: string): boolean {
  const canonical = profile.split('|', 1)[0] ?? '';
  return canonical === OBSERVATION_PROFILE || canonical.startsWith(`${OBSERVATION_PROFILE}-`);
}

const observationStands: Rule = {
  id: 'vw-obs-04',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.6 Observation.status',
  claim: 'The Observation is not cancelled or entered in error. One that is keeps its status when stored.',
  *check({ status }): Iterable<Finding> {
    if (status !== 'cancelled' && status !== 'entered-in-error') return;
    yield {
      element: 'status',
      text: `This Observation is stored as ${status}, and the NEWS2 checks ignore it. If it is valid, send final, amended or corrected.`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Observation', (observation) => {
      observation.status = 'entered-in-error';
    }),
  },
};

const performerIsPatientOrOrganization: Rule = {
  id: 'vw-obs-16',
  severity: always('information'),
  code: 'value',
  guidance: '3.4.6 Observation.performer',
  claim: 'The performer is the Patient or an Organization.',
  *check(observation, context, entry): Iterable<Finding> {
    for (const { reference, place } of referencesAt(observation, 'performer')) {
      const type = targetOf(context.resolve(reference, entry))?.resourceType;
      if (type === undefined || type === 'Patient' || type === 'Organization' || !isResourceType(type))
        continue;
      yield {
        element: place,
        text: `The performer is a ${type}. The guidance asks for the Patient or an Organization. Add one of them too.`,
      };
    }
  },
  examples: {
    keeps: changing('Observation', (observation, summary) => {
      observation.performer = [referenceTo(summary, 'Patient')];
    }),
    breaks: changing('Observation', (observation) => {
      observation.contained = [{ resourceType: 'Practitioner', id: 'nurse' }];
      observation.performer = [{ reference: '#nurse' }];
    }),
  },
};

const readingIsOfThePatient: Rule = {
  id: 'vw-obs-focus',
  severity: always('warning'),
  code: 'business-rule',
  guidance: 'R4 Observation.focus',
  claim:
    'An Observation describes its subject. An Observation with a focus describes someone or something else, and the NEWS2 checks ignore it.',
  *check(observation): Iterable<Finding> {
    if (!hasFocus(observation)) return;
    yield {
      element: 'focus',
      text: 'This Observation has a focus, so it is not a reading of the patient. It is stored, but the NEWS2 checks ignore it. If it is a reading of the patient, leave focus out.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter, summary) => {
      (summary.entry as Json[]).push({
        fullUrl: 'urn:uuid:2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a910',
        resource: fetalPulse(summary, encounter),
      });
    }),
  },
};

/** The heart rate of an unborn child, in the mother's summary. */
function fetalPulse(summary: AnyResource, { period }: AnyResource): AnyResource {
  const start = isObject(period) ? period.start : undefined;
  return {
    resourceType: 'Observation',
    id: '2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a910',
    meta: { profile: [OBSERVATION_PROFILE] },
    identifier: [{ system: 'https://sender.example.nhs.uk/reading', value: 'fetal-1' }],
    status: 'final',
    code: { coding: [{ system: SNOMED_CT, code: '249043002', display: 'Fetal heart rate' }] },
    subject: referenceTo(summary, 'Patient'),
    focus: [{ display: 'Unborn child' }],
    performer: [referenceTo(summary, 'Organization')],
    effectiveDateTime: start as Json,
    valueQuantity: { value: 140, unit: '/min', system: UCUM, code: '/min' },
  };
}

/** Codes that need no value: breathing room air, on oxygen. */
const SAYS_IT_BY_CODE: readonly string[] = ['722742002', '371825009'];

const hasAValue: Rule = {
  id: 'vw-obs-18',
  severity: always('error'),
  code: 'required',
  guidance: '3.4.6 Observation.value[x]',
  claim: 'The Observation has a value.',
  *check(observation): Iterable<Finding> {
    if (Object.keys(observation).some((key) => /^_?value[A-Z]/.test(key))) return;
    const isExcused =
      observation.dataAbsentReason !== undefined ||
      listOf<Json>(observation.component).length > 0 ||
      snomedCodesOf(observation.code).some((code) => SAYS_IT_BY_CODE.includes(code));
    yield isExcused
      ? {
          element: 'value',
          severity: stricter('warning', 'error'),
          text: 'The Observation has no value, which the guidance makes mandatory. It is accepted because it has other content. Send a value if there is one.',
        }
      : {
          element: 'value',
          text: 'The Observation has no value. Send value[x]. If there is no value, send dataAbsentReason.',
        };
  },
  examples: {
    keeps: changing('Observation', (observation) => {
      observation.valueInteger = 1;
    }),
    breaks: changing('Observation', (observation) => {
      for (const key of Object.keys(observation)) if (key.startsWith('value')) delete observation[key];
    }),
  },
};

const scoreIsAnInteger: Rule = {
  id: 'vw-obs-19',
  severity: stricter('warning', 'error'),
  code: 'value',
  guidance: '3.4.6 Observation.valueInteger',
  claim: 'A NEWS2 score is a valueInteger.',
  *check(observation, context): Iterable<Finding> {
    const seen = news2Of(context).seen(observation);
    if (seen === undefined) return;
    const parts = [
      ...(seen.isTotal ? [{ element: '', node: observation, value: scoreValueOf(observation) }] : []),
      ...seen.scores,
    ];
    for (const { element, node, value } of parts) {
      const place = [element, valueElementOf(node)].filter(Boolean).join('.');
      if (value.kind === 'not-whole') {
        yield {
          element: place,
          severity: always('error'),
          text: 'This is not a whole number of one or two digits, as a NEWS2 score is. Send valueInteger.',
        };
      } else if (value.kind === 'whole' && value.from === 'valueString') {
        yield { element: place, text: 'The NEWS2 score was sent as a valueString. Send valueInteger.' };
      } else if (value.kind === 'whole' && value.from === 'valueQuantity' && element === '') {
        yield {
          element: place,
          severity: always('information'),
          code: 'informational',
          text: 'The score is a Quantity, as in UK Core. The guidance asks for valueInteger. The server reads both in the same way.',
        };
      }
    }
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total }) => {
      delete total.valueInteger;
      total.valueString = '6';
    }),
  },
};

const codedInSnomed: Rule = {
  id: 'vw-obs-07',
  severity: always('error'),
  code: 'required',
  guidance: '3.4.6 Observation.code.coding',
  claim: 'The code has a SNOMED CT coding. It may have other codings too.',
  *check({ code }): Iterable<Finding> {
    if (!isObject(code) || codingsOf(code).some(({ system }) => system === SNOMED_CT)) return;
    yield {
      element: 'code.coding',
      text: `The code has no SNOMED CT coding, and text alone does not identify what was observed. Add a coding with the system ${SNOMED_CT}. You may keep other codings.`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ readings }) => {
      readings.pulse.code = { coding: [{ system: LOINC, code: '8867-4' }] };
    }),
  },
};

export const rules: readonly Rule[] = [
  claimsAnObservationProfile,
  observationStands,
  codedInSnomed,
  ...codeRules,
  performerIsPatientOrOrganization,
  readingIsOfThePatient,
  ...timeRules,
  hasAValue,
  scoreIsAnInteger,
  ...linkRules,
  ...observationReferences.flatMap(referenceRules),
  ...news2TotalRules,
  ...news2ScoreRules,
  ...news2ReadingRules,
  ...news2SetRules,
  ...ukCoreRules,
];
