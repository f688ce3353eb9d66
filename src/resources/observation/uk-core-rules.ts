/**
 * What the UK Core profiles derived from UKCore-Observation demand of an Observation that claims one of them in
 * `meta.profile`. An Observation that claims none is checked against the guidance only.
 */
import { LOINC, UCUM } from '../../fhir/code-systems';
import { always, stricter, type Finding, type Rule } from '../../definitions/rule';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { codingsOf } from '../common/codings';
import { unchanged } from '../common/example';
import { coded, quantity, withNews2 } from './news2-example';
import { valueElementOf } from './score-value';
import { canonicalOf, claimedProfiles, type UkCoreProfile } from './uk-core-profiles';

const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';

const shared = {
  severity: stricter('warning', 'error'),
  code: 'value',
  guidance: 'UK Core Observation',
} as const;

function onClaims(
  check: (observation: AnyResource, profile: UkCoreProfile, named: string) => Iterable<Finding>,
): Rule['check'] {
  return (observation: AnyResource) => {
    const claimed = claimedProfiles(observation);
    return claimed.length === 0
      ? undefined
      : claimed.flatMap((profile) => [
          ...check(
            observation,
            profile,
            `UKCore-Observation-${profile.name}, which this Observation claims,`,
          ),
        ]);
  };
}

/** The example's pulse claims a profile, and is what UKCore-Observation-VitalSigns-HeartRate asks for, but for the change. */
function claiming(name: string, change: (observation: AnyResource) => void = () => {}) {
  return withNews2(({ readings: { pulse } }) => {
    Object.assign(pulse, {
      meta: { profile: [canonicalOf({ name })] },
      category: vitalSigns(),
      code: {
        coding: [{ system: LOINC, code: '8867-4' }, ...codingsOf(coded('364075005', 'Heart rate'))],
      },
      valueQuantity: { value: 95, unit: 'per minute', system: UCUM, code: '/min' },
    });
    change(pulse);
  });
}

function vitalSigns(): JsonObject[] {
  return [{ coding: [{ system: CATEGORIES, code: 'vital-signs', display: 'Vital Signs' }] }];
}

const vitalSignHasALoincCode: Rule = {
  ...shared,
  id: 'ukcore-obs-vs-001',
  severity: always('error'),
  code: 'invariant',
  claim: 'An Observation that claims a UK Core vital signs profile has a LOINC coding.',
  check: onClaims(function* ({ code }, { isVitalSign }, named) {
    if (!isVitalSign || codingsOf(code).some(({ system }) => system === LOINC)) return;
    yield {
      element: 'code.coding',
      text: `${named} needs a LOINC coding. Add it to the SNOMED CT coding, or claim UKCore-Observation instead.`,
    };
  }),
  examples: {
    keeps: claiming('VitalSigns-HeartRate'),
    breaks: claiming('VitalSigns-HeartRate', (observation) => {
      observation.code = coded('364075005', 'Heart rate');
    }),
  },
};

const statusIsFinal: Rule = {
  ...shared,
  id: 'ukcore-obs-01',
  claim: 'An Observation that claims a derived UK Core profile is final.',
  check: onClaims(function* ({ status }, _profile, named) {
    if (status === undefined || status === 'final') return;
    yield {
      element: 'status',
      text: `${named} allows only the status final. Claim UKCore-Observation if the status is ${String(status)}.`,
    };
  }),
  examples: {
    keeps: claiming('VitalSigns-HeartRate'),
    breaks: claiming('VitalSigns-HeartRate', (observation) => {
      observation.status = 'amended';
    }),
  },
};

const categoryIsTheProfiles: Rule = {
  ...shared,
  id: 'ukcore-obs-02',
  claim: 'An Observation that claims a derived UK Core profile has the one category that the profile fixes.',
  check: onClaims(function* (observation, { category: wanted }, named) {
    if (wanted === undefined) return;
    const categories = listOf<Json>(observation.category);
    if (categories.length !== 1) {
      yield { element: 'category', text: `${named} needs exactly one category. Send one.` };
    } else if (wanted !== 'any' && !codingsOf(categories[0]).every(isCategory(wanted))) {
      yield {
        element: 'category[0]',
        text: `${named} needs the category ${wanted} of ${CATEGORIES}. Send this category.`,
      };
    }
  }),
  examples: {
    keeps: claiming('VitalSigns-HeartRate'),
    breaks: claiming('VitalSigns-HeartRate', (observation) => {
      delete observation.category;
    }),
  },
};

const isCategory =
  (wanted: string) =>
  ({ system, code }: { system?: Json; code?: Json }): boolean =>
    system === CATEGORIES && code === wanted;

const codeIsTheProfiles: Rule = {
  ...shared,
  id: 'ukcore-obs-03',
  claim: 'An Observation that claims a derived UK Core profile has the code that the profile fixes.',
  check: onClaims(function* ({ code }, { code: wanted }, named) {
    const codings = codingsOf(code);
    // Rule ukcore-obs-vs-001 reports an Observation without any LOINC coding.
    if (wanted === undefined || !codings.some(({ system }) => system === wanted.system)) return;
    if (codings.some((coding) => coding.system === wanted.system && coding.code === wanted.code)) return;
    yield {
      element: 'code.coding',
      text: `${named} needs the code ${wanted.code} of ${wanted.system}. Send it, or claim the profile that fits your code.`,
    };
  }),
  examples: {
    keeps: claiming('VitalSigns-HeartRate'),
    breaks: claiming('VitalSigns-BodyHeight'),
  },
};

