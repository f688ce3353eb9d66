/** Values of readings as they were sent, with units as they are printed: `36.0 °C` for `36.0 Cel`. */
import { isNumber, numberText } from '../../../fhir/decimal';
import { isObject, listOf, type Json, type JsonObject } from '../../../fhir/types';
import { elementInWords } from '../../../use-cases/reading/narrative';

/** UCUM codes and how they are printed. Every other unit is shown as it was sent. */
const PRINTED: Readonly<Record<string, string>> = {
  Cel: '°C',
  '[degF]': '°F',
  'mm[Hg]': 'mmHg',
  '/min': '/min',
  '{Breaths}/min': '/min',
  '{beats}/min': '/min',
};

export function quantityText(quantity: JsonObject): string {
  const { comparator, value, unit, code } = quantity;
  if (!isNumber(value)) return '';
  const sign = typeof comparator === 'string' ? `${comparator} ` : '';
  return `${sign}${numberText(value)} ${unitText(unit, code)}`.trim();
}

export function unitText(unit: Json | undefined, code: Json | undefined): string {
  if (typeof code === 'string' && Object.hasOwn(PRINTED, code)) return PRINTED[code] ?? code;
  if (typeof code === 'string' && code === '%') return '%';
  return typeof unit === 'string' ? unit : typeof code === 'string' ? code : '';
}

const NO_VALUE = 'No value: ';

/** `value[x]` of an Observation or component, or the reason why there is none. */
export function valueText(node: JsonObject): string {
  const quantity = isObject(node.valueQuantity) ? quantityText(node.valueQuantity) : '';
  if (quantity !== '') return quantity;
  const name = Object.keys(node).find((key) => /^value[A-Z]/.test(key) && key !== 'valueQuantity');
  if (name !== undefined) {
    const value = node[name];
    return isNumber(value) ? numberText(value) : elementInWords(value);
  }
  const reason = elementInWords(node.dataAbsentReason);
  return reason === '' ? '' : `${NO_VALUE}${reason}`;
}

/** True where `value[x]` says something. */
export const hasValue = (node: JsonObject): boolean =>
  Object.keys(node).some((key) => /^value[A-Z]/.test(key)) && !valueText(node).startsWith(NO_VALUE);

/** The value of an Observation together with those of its components. */
export function wholeValueText(resource: JsonObject): string {
  const parts = listOf<Json>(resource.component)
    .filter(isObject)
    .map((component) => `${elementInWords(component.code)}: ${valueText(component)}`);
  return [valueText(resource), ...parts].filter((part) => part !== '').join('; ');
}

/** A finding whose value does not confirm its code: `Sent as Patient on oxygen with value 0 L/min`. */
export function sentAsText(name: string, resource: JsonObject): string {
  const sent = wholeValueText(resource);
  return `Sent as ${name} with ${sent.replace(/^No value/, 'no value').replace(/^(?!no value)/, 'value ')}`;
}
