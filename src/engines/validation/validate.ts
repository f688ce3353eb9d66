/**
 * The whole of validation, in its order: R4 itself, the rows of the guidance's element tables, the guidance's rules.
 * It reports every fault in one answer. The engines are compiled here, once, when the server starts.
 */
import { atOnce, type Slices } from '../../fhir/slices';
import type { CommonDefinition, GuidanceDefinition, Tolerance } from '../../definitions/resource-definition';
import type { EntryView, Handling, RuleContext } from '../../definitions/rule';
import type { Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import { compileElements, type ElementCheck } from './elements';
import { entriesOf, placeOf } from './entries';
import { onceForABundle } from './once';
import { gather } from './outcome';
import { createRepair, type RepairBundle, type RepairOutcome } from './repair';
import { indexReferences, keysBeyondTheSender } from './resolve-reference';
import { runRules, type Found } from './rules';
import type { StructureValidator, Toleration } from './structure/create-structure-validator';

/** What R4 says more sternly than a patient's summary should be refused for. */
const MILDER: readonly Toleration[] = [
  'narrative-links',
  'narrative-form',
  'period-precision',
  'not-ucum',
  'not-snomed',
  'attachment-size',
];

/** What R4 says of an entry that the rules of a summary judge, or the repair of its fullUrl tells of. */
const TOLD_BY_THE_RULES: Readonly<Record<'summary' | 'other', ReadonlySet<Toleration>>> = {
  summary: new Set<Toleration>([
    'fullurl-not-uuid',
    'fullurl-absent',
    'fullurl-mismatch',
    'entry-references',
    ...MILDER,
  ]),
  other: new Set<Toleration>(['fullurl-not-uuid', ...MILDER]),
};

export interface ValidationOptions {
  handling: Handling;
  /** The moment of receipt. */
  now: Date;
  /** What the repair step said: merged into the one list. */
  repaired?: readonly Issue[];
}

export interface Validation {
  /** In the order of the document, each fault once. */
  issues: Issue[];
  /** Why a reviewer should look at it though it is accepted. */
  review: string[];
}

export interface Validator {
  repair(bundle: AnyResource, handling: Handling): RepairOutcome;
  /** The same, for a Bundle that may be large. */
  repairInSlices: RepairBundle;
  validateBundle(bundle: AnyResource, options: ValidationOptions): Validation;
  /** The same, for a Bundle that may be large. */
  validateInSlices(bundle: AnyResource, options: ValidationOptions): Slices<Validation>;
  /** A single resource: its places begin with its type; the rules of summaries do not apply. */
  validateResource(resource: AnyResource, options: ValidationOptions): Validation;
}

interface Compiled extends Pick<GuidanceDefinition, 'rules'> {
  elements: ElementCheck;
  tolerances: readonly Tolerance[];
}

/** What is compiled once, and every validation works with. */
interface Engine {
  compiled: ReadonlyMap<string, Compiled>;
  byType: ReadonlyMap<string, GuidanceDefinition>;
  keysOf: ReturnType<typeof keysBeyondTheSender>;
  structure: StructureValidator;
  settings: RuleContext['settings'];
  common: CommonDefinition;
}

export function createValidator(
  definitions: readonly GuidanceDefinition[],
  structure: StructureValidator,
  settings: RuleContext['settings'],
  common: CommonDefinition,
): Validator {
  const compiled = new Map<string, Compiled>(
    definitions.map((definition) => [
      definition.type,
      {
        elements: compileElements(definition.type, definition.elements),
        rules: definition.rules,
        tolerances: [...toleratedForms(definition), ...(definition.tolerances ?? [])],
      },
    ]),
  );
  const engine: Engine = {
    compiled,
    byType: new Map(definitions.map((definition) => [definition.type, definition])),
    keysOf: keysBeyondTheSender(definitions),
    structure,
    settings,
    common,
  };
  const repairInSlices = createRepair(definitions, common);
  const validateInSlices: Validator['validateInSlices'] = (bundle, options) =>
    validate(engine, bundle, entriesOf(bundle), options);
  return {
    repairInSlices,
    repair: (bundle, handling) => atOnce(repairInSlices(bundle, handling)),
    validateInSlices,
    validateBundle: (bundle, options) => atOnce(validateInSlices(bundle, options)),
    validateResource: (resource, options) =>
      resource.resourceType === 'Bundle'
        ? atOnce(validateInSlices(resource, options))
        : atOnce(validate(engine, resource, [{ index: -1, resource }], options)),
  };
}

function* validate(
  engine: Engine,
  resource: AnyResource,
  entries: readonly EntryView[],
  options: ValidationOptions,
): Slices<Validation> {
  const isBundle = resource.resourceType === 'Bundle';
  const bundle = isBundle ? resource : bundleOf(resource);
  const context = contextOf(engine, bundle, isBundle, entries, options);
  const found: Found = { issues: [], review: new Set() };
  yield;
  if (context.isSummary) yield* check(engine, { index: -1, resource: bundle }, context, found);
  for (const entry of entries) {
    yield;
    yield* check(engine, entry, context, found);
  }
  const tolerate = TOLD_BY_THE_RULES[context.isSummary ? 'summary' : 'other'];
  const issues = yield* gather(resource, {
    structure: tolerated(
      engine,
      yield* engine.structure.validateInSlices(resource, undefined, { tolerate }),
      resource,
      entries,
    ),
    guidance: found.issues,
    repairs: options.repaired ?? [],
  });
  return { issues, review: [...found.review] };
}

function* check(
  { compiled, common }: Engine,
  entry: EntryView,
  context: RuleContext,
  found: Found,
): Slices<void> {
  // The guidance describes the Bundle that is sent. A Bundle inside it is an entry like others.
  const isNested = entry.index >= 0 && entry.resource.resourceType === 'Bundle';
  const definition = isNested ? undefined : compiled.get(entry.resource.resourceType);
  const place = placeOf(entry);
  if (definition) {
    definition.elements(entry.resource, place, context.handling, found.issues);
    yield* runRules(definition.rules, entry, place, context, found);
  }
  if (entry.resource !== context.bundle) yield* runRules(common.rules, entry, place, context, found);
}

function contextOf(
  { byType, keysOf, common, settings }: Engine,
  bundle: AnyResource,
  isBundle: boolean,
  entries: readonly EntryView[],
  options: ValidationOptions,
): RuleContext {
  const entriesByType = new Map<string, EntryView[]>();
  for (const entry of entries) {
    const { resourceType } = entry.resource;
    const list = entriesByType.get(resourceType);
    if (list) list.push(entry);
    else entriesByType.set(resourceType, [entry]);
  }
  return {
    handling: options.handling,
    now: options.now,
    bundle,
    isSummary: isBundle && common.isSummary(bundle),
    entries,
    entriesOf: (type) => entriesByType.get(type) ?? [],
    resolve: indexReferences(entries, keysOf),
    definitionOf: (type) => byType.get(type),
    people: common.people,
    typesAboutPatient: common.typesAboutPatient,
    once: onceForABundle(),
    settings,
  };
}

/** The faults by R4, without those that the guidance's defect register allows with its own issue. */
function tolerated(
  { compiled }: Engine,
  issues: Issue[],
  resource: AnyResource,
  entries: readonly EntryView[],
): Issue[] {
  if (issues.length === 0) return issues;
  const byIndex = new Map(entries.map((entry) => [entry.index, entry]));
  return issues.filter((issue) => {
    const { type, path } = ownerOf(issue.expression ?? '', resource, byIndex);
    const tolerances = compiled.get(type)?.tolerances ?? [];
    return !tolerances.some((one) => one.structure === issue.rule && one.path === path);
  });
}

/**
 * R4's word on the form of a reference gives way to the rule of section 8: a bare id that leads to an entry is accepted
 * with that rule's warning (step 5 of section 8).
 */
function toleratedForms({ references = [] }: GuidanceDefinition): Tolerance[] {
  return references.map(({ path, resolvesId }) => ({
    path: `${path}.reference`,
    structure: 'r4-reference',
    instead: resolvesId,
  }));
}

function bundleOf(resource: AnyResource): AnyResource {
  return { resourceType: 'Bundle', type: 'collection', entry: [{ resource }] };
}

/** The type of the resource that an expression points into, and the path in it without indexes. */
function ownerOf(
  expression: string,
  resource: AnyResource,
  entries: ReadonlyMap<number, EntryView>,
): { type: string; path: string } {
  const inEntry = /^Bundle\.entry\[(\d+)\]\.resource\.?(.*)$/.exec(expression);
  const entry = inEntry && entries.get(Number(inEntry[1]));
  const type = (entry?.resource ?? resource).resourceType;
  const path = entry ? (inEntry[2] as string) : expression.slice(expression.indexOf('.') + 1);
  return { type, path: path.replace(/\[\d+\]/g, '') };
}
