/**
 * A short way to write search parameters: one builder per resource type, one call per parameter. What follows from the
 * rest is filled in: the canonical url, the column, and the paths where the official expression is plain.
 * @see https://hl7.org/fhir/R4/searchparameter-registry.html
 */
import { isObject } from '../fhir/types';
import type { SearchParameter, SearchParameterType } from './table';

type Given = Partial<Omit<SearchParameter, 'code' | 'type' | 'expression' | 'documentation'>> & {
  /** The id of the official definition where it is not `<Type>-<code>`: `clinical-patient`; null for our own. */
  definition?: string | null;
};

type Build = (code: string, expression: string, documentation: string, more?: Given) => SearchParameter;

export type SearchParameterBuilder = Record<SearchParameterType, Build>;

const OFFICIAL = 'http://hl7.org/fhir/SearchParameter/';

/** The builder for the parameters of one resource type. */
export function searchParametersOf(resourceType: string): SearchParameterBuilder {
  const build =
    (type: SearchParameterType): Build =>
    (code, expression, documentation, more = {}) => {
      const { definition = `${resourceType}-${code}`, ...given } = more;
      return {
        code,
        type,
        expression,
        documentation,
        ...(definition === null ? {} : { url: OFFICIAL + definition }),
        paths: pathsOf(resourceType, expression),
        column: columnName(code),
        multiple: false,
        ...given,
      };
    };
  return {
    token: build('token'),
    reference: build('reference'),
    date: build('date'),
    string: build('string'),
    quantity: build('quantity'),
    number: build('number'),
    uri: build('uri'),
    composite: build('composite'),
    special: build('special'),
  };
}

/** `birth-date` and `birthDate` become `birth_date`. */
export function columnName(code: string): string {
  return code
    .replace(/^_/, '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[-.]/g, '_')
    .toLowerCase();
}

/** The paths of an expression that is nothing but paths: `Organization.name | Organization.alias`. */
function pathsOf(resourceType: string, expression: string): string[] {
  const paths = expression.split('|').map((part) => part.trim());
  if (!paths.every((path) => /^[A-Za-z]+(\.[A-Za-z]+)*$/.test(path))) return [];
  return paths.map((path) =>
    isOf(path) ? path.slice(resourceType.length + 1) : path.replace(/^Resource\./, ''),
  );

  function isOf(path: string): boolean {
    return path === resourceType || path.startsWith(resourceType + '.');
  }
}

/** Keeps the References that name this type. */
export function refersTo(resourceType: string): (value: unknown) => boolean {
  return (value) => {
    const reference = isObject(value) ? value.reference : undefined;
    return typeof reference === 'string' && reference.startsWith(`${resourceType}/`);
  };
}
