/**
 * Which slice a value belongs to: by the fixed values, patterns, required value sets, types or presence that the
 * slice's definition has at the paths of its discriminators. Where a definition says nothing at any of them, or asks
 * for what only a server knows, the slice cannot be told, and is left alone.
 * @see https://hl7.org/fhir/R4/profiling.html#discriminator
 */
import type { ValueSets } from '../../../terminology/value-sets';
import type { Json } from '../../../fhir/types';
import { isObject } from '../../../fhir/types';
import type { ElementValue } from './element-values';
import { valuesOf } from './element-values';
import { equals, isInValueSet, matchesPattern } from './match-value';
import type { Discriminator, ProfileNode } from './profile-node';

export type SliceTest = (value: ElementValue) => boolean;

const BY_URL: readonly Discriminator[] = [{ type: 'value', path: 'url' }];

/** The test for a slice of an element. Undefined if the slice cannot be recognised. */
export function sliceTest(
  parent: ProfileNode,
  slice: ProfileNode,
  valueSets: ValueSets,
): SliceTest | undefined {
  const isExtension = parent.segment === 'extension' || parent.segment === 'modifierExtension';
  const discriminators =
    parent.slicing?.discriminators ??
    (isExtension ? BY_URL : parent.segment.endsWith('[x]') ? [{ type: 'type', path: '$this' }] : []);
  const tests = discriminators.flatMap((discriminator) => testOf(discriminator, slice, valueSets) ?? []);
  if (tests.length === 0) return undefined;
  return (value) => tests.every((test) => test(value));
}

function testOf(
  { type, path }: Discriminator,
  slice: ProfileNode,
  valueSets: ValueSets,
): SliceTest | undefined {
  if (type === 'type' && path === '$this') {
    const codes = slice.types?.map(({ code }) => code) ?? [];
    return codes.length === 0 ? undefined : (value) => codes.includes(value.type);
  }
  if (path === 'url' && slice.types?.[0]?.code === 'Extension' && slice.types[0].profiles[0] !== undefined) {
    const [url] = slice.types[0].profiles[0].split('|', 1);
    return ({ value }) => isObject(value) && value.url === url;
  }
  if (path.includes('(')) return undefined;
  const segments = path === '$this' ? [] : path.split('.');
  if (type === 'exists') return existsTest(segments, slice);
  return type === 'value' || type === 'pattern' ? valueTest(segments, slice, valueSets) : undefined;
}

function existsTest(segments: readonly string[], slice: ProfileNode): SliceTest | undefined {
  const node = segments.reduce<ProfileNode | undefined>((at, segment) => at && childOf(at, segment), slice);
  if (node?.max === 0) return (value) => valuesAt(value, segments).length === 0;
  return node?.min !== undefined && node.min > 0
    ? (value) => valuesAt(value, segments).length > 0
    : undefined;
}

/** Walks down the slice's definition until something fixes the value: there, or above it by a pattern. */
function valueTest(
  segments: readonly string[],
  slice: ProfileNode,
  valueSets: ValueSets,
): SliceTest | undefined {
  let nodes: ProfileNode[] = [slice];
  for (let depth = 0; depth <= segments.length; depth += 1) {
    const reached = segments.slice(0, depth);
    const isEnd = depth === segments.length;
    const tests = nodes.flatMap((node) => nodeTest(node, isEnd, valueSets) ?? []);
    if (tests.length > 0)
      return (value) => valuesAt(value, reached).some((found) => tests.some((test) => test(found)));
    nodes = nodes.flatMap((node) => {
      const child = childOf(node, segments[depth] ?? '');
      return child ? [child, ...child.slices.values()] : [];
    });
  }
  return undefined;
}

function nodeTest(
  node: ProfileNode,
  isEnd: boolean,
  valueSets: ValueSets,
): ((value: Json) => boolean) | undefined {
  const { fixed, pattern, binding } = node;
  if (fixed !== undefined) return (value) => equals(value, fixed);
  if (pattern !== undefined) return (value) => matchesPattern(value, pattern);
  if (!isEnd || binding?.strength !== 'required') return undefined;
  const codes = valueSets.codesOf(binding.valueSet);
  return codes && ((value) => isInValueSet(value, codes));
}

function childOf(node: ProfileNode, segment: string): ProfileNode | undefined {
  return node.children.get(segment) ?? node.children.get(`${segment}[x]`);
}

function valuesAt(value: ElementValue, segments: readonly string[]): Json[] {
  let found: ElementValue[] = [value];
  for (const segment of segments) {
    found = found.flatMap((item) =>
      isObject(item.value)
        ? ((valuesOf(item.value, item.type, segment) ?? valuesOf(item.value, item.type, `${segment}[x]`))
            ?.values ?? [])
        : [],
    );
  }
  return found.flatMap((item) => (item.value === undefined ? [] : [item.value]));
}
