/**
 * Judges searches in memory: values by FHIRPath from the official expressions, matching by the specification's words.
 * It shares no code with the engine but the reading of dates and decimals' types.
 * @see https://hl7.org/fhir/R4/search.html
 */
import fhirpath, { type Model } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { SearchParameter } from '../../src/definitions/table';
import { dateRange } from '../../src/fhir/date';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import type { Population } from './population';

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** One value of a query, taken apart; `system: null` is «without a system». */
export type Asked =
  | { kind: 'token'; system?: string | null; code?: string }
  | { kind: 'text'; text: string }
  | { kind: 'of-type'; system: string; code: string; value: string }
  | { kind: 'string'; text: string }
  | { kind: 'reference'; type?: string; id: string }
  | { kind: 'uri'; uri: string }
  | { kind: 'date'; prefix: Prefix; text: string }
  | { kind: 'quantity'; prefix: Prefix; number: string; system?: string; code?: string }
  | { kind: 'composite'; parts: readonly Asked[] };

export type Criterion =
  | { kind: 'simple'; parameter: SearchParameter; modifier?: string; values: readonly Asked[] }
  | { kind: 'missing'; parameter: SearchParameter; missing: boolean }
  | { kind: 'chain'; parameter: SearchParameter; target?: string; inner: Criterion }
  | { kind: 'has'; source: string; parameter: SearchParameter; inner: Criterion };

export interface Judge {
  matches(resource: AnyResource, criterion: Criterion): boolean;
  values(resource: AnyResource, expression: string): readonly unknown[];
}

const model = r4 as Model;

type Evaluate = (resource: unknown) => unknown[];

const COMPONENTS: Readonly<Record<string, readonly (readonly [SearchParameter['type'], string])[]>> = {
  'code-value-concept': [
    ['token', 'code'],
    ['token', 'value.ofType(CodeableConcept)'],
  ],
  'code-value-quantity': [
    ['token', 'code'],
    ['quantity', 'value.ofType(Quantity)'],
  ],
  'code-value-string': [
    ['token', 'code'],
    ['string', 'value.ofType(string) | value.ofType(CodeableConcept).text'],
  ],
  'code-value-date': [
    ['token', 'code'],
    ['date', 'value.ofType(dateTime) | value.ofType(Period)'],
  ],
  relationship: [
    ['reference', 'target'],
    ['token', 'code'],
  ],
};

