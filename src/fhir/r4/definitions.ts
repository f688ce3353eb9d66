/**
 * Gives the definitions of every type and resource in FHIR R4 (4.0.1) as typed tables: elements in their order, types,
 * cardinality, bindings and invariants. They are read from `definitions.json`, which `scripts/r4-definitions.mjs` makes
 * from HL7's own definitions, and linked once when first imported.
 * @see https://hl7.org/fhir/R4/downloads.html
 */
import tables from './definitions.json';

/** A datatype that an element may have. */
export interface ElementType {
  /** `string`, `HumanName`, `Reference`, … */
  code: string;
  /** The resource types that a Reference or canonical may point at; absent when all are allowed. */
  targets?: readonly string[];
  /** True when the Quantity must have no comparator (`SimpleQuantity`). */
  simpleQuantity?: true;
}

/** A rule of R4 that is written as a FHIRPath expression, of severity error. */
export interface Constraint {
  /** `per-1`. */
  key: string;
  /** R4's own sentence. */
  human: string;
  expression: string;
}

export interface ElementDefinition {
  /** Without `[x]`: `value`. */
  name: string;
  /** `Observation.value[x]`. */
  path: string;
  /** True when the JSON name includes the type: `valueQuantity`. */
  isChoice: boolean;
  /** Empty when the children are defined in place (a backbone), or by a content reference: see `children`. */
  types: readonly ElementType[];
  /** The type definition with the children: `Patient.contact`, `Questionnaire.item`. */
  children?: string;
  min: number;
  /** `Infinity` for `*`. */
  max: number;
  isModifier: boolean;
  isSummary: boolean;
  binding?: { strength: 'required' | 'extensible'; valueSet: string };
  constraints: readonly Constraint[];
}

/** An element as JSON names it: `valueQuantity` is `value[x]` of type Quantity. */
export interface ElementName {
  json: string;
  element: ElementDefinition;
  /** Absent for a backbone element. */
  type?: ElementType;
}

export interface TypeDefinition {
  /** `Patient`, `HumanName`, or the path of a backbone: `Patient.contact`. */
  name: string;
  kind: 'primitive' | 'complex' | 'resource' | 'backbone';
  isAbstract: boolean;
  base?: string;
  /** The regular expression of a primitive, as R4 publishes it. */
  pattern?: string;
  /** Inherited ones included, in the order in which XML must carry them. */
  elements: readonly ElementDefinition[];
  /** By JSON property name, without the `_` of primitive extensions. */
  byName: ReadonlyMap<string, ElementName>;
  /** Inherited ones included. */
  constraints: readonly Constraint[];
}

/** Code system → its codes in this value set. */
export type ValueSetCodes = ReadonlyMap<string, ReadonlySet<string>>;

interface ElementRow {
  n: string;
  t?: string[];
  r?: string;
  min?: number;
  max?: number | '*';
  m?: true;
  s?: true;
  b?: ['required' | 'extensible', string];
  c?: number[];
}
interface TypeRow {
  kind: TypeDefinition['kind'];
  abstract?: true;
  base?: string;
  pattern?: string;
  c?: number[];
  elements?: ElementRow[];
}

const typeRows = tables.types as unknown as Record<string, TypeRow>;
const constraintRows = tables.constraints as unknown as [string, string, string][];
const valueSetRows = tables.valueSets as unknown as Record<string, Record<string, string>>;
const codeSystemRows = tables.codeSystems as unknown as Record<string, string>;

const constraints: Constraint[] = constraintRows.map(([key, human, expression]) => ({
  key,
  human,
  expression,
}));
const types = new Map<string, TypeDefinition>();
const valueSets = new Map<string, ValueSetCodes>();
const codeSystems = new Map<string, ReadonlySet<string>>();

for (const name of Object.keys(typeRows)) link(name);

function link(name: string): TypeDefinition {
  const known = types.get(name);
  if (known) return known;
  const row = typeRows[name] as TypeRow;
  const base = row.base === undefined ? undefined : link(row.base);
  const own = (row.elements ?? []).map((element) => elementOf(name, element));
  const elements = [...(row.kind === 'primitive' ? [] : (base?.elements ?? [])), ...own];
  const definition: TypeDefinition = {
    name,
    kind: row.kind,
    isAbstract: row.abstract === true,
    ...(row.base !== undefined && { base: row.base }),
    ...(row.pattern !== undefined && { pattern: row.pattern }),
    elements,
    byName: namesOf(elements),
    constraints: [...(base?.constraints ?? []), ...constraintsAt(row.c)],
  };
  types.set(name, definition);
  return definition;
}

