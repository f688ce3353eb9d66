/**
 * Indexes tokens: codes and identifiers. They are stored as a list. For each coding it contains `system|code` and the
 * bare `code` (`|code` without a system), and for an identifier with a type also `|system|code|value` for `:of-type`;
 * pipes within are escaped. The texts of the codes are in `<column>_text`. A code that never has a system (`plain`,
 * such as a status) is stored unchanged.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
import { append } from '../../fhir/long-lists';
import { indexable } from '../../definitions/indexable';
import type { SearchParameter } from '../../definitions/table';
import { escapeToken, tokenPair, valueWithin } from '../../definitions/token-text';
import { isNumber, numberText } from '../../fhir/decimal';
import { isObject, listOf, type JsonObject } from '../../fhir/types';
import { inCapitals, isOdsCodeShape, ODS_SYSTEMS } from '../../terminology/ods';
import { splitEscaped, unescape } from './escape';
import { fold } from './fold';
import {
  columnType,
  equalsAny,
  extreme,
  nothing,
  type Answer,
  type AskContext,
  type Bind,
  type Indexing,
  type Row,
} from './indexing';
import { notOffered } from './modifier';

export const token: Indexing = {
  columns(parameter) {
    if (parameter.stored === 'plain')
      return [
        {
          name: parameter.column,
          type: columnType('text', parameter.multiple),
          comment: parameter.documentation,
        },
      ];
    return [
      { name: parameter.column, type: 'text[]', comment: parameter.documentation },
      {
        name: `${parameter.column}_text`,
        type: 'text[]',
        comment: `The words beside \`${parameter.column}\`, folded`,
      },
    ];
  },

  write(parameter) {
    return parameter.stored === 'plain' ? writePlain(parameter) : writeTokens(parameter);
  },

  ask(parameter, modifier, values, context) {
    if (parameter.stored === 'plain') return askPlain(parameter, modifier, values);
    if (modifier === 'text') return askText(parameter, values);
    if (modifier === 'of-type') return askOfType(parameter, values, context);
    if (modifier !== undefined) return { fault: unknownModifier(modifier) };
    const whole: string[] = [];
    const systems: string[] = [];
    for (const value of values) {
      const parts = splitEscaped(value, '|').map(unescape);
      if (parts.length > 2) return { fault: 'a token is `code`, `system|code`, `system|` or `|code`' };
      const [first = '', second] = parts;
      if (first === '' && (second === undefined || second === ''))
        return { fault: 'a token needs a code or a system' };
      if (second === undefined) append(whole, tokensWithoutSystem(parameter, first, context));
      else if (second === '') systems.push(`${escapeToken(first)}|`);
      else whole.push(tokenPair(first, numberWithin(first, second, context)));
    }
    const numbers = parameter.numbersPatients ? numbersIn(whole, context) : new Map<string, string>();
    return {
      ...(systems.length === 0 && numbers.size === 0 ? { tokens: whole } : {}),
      clause: (alias, bind) => {
        const column = `${alias}.${parameter.column}`;
        const alternatives = systems.map(
          (system) =>
            `EXISTS (SELECT 1 FROM unnest(${column}) AS item WHERE starts_with(item, ${bind(system, 'text')}))`,
        );
        const others = whole.filter((each) => !numbers.has(each));
        if (others.length > 0) alternatives.unshift(`${column} && ${bind(others, 'text[]')}`);
        for (const [asked, digits] of numbers)
          alternatives.push(byCurrentNumber({ asked, digits, alias, column }, bind, context));
        return alternatives.length === 1 ? alternatives.join('') : `(${alternatives.join(' OR ')})`;
      },
    };
  },

  missing: (parameter, alias) => `${alias}.${parameter.column} IS NULL`,

  sortKey(parameter, alias, descending) {
    const isList = parameter.multiple || parameter.stored !== 'plain';
    return { sql: extreme(`${alias}.${parameter.column}`, isList, descending), type: 'text' };
  },
};

/** The value as stored with its system: an NHS number without spaces and dashes. */
function numberWithin(system: string, value: string, { patients, doubts }: AskContext): string {
  if (system !== patients.identifierSystem) return value;
  const { digits, isRight } = patients.readNumber(value);
  if (!isRight) doubts.add('nhs-number');
  return digits;
}