const valueIsTheProfiles: Rule = {
  ...shared,
  id: 'ukcore-obs-04',
  claim:
    'An Observation that claims a derived UK Core profile has the type of value that the profile allows, and no element that the profile forbids.',
  check: onClaims(function* (observation, { value: wanted, without }, named) {
    const element = valueElementOf(observation);
    if (wanted === 'none' && element !== 'value') {
      yield { element, text: `${named} does not allow a value. Send the values in components.` };
    } else if (
      wanted !== undefined &&
      wanted !== 'none' &&
      element !== 'value' &&
      element !== `value${wanted}`
    ) {
      yield { element, text: `${named} needs a value${wanted}. Send it, or claim UKCore-Observation.` };
    }
    for (const forbidden of without ?? []) {
      if (observation[forbidden] === undefined) continue;
      yield {
        element: forbidden,
        text: `${named} does not allow ${forbidden}. Leave it out, or claim UKCore-Observation.`,
      };
    }
  }),
  examples: {
    keeps: claiming('VitalSigns-HeartRate'),
    breaks: claiming('VitalSigns-BodyHeight', (observation) => {
      observation.code = {
        coding: [{ system: LOINC, code: '8302-2' }, ...codingsOf(coded('50373000', 'Body height'))],
      };
      delete observation.valueQuantity;
      observation.valueString = 'tall';
    }),
  },
};

const unitIsTheProfiles: Rule = {
  ...shared,
  id: 'ukcore-obs-05',
  severity: stricter('information', 'warning'),
  claim: 'An Observation that claims a derived UK Core profile has the unit that the profile fixes.',
  check: onClaims(function* ({ valueQuantity }, { unit: wanted }, named) {
    if (wanted === undefined || !isObject(valueQuantity)) return;
    const isCode = valueQuantity.code === wanted.code && valueQuantity.system === UCUM;
    if (isCode && (wanted.unit === undefined || valueQuantity.unit === wanted.unit)) return;
    const unit = wanted.unit === undefined ? '' : `unit "${wanted.unit}", `;
    yield {
      element: 'valueQuantity',
      text: `${named} needs a value with ${unit}code ${wanted.code} and system http://unitsofmeasure.org. Send them.`,
    };
  }),
  examples: {
    keeps: claiming('VitalSigns-HeartRate'),
    breaks: claiming('VitalSigns-HeartRate', (observation) =>
      Object.assign(observation, quantity(95, '{Beats}/min')),
    ),
  },
};

const PRESSURES: Readonly<Record<string, string>> = {
  'Systolic blood pressure': '8480-6',
  'Diastolic blood pressure': '8462-4',
};

function diastolic(): JsonObject {
  const coding = [{ system: LOINC, code: '8462-4' }, ...codingsOf(coded('271650006', 'Diastolic pressure'))];
  return { coding, text: 'Diastolic blood pressure' };
}

const pressuresAreComponents: Rule = {
  ...shared,
  id: 'ukcore-obs-06',
  code: 'structure',
  claim:
    'A UK Core blood pressure has its systolic pressure as a component, and may have its diastolic pressure as another. The code.text of each component names it.',
  check: onClaims(function* ({ component }, { name }, named) {
    if (name !== 'VitalSigns-BloodPressure') return;
    const met = new Set<string>();
    for (const [index, one] of listOf<Json>(component).entries()) {
      const code = isObject(one) ? one.code : undefined;
      const text = isObject(code) && typeof code.text === 'string' ? code.text : '';
      const loinc = PRESSURES[text];
      if (loinc === undefined || met.has(text)) {
        yield {
          element: `component[${index}].code.text`,
          text: `${named} has one component with code.text "Systolic blood pressure" and one with code.text "Diastolic blood pressure".`,
        };
      } else if (!codingsOf(code).some((coding) => coding.system === LOINC && coding.code === loinc)) {
        yield {
          element: `component[${index}].code.coding`,
          text: `${named} needs LOINC ${loinc} here. Add it.`,
        };
      }
      met.add(text);
    }
    if (!met.has('Systolic blood pressure')) {
      yield {
        element: 'component',
        text: `${named} needs a component with code.text "Systolic blood pressure". Send it.`,
      };
    }
  }),
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ add }) => {
      add('75367002', {
        meta: { profile: [canonicalOf({ name: 'VitalSigns-BloodPressure' })] },
        category: vitalSigns(),
        code: {
          coding: [{ system: LOINC, code: '85354-9' }, ...codingsOf(coded('75367002', 'Blood pressure'))],
        },
        component: [{ code: diastolic(), ...quantity(70, 'mm[Hg]') }],
      });
    }),
  },
};

export const ukCoreRules: readonly Rule[] = [
  vitalSignHasALoincCode,
  statusIsFinal,
  categoryIsTheProfiles,
  codeIsTheProfiles,
  valueIsTheProfiles,
  unitIsTheProfiles,
  pressuresAreComponents,
];
