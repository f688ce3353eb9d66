/** Random criteria whose values come from the population, so that they find something; and how they are written. */
import type { SearchParameter } from '../../src/definitions/table';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import type { Stored } from '../../src/engines/indexing/columns';
import type { Asked, Criterion, Judge, Prefix } from './judge';
import type { Population } from './population';
import type { Random } from './random';

const PREFIXES: readonly Prefix[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];
const DATES = [
  '2023',
  '2023-01',
  '2023-01-07',
  '2023-07-01',
  '1950-02-03',
  '2023-01-07T12:34:00Z',
  '2023-01-07T13:34:00+01:00',
  '2024-01-02T10:00:01Z',
  '2024',
];
const NUMBERS = ['5', '36.5', '36.6', '120', '100', '37.0', '0', '-3', '0.0010', '1e2'];
const NOT_CHAINED = new Set(['_id', '_lastUpdated']);

export interface QueryMaker {
  criterion(definition: Stored, depth?: number): Criterion | undefined;
}

export function queryMaker(
  definitions: ReadonlyMap<string, Stored>,
  people: Population,
  judge: Judge,
  random: Random,
): QueryMaker {
  const { pick, chance } = random;
  const ofType = (type: string): AnyResource[] =>
    people.resources.filter((each) => each.resourceType === type);

  function criterion(definition: Stored, depth = 0): Criterion | undefined {
    if (depth < 2 && chance(0.06)) return has(definition, depth);
    const parameter = pick(definition.searchParameters);
    if (parameter.type === 'special' || (depth > 0 && NOT_CHAINED.has(parameter.code))) return undefined;
    if (parameter.type === 'reference' && depth < 2 && chance(0.25)) return chained(parameter, depth);
    if (parameter.type !== 'composite' && parameter.code !== '_id' && chance(0.08))
      return { kind: 'missing', parameter, missing: chance(0.5) };
    const modifier = modifierOf(parameter);
    const values = Array.from({ length: chance(0.25) ? 2 : 1 }, () =>
      valueOf(definition.type, parameter, modifier),
    );
    const known = values.filter((value) => value !== undefined);
    if (known.length < values.length) return undefined;
    return { kind: 'simple', parameter, ...(modifier === undefined ? {} : { modifier }), values: known };
  }

  function has(definition: Stored, depth: number): Criterion | undefined {
    const sources = [...definitions.values()].flatMap((source) =>
      source.searchParameters
        .filter((parameter) => parameter.type === 'reference' && parameter.targets?.includes(definition.type))
        .map((parameter) => ({ source, parameter })),
    );
    if (sources.length === 0) return undefined;
    const { source, parameter } = pick(sources);
    const inner = criterion(source, depth + 1);
    return inner && { kind: 'has', source: source.type, parameter, inner };
  }

  function chained(parameter: SearchParameter, depth: number): Criterion | undefined {
    const targets = (parameter.targets ?? ['Patient', 'Encounter', 'Observation']).filter((type) =>
      definitions.has(type),
    );
    if (targets.length === 0) return undefined;
    const target = pick(targets);
    const inner = criterion(definitions.get(target)!, depth + 1);
    return inner && { kind: 'chain', parameter, target, inner };
  }

  function modifierOf(parameter: SearchParameter): string | undefined {
    if (chance(0.6)) return undefined;
    switch (parameter.type) {
      case 'token':
        if (parameter.stored === 'id') return undefined;
        if (parameter.stored === 'plain') return 'not';
        return pick(parameter.code === 'identifier' ? ['not', 'of-type', 'text'] : ['not', 'text']);
      case 'string':
        return parameter.encode === undefined ? pick(['exact', 'contains']) : undefined;
      case 'uri':
        return pick(['above', 'below']);
      case 'reference':
        return pick(['identifier', undefined]);
      default:
        return undefined;
    }
  }

  function valueOf(
    type: string,
    parameter: SearchParameter,
    modifier: string | undefined,
  ): Asked | undefined {
    const sample = sampleOf(type, parameter);
    switch (parameter.type) {
      case 'date':
        return { kind: 'date', prefix: pick(PREFIXES), text: pick(DATES) };
      case 'number':
      case 'quantity':
        return quantityOf(sample);
      case 'string': {
        const text =
          typeof sample === 'string'
            ? sample
            : pick(
                Object.values((sample ?? {}) as JsonObject)
                  .flat()
                  .filter((part) => typeof part === 'string')
                  .concat('Smi'),
              );
        return {
          kind: 'string',
          text: modifier === 'exact' || text.length < 3 ? text : text.slice(0, 3 + random.below(5)),
        };
      }
      case 'uri':
        return {
          kind: 'uri',
          uri: pick([
            String(sample ?? 'http://acme.org/fhir'),
            'http://acme.org/fhir',
            'http://acme.org/fhir/A/b',
            'http://acme.org',
          ]),
        };
      case 'composite':
        return { kind: 'composite', parts: partsOf(type, parameter) };
      case 'reference':
        return modifier === 'identifier' ? tokenOf(identifierSample(parameter)) : referenceOf(sample);
      default:
        if (parameter.stored === 'id') return { kind: 'token', code: String(pick(ofType(type)).id) };
        if (modifier === 'text')
          return { kind: 'text', text: pick(['News2', 'only', 'In words', 'zoe', 'medical']) };
        if (modifier === 'of-type')
          return {
            kind: 'of-type',
            system: 'http://t.example',
            code: pick(['MR', 'NI']),
            value: pick(['1', 'A|B']),
          };
        return tokenOf(sample, parameter.system);
    }
  }

  /** A value that some resource of the type bears, if any does. */
  function sampleOf(type: string, parameter: SearchParameter): unknown {
    const bearers = ofType(type);
    for (let tries = 0; tries < 4 && bearers.length > 0; tries += 1) {
      const values = parameter.type === 'composite' ? [] : judge.values(pick(bearers), parameter.expression);
      if (values.length > 0) return pick(values);
    }
    return undefined;
  }

  function identifierSample(parameter: SearchParameter): unknown {
    const targets = (parameter.targets ?? ['Patient']).filter((type) => ofType(type).length > 0);
    if (targets.length === 0 || chance(0.3)) return { system: 'http://a.example/id', value: '1' };
    const identifiers = pick(ofType(pick(targets))).identifier;
    return (Array.isArray(identifiers) ? identifiers[0] : identifiers) ?? { value: '2' };
  }

  function tokenOf(sample: unknown, implied?: string): Asked {
    let system: string | undefined;
    let code = 'nothing';
    if (typeof sample === 'string' || typeof sample === 'boolean') {
      code = String(sample);
      system = implied;
    } else if (typeof sample === 'object' && sample !== null) {
      const object = sample as JsonObject;
      const coding = (((object.coding ?? [object]) as JsonObject[])[0] ?? {}) as JsonObject;
      code = String(coding.code ?? coding.value ?? 'nothing');
      const given = coding.system;
      system = given === 'phone' || given === 'email' ? undefined : (given as string | undefined);
    }
    if (chance(0.4)) return { kind: 'token', code };
    if (system === undefined) return { kind: 'token', system: null, code };
    return chance(0.25) ? { kind: 'token', system } : { kind: 'token', system, code };
  }

  function referenceOf(sample: unknown): Asked {
    const text =
      typeof sample === 'string' ? sample : String((sample as JsonObject | undefined)?.reference ?? '');
    const [type, id] = text.split('/');
    if (id === undefined || type === 'http:') return { kind: 'reference', type: 'Patient', id: 'none' };
    return chance(0.3) ? { kind: 'reference', id } : { kind: 'reference', type: type!, id };
  }

  function quantityOf(sample: unknown): Asked {
    const { value, system, code, unit } = (sample ?? {}) as JsonObject;
    const number = value !== undefined && chance(0.6) ? String(value) : pick(NUMBERS.slice(0, -1));
    const asked: Asked = { kind: 'quantity', prefix: pick(PREFIXES), number };
    if (chance(0.5)) return asked;
    if (typeof system === 'string' && typeof code === 'string' && chance(0.6))
      return { ...asked, system, code };
    const written = code ?? unit;
    return typeof written === 'string' ? { ...asked, code: written } : asked;
  }

  function partsOf(type: string, parameter: SearchParameter): Asked[] {
    const definition = definitions.get(type)!;
    return (parameter.components ?? []).map((code) => {
      const component = definition.searchParameters.find((each) => each.code === code)!;
      return valueOf(type, component, undefined) ?? { kind: 'token', code: 'none' };
    });
  }

  return { criterion };
}