/**
 * The tokens that a value without a system can mean. For an identifier, these include an NHS number written with spaces
 * or dashes, and an ODS code in small letters; a code is used unchanged.
 */
function tokensWithoutSystem(parameter: SearchParameter, value: string, context: AskContext): string[] {
  const tokens = [escapeToken(value)];
  if (!isIdentifier(parameter)) return tokens;
  const digits = tenDigitsIn(value, context);
  if (digits !== undefined && digits !== value) tokens.push(digits);
  const capitals = inCapitals(value);
  if (capitals !== value && isOdsCodeShape(capitals))
    append(
      tokens,
      ODS_SYSTEMS.map((system) => tokenPair(system, capitals)),
    );
  return tokens;
}

/** True for a parameter whose values are Identifiers. */
const isIdentifier = ({ column }: SearchParameter): boolean => column.endsWith('identifier');

/** The digits of a value without a system that can only be an NHS number: ten, with spaces and dashes allowed. */
function tenDigitsIn(value: string, { patients, doubts }: AskContext): string | undefined {
  const { digits, isRight } = patients.readNumber(value);
  if (!/^\d{10}$/.test(digits)) return undefined;
  if (!isRight) doubts.add('nhs-number');
  return digits;
}

/** The NHS numbers among the tokens asked for, with or without their system: each token with its digits. */
function numbersIn(tokens: readonly string[], { patients }: AskContext): Map<string, string> {
  const start = tokenPair(patients.identifierSystem, '');
  const digits = tokens.map(
    (each) => [each, each.startsWith(start) ? each.slice(start.length) : each] as const,
  );
  return new Map(digits.filter(([, number]) => /^\d{10}$/.test(number)));
}

interface AskedNumber {
  asked: string;
  digits: string;
  alias: string;
  column: string;
}

/**
 * Finds the patient whose current number it is. A patient who had the number before is found only if nobody has it now:
 * otherwise one search would mix the data of two people.
 */
function byCurrentNumber(
  { asked, digits, alias, column }: AskedNumber,
  bind: Bind,
  { patients }: AskContext,
): string {
  const id = bind(patients.idOf(digits), 'uuid');
  const hadIt = `${column} && ${bind([tokenPair(patients.identifierSystem, digits)], 'text[]')}`;
  const hasIt = `EXISTS (SELECT 1 FROM "${patients.table.name}" AS holder WHERE holder.id = ${id})`;
  return `(${column} && ${bind([asked], 'text[]')} AND NOT (${hadIt} AND ${alias}.id <> ${id} AND ${hasIt}))`;
}

/** The sentence for a modifier that tokens do not support. */
function unknownModifier(modifier: string): string {
  return notOffered(modifier, 'token', ['not', 'text', 'of-type', 'missing']);
}

function writePlain(parameter: SearchParameter) {
  return (values: readonly unknown[], row: Row): void => {
    const codes = values.flatMap((value) => plainOf(value) ?? []).map(indexable);
    if (parameter.multiple) row[parameter.column] = [...new Set(codes)];
    else if (codes[0] !== undefined) row[parameter.column] = codes[0];
  };
}

function plainOf(value: unknown): string | undefined {
  if (isNumber(value)) return numberText(value);
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : undefined;
}

function writeTokens(parameter: SearchParameter) {
  return (values: readonly unknown[], row: Row): void => {
    const tokens: string[] = [];
    const texts: string[] = [];
    for (const value of values) addTokens(value, tokens, texts);
    row[parameter.column] = tokens.length > 2 ? [...new Set(tokens)] : tokens;
    if (texts.length > 0) row[`${parameter.column}_text`] = texts.length > 1 ? [...new Set(texts)] : texts;
  };
}

/** By the value's shape: a code, CodeableConcept, Coding, Identifier or ContactPoint. */
function addTokens(value: unknown, tokens: string[], texts: string[]): void {
  const plain = plainOf(value);
  if (plain !== undefined) tokens.push(escapeToken(plain), `|${escapeToken(plain)}`);
  if (!isObject(value)) return;
  if (value.coding !== undefined || (value.text !== undefined && value.value === undefined)) {
    for (const coding of listOf(value.coding)) if (isObject(coding)) addCoding(coding, tokens, texts);
    if (typeof value.text === 'string') texts.push(fold(value.text));
  } else if (value.value !== undefined) addIdentifier(value, tokens, texts);
  else addCoding(value, tokens, texts);
}

