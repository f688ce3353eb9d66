/**
 * What must hold of a Patient beyond the rows of its table (section 3.4.2): who it is (`identity-rules.ts`), what UK
 * Core says of its extensions and codes (`uk-core-rules.ts`), and here the rest: name, birth, death, address, contacts.
 */
import { always, stricter, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { changing, unchanged } from '../common/example';
import { DAY_MS, HOUR_MS, isAfter, spanOf, type Span } from '../common/span';
import { isLater, isTakenAfter } from './after-death';
import { identityRules } from './identity-rules';
import { ukCoreRules } from './uk-core-rules';

function objectsIn(list: Json | undefined): { item: JsonObject; index: number }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => (isObject(item) ? [{ item, index }] : []));
}

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const hasAName: Rule = {
  id: 'vw-patient-14',
  severity: always('warning'),
  code: 'required',
  guidance: '3.4.2 Patient.name',
  claim: 'The Patient has a name.',
  *check({ name }): Iterable<Finding> {
    if (!isEmpty(name)) return;
    yield {
      element: 'name',
      text: '`Patient.name` is missing. Send the family and given names, which receivers compare when they check the NHS number.',
      review: 'The Patient has no name to check the NHS number against',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      delete patient.name;
    }),
  },
};

/** Nobody in the United Kingdom has lived to 116. */
const LONGEST_LIFE_MS = 130 * 365.25 * DAY_MS;

const birthDateIsADateInThePast: Rule = {
  id: 'vw-patient-22',
  severity: stricter('warning', 'error'),
  code: 'required',
  guidance: '3.4.2 Patient.birthDate',
  claim: 'The Patient has a date of birth, in the past and no more than 130 years ago.',
  *check({ birthDate }, { now }): Iterable<Finding> {
    if (isEmpty(birthDate)) {
      yield {
        element: 'birthDate',
        text: '`Patient.birthDate` is missing. Send it, because receivers check the NHS number against it.',
        review: 'The Patient has no date of birth to check the NHS number against',
      };
      return;
    }
    const born = spanOf(birthDate);
    if (!born || born.hasTime) {
      yield {
        element: 'birthDate',
        severity: always('error'),
        code: 'value',
        text: '`Patient.birthDate` is not a date. Send it as YYYY-MM-DD.',
      };
    } else if (born.from > now.getTime()) {
      yield {
        element: 'birthDate',
        severity: always('error'),
        code: 'value',
        text: '`Patient.birthDate` is in the future. Check it, and send the date of birth.',
      };
    } else if (born.until < now.getTime() - LONGEST_LIFE_MS) {
      yield {
        element: 'birthDate',
        severity: always('warning'),
        code: 'value',
        text: '`Patient.birthDate` is more than 130 years ago. Check it. Some software writes 0001-01-01 or 1800-01-01 when the date is unknown. If the date is unknown, leave it out.',
        review: 'The date of birth is more than 130 years ago',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      delete patient.birthDate;
    }),
  },
};

const nothingHappensAfterDeath: Rule = {
  id: 'vw-patient-24',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.2 Patient.deceased[x]',
  claim: 'A date of death is not in the future, and not before the birth, the stay or any reading.',
  *check(patient, context): Iterable<Finding> {
    const died = spanOf(patient.deceasedDateTime);
    if (!died) return;
    if (died.from > context.now.getTime() + HOUR_MS) {
      yield {
        element: 'deceasedDateTime',
        text: 'The date of death is in the future. Check the date, and send a correction if it is wrong.',
        review: 'The date of death is in the future',
      };
    }
    const after = [...livedThrough(patient, died, context)];
    if (after.length === 0) return;
    yield {
      element: 'deceasedDateTime',
      text: `The date of death is before ${after.join(', ')}. Check the dates, and check that the whole summary is about this patient.`,
      review: 'The date of death is before other dates of the summary',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.birthDate = '1950-02-11';
      patient.deceasedDateTime = '1949-02-11';
    }),
  },
};

/** The end of a stay may be recorded some hours after a death. */
const CLOSING_MARGIN_MS = DAY_MS;

