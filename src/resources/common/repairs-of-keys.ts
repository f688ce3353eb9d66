/** Repairs of property names: a colon that slipped into the name, and the postcode's spelling (def-19c, section 1e). */
import type { Repair, Repaired } from '../../definitions/rule';
import type { Json, JsonObject } from '../../fhir/types';
import { changing, unchanged } from './example';
import { walk } from './walk';

export const keyTrailingColon: Repair = {
  norm: 'key-trailing-colon',
  defect: 'section 1e',
  guidance: '3.4 Keys with a stray colon',
  claim:
    'A property whose name ends in a colon is read as the property without it, where that one is absent.',
  repair(resource) {
    const repaired: Repaired[] = [];
    walk(resource, {
      object(object, type, path) {
        for (const key of Object.keys(object)) {
          const clean = key.slice(0, -1);
          if (!key.endsWith(':') || object[clean] !== undefined || !type.byName.has(clean)) continue;
          repaired.push(renamed(object, key, clean, path));
        }
      },
    });
    return repaired;
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      const { custodian } = document;
      delete document.custodian;
      document['custodian:'] = custodian;
    }),
  },
};

const POSTCODE_KEYS: readonly string[] = ['postalcode', 'postcode'];

export const keyCase: Repair = {
  norm: 'key-case',
  defect: 'def-19c',
  guidance: '3.4.2 Patient.address.postalCode',
  claim: 'An address with postalcode or postcode is read as one with postalCode, where that is absent.',
  repair(resource) {
    const repaired: Repaired[] = [];
    walk(resource, {
      object(object, type, path) {
        if (type.name !== 'Address' || object.postalCode !== undefined) return;
        const key = POSTCODE_KEYS.find((name) => typeof object[name] === 'string');
        if (key !== undefined) repaired.push(renamed(object, key, 'postalCode', path));
      },
    });
    return repaired;
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.address = [{ postalcode: 'LS1 4AP' }];
    }),
  },
};

function renamed(object: JsonObject, key: string, right: string, path: string): Repaired {
  const value = object[key] as Json;
  delete object[key];
  object[right] = value;
  return {
    element: path === '' ? right : `${path}.${right}`,
    text: `The property was named \`${key}\`; it was read as \`${right}\`. Send it under that name.`,
    before: { [key]: value },
    after: { [right]: value },
  };
}
