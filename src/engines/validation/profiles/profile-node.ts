/**
 * A profile as a tree: what its differential says of each element and slice, on top of what its base profile says.
 * Differentials are enough; no snapshot is needed.
 * @see https://hl7.org/fhir/R4/profiling.html
 */
import { isNumber, toNumber } from '../../../fhir/decimal';
import type { AnyResource, Json, JsonObject } from '../../../fhir/types';
import { isObject, listOf } from '../../../fhir/types';

export interface Discriminator {
  type: string;
  path: string;
}

export interface ProfileType {
  code: string;
  profiles: readonly string[];
  targets: readonly string[];
}

export interface ProfileConstraint {
  key: string;
  human: string;
  expression: string;
}

export interface ProfileNode {
  /** The name in the differential: `coding`, `value[x]`, `valueQuantity`. */
  segment: string;
  sliceName?: string;
  min?: number;
  max?: number;
  fixed?: Json;
  pattern?: Json;
  types?: readonly ProfileType[];
  binding?: { strength: 'required' | 'extensible'; valueSet: string };
  constraints: ProfileConstraint[];
  slicing?: { discriminators: readonly Discriminator[]; isClosed: boolean };
  children: Map<string, ProfileNode>;
  slices: Map<string, ProfileNode>;
}

export interface Profile {
  url: string;
  name: string;
  /** The type it constrains. */
  type: string;
  base: string | undefined;
  root: ProfileNode;
  /** Of an extension: what it may extend. Empty where nothing is said. */
  contexts: readonly ProfileContext[];
  /** Of an extension: whether it changes the meaning of what it extends. Undefined where nothing is said. */
  isModifier: boolean | undefined;
}

export interface ProfileContext {
  /** `element`, `extension`, `fhirpath`. */
  type: string;
  expression: string;
}

const newNode = (segment: string, sliceName?: string): ProfileNode => ({
  segment,
  ...(sliceName !== undefined && { sliceName }),
  constraints: [],
  children: new Map(),
  slices: new Map(),
});

/** The profile that a StructureDefinition of a constraint is; undefined of any other resource. */
export function profileOf(resource: AnyResource, baseRoot: ProfileNode | undefined): Profile | undefined {
  const { url, type, name, baseDefinition, differential } = resource;
  if (resource.resourceType !== 'StructureDefinition' || resource.derivation !== 'constraint')
    return undefined;
  if (typeof url !== 'string' || typeof type !== 'string' || !isObject(differential)) return undefined;
  const root = baseRoot ? copyOf(baseRoot) : newNode(type);
  for (const element of listOf(differential.element)) {
    if (isObject(element)) addElement(root, element);
  }
  return {
    url,
    name: typeof name === 'string' ? name : url,
    type,
    base: typeof baseDefinition === 'string' ? baseDefinition : undefined,
    root,
    contexts: listOf(resource.context)
      .filter(isObject)
      .map((context) => ({ type: String(context.type), expression: String(context.expression) })),
    isModifier: listOf(differential.element)
      .filter(isObject)
      .flatMap(({ id, path, isModifier }) =>
        (id ?? path) === type && typeof isModifier === 'boolean' ? [isModifier] : [],
      )[0],
  };
}

function addElement(root: ProfileNode, element: JsonObject): void {
  const id = typeof element.id === 'string' ? element.id : idOf(element);
  if (id === undefined) return;
  let node = root;
  for (const part of id.split('.').slice(1)) {
    const [segment = '', sliceName] = splitOnce(part, ':');
    let child = node.children.get(segment);
    if (!child) node.children.set(segment, (child = newNode(segment)));
    if (sliceName !== undefined) {
      let slice = child.slices.get(sliceName);
      if (!slice) child.slices.set(sliceName, (slice = newNode(segment, sliceName)));
      child = slice;
    }
    node = child;
  }
  apply(node, element);
}

/** For differentials without ids: the path, with the slice's name at its end. */
function idOf({ path, sliceName }: JsonObject): string | undefined {
  if (typeof path !== 'string') return undefined;
  return typeof sliceName === 'string' ? `${path}:${sliceName}` : path;
}

function apply(node: ProfileNode, element: JsonObject): void {
  if (isNumber(element.min)) node.min = toNumber(element.min);
  if (typeof element.max === 'string') node.max = element.max === '*' ? Infinity : Number(element.max);
  for (const key in element) {
    if (/^fixed[A-Z]/.test(key)) node.fixed = element[key] as Json;
    if (/^pattern[A-Z]/.test(key)) node.pattern = element[key] as Json;
  }
  if (element.type !== undefined) node.types = listOf(element.type).filter(isObject).map(typeOf);
  const { binding, slicing } = element;
  if (isObject(binding) && typeof binding.valueSet === 'string') {
    if (binding.strength === 'required' || binding.strength === 'extensible') {
      node.binding = { strength: binding.strength, valueSet: binding.valueSet };
    }
  }
  for (const constraint of listOf(element.constraint)) {
    if (!isObject(constraint) || constraint.severity !== 'error') continue;
    const { key, human, expression } = constraint;
    if (typeof key !== 'string' || typeof expression !== 'string') continue;
    node.constraints = node.constraints.filter((known) => known.key !== key);
    node.constraints.push({ key, human: typeof human === 'string' ? human : '', expression });
  }
  if (isObject(slicing)) {
    node.slicing = {
      discriminators: listOf(slicing.discriminator)
        .filter(isObject)
        .map(({ type, path }) => ({ type: String(type), path: String(path) })),
      isClosed: slicing.rules === 'closed',
    };
  }
}

function typeOf(type: JsonObject): ProfileType {
  const strings = (value: Json | undefined): string[] =>
    listOf(value).filter((item) => typeof item === 'string');
  return { code: String(type.code), profiles: strings(type.profile), targets: strings(type.targetProfile) };
}

function copyOf(node: ProfileNode): ProfileNode {
  const copyAll = (nodes: Map<string, ProfileNode>): Map<string, ProfileNode> =>
    new Map([...nodes].map(([name, child]) => [name, copyOf(child)]));
  return {
    ...node,
    constraints: [...node.constraints],
    children: copyAll(node.children),
    slices: copyAll(node.slices),
  };
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
