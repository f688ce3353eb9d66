/**
 * Reads a query: criteria, sorting, paging, includes and the other parameters that shape the result. A parameter that
 * cannot be read is a fault (`strict`), or ignored and reported (`lenient`); `self` lists what was understood.
 * @see https://hl7.org/fhir/R4/search.html#return
 */
import type { SearchParameter } from '../../definitions/table';
import { indexingOf } from '../indexing';
import type { Issue } from '../../fhir/issue';
import type { SearchedType } from './catalogue';
import { parameterNear, unknown, type Criterion } from './criterion';
import { readInclude, type IncludeSpec } from './include-spec';
import { queryIssue, shown } from './issues';
import { readCriterion } from './read-criterion';
import type { SearchLimits, SearchRequest, Summary } from './request';
import type { Scope } from './scope';
import { own } from '../../fhir/own-property';

export interface SortKey {
  parameter: SearchParameter;
  descending: boolean;
}

export interface ParsedSearch {
  criteria: Criterion[];
  /** Empty when no order is requested: newest first. */
  sort: SortKey[];
  count: number;
  total: 'default' | 'none' | 'accurate';
  summary?: Summary;
  elements?: string[];
  includes: IncludeSpec[];
  self: (readonly [string, string])[];
  /** The parameters that were ignored. */
  issues: Issue[];
}

export type Parsed = { ok: true; search: ParsedSearch } | { ok: false; issues: Issue[] };

const REFUSED: Readonly<Record<string, string>> = {
  _filter: 'Use the ordinary search parameters',
  _query: 'There are no named queries',
  _text: 'Use the ordinary search parameters',
  _content: 'Use the ordinary search parameters',
  _list: 'There are no lists to search by',
  _has: 'Write it as `_has:Type:reference:parameter=value`',
  _score: 'Matches have no score',
};

/** Parameters for the format of the answer; the HTTP interface reads them. */
const PASSED_BY = new Set(['_format', '_pretty']);

/** True of a parameter that says what is looked for; false of one that says how the answer is to look. */
export const isCriterion = (name: string): boolean =>
  !PASSED_BY.has(name) && own(CONTROLS, name.split(':')[0] ?? '') === undefined;

export function parseSearch(type: SearchedType, params: SearchRequest['params'], scope: Scope): Parsed {
  const { limits, handling } = scope;
  const search: ParsedSearch = {
    criteria: [],
    sort: [],
    count: Math.min(limits.defaultCount, mostOnPage(type, limits)),
    total: 'default',
    includes: [],
    self: [],
    issues: [],
  };
  const faults: Issue[] = [];
  if (params.length > limits.maxParams)
    return {
      ok: false,
      issues: [
        queryIssue(
          'search-too-many-parameters',
          `The search has too many parameters. Send at most ${limits.maxParams}.`,
          'too-costly',
        ),
      ],
    };
  for (const [name, value] of params) {
    const issue = readParameter(type, name, value, search, scope);
    // A count above the limit is reduced, and `self` shows the reduced one.
    if (issue === undefined) search.self.push([name, name === '_count' ? String(search.count) : value]);
    // A search of something that the caller may not see, or that costs too much, is refused even with lenient handling.
    else if (handling === 'lenient' && issue.code !== 'forbidden' && issue.code !== 'too-costly')
      search.issues.push({ ...issue, severity: 'warning', text: `${issue.text} The server ignored it.` });
    else faults.push(issue);
  }
  // R4: text summaries must not be combined with included resources.
  if (search.summary === 'text' && search.includes.length > 0)
    faults.push(
      queryIssue(
        'search-summary-include',
        'A search with `_summary=text` cannot include other resources. Leave out `_include` and `_revinclude`, or use `_summary=true`.',
        'not-supported',
      ),
    );
  return faults.length > 0 ? { ok: false, issues: faults } : { ok: true, search };
}

function readParameter(
  type: SearchedType,
  name: string,
  value: string,
  search: ParsedSearch,
  scope: Scope,
): Issue | undefined {
  if (PASSED_BY.has(name)) return undefined;
  const control = own(CONTROLS, name.split(':')[0] ?? '');
  if (control !== undefined) return control({ type, name, value, search, scope });
  const refused = own(REFUSED, name.split(':')[0] ?? '');
  if (refused !== undefined && !name.startsWith('_has:'))
    return queryIssue(
      'search-not-offered',
      `This server does not support ${shown(name)}. ${refused}.`,
      'not-supported',
    );
  const isKnown = type.parameters.has(name.split(/[:.]/)[0] ?? '') || refused !== undefined;
  const read = isKnown
    ? readCriterion(type, name, value, scope)
    : unknown(type, name, [...Object.keys(CONTROLS), ...PASSED_BY]);
  if (!read.ok) return read.issue;
  search.criteria.push(read.criterion);
  return undefined;
}