/** The criterion as a name and a value of a query. */
export function written(criterion: Criterion): [string, string] {
  switch (criterion.kind) {
    case 'missing':
      return [`${criterion.parameter.code}:missing`, String(criterion.missing)];
    case 'chain': {
      const [name, value] = written(criterion.inner);
      return [
        `${criterion.parameter.code}${criterion.target === undefined ? '' : `:${criterion.target}`}.${name}`,
        value,
      ];
    }
    case 'has': {
      const [name, value] = written(criterion.inner);
      return [`_has:${criterion.source}:${criterion.parameter.code}:${name}`, value];
    }
    case 'simple': {
      const modifier = criterion.modifier === undefined ? '' : `:${criterion.modifier}`;
      return [criterion.parameter.code + modifier, criterion.values.map(textOf).join(',')];
    }
  }
}

function textOf(asked: Asked): string {
  switch (asked.kind) {
    case 'token':
      return (
        (asked.system === undefined ? '' : `${escaped(asked.system ?? '')}|`) + escaped(asked.code ?? '')
      );
    case 'text':
    case 'string':
      return escaped(asked.text);
    case 'of-type':
      return [asked.system, asked.code, asked.value].map(escaped).join('|');
    case 'reference':
      return asked.type === undefined ? asked.id : `${asked.type}/${asked.id}`;
    case 'uri':
      return escaped(asked.uri);
    case 'date':
      return (asked.prefix === 'eq' ? '' : asked.prefix) + asked.text;
    case 'quantity': {
      const unit =
        asked.code === undefined && asked.system === undefined
          ? ''
          : `|${escaped(asked.system ?? '')}|${escaped(asked.code ?? '')}`;
      return (asked.prefix === 'eq' ? '' : asked.prefix) + asked.number + unit;
    }
    case 'composite':
      return asked.parts.map(textOf).join('$');
  }
}

function escaped(text: string): string {
  return text.replace(/[\\,|$]/g, '\\$&');
}
