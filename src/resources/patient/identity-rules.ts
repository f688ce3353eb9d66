/** The rules for the Patient's NHS number, which identifies the patient of a summary (section 3.4.2, Patient.identifier). */
import { isCurrent } from '../../fhir/current-identifier';
import { always, stricter, type Finding, type Rule, type RuleExample } from '../../definitions/rule';
import { isNumber } from '../../fhir/decimal';
import { isObject, type AnyResource, type JsonObject } from '../../fhir/types';
import { isTestRangeNhsNumber, isValidNhsNumber, NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import {
  VERIFICATION_ENGLAND,
  VERIFICATION_EXTENSION,
  verificationStatus,
  type VerificationStatus,
} from '../../terminology/nhs-number-verification';
import { codingsOf } from '../common/codings';
import { changing, unchanged } from '../common/example';
import { extensionsOf } from '../common/extension-rules';

interface PlacedIdentifier {
  identifier: JsonObject;
  place: string;
}

function identifiersOf(patient: AnyResource): PlacedIdentifier[] {
  if (!Array.isArray(patient.identifier)) return [];
  return patient.identifier.flatMap((identifier, index) =>
    isObject(identifier) ? [{ identifier, place: `identifier[${index}]` }] : [],
  );
}

function everyNhsNumberOf(patient: AnyResource): PlacedIdentifier[] {
  return identifiersOf(patient).filter(({ identifier }) => identifier.system === NHS_NUMBER_SYSTEM);
}

/** The current NHS numbers, without superseded ones (with use old, or with a period that has ended). */
function nhsNumbersOf(patient: AnyResource, now?: Date): PlacedIdentifier[] {
  return everyNhsNumberOf(patient).filter(({ identifier }) => isCurrent(identifier, now?.getTime()));
}

/** Changes the identifier with the NHS number of the example's Patient. */
function changingNhsNumber(change: (identifier: JsonObject, patient: AnyResource) => void): RuleExample {
  return changing('Patient', (patient) => {
    for (const { identifier } of nhsNumbersOf(patient)) change(identifier, patient);
  });
}

/** An identifier with another system or none, and with a value that is a valid NHS number. */
function looksLikeOne({ identifier }: PlacedIdentifier): boolean {
  return typeof identifier.value === 'string' && isValidNhsNumber(identifier.value.replace(/[\s-]/g, ''));
}

const hasOneNhsNumber: Rule = {
  id: 'vw-patient-04',
  severity: always('error'),
  code: 'required',
  guidance: '3.4.2 Patient.identifier:nhsNumber',
  claim: 'The Patient has exactly one current NHS number.',
  *check(patient, { now }): Iterable<Finding> {
    const numbers = nhsNumbersOf(patient, now);
    const identifiers = identifiersOf(patient);
    if (numbers.length === 0) {
      const [superseded] = everyNhsNumberOf(patient);
      if (superseded) {
        yield {
          element: superseded.place,
          text: 'The NHS number is superseded (its use is old, or its period has ended). Send the current NHS number, or the number without that use and period if it is current.',
        };
        return;
      }
      if (identifiers.length === 0 || identifiers.some(looksLikeOne)) return;
      yield {
        element: 'identifier',
        text: `The Patient has no NHS number. Send an identifier with ten digits and the system \`${NHS_NUMBER_SYSTEM}\`.`,
      };
    } else if (numbers.length > 1) {
      const isSame = new Set(numbers.map(({ identifier }) => identifier.value)).size === 1;
      yield isSame
        ? {
            element: 'identifier',
            severity: always('warning'),
            code: 'duplicate',
            text: 'The NHS number appears twice. Send it once.',
          }
        : {
            element: 'identifier',
            code: 'multiple-matches',
            text: 'The Patient has two different NHS numbers. Check which one is the patient’s, and send only that one.',
          };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changingNhsNumber((identifier) => {
      Object.assign(identifier, { system: 'https://sender.example.nhs.uk/mrn', value: 'A-1024' });
    }),
  },
};

const supersededNumbersDoNotCount: Rule = {
  id: 'vw-patient-40',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.2 Patient.identifier:nhsNumber',
  claim:
    'An NHS number with use old, or with a period that has ended, is stored but not used if there is a current one.',
  *check(patient, { now }): Iterable<Finding> {
    if (nhsNumbersOf(patient, now).length === 0) return;
    for (const { identifier, place } of everyNhsNumberOf(patient)) {
      if (isCurrent(identifier, now.getTime())) continue;
      yield {
        element: place,
        text: 'This NHS number is superseded. It is stored, but the server does not use it to match patients or resources.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      const superseded = { use: 'old', system: NHS_NUMBER_SYSTEM, value: '9990000026' };
      patient.identifier = [...(patient.identifier as JsonObject[]), superseded];
    }),
  },
};

const nhsNumberHasItsSystem: Rule = {
  id: 'vw-patient-05',
  severity: always('error'),
  code: 'value',
  guidance: '3.4.2 Patient.identifier:nhsNumber.system',
  claim: 'The NHS number has the NHS number system.',
  *check(patient): Iterable<Finding> {
    if (everyNhsNumberOf(patient).length > 0) return;
    const likely = identifiersOf(patient).find(looksLikeOne);
    if (!likely) return;
    yield {
      element: `${likely.place}.system`,
      text: `This looks like an NHS number, but its system is not \`${NHS_NUMBER_SYSTEM}\`. If it is the NHS number, send that system. If not, add the NHS number as another identifier.`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changingNhsNumber((identifier) => {
      identifier.system = 'https://sender.example.nhs.uk/nhs';
    }),
  },
};

const nhsNumberIsTenDigits: Rule = {
  id: 'vw-patient-06',
  severity: always('error'),
  code: 'value',
  guidance: '3.4.2 Patient.identifier:nhsNumber.value',
  claim: 'The NHS number is ten digits, without spaces.',
  *check(patient): Iterable<Finding> {
    for (const { identifier, place } of nhsNumbersOf(patient)) {
      const { value } = identifier;
      if (value === undefined || value === '') {
        yield {
          element: `${place}.value`,
          code: 'required',
          text: 'The NHS number has no value. Send its ten digits.',
        };
      } else if (isNumber(value)) {
        yield {
          element: `${place}.value`,
          text: 'The NHS number is a JSON number. Send it as a string, in quotation marks.',
        };
      } else if (typeof value !== 'string' || !/^\d{10}$/.test(value)) {
        yield {
          element: `${place}.value`,
          text: 'The NHS number is not ten digits. Send ten digits and nothing else.',
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changingNhsNumber((identifier) => {
      identifier.value = '999000001';
    }),
  },
};

const checkDigitHolds: Rule = {
  id: 'vw-patient-07',
  severity: always('error'),
  code: 'value',
  guidance: '3.4.2 Patient.identifier:nhsNumber.value',
  claim: 'The NHS number has the right check digit (modulus 11), and is not one digit repeated ten times.',
  *check(patient): Iterable<Finding> {
    for (const { identifier, place } of nhsNumbersOf(patient)) {
      const { value } = identifier;
      if (typeof value !== 'string' || !/^\d{10}$/.test(value) || isValidNhsNumber(value)) continue;
      yield {
        element: `${place}.value`,
        text: /^(\d)\1{9}$/.test(value)
          ? 'The NHS number is one digit repeated ten times, which is not a real NHS number. Send the patient’s own NHS number.'
          : 'The NHS number fails its check digit, so it may be another person’s. Check it against the record and send it again.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changingNhsNumber((identifier) => {
      const digits = String(identifier.value);
      identifier.value = digits.slice(0, 9) + ((Number(digits[9]) + 1) % 10);
    }),
  },
};

const testNumbersAreForTests: Rule = {
  id: 'vw-patient-08',
  severity: always('error'),
  code: 'business-rule',
  guidance: '3.4.2 Patient.identifier:nhsNumber.value',
  claim:
    'On a live system (NHS_NUMBER_TEST_RANGE=refuse), the NHS number does not start with 999, the test range',
  *check(patient, { settings }): Iterable<Finding> {
    if (settings.testRangeNhsNumbers !== 'refuse') return;
    for (const { identifier, place } of nhsNumbersOf(patient)) {
      const { value } = identifier;
      if (typeof value !== 'string' || !isValidNhsNumber(value) || !isTestRangeNhsNumber(value)) continue;
      yield {
        element: `${place}.value`,
        text: 'The NHS number starts with 999, which is for tests only. Send test data to a test system.',
      };
    }
  },
  examples: {
    keeps: changingNhsNumber((identifier) => {
      identifier.value = '9449305552';
    }),
    breaks: changingNhsNumber((identifier) => {
      identifier.value = '9990000018';
    }),
  },
};

interface PlacedStatus {
  place: string;
  /** Undefined for a code that is not known. */
  status: VerificationStatus | undefined;
}

function statusesOf({ identifier, place }: PlacedIdentifier): PlacedStatus[] {
  return extensionsOf(identifier, VERIFICATION_EXTENSION).map(({ item, index }) => ({
    place: `${place}.extension[${index}]`,
    status: codingsOf(item.valueCodeableConcept)
      .map(({ system, code }) => verificationStatus(system, code))
      .find((status) => status !== undefined),
  }));
}

const SEND_A_STATUS = `Send a code of \`${VERIFICATION_ENGLAND}\`, such as 01 (number present and verified)`;

const verificationStatusIsKnown: Rule = {
  id: 'vw-patient-10',
  severity: stricter('warning', 'error'),
  code: 'code-invalid',
  guidance: '3.4.2 Patient.identifier:nhsNumber.extension:nhsNumberVerificationStatus',
  claim: 'The verification status of the NHS number appears at most once, with a known code.',
  *check(patient): Iterable<Finding> {
    for (const number of nhsNumbersOf(patient)) {
      const statuses = statusesOf(number);
      const [, second] = statuses;
      if (second) {
        yield {
          element: second.place,
          code: 'structure',
          text: 'The verification status appears twice. Send it once.',
        };
      }
      for (const { place, status } of statuses) {
        if (status) continue;
        yield {
          element: place,
          text: `The verification status has no known code, so the server treats the NHS number as not verified. ${SEND_A_STATUS}.`,
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changingNhsNumber((identifier) => setStatus(identifier, 'verified')),
  },
};

const verificationStatusIsThere: Rule = {
  id: 'vw-patient-11',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.2 Patient.identifier:nhsNumber.extension:nhsNumberVerificationStatus',
  claim: 'The sender says whether the NHS number was verified. If not, the server treats it as not verified.',
  *check(patient): Iterable<Finding> {
    for (const number of nhsNumbersOf(patient)) {
      if (statusesOf(number).length > 0) continue;
      yield {
        element: number.place,
        text: `The NHS number has no verification status, so the server treats it as not verified. ${SEND_A_STATUS}.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changingNhsNumber((identifier) => {
      delete identifier.extension;
    }),
  },
};

const nhsNumberWasVerified: Rule = {
  id: 'vw-patient-12',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.2 Patient.identifier:nhsNumber.extension:nhsNumberVerificationStatus',
  claim: 'If the sender gives a verification status, it says that the NHS number was verified.',
  *check(patient): Iterable<Finding> {
    for (const { place, status } of nhsNumbersOf(patient).flatMap(statusesOf)) {
      if (!status || status.isVerified) continue;
      yield {
        element: place,
        text: `The status says that the NHS number was not verified (${status.means}). If possible, trace it against PDS before you send it.`,
        ...(status.means === '05' && {
          review: 'The trace of the NHS number needs to be resolved (status 05)',
        }),
      };
    }
  },
  examples: { keeps: unchanged, breaks: changingNhsNumber((identifier) => setStatus(identifier, '03')) },
};

function setStatus(identifier: JsonObject, code: string): void {
  identifier.extension = [
    {
      url: VERIFICATION_EXTENSION,
      valueCodeableConcept: { coding: [{ system: VERIFICATION_ENGLAND, code }] },
    },
  ];
}

export const identityRules: readonly Rule[] = [
  hasOneNhsNumber,
  supersededNumbersDoNotCount,
  nhsNumberHasItsSystem,
  nhsNumberIsTenDigits,
  checkDigitHolds,
  testNumbersAreForTests,
  verificationStatusIsKnown,
  verificationStatusIsThere,
  nhsNumberWasVerified,
];