function elementOf(parent: string, row: ElementRow): ElementDefinition {
  const path = `${parent}.${row.n}`;
  const isChoice = row.n.endsWith('[x]');
  const children = row.r ?? (row.t === undefined ? path : undefined);
  return {
    name: isChoice ? row.n.slice(0, -3) : row.n,
    path,
    isChoice,
    types: (row.t ?? []).map(typeOf),
    ...(children !== undefined && { children }),
    min: row.min ?? 0,
    max: row.max === '*' ? Infinity : (row.max ?? 1),
    isModifier: row.m === true,
    isSummary: row.s === true,
    ...(row.b && { binding: { strength: row.b[0], valueSet: row.b[1] } }),
    constraints: constraintsAt(row.c),
  };
}

/** `Reference(Patient|Group)` → the code and the text in brackets. */
function typeOf(text: string): ElementType {
  const open = text.indexOf('(');
  if (open < 0) return { code: text };
  const code = text.slice(0, open);
  const inside = text.slice(open + 1, -1);
  return inside === 'SimpleQuantity' ? { code, simpleQuantity: true } : { code, targets: inside.split('|') };
}

function namesOf(elements: readonly ElementDefinition[]): Map<string, ElementName> {
  const names = new Map<string, ElementName>();
  for (const element of elements) {
    if (element.children !== undefined) names.set(element.name, { json: element.name, element });
    for (const type of element.types) {
      const json = element.isChoice
        ? element.name + (type.code[0] as string).toUpperCase() + type.code.slice(1)
        : element.name;
      names.set(json, { json, element, type });
    }
  }
  return names;
}

function constraintsAt(indexes: number[] = []): Constraint[] {
  return indexes.map((index) => constraints[index] as Constraint);
}

/** The definition of a type, a resource or a backbone (`Patient.contact`); undefined where R4 has none of that name. */
export function typeDefinition(name: string): TypeDefinition | undefined {
  return types.get(name);
}

/** The element at a path such as `Observation.referenceRange`; undefined where R4 has none. */
export function elementAt(path: string): ElementDefinition | undefined {
  const dot = path.lastIndexOf('.');
  return types.get(path.slice(0, dot))?.elements.find((element) => element.path === path);
}

/** Every type, resource and backbone of R4. */
export function allTypes(): Iterable<TypeDefinition> {
  return types.values();
}

/** True of the name of a resource type that may be sent (not of the abstract `Resource` and `DomainResource`). */
export function isResourceType(name: string): boolean {
  const definition = types.get(name);
  return definition !== undefined && definition.kind === 'resource' && !definition.isAbstract;
}

/** The names of the resource types that may be sent, in the order of the definitions. */
export function resourceTypes(): string[] {
  return [...types.keys()].filter(isResourceType);
}

/** True of `string`, `dateTime`, `xhtml`, … */
export function isPrimitive(code: string): boolean {
  return types.get(code)?.kind === 'primitive';
}

/** The codes of a value set that R4 binds, by its url without version; undefined where they cannot be listed. */
export function valueSet(url: string): ValueSetCodes | undefined {
  const known = valueSets.get(url);
  if (known) return known;
  const row = valueSetRows[url];
  if (!row) return undefined;
  const codes = new Map(
    Object.entries(row).map(([system, text]) => [
      system,
      text === '*' ? (codeSystem(system) as ReadonlySet<string>) : new Set(text.split(' ')),
    ]),
  );
  valueSets.set(url, codes);
  return codes;
}

/** The codes of a code system that R4 itself publishes in full; undefined where it is not among the tables. */
export function codeSystem(url: string): ReadonlySet<string> | undefined {
  const known = codeSystems.get(url);
  if (known) return known;
  const text = codeSystemRows[url];
  if (text === undefined) return undefined;
  const codes = new Set(text.split(' '));
  codeSystems.set(url, codes);
  return codes;
}