function addCoding(coding: JsonObject, tokens: string[], texts: string[]): void {
  if (typeof coding.code === 'string') addPair(coding.system, coding.code, tokens);
  if (typeof coding.display === 'string') texts.push(fold(coding.display));
}

function addPair(given: unknown, code: string, tokens: string[]): void {
  const system = typeof given === 'string' ? given : '';
  tokens.push(tokenPair(system, code), escapeToken(valueWithin(system, code)));
}

/** The system of a ContactPoint (`phone`) is a kind and not a namespace, so only the value is indexed. */
function addIdentifier(value: JsonObject, tokens: string[], texts: string[]): void {
  if (typeof value.value !== 'string') return;
  const isContactPoint = typeof value.system === 'string' && !value.system.includes(':');
  addPair(isContactPoint ? undefined : value.system, value.value, tokens);
  if (!isObject(value.type)) return;
  if (typeof value.type.text === 'string') texts.push(fold(value.type.text));
  for (const coding of listOf(value.type.coding)) {
    if (!isObject(coding) || typeof coding.code !== 'string') continue;
    const system = typeof coding.system === 'string' ? coding.system : '';
    tokens.push(`|${escapeToken(system)}|${escapeToken(coding.code)}|${escapeToken(value.value)}`);
  }
}

/** The tokens of Identifiers, as stored for a Reference's own identifier. */
export function identifierTokens(identifiers: readonly unknown[]): string[] {
  const tokens: string[] = [];
  for (const identifier of identifiers) addTokens(identifier, tokens, []);
  return tokens;
}

function askPlain(
  parameter: SearchParameter,
  modifier: string | undefined,
  values: readonly string[],
): Answer {
  if (modifier !== undefined)
    return { fault: `the modifier :${modifier} is not supported for this code, but :not and :missing are` };
  const codes: string[] = [];
  let any = false;
  for (const value of values) {
    const parts = splitEscaped(value, '|').map(unescape);
    const [first = '', second] = parts;
    if (parts.length > 2 || (first === '' && !second)) return { fault: 'a token is `code` or `system|code`' };
    if (second === undefined) codes.push(indexable(first));
    else if (first === '' || first === parameter.system) {
      if (second === '') any = true;
      else codes.push(indexable(second));
    }
  }
  const column = (alias: string): string => `${alias}.${parameter.column}`;
  if (any) return { clause: (alias) => `${column(alias)} IS NOT NULL` };
  if (codes.length === 0) return { clause: nothing };
  return {
    clause: (alias, bind) =>
      parameter.multiple
        ? `${column(alias)} && ${bind(codes, 'text[]')}`
        : equalsAny(column(alias), codes, bind),
  };
}

function askText(parameter: SearchParameter, values: readonly string[]): Answer {
  const meant = values.map(unescape);
  if (meant.some((text) => text.trim() === '')) return { fault: ':text needs some text' };
  const texts = meant.map(fold).filter((text) => text !== '');
  if (texts.length === 0) return { clause: nothing };
  return {
    clause: (alias, bind) =>
      `EXISTS (SELECT 1 FROM unnest(${alias}.${parameter.column}_text) AS item, unnest(${bind(texts, 'text[]')}) AS asked` +
      ' WHERE starts_with(item, asked))',
  };
}

function askOfType(parameter: SearchParameter, values: readonly string[], context: AskContext): Answer {
  const tokens: string[] = [];
  for (const value of values) {
    const parts = splitEscaped(value, '|').map(unescape);
    if (parts.length !== 3 || parts.some((part) => part === ''))
      return { fault: ':of-type needs `system|code|value`: the identifier’s type, and its value' };
    const [system = '', code = '', named = ''] = parts;
    for (const each of new Set([named, tenDigitsIn(named, context) ?? named]))
      tokens.push(`|${[system, code, each].map(escapeToken).join('|')}`);
  }
  return { tokens, clause: (alias, bind) => `${alias}.${parameter.column} && ${bind(tokens, 'text[]')}` };
}
