/**
 * Indexes references: stored as `Type/id` (without a version); canonicals and other addresses unchanged; and the
 * Reference's own identifier as tokens in `<column>_identifier`. The reference to the patient (`owner`) is searched by
 * `patient_id`, so that it is one index range.
 * @see https://hl7.org/fhir/R4/search.html#reference
 */
import { append } from '../../fhir/long-lists';
import { isUuid } from '../../fhir/uuid';
import { indexable } from '../../definitions/indexable';
import { urnInLowerCase } from '../../definitions/token-text';
import type { SearchParameter } from '../../definitions/table';
import { isObject, listOf } from '../../fhir/types';
import { unescape } from './escape';
import {
  anyOf,
  columnType,
  equalsAny,
  extreme,
  nothing,
  type Answer,
  type AskContext,
  type Bind,
  type Clause,
  type Indexing,
} from './indexing';
import { identifierTokens, token } from './token';
import { withoutVersion } from './uri';
import { notOffered } from './modifier';

const LITERAL = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

export const reference: Indexing = {
  columns: ({ column, multiple, documentation }) => [
    { name: column, type: columnType('text', multiple), comment: documentation },
    {
      name: `${column}_identifier`,
      type: 'text[]',
      comment: `The identifiers that \`${column}\` gives in place of, or beside, a reference`,
    },
  ],

  write({ column, multiple }) {
    return (values, row) => {
      const found: string[] = [];
      const identifiers: unknown[] = [];
      for (const value of values) {
        const text = typeof value === 'string' ? value : isObject(value) ? value.reference : undefined;
        if (typeof text === 'string' && !text.startsWith('#')) append(found, storedForms(text, multiple));
        if (isObject(value)) append(identifiers, listOf(value.identifier));
      }
      if (multiple) row[column] = found.length > 1 ? [...new Set(found)] : found;
      else if (found[0] !== undefined) row[column] = found[0];
      // An element without a target still exists: an empty list distinguishes it from a missing element.
      if (identifiers.length > 0 || found.length === 0)
        row[`${column}_identifier`] = identifierTokens(identifiers);
    };
  },

  ask(parameter, modifier, values, context) {
    if (modifier === 'identifier') return askIdentifier(parameter, values, context);
    if (modifier !== undefined && !context.types.includes(modifier))
      return {
        fault: notOffered(
          modifier,
          'reference',
          ['identifier', 'missing', '<Type>'],
          parameter.targets ?? context.types,
        ),
      };
    if (modifier !== undefined && parameter.targets !== undefined && !parameter.targets.includes(modifier))
      return {
        fault: `${parameter.code} does not refer to ${modifier}. It refers to ${parameter.targets.join(', ')}`,
      };
    const forms: string[] = [];
    for (const value of values) {
      const asked = formsOf(unescape(value), modifier, parameter, context);
      if (asked === undefined) return { fault: 'a reference is `Type/id`, an id, or an absolute address' };
      append(forms, asked);
    }
    return { clause: refersToAny(parameter, forms, context) };
  },

  // When only patients are searched, a reference to another type finds nothing.
  missing: (parameter, alias) =>
    parameter.stored === 'owner' && parameter.expression.includes('resolve() is')
      ? `${alias}.patient_id IS NULL`
      : `(${alias}.${parameter.column} IS NULL AND ${alias}.${parameter.column}_identifier IS NULL)`,

  sortKey: ({ column, multiple }, alias, descending) => ({
    sql: extreme(`${alias}.${column}`, multiple, descending),
    type: 'text',
  }),
};

/** The stored texts of a reference: `Patient/1` without its version; a canonical with and without it. */
function storedForms(text: string, multiple: boolean): string[] {
  const literal = LITERAL.exec(text);
  if (literal !== null) return [indexable(`${literal[1]}/${literal[2]}`)];
  return (multiple ? withoutVersion(text) : [text]).map((each) => indexable(urnInLowerCase(each)));
}

