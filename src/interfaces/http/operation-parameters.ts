/**
 * Converts the Parameters resource of an operation into the equivalent query. An operation that changes nothing can be
 * called either way.
 * @see https://hl7.org/fhir/R4/operations.html#request
 */
import { numberText, isNumber } from '../../fhir/decimal';
import { parseJson } from '../../fhir/json';
import { isObject, isResource, listOf, type JsonObject } from '../../fhir/types';
import { parseXml } from '../../fhir/xml/parse-xml';
import { type RequestContext, refused, Refused } from './request-context';
import { bodyFormatOf } from './request-format';

/** @throws Refused where the body is neither empty nor Parameters of plain values */
export function parametersIn(body: Buffer, { request }: Pick<RequestContext, 'request'>): [string, string][] {
  if (body.length === 0) return [];
  const parsed = bodyFormatOf(request) === 'xml' ? parseXml(body) : parseJson(body);
  if (!parsed.ok) throw new Refused({ category: 'unreadable', issues: [parsed.issue] });
  const { value } = parsed;
  if (!isResource(value) || value.resourceType !== 'Parameters')
    throw wrong('The body is not a Parameters resource. Send one, or leave the body out.', 'Parameters');
  return listOf(value.parameter).map((parameter, index) => {
    const at = `Parameters.parameter[${index}]`;
    if (!isObject(parameter) || typeof parameter.name !== 'string')
      throw wrong('A parameter has no name or no value. Send both.', at);
    const key = Object.keys(parameter).find((each) => each.startsWith('value'));
    const text = key === undefined ? undefined : textOf(parameter[key]);
    if (text === undefined)
      throw wrong(
        'The value of a parameter has a type that is not supported. Send a primitive, a Reference, an Identifier or a code.',
        at,
      );
    return [parameter.name, text];
  });
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (isNumber(value)) return numberText(value);
  if (typeof value === 'boolean') return String(value);
  if (!isObject(value)) return undefined;
  if (typeof value.reference === 'string') return value.reference;
  const codings = listOf(value.coding).filter(isObject);
  if (codings.length > 0) return codings.map((coding) => tokenOf(coding, coding.code)).join(',');
  return tokenOf(value, value.code ?? value.value);
}

function tokenOf({ system }: JsonObject, code: unknown): string | undefined {
  if (typeof code !== 'string') return undefined;
  return typeof system === 'string' ? `${escaped(system)}|${escaped(code)}` : escaped(code);
}

const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

function wrong(text: string, expression: string): Error {
  return refused('bad-request', { code: 'invalid', rule: 'operation-parameters', text, expression });
}
