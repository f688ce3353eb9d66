/** Repairs of property names: a colon that slipped into the name, and the postcode's spelling (def-19c, section 1e). */
import type { DatatypeRepair, Mended } from '../../definitions/rule';
import { isObject, type Json, type JsonObject } from '../../fhir/types';
import { changing, unchanged } from './example';

export const keyTrailingColon: DatatypeRepair = {
  norm: 'key-trailing-colon',
  stage: 'keys',
  defect: 'section 1e',
  guidance: '3.4 Keys with a stray colon',
  claim:
    'If a property name ends with a colon, the server reads it without the colon, unless the correct property is there too.',
  datatypes: ['*'],
  mend(object, { properties }) {
    if (!isObject(object)) return undefined;
    for (const key in object) {
      if (!key.endsWith(':')) continue;
      const clean = key.slice(0, -1);
      if (object[clean] === undefined && properties.has(clean)) return renamed(object, key, clean);
    }
    return undefined;
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

export const keyCase: DatatypeRepair = {
  norm: 'key-case',
  stage: 'keys',
  defect: 'def-19c',
  guidance: '3.4.2 Patient.address.postalCode',
  claim:
    'The server reads postalcode or postcode in an address as postalCode, unless postalCode is there too.',
  datatypes: ['Address'],
  mend(address) {
    if (!isObject(address) || address.postalCode !== undefined) return undefined;
    const key = POSTCODE_KEYS.find((name) => typeof address[name] === 'string');
    return key === undefined ? undefined : renamed(address, key, 'postalCode');
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.address = [{ postalcode: 'LS1 4AP' }];
    }),
  },
};

function renamed(object: JsonObject, key: string, right: string): Mended {
  const value = object[key] as Json;
  delete object[key];
  object[right] = value;
  return {
    below: right,
    text: `The property was named \`${key}\`. It was read as \`${right}\`. Send it as \`${right}\`.`,
    before: { [key]: value },
    after: { [right]: value },
  };
}