export function judgeOf(people: Population, now: Date): Judge {
  const compiled = new Map<string, Evaluate>();
  const cache = new WeakMap<object, Map<string, readonly unknown[]>>();

  function values(resource: AnyResource, expression: string): readonly unknown[] {
    let ofResource = cache.get(resource);
    if (ofResource === undefined) cache.set(resource, (ofResource = new Map()));
    let found = ofResource.get(expression);
    if (found === undefined) ofResource.set(expression, (found = evaluate(resource, expression)));
    return found;
  }

  function evaluate(node: unknown, expression: string, base?: string): readonly unknown[] {
    const key = `${base ?? ''}:${expression}`;
    let run = compiled.get(key);
    if (run === undefined) {
      const text = expression
        .replace(/\.where\(resolve\(\) is (\w+)\)/g, ".where(reference.startsWith('$1/'))")
        .replace(/\(([\w.]+) as (\w+)\)/g, '$1.ofType($2)');
      run = fhirpath.compile(
        base === undefined ? text : { base, expression: text },
        model,
      ) as unknown as Evaluate;
      compiled.set(key, run);
    }
    return run(node);
  }

  function matches(resource: AnyResource, criterion: Criterion): boolean {
    const { parameter } = criterion;
    switch (criterion.kind) {
      case 'missing':
        return (values(resource, parameter.expression).length === 0) === criterion.missing;
      case 'chain':
        return targets(resource, parameter).some(
          (target) =>
            (criterion.target === undefined || target.resourceType === criterion.target) &&
            matches(target, criterion.inner),
        );
      case 'has':
        return people.resources.some(
          (source) =>
            source.resourceType === criterion.source &&
            targets(source, parameter).includes(resource) &&
            matches(source, criterion.inner),
        );
      case 'simple': {
        const { modifier } = criterion;
        const found = criterion.values.some((asked) => one(resource, parameter, modifier, asked));
        return modifier === 'not' ? !found : found;
      }
    }
  }

  function targets(resource: AnyResource, parameter: SearchParameter): AnyResource[] {
    return values(resource, parameter.expression).flatMap((value) => {
      const reference = String((value as JsonObject).reference ?? '').replace(/\/_history\/.*$/, '');
      const target = people.byReference.get(reference);
      return target === undefined || parameter.targets?.includes(target.resourceType) === false
        ? []
        : [target];
    });
  }

  function one(
    resource: AnyResource,
    parameter: SearchParameter,
    modifier: string | undefined,
    asked: Asked,
  ): boolean {
    if (asked.kind === 'composite') return composite(resource, parameter, asked.parts);
    if (modifier === 'identifier') return byIdentifier(resource, parameter, asked);
    const found = values(resource, parameter.expression);
    return found.some((value) => valueMatches(value, parameter, modifier, asked, now));
  }

  /** The Reference's own identifier, also where it names no type; or the identifier of what it refers to. */
  function byIdentifier(resource: AnyResource, parameter: SearchParameter, asked: Asked): boolean {
    const expression = parameter.expression.replace(/\.where\(.*\)$/, '');
    const asToken = { ...parameter, stored: undefined } as unknown as SearchParameter;
    const own = values(resource, expression).some((value) => {
      const { identifier } = value as JsonObject;
      return identifier !== undefined && valueMatches(identifier, asToken, undefined, asked, now);
    });
    return (
      own ||
      targets(resource, parameter).some((target) =>
        values(target, 'masterIdentifier | identifier').some((value) =>
          valueMatches(value, asToken, undefined, asked, now),
        ),
      )
    );
  }

  function composite(resource: AnyResource, parameter: SearchParameter, parts: readonly Asked[]): boolean {
    const components = COMPONENTS[parameter.code.replace(/^(combo|component)-/, '')] ?? [];
    return parameter.expression.split('|').some((root) => {
      const base = root.trim();
      return evaluate(resource, base).some((element) =>
        components.every(([type, expression], index) =>
          evaluate(element, expression, base).some((value) =>
            valueMatches(value, plainOf(type, parameter, index), undefined, parts[index]!, now),
          ),
        ),
      );
    });
  }

  return { matches, values };
}

/** The component as a parameter of its own. */
function plainOf(type: SearchParameter['type'], parameter: SearchParameter, index: number): SearchParameter {
  return {
    ...parameter,
    type,
    ...(parameter.parts?.[index]?.stored === 'plain' ? parameter.parts[index] : {}),
  };
}

function valueMatches(
  value: unknown,
  parameter: SearchParameter,
  modifier: string | undefined,
  asked: Asked,
  now: Date,
): boolean {
  switch (asked.kind) {
    case 'token':
      return codingsOf(value, parameter).some(
        ({ system, code }) =>
          (asked.code === undefined || asked.code === code) &&
          (asked.system === undefined ||
            (asked.system === null ? system.includes(undefined) : system.includes(asked.system))),
      );
    case 'text':
      return wordsOf(value).some((words) => folded(words).startsWith(folded(asked.text)));
    case 'of-type': {
      const { type, value: text } = value as JsonObject;
      const codings = ((type as JsonObject | undefined)?.coding ?? []) as JsonObject[];
      return (
        text === asked.value &&
        codings.some((coding) => coding.system === asked.system && coding.code === asked.code)
      );
    }
    case 'string':
      return stringsOf(value).some((text) => {
        if (parameter.encode !== undefined)
          return parameter.encode(text).startsWith(parameter.encode(asked.text));
        if (modifier === 'exact') return text === asked.text;
        return modifier === 'contains'
          ? folded(text).includes(folded(asked.text))
          : folded(text).startsWith(folded(asked.text));
      });
    case 'uri': {
      // A canonical is also known without its version.
      const uris = parameter.multiple ? [String(value), String(value).replace(/\|.*$/, '')] : [String(value)];
      const { uri: wanted } = asked;
      return uris.some((uri) => {
        if (modifier === 'below') return uri === wanted || uri.startsWith(`${wanted.replace(/\/$/, '')}/`);
        if (modifier === 'above') return uri === wanted || wanted.startsWith(`${uri.replace(/\/$/, '')}/`);
        return uri === wanted;
      });
    }
    case 'reference': {
      const text = typeof value === 'string' ? value : String((value as JsonObject).reference ?? '');
      const [type, id] = text.split('/');
      return (
        id === asked.id &&
        (asked.type === undefined ? (parameter.targets?.includes(type!) ?? true) : type === asked.type)
      );
    }
    case 'date':
      return dateMatches(value, asked.prefix, asked.text, now);
    case 'quantity': {
      if (typeof value === 'number') return numberMatches(value, asked.prefix, asked.number);
      const { value: number, system, code, unit } = value as JsonObject;
      return (
        numberMatches(Number(number), asked.prefix, asked.number) &&
        (asked.system === undefined || asked.system === system) &&
        (asked.code === undefined ||
          asked.code === code ||
          (asked.system === undefined && asked.code === unit))
      );
    }
    case 'composite':
      return false;
  }
}