function mostOnPage({ table }: SearchedType, { maxCount }: SearchLimits): number {
  return Math.min(maxCount, table.mostOnPage ?? maxCount);
}

interface Control {
  type: SearchedType;
  name: string;
  value: string;
  search: ParsedSearch;
  scope: Scope;
}

/** No type has so many elements. */
const MOST_ELEMENTS = 1_000;

const SUMMARIES: readonly string[] = ['true', 'text', 'data', 'count', 'false'] satisfies Summary[];

const CONTROLS: Readonly<Record<string, (control: Control) => Issue | undefined>> = {
  _sort({ type, value, search }) {
    if (value === '') return badValue('_sort', 'must be a list of search parameters, separated by commas');
    const keys: SortKey[] = [];
    for (const part of value.split(',')) {
      const descending = part.startsWith('-');
      const code = descending ? part.slice(1) : part;
      const parameter = sortable(type, code);
      if (parameter === undefined) return queryIssue('search-sort', notSortable(type, code), 'not-supported');
      keys.push({ parameter, descending });
    }
    if (keys.length > 5)
      return queryIssue('search-sort', '_sort has more than 5 parameters. Send at most 5.', 'too-costly');
    search.sort = keys;
    return undefined;
  },

  _count({ type, value, search, scope }) {
    if (!/^\d{1,9}$/.test(value)) return badValue('_count', 'must be a whole number, 0 or more');
    search.count = Math.min(Number(value), mostOnPage(type, scope.limits));
    return undefined;
  },

  _total({ value, search }) {
    if (value !== 'none' && value !== 'estimate' && value !== 'accurate')
      return badValue('_total', 'must be none, estimate or accurate');
    search.total = value === 'estimate' ? 'default' : value;
    return undefined;
  },

  _summary({ value, search }) {
    if (!SUMMARIES.includes(value)) return badValue('_summary', `must be one of ${SUMMARIES.join(', ')}`);
    search.summary = value as Summary;
    return undefined;
  },

  _elements({ value, search }) {
    const elements = value.split(',', MOST_ELEMENTS + 1).map((element) => element.trim());
    if (elements.length > MOST_ELEMENTS)
      return queryIssue(
        'search-too-many-values',
        `_elements has more than ${MOST_ELEMENTS} names. Send at most ${MOST_ELEMENTS}.`,
        'too-costly',
      );
    if (elements.some((element) => !/^[A-Za-z][A-Za-z.]*$/.test(element)))
      return badValue('_elements', 'must be a list of element names, separated by commas');
    search.elements = elements;
    return undefined;
  },

  _contained({ value }) {
    if (value === 'false') return undefined;
    return queryIssue(
      'search-not-offered',
      'This server does not search contained resources. Leave `_contained` out.',
      'not-supported',
    );
  },

  _containedType: () =>
    queryIssue('search-not-offered', 'This server does not search contained resources.', 'not-supported'),

  _include: (control) => addInclude(control, false),

  _revinclude: (control) => addInclude(control, true),
};

function addInclude({ type, name, value, search, scope }: Control, reverse: boolean): Issue | undefined {
  const modifier = name.split(':')[1];
  if (modifier !== undefined && modifier !== 'iterate' && modifier !== 'recurse')
    return badValue(name, 'supports only the modifier :iterate');
  const read = readInclude(type, value, reverse, modifier !== undefined, scope);
  if ('issue' in read) return read.issue;
  search.includes.push(read.spec);
  return undefined;
}

function notSortable(type: SearchedType, code: string): string {
  const near = parameterNear(type, code);
  const isOther = near !== undefined && near !== code && sortable(type, near) !== undefined;
  const known = [...type.parameters.keys()].filter((each) => sortable(type, each) !== undefined);
  const hint = isOther ? `Did you mean \`${near}\`?` : `Use one of ${known.join(', ')}.`;
  return `The server cannot sort results by ${shown(code)}. ${hint}`;
}

function sortable(type: SearchedType, code: string): SearchParameter | undefined {
  const parameter = type.parameters.get(code);
  if (parameter === undefined || parameter.type === 'composite') return undefined;
  const [member] = parameter.anyOf ?? [];
  if (member !== undefined) return sortable(type, member);
  return indexingOf(parameter).sortKey === undefined ? undefined : parameter;
}

function badValue(name: string, sentence: string): Issue {
  return queryIssue('search-value', `${shown(name)} ${sentence}.`);
}
