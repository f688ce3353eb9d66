/**
 * The invariants of R4's data types, written out: they are met on every resource, and FHIRPath would cost too much.
 * Each is named by its key and says whether it holds.
 * @see https://hl7.org/fhir/R4/datatypes.html
 */
import { UCUM } from '../../code-systems';
import { isNumber, numberText, toNumber } from '../../decimal';
import type { Json, JsonObject } from '../../types';
import { isObject } from '../../types';
import { compareDates } from '../dates';
import { countOf, has, hasChoice, isDistinct, items, objects, text } from './element-access';
import type { Invariant } from './invariant';

export const datatypeInvariants: Readonly<Record<string, Invariant>> = {
  'att-1': {
    text: 'An Attachment with data needs a contentType.',
    holds: (v) => !has(v, 'data') || has(v, 'contentType'),
  },
  'cpt-2': {
    text: 'A ContactPoint with a value needs a system: phone, fax, email, pager, url, sms or other.',
    holds: (v) => !has(v, 'value') || has(v, 'system'),
  },
  'per-1': {
    text: 'A Period starts before it ends. Give start and end to the same precision, with start not later than end.',
    holds: (v) => {
      const { start, end } = v;
      if (typeof start !== 'string' || typeof end !== 'string') return true;
      const order = compareDates(start, end);
      return order === 'unreadable' || (order !== undefined && order <= 0);
    },
  },
  'qty-3': {
    text: 'A coded unit needs the system of its code, such as http://unitsofmeasure.org.',
    holds: (v) => !has(v, 'code') || has(v, 'system'),
  },
  'rng-2': {
    text: 'The low value of a Range is not higher than its high value.',
    holds: (v) => {
      const { low, high } = v;
      if (!isObject(low) || !isObject(high) || !isNumber(low.value) || !isNumber(high.value)) return true;
      if (unitOf(low) !== unitOf(high)) return true;
      return toNumber(low.value) <= toNumber(high.value);
    },
  },
  'rat-1': {
    text: 'A Ratio has a numerator and a denominator, or neither and an extension.',
    holds: (v) =>
      has(v, 'numerator') === has(v, 'denominator') && (has(v, 'numerator') || has(v, 'extension')),
  },
  'age-1': {
    text: 'An Age has a positive value and a unit code of UCUM.',
    holds: (v) => isUcumMeasure(v) && (!isNumber(v.value) || toNumber(v.value) > 0),
  },
  'cnt-3': {
    text: 'A Count is a whole number with the UCUM code 1.',
    holds: (v) =>
      isUcumMeasure(v) &&
      (v.code === undefined || v.code === '1') &&
      (!isNumber(v.value) || !numberText(v.value).includes('.')),
  },
  'dis-1': { text: 'A Distance has a unit code of UCUM.', holds: (v) => isUcumMeasure(v) },
  'drt-1': {
    text: 'A Duration with a unit code has a value, and the system http://unitsofmeasure.org.',
    holds: (v) => !has(v, 'code') || (v.system === UCUM && has(v, 'value')),
  },
  'exp-1': {
    text: 'An Expression has an expression or a reference.',
    holds: (v) => has(v, 'expression') || has(v, 'reference'),
  },
  'tim-1': {
    text: 'A duration needs its durationUnit.',
    holds: (v) => !has(v, 'duration') || has(v, 'durationUnit'),
  },
  'tim-2': {
    text: 'A period needs its periodUnit.',
    holds: (v) => !has(v, 'period') || has(v, 'periodUnit'),
  },
  'tim-4': { text: 'A duration is not negative.', holds: (v) => isNotNegative(v.duration) },
  'tim-5': { text: 'A period is not negative.', holds: (v) => isNotNegative(v.period) },
  'tim-6': { text: 'A periodMax needs a period.', holds: (v) => !has(v, 'periodMax') || has(v, 'period') },
  'tim-7': {
    text: 'A durationMax needs a duration.',
    holds: (v) => !has(v, 'durationMax') || has(v, 'duration'),
  },
  'tim-8': { text: 'A countMax needs a count.', holds: (v) => !has(v, 'countMax') || has(v, 'count') },
  'tim-9': {
    text: 'An offset needs a when that is not C, CM, CD or CV.',
    holds: (v) =>
      !has(v, 'offset') ||
      (has(v, 'when') &&
        !items(v, 'when').some((code) => code === 'C' || code === 'CM' || code === 'CD' || code === 'CV')),
  },
  'tim-10': {
    text: 'A timing has timeOfDay or when, not both.',
    holds: (v) => !has(v, 'timeOfDay') || !has(v, 'when'),
  },
  'drq-1': {
    text: 'A codeFilter has a path or a searchParam, not both.',
    holds: (v) => countOf(v, 'path', 'searchParam') === 1,
  },
  'drq-2': {
    text: 'A dateFilter has a path or a searchParam, not both.',
    holds: (v) => countOf(v, 'path', 'searchParam') === 1,
  },
  'trd-1': {
    text: 'A trigger has data or a timing, not both.',
    holds: (v) => !has(v, 'data') || !hasChoice(v, 'timing'),
  },
  'trd-2': {
    text: 'A condition of a trigger needs data.',
    holds: (v) => !has(v, 'condition') || has(v, 'data'),
  },
  'trd-3': {
    text: 'A named-event trigger has a name, a periodic trigger has a timing, and a data trigger has data.',
    holds: (v) =>
      (v.type !== 'named-event' || has(v, 'name')) &&
      (v.type !== 'periodic' || hasChoice(v, 'timing')) &&
      (text(v, 'type')?.startsWith('data-') !== true || has(v, 'data')),
  },
  'eld-1': {
    text: 'A slicing has discriminators or a description.',
    holds: (v) => has(v, 'discriminator') || has(v, 'description'),
  },
  'eld-2': {
    text: 'min is not above max.',
    holds: (v) =>
      !isNumber(v.min) || v.max === '*' || typeof v.max !== 'string' || !(toNumber(v.min) > Number(v.max)),
  },
  'eld-3': { text: 'max is a whole number or *.', holds: (v) => isWholeOrStar(v as unknown as Json) },
  'eld-4': {
    text: 'Only a Reference or a canonical has an aggregation.',
    holds: (v) => !has(v, 'aggregation') || isPointer(v),
  },
  'eld-5': {
    text: 'An element that refers to the content of another has no type, value, limits or binding of its own.',
    holds: (v) =>
      !has(v, 'contentReference') ||
      (countOf(v, 'type', 'example', 'maxLength', 'binding') === 0 &&
        !['defaultValue', 'fixed', 'pattern', 'minValue', 'maxValue'].some((name) => hasChoice(v, name))),
  },
  'eld-6': {
    text: 'A fixed value is for an element of one type.',
    holds: (v) => !hasChoice(v, 'fixed') || items(v, 'type').length <= 1,
  },
  'eld-7': {
    text: 'A pattern is for an element of one type.',
    holds: (v) => !hasChoice(v, 'pattern') || items(v, 'type').length <= 1,
  },
  'eld-8': {
    text: 'An element has a pattern or a fixed value, not both.',
    holds: (v) => !hasChoice(v, 'pattern') || !hasChoice(v, 'fixed'),
  },
  'eld-11': {
    text: 'A binding is for an element that can be coded: code, Coding, CodeableConcept, Quantity, string or uri.',
    holds: (v) =>
      !has(v, 'binding') ||
      objects(v, 'type').length === 0 ||
      objects(v, 'type').some((type) => isCodable(type.code)),
  },
  'eld-12': {
    text: 'The valueSet of a binding is an absolute URL: http:, https: or urn:.',
    holds: (v) => {
      const url = text(v, 'valueSet');
      return url === undefined || /^(http:|https|urn:|#)/.test(url);
    },
  },
  'eld-13': {
    text: 'Each type is listed once.',
    holds: (v) => isDistinct(objects(v, 'type').map((type) => type.code)),
  },
  'eld-14': {
    text: 'The keys of constraints are unique.',
    holds: (v) => isDistinct(objects(v, 'constraint').map((item) => item.key)),
  },
  'eld-15': {
    text: 'An element has a default value or a meaning when missing, not both.',
    holds: (v) => !hasChoice(v, 'defaultValue') || !has(v, 'meaningWhenMissing'),
  },
  'eld-16': {
    text: 'A sliceName is made of letters, digits and / - _ [ ] @.',
    holds: (v) => typeof v.sliceName !== 'string' || /^[a-zA-Z0-9/\-_[\]@]+$/.test(v.sliceName),
  },
  'eld-17': {
    text: 'Only a Reference or a canonical has a targetProfile.',
    holds: (v) => !has(v, 'targetProfile') || isPointer(v),
  },
  'eld-18': {
    text: 'A modifier element has a reason (isModifierReason).',
    holds: (v) => v.isModifier !== true || has(v, 'isModifierReason'),
  },
  'eld-19': {
    text: 'The names of a path have 1 to 64 characters each, with no white space or punctuation.',
    holds: (v) =>
      typeof v.path !== 'string' ||
      v.path.split('.').every((name) => /^[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}(\[x\])?(:[^\s.]+)?$/.test(name)),
  },
  'eld-22': {
    text: 'sliceIsConstraining needs a sliceName.',
    holds: (v) => !has(v, 'sliceIsConstraining') || has(v, 'sliceName'),
  },
};

function unitOf(quantity: JsonObject): string {
  return JSON.stringify([quantity.system ?? null, quantity.code ?? quantity.unit ?? null]);
}

function isUcumMeasure(v: JsonObject): boolean {
  return (has(v, 'code') || !has(v, 'value')) && (v.system === undefined || v.system === UCUM);
}

function isNotNegative(value: Json | undefined): boolean {
  return !isNumber(value) || toNumber(value) >= 0;
}

function isWholeOrStar(value: Json): boolean {
  return typeof value !== 'string' || value === '*' || /^\d{1,9}$/.test(value);
}

function isPointer(type: JsonObject): boolean {
  return type.code === 'Reference' || type.code === 'canonical';
}

function isCodable(code: Json | undefined): boolean {
  return (
    typeof code === 'string' &&
    ['code', 'Coding', 'CodeableConcept', 'Quantity', 'string', 'uri'].includes(code)
  );
}