/** The stored forms that a value of a query can mean. */
function formsOf(
  value: string,
  type: string | undefined,
  parameter: SearchParameter,
  context: AskContext,
): string[] | undefined {
  const text = value.startsWith(`${context.baseUrl}/`) ? value.slice(context.baseUrl.length + 1) : value;
  const literal = LITERAL.exec(text);
  const isNumeric = isNumber(text.replace(/^[A-Za-z]+\//, ''), context);
  if (isNumeric) context.doubts.add('number-for-id');
  if (literal !== null)
    return type === undefined || type === literal[1] ? [indexable(`${literal[1]}/${literal[2]}`)] : [];
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return [indexable(urnInLowerCase(text))];
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(text)) return isNumeric ? [] : undefined;
  return (type === undefined ? (parameter.targets ?? context.types) : [type]).map(
    (target) => `${target}/${text}`,
  );
}

/** True for a number, with or without spaces; ids on this server are UUIDs, never numbers. */
export const isNumber = (text: string, { patients }: AskContext): boolean =>
  /^\d+$/.test(patients.readNumber(text).digits);

/** The condition that the reference is one of these stored forms. */
export function refersToAny(
  parameter: SearchParameter,
  forms: readonly string[],
  context: AskContext,
): Clause {
  if (forms.length === 0) return nothing;
  const ofColumn: Clause = (alias, bind) =>
    parameter.multiple
      ? `${alias}.${parameter.column} && ${bind(forms, 'text[]')}`
      : equalsAny(`${alias}.${parameter.column}`, forms, bind);
  if (parameter.stored !== 'owner') return ofColumn;
  const prefix = `${context.patients.type}/`;
  const ids = forms.filter((form) => form.startsWith(prefix)).map((form) => form.slice(prefix.length));
  const uuids = ids.filter(isUuid);
  const byPatient: Clause = (alias, bind) => ownedBy(alias, uuids, bind);
  if (ids.length === forms.length) return uuids.length === 0 ? nothing : byPatient;
  // A row without a patient may be about a group or a device: few rows, and the same index.
  const byOther: Clause = (alias, bind) => `(${alias}.patient_id IS NULL AND ${ofColumn(alias, bind)})`;
  return uuids.length === 0 ? byOther : anyOf([byPatient, byOther]);
}

function ownedBy(alias: string, uuids: readonly string[], bind: Bind): string {
  const [only] = uuids;
  return uuids.length === 1
    ? `${alias}.patient_id = ${bind(only, 'uuid')}`
    : `${alias}.patient_id = ANY(${bind(uuids, 'uuid[]')})`;
}

/**
 * The condition by the Reference's own identifier. A patient's national identifier gives the patient's id without a
 * lookup. The engine adds the case that the identifier is that of the target, because it knows the other tables.
 */
function askIdentifier(parameter: SearchParameter, values: readonly string[], context: AskContext): Answer {
  const { stored, ...rest } = parameter;
  const asked = token.ask({ ...rest, column: `${parameter.column}_identifier` }, undefined, values, context);
  if ('fault' in asked || stored !== 'owner') return asked;
  const ids = patientIdsOf(values, context);
  const byOther: Clause = (alias, bind) => `(${alias}.patient_id IS NULL AND ${asked.clause(alias, bind)})`;
  const byPatient: Clause = (alias, bind) => ownedBy(alias, ids, bind);
  return { clause: ids.length === 0 ? byOther : anyOf([byPatient, byOther]) };
}

/** The ids of the patients that tokens `system|value` of the national identifier name. */
export function patientIdsOf(values: readonly string[], { patients, doubts }: AskContext): string[] {
  const start = `${patients.identifierSystem}|`;
  return values
    .map(unescape)
    .filter((value) => value.startsWith(start) && value.length > start.length)
    .map((value) => {
      const { digits, isRight } = patients.readNumber(value.slice(start.length));
      if (!isRight) doubts.add('nhs-number');
      return patients.idOf(digits);
    });
}
