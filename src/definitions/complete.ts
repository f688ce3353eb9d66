/**
 * Refuses definitions that are there twice or half. A type with two definitions would have its rows in one table and its
 * searches in another; a definition without what its own fields promise would be wrong in silence. `app.ts` asks this
 * before anything is opened.
 */
import { isResourceType } from '../fhir/r4/definitions';
import type {
  CommonDefinition,
  GuidanceDefinition,
  ResourceDefinition,
  RuleIds,
} from './resource-definition';

/** Everything that is defined: `src/resources/index.ts`. */
export interface AllDefinitions {
  /** The types with a folder of their own. */
  guidance: readonly GuidanceDefinition[];
  /** Every type that is stored, those with a folder among them. */
  stored: readonly ResourceDefinition[];
  common: CommonDefinition;
}

/** What is wrong with the definitions, a sentence for each fault; none where they are complete. */
export function faultsOfDefinitions({ guidance, stored, common }: AllDefinitions): string[] {
  return [
    ...definedTwice(stored.map(({ type }) => type)),
    ...definedTwice(guidance.map(({ type }) => type)),
    ...guidance.filter((one) => !stored.some(({ type }) => type === one.type)).map(notStored),
    ...sharedTables(stored),
    ...stored.flatMap(faultsOfStored),
    ...guidance.flatMap(faultsOfRules),
    ...strangeIds('What holds of every type', common.rules, common.ruleIds),
    ...sharedIds(guidance, common),
    ...excusedTwice([common, ...guidance]),
  ];
}

function definedTwice(types: readonly string[]): string[] {
  const twice = types.filter((type, index) => types.indexOf(type) !== index);
  return [...new Set(twice)].map(
    (type) =>
      `${type} is defined twice. Its folder is in src/resources/index.ts, and it is listed there again or in src/resources/other/. Remove one of the two.`,
  );
}

const notStored = ({ type }: GuidanceDefinition): string =>
  `${type} has rules but is not a stored type. Add it to the list in src/resources/index.ts.`;

/** Types share a table only where each row says of which type it is. */
function sharedTables(stored: readonly ResourceDefinition[]): string[] {
  const first = new Map<string, ResourceDefinition>();
  return stored.flatMap((definition) => {
    const { name, typeColumn } = definition.table ?? {};
    const other = first.get(name ?? '');
    if (name === undefined || typeColumn !== undefined) return [];
    first.set(name, definition);
    return other === undefined || other.type === definition.type
      ? []
      : [`${definition.type} and ${other.type} have the same table, ${name}. Give each its own table.`];
  });
}

function faultsOfStored(definition: ResourceDefinition): string[] {
  const { type, table, searchParameters, scope } = definition;
  if (!isResourceType(type))
    return [`${type} is defined, but R4 has no such resource type. Correct its name.`];
  if ((table as unknown) === undefined || table.name === '')
    return [`${type} has no table. Add \`table\` to its definition.`];
  const codes = (searchParameters ?? []).map(({ code }) => code);
  const twice = codes.filter((code, index) => codes.indexOf(code) !== index);
  return [
    ...(codes.includes('_id')
      ? []
      : [`${type} has no search parameter _id. Begin its list with the common search parameters.`]),
    ...twice.map((code) => `${type} has the search parameter ${code} twice. Remove one.`),
    ...(typeof scope === 'object' && scope.follows === type
      ? [`The scope of ${type} names ${type} itself. Name another type, or leave \`scope\` out.`]
      : []),
  ];
}

function faultsOfRules(definition: GuidanceDefinition): string[] {
  const { type, guidance, described, ruleIds = [], elements, rules, references = [] } = definition;
  const own = [...elements, ...rules];
  const faults: string[] = [];
  if (described && own.length === 0)
    faults.push(
      `${type} is \`described\` but has no rows and no rules. Add src/resources/<type>/rules.ts, or leave \`described\` out.`,
    );
  if (guidance !== undefined && !described)
    faults.push(
      `${type} names section ${guidance} of the guidance but is not \`described\`. Add \`described\`.`,
    );
  if (own.length > 0 && ruleIds.length === 0)
    faults.push(`${type} has rules but does not say how their ids begin. Add \`ruleIds\`.`);
  else faults.push(...strangeIds(type, own, ruleIds));
  for (const { path, resolvesId, literalId } of references)
    for (const id of [resolvesId, literalId])
      if (id !== undefined && !own.some((rule) => rule.id === id))
        faults.push(
          `${type}.${path} is in the list of references, but there is no rule ${id}. Add the rule.`,
        );
  return faults;
}

function strangeIds(whose: string, rules: readonly { id: string }[], ruleIds: readonly RuleIds[]): string[] {
  return [...new Set(rules.map(({ id }) => id))]
    .filter((id) => !ruleIds.some(({ prefix }) => id === prefix || id.startsWith(`${prefix}-`)))
    .map(
      (id) =>
        `${whose}: the id ${id} does not begin with any of its \`ruleIds\`. Rename the id, or add its beginning to \`ruleIds\`.`,
    );
}

/** A rule's id is its own; the rows of one type may share one with each other and with a rule of the type. */
function sharedIds(guidance: readonly GuidanceDefinition[], common: CommonDefinition): string[] {
  const owners = new Map<string, Set<string>>();
  const own = (id: string, owner: string): void => {
    owners.set(id, (owners.get(id) ?? new Set()).add(owner));
  };
  for (const { type, elements, rules } of guidance)
    for (const { id } of [...elements, ...rules]) own(id, type);
  for (const { id } of common.rules) own(id, 'every type');
  const shared = [...owners]
    .filter(([, types]) => types.size > 1)
    .map(([id, types]) => `${[...types].join(' and ')} both use the id ${id}. Give each rule its own id.`);
  const twice = [...guidance, common].flatMap(({ rules }) => {
    const ids = rules.map(({ id }) => id);
    return ids.filter((id, index) => ids.indexOf(id) !== index);
  });
  return [...shared, ...twice.map((id) => `Two rules have the id ${id}. Give each its own id.`)];
}

type Excusing = Pick<GuidanceDefinition, 'excused' | 'rules'>;

/** A row is excused because no rule holds it: one that is both is a mistake, and so is one that is excused twice. */
function excusedTwice(definitions: readonly Excusing[]): string[] {
  const excused = definitions.flatMap((definition) => definition.excused ?? []).map(({ id }) => id);
  const ruled = new Set(definitions.flatMap(({ rules }) => rules.map(({ id }) => id)));
  return [...new Set(excused)]
    .filter((id) => ruled.has(id) || excused.indexOf(id) !== excused.lastIndexOf(id))
    .map((id) => `The row ${id} is excused more than once, or is excused and has a rule. Leave one.`);
}
