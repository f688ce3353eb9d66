/** Repairs of known faults of senders in a Patient (def-10, def-11, def-15, def-19). */
import type { Repair, Repaired, RuleExample } from '../../definitions/rule';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import {
  VERIFICATION_ENGLAND,
  VERIFICATION_EXTENSION,
  VERIFICATION_RETIRED,
  VERIFICATION_WALES,
  verificationStatus,
} from '../../terminology/nhs-number-verification';
import { codingsOf } from '../common/codings';
import { changing, unchanged } from '../common/example';
import { extensionsOf } from '../common/extension-rules';
import { referencesAt as objectsAt } from '../common/reference-rules';

const addressIsAList: Repair = {
  norm: 'shape-object-to-array',
  stage: 'shapes',
  defect: 'def-19a',
  guidance: '3.4.2 Patient.address',
  claim: 'The server reads an address that is not a list as a list of one.',
  *repair(patient): Iterable<Repaired> {
    const before = patient.address;
    if (!isObject(before)) return;
    patient.address = [before];
    yield {
      element: 'address',
      text: 'address was not a list. It was read as a list of one. Send a list of addresses.',
      before,
      after: [before],
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.address = { use: 'home', postalCode: 'LS1 4AP' };
    }),
  },
};

const contactHasOneName: Repair = {
  norm: 'shape-array-to-object',
  stage: 'shapes',
  defect: 'def-19b',
  guidance: '3.4.2 Patient.contact.name',
  claim: 'If the name of a contact is a list, the server reads the first name in it.',
  *repair(patient): Iterable<Repaired> {
    for (const { reference: contact, place } of objectsAt(patient, 'contact')) {
      const before = contact.name;
      if (!Array.isArray(before) || !before.every(isObject)) continue;
      const [first] = before;
      if (first) contact.name = first;
      else delete contact.name;
      yield {
        element: `${place}.name`,
        text:
          before.length > 1
            ? `name was a list of ${before.length}, but R4 allows one. The first was kept. Send one name, as an object.`
            : 'name was a list of one. It was read as that name. Send an object, not a list.',
        before,
        after: first ?? null,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.contact = [
        {
          relationship: [{ text: 'Daughter' }],
          name: [{ text: 'A Relative' }],
          telecom: [{ system: 'phone', value: '0113 496 0000' }],
        },
      ];
    }),
  },
};

const deathIsToldOnce: Repair = {
  norm: 'deceased-both',
  stage: 'meanings',
  defect: 'def-10',
  guidance: '3.4.2 Patient.deceased[x]',
  claim:
    'If deceasedBoolean is true and deceasedDateTime is sent too, the server keeps the date. If deceasedBoolean is false, it keeps neither and marks the submission for review.',
  *repair(patient): Iterable<Repaired> {
    const { deceasedBoolean, deceasedDateTime } = patient;
    if (typeof deceasedBoolean !== 'boolean' || typeof deceasedDateTime !== 'string') return;
    const before = { deceasedBoolean, deceasedDateTime };
    delete patient.deceasedBoolean;
    delete patient._deceasedBoolean;
    if (deceasedBoolean) {
      yield {
        element: 'deceased',
        text: 'deceasedBoolean and deceasedDateTime were both sent, but R4 allows one. The date was kept. Send only deceasedDateTime.',
        before,
        after: { deceasedDateTime },
      };
      return;
    }
    delete patient.deceasedDateTime;
    delete patient._deceasedDateTime;
    yield {
      element: 'deceased',
      text: 'deceasedBoolean says that the patient is alive, but deceasedDateTime is a date of death. Neither was kept. Send the one that is right.',
      before,
      after: null,
      review: 'The summary says both that the patient is alive and when they died',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.deceasedBoolean = true;
      patient.deceasedDateTime = '2025-03-11T07:00:00Z';
    }),
  },
};

/** Nothing is changed, because the server cannot know whether it is a phone number or an address. */
const telecomHasASystem: Repair = {
  norm: 'telecom-no-system',
  stage: 'meanings',
  defect: 'def-11',
  guidance: '3.4.2 Patient.telecom.system',
  claim: 'The server keeps a telecom that has no system (R4 cpt-2) as sent.',
  *repair(patient): Iterable<Repaired> {
    for (const path of ['telecom', 'contact.telecom']) {
      for (const { reference: telecom, place } of objectsAt(patient, path)) {
        if (telecom.value === undefined || telecom.system !== undefined) continue;
        yield {
          element: place,
          text: 'The telecom has a value but no system (R4 cpt-2). It was kept as sent. Send its system, such as phone or email.',
          before: telecom,
          after: telecom,
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.telecom = [{ use: 'home', value: '0113 496 0000' }];
    }),
  },
};

const verificationStatusIsOfEngland: Repair = {
  norm: 'nhsstatus-legacy',
  stage: 'meanings',
  defect: 'def-15',
  guidance: '3.4.2 Patient.identifier:nhsNumber.extension:nhsNumberVerificationStatus',
  claim:
    'The server adds the current code to a verification status from the retired code system. It keeps the coding that was sent.',
  *repair(patient): Iterable<Repaired> {
    for (const { reference: identifier, place } of objectsAt(patient, 'identifier')) {
      for (const { item, index } of extensionsOf(identifier, VERIFICATION_EXTENSION)) {
        const present = presentCodings(item);
        if (!present) continue;
        const { concept, before, after } = present;
        concept.coding = after;
        yield {
          element: `${place}.extension[${index}]`,
          text: `The verification status is from a code system that was retired in 2022. The current code was added before it. Send a code of \`${VERIFICATION_ENGLAND}\`.`,
          before,
          after,
        };
      }
    }
  },
  examples: { keeps: unchanged, breaks: withRetiredStatus() },
};

function presentCodings(
  extension: JsonObject,
): { concept: JsonObject; before: Json[]; after: Json[] } | undefined {
  const concept = extension.valueCodeableConcept;
  if (!isObject(concept)) return undefined;
  const statuses = codingsOf(concept).map(({ system, code }) => verificationStatus(system, code));
  if (statuses.some((status) => status && !status.isLegacy)) return undefined;
  const legacy = statuses.find((status) => status !== undefined);
  if (!legacy) return undefined;
  const before = concept.coding as Json[];
  const system = legacy.means === 'nn' ? VERIFICATION_WALES : VERIFICATION_ENGLAND;
  return { concept, before, after: [{ system, code: legacy.means, display: legacy.display }, ...before] };
}

function withRetiredStatus(): RuleExample {
  return changing('Patient', (patient: AnyResource) => {
    const [number] = objectsAt(patient, 'identifier');
    if (!number) return;
    number.reference.extension = [
      {
        url: VERIFICATION_EXTENSION,
        valueCodeableConcept: {
          coding: [{ system: VERIFICATION_RETIRED, code: 'number-present-and-verified' }],
        },
      },
    ];
  });
}

export const repairs: readonly Repair[] = [
  contactHasOneName,
  addressIsAList,
  deathIsToldOnce,
  verificationStatusIsOfEngland,
  telecomHasASystem,
];