function codingsOf(
  value: unknown,
  parameter: SearchParameter,
): { system: (string | undefined)[]; code: string | undefined }[] {
  if (typeof value !== 'object' || value === null)
    return [
      {
        system: [undefined, ...(parameter.stored === 'plain' && parameter.system ? [parameter.system] : [])],
        code: String(value),
      },
    ];
  const object = value as JsonObject;
  const pair = (system: unknown, code: unknown): { system: (string | undefined)[]; code: string } => ({
    system: [system as string | undefined],
    code: code as string,
  });
  if (object.coding !== undefined)
    return (object.coding as JsonObject[]).map(({ system, code }) => pair(system, code));
  if (object.code !== undefined) return [pair(object.system, object.code)];
  if (object.value === undefined) return [];
  const isContactPoint = object.system === 'phone' || object.system === 'email';
  return [pair(isContactPoint ? undefined : object.system, object.value)];
}

function wordsOf(value: unknown): string[] {
  const object = value as JsonObject;
  const words =
    object.value === undefined
      ? [object.text, object.display]
      : [(object.type as JsonObject | undefined)?.text];
  for (const coding of (object.coding ?? []) as JsonObject[]) words.push(coding.display);
  return words.filter((text): text is string => typeof text === 'string');
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value as JsonObject)
    .filter(([name]) => name !== 'use' && name !== 'period' && name !== 'type')
    .flatMap(([, part]) => part as string | string[]);
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}

function spanOf(value: unknown): [number, number] {
  if (typeof value !== 'object' || value === null) {
    const range = dateRange(String(value))!;
    return [range.start.getTime(), range.end.getTime()];
  }
  const { start, end } = value as JsonObject;
  return [start === undefined ? -Infinity : spanOf(start)[0], end === undefined ? Infinity : spanOf(end)[1]];
}

function dateMatches(value: unknown, prefix: Prefix, text: string, now: Date): boolean {
  const [start, end] = spanOf(value);
  const [low, high] = spanOf(text);
  const isContained = start >= low && end <= high;
  switch (prefix) {
    case 'eq':
      return isContained;
    case 'ne':
      return !isContained;
    case 'gt':
      return end > high;
    case 'lt':
      return start < low;
    case 'ge':
      return end > high || isContained;
    case 'le':
      return start < low || isContained;
    case 'sa':
      return start >= high;
    case 'eb':
      return end <= low;
    case 'ap': {
      const margin = Math.abs(now.getTime() - low) / 10;
      return start < high + margin && end > low - margin;
    }
  }
}

function numberMatches(number: number, prefix: Prefix, text: string): boolean {
  const value = Number(text);
  const decimals = (text.split('.')[1] ?? '').length;
  const half = 0.5 * 10 ** -decimals;
  const near = 1e-9;
  const isWithin = number >= value - half - near && number < value + half - near;
  switch (prefix) {
    case 'eq':
      return isWithin;
    case 'ne':
      return !isWithin;
    case 'gt':
    case 'sa':
      return number > value;
    case 'lt':
    case 'eb':
      return number < value;
    case 'ge':
      return number >= value;
    case 'le':
      return number <= value;
    case 'ap':
      return Math.abs(number - value) <= Math.max(Math.abs(value) * 0.1, half) + near;
  }
}