/** The parts of the summary that are after a death. */
function* livedThrough(patient: AnyResource, died: Span, context: RuleContext): Iterable<string> {
  const born = spanOf(patient.birthDate);
  if (born && isAfter(born, died)) yield 'the date of birth';
  // Of several Patients, which is a fault, it is not known whose the stay is, and each would look at every reading.
  if (!context.isSummary || context.entriesOf('Patient').length > 1) return;
  const stays = context.entriesOf('Encounter').map(({ resource }) => resource.period);
  if (stays.some((period) => isObject(period) && isLater(period.start, died))) yield 'the start of the stay';
  else if (stays.some((period) => isObject(period) && isLater(period.end, died, CLOSING_MARGIN_MS)))
    yield 'the end of the stay';
  const readings = context.entriesOf('Observation').filter(({ resource }) => isTakenAfter(resource, died));
  if (readings.length > 0) yield `${readings.length === 1 ? 'a reading' : `${readings.length} readings`}`;
}

/** A UK postcode, the pseudo-postcodes (ZZ99 3VZ: no fixed abode) included. */
const UK_POSTCODE = /^(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$/i;

const postcodeHasItsShape: Rule = {
  id: 'vw-patient-30',
  severity: always('information'),
  code: 'value',
  guidance: '3.4.2 Patient.address.postalCode',
  claim: 'A postcode is in the form of a UK postcode.',
  *check({ address }): Iterable<Finding> {
    for (const { item, index } of objectsIn(address)) {
      const { postalCode, country } = item;
      if (typeof postalCode !== 'string' || UK_POSTCODE.test(postalCode.trim())) continue;
      if (
        typeof country === 'string' &&
        !/^(?:GB|GBR|UK|United Kingdom|England|Wales|Scotland)$/i.test(country)
      )
        continue;
      yield {
        element: `address[${index}].postalCode`,
        text: 'The postcode is not in the form of a UK postcode. Check it. If the address is abroad, send `country`.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.address = [{ use: 'home', postalCode: '12345' }];
    }),
  },
};

const oneAddressIsCurrent: Rule = {
  id: 'vw-patient-31',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.2 Patient.address.period',
  claim: 'If there are several addresses, their use or period shows which one is current.',
  *check({ address }): Iterable<Finding> {
    const untold = objectsIn(address).filter(
      ({ item }) => item.use === undefined && item.period === undefined,
    );
    if (untold.length < 2) return;
    yield {
      element: 'address',
      text: 'There are several addresses without a use or period. Send a use or a period with each, to show which one is current.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.address = [{ postalCode: 'LS1 4AP' }, { postalCode: 'LS10 4YU' }];
    }),
  },
};

const contactSaysWho: Rule = {
  id: 'vw-patient-32',
  severity: always('error'),
  code: 'invariant',
  guidance: '3.4.2 Patient.contact',
  claim: 'A contact has a name, a telecom, an address or an organisation (R4 pat-1).',
  *check({ contact }): Iterable<Finding> {
    for (const { item, index } of objectsIn(contact)) {
      if (['name', 'telecom', 'address', 'organization'].some((part) => !isEmpty(item[part]))) continue;
      yield {
        element: `contact[${index}]`,
        text: 'The contact has no name, telecom, address or organization. Send at least one of these, or leave the contact out.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.contact = [{ gender: 'female', relationship: [{ text: 'Daughter' }] }];
    }),
  },
};

const recordIsInUse: Rule = {
  id: 'vw-patient-38',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.2 Patient.active, Patient.link (R4)',
  claim: 'The Patient is not marked as inactive or replaced by another.',
  *check({ active, link }): Iterable<Finding> {
    const review = 'The Patient is marked as inactive or replaced by another';
    if (active === false) {
      yield {
        element: 'active',
        text: 'The Patient is marked as not in use. Send the record that is in use.',
        review,
      };
    }
    for (const { item, index } of objectsIn(link)) {
      if (item.type !== 'replaced-by') continue;
      yield {
        element: `link[${index}]`,
        text: 'The Patient is marked as replaced by another. Send the Patient that replaced it.',
        review,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.active = false;
    }),
  },
};

export const rules: readonly Rule[] = [
  ...identityRules,
  hasAName,
  birthDateIsADateInThePast,
  nothingHappensAfterDeath,
  postcodeHasItsShape,
  oneAddressIsCurrent,
  contactSaysWho,
  recordIsInUse,
  ...ukCoreRules,
];
