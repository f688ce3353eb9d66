import fc from 'fast-check';
import { numberOf, stringify } from '../decimal';
import { parseJson } from '../json';
import type { ElementDefinition, ElementType } from '../r4/definitions';
import { allTypes, isPrimitive, isResourceType, typeDefinition } from '../r4/definitions';
import type { AnyResource, Json, JsonObject } from '../types';
import { parseXml } from './parse-xml';
import { writeXml } from './write-xml';

const RESOURCE_TYPES = [...allTypes()].map((type) => type.name).filter(isResourceType);
const XHTML = 'xmlns="http://www.w3.org/1999/xhtml"';

const text = fc.string({
  unit: fc.constantFrom(...'aZ9 &<>"\'\t\n\r/é😀\u00a0\u2028[]{}'),
  minLength: 1,
  maxLength: 12,
});
const div = fc.constantFrom(
  `<div ${XHTML}>a &amp; b&#160;<b>c</b>\n<br/></div>`,
  `<div ${XHTML} lang='cy'><p class="x">ŵ</p></div>`,
  `<div ${XHTML}/>`,
);
const decimal = fc
  .stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$/)
  .map(numberOf);

type Draw = fc.GeneratorValue;

/** A resource of one of R4's types with any of its elements, some of them deep. */
function resource(draw: Draw, depth: number): AnyResource {
  const resourceType = draw(fc.constantFrom, ...RESOURCE_TYPES);
  return { ...members(draw, resourceType, depth), resourceType };
}

function members(draw: Draw, type: string, depth: number): JsonObject {
  const object: JsonObject = {};
  const elements = typeDefinition(type)?.elements ?? [];
  for (let count = draw(fc.integer, { min: 1, max: 5 }); count > 0; count--) {
    const element: ElementDefinition = draw(fc.constantFrom<ElementDefinition[]>, ...elements);
    if (depth > 0 || element.types.some((option) => isPrimitive(option.code)))
      add(draw, object, element, depth);
  }
  return object;
}

function add(draw: Draw, object: JsonObject, element: ElementDefinition, depth: number): void {
  const options = depth > 0 ? element.types : element.types.filter((option) => isPrimitive(option.code));
  const type = options.length > 0 ? draw(fc.constantFrom, ...options) : undefined;
  const name = element.isChoice ? element.name + capitalised(type) : element.name;
  if (name in object || `_${name}` in object) return;
  const isTwinned = type && isPrimitive(type.code) && type.code !== 'xhtml' && !['id', 'url'].includes(name);
  const count = element.max > 1 ? draw(fc.integer, { min: 1, max: 3 }) : 1;
  const values: (Json | undefined)[] = [];
  const twins: (Json | undefined)[] = [];
  for (let index = 0; index < count; index++) {
    const twin =
      isTwinned && draw(fc.integer, { min: 0, max: 3 }) === 0
        ? members(draw, 'Element', depth - 1)
        : undefined;
    const hasTwin = twin !== undefined && Object.keys(twin).length > 0;
    twins.push(hasTwin ? twin : undefined);
    values.push(hasTwin && draw(fc.boolean) ? undefined : valueOf(draw, type, element, depth));
  }
  set(object, name, values, element.max > 1);
  set(object, `_${name}`, twins, element.max > 1);
}

function set(object: JsonObject, name: string, values: (Json | undefined)[], isList: boolean): void {
  if (values.every((value) => value === undefined)) return;
  object[name] = isList ? values.map((value) => value ?? null) : (values[0] as Json);
}

function capitalised(type: ElementType | undefined): string {
  return (type?.code ?? '').replace(/^./, (first) => first.toUpperCase());
}

function valueOf(draw: Draw, type: ElementType | undefined, element: ElementDefinition, depth: number): Json {
  switch (type?.code) {
    case 'boolean':
      return draw(fc.boolean);
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
      return draw(fc.integer);
    case 'decimal':
      return draw(() => decimal);
    case 'xhtml':
      return draw(() => div);
    case 'Resource':
      return resource(draw, depth - 1);
    default:
      if (type && isPrimitive(type.code)) return draw(() => text);
      return members(draw, element.children ?? type?.code ?? '', depth - 1);
  }
}

describe('XML and JSON', () => {
  it('carry any resource of R4 to the other form and back, nothing lost', () => {
    fc.assert(
      fc.property(fc.gen(), fc.boolean(), (draw, pretty) => {
        const sent = resource(draw, 4);
        const parsed = parseXml(Buffer.from(writeXml(sent, { pretty })));
        expect(parsed).toEqual({ ok: true, value: sent, warnings: [] });
        expect(parseJson(Buffer.from(stringify(sent)))).toEqual({ ok: true, value: sent });
      }),
      { numRuns: 300 },
    );
  });
});
