/**
 * Finds the types whose identifier a search parameter asks for. Of an Observation, each of `encounter.part-of.identifier`,
 * `encounter:identifier` and `encounter` (with `system|value`) asks for that of an Encounter.
 */
import type { Patients } from '../../definitions/patients';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { resourceTypes } from '../../fhir/r4/definitions';

/** The most types of one end. Where there are more, only those that the server knows by their identifiers count. */
const MOST_TYPES = 8;

export interface EndOfChain {
  /** The types that the end can have, of those that belong to patients. */
  types: readonly string[];
  /** What is asked of them: `identifier` or `identifier:of-type`. */
  name: string;
  /** True of a reference without a modifier: only `system|value` is an identifier there. */
  isReference: boolean;
}

export interface ForChains {
  patients: Pick<Patients, 'type'>;
  definitionFor: (type: string) => ResourceDefinition | undefined;
}

/** An identifier of the resources searched, and of nothing that they refer to. */
export const OF_THE_RESOURCE = /^identifier(?::of-type)?$/;
/** `_has:Encounter:subject:identifier`: the type, and what is asked of it. */
export const HAS = /^_has:([A-Za-z]+):[A-Za-z_-]+:(.+)$/;

/** Returns undefined where the parameter asks for no identifier of a known type. */
export function typesOfChain(
  type: string,
  name: string,
  { definitionFor, patients }: ForChains,
): EndOfChain | undefined {
  const definitionsOf = (types: readonly string[]): ResourceDefinition[] =>
    types.flatMap((each) => definitionFor(each) ?? []);
  const follow = (from: readonly ResourceDefinition[], head: string): ResourceDefinition[] =>
    definitionsOf(targetsOf(from, head));

  let reached = definitionsOf([type]);
  let rest = name;
  while (reached.length > 0) {
    const [, source, ofSource] = HAS.exec(rest) ?? [];
    const dot = rest.indexOf('.');
    if (source !== undefined && ofSource !== undefined) {
      reached = definitionsOf([source]);
      rest = ofSource;
    } else if (dot > 0) {
      reached = follow(reached, rest.slice(0, dot));
      rest = rest.slice(dot + 1);
    } else break;
  }
  const isOwn = OF_THE_RESOURCE.test(rest);
  const isReference = !isOwn && !rest.includes(':');
  const isIdentifier = isReference || rest.endsWith(':identifier');
  const ends = isOwn ? reached : isIdentifier ? follow(reached, rest.replace(/:identifier$/, '')) : [];
  if (ends.length === 0) return undefined;
  const able = ends.filter(
    ({ type, table, searchParameters }) =>
      (table.patient.length > 0 || type === patients.type) &&
      searchParameters.some(({ code }) => code === 'identifier'),
  );
  const few = able.length > MOST_TYPES ? able.filter(({ identity }) => identity !== undefined) : able;
  return { types: few.map(({ type }) => type), name: isOwn ? rest : 'identifier', isReference };
}

/** The types that a reference of these types leads to, each once: `encounter`, or `subject:Patient` for one alone. */
function targetsOf(from: readonly ResourceDefinition[], head: string): readonly string[] {
  const [code, named, ...more] = head.split(':');
  if (more.length > 0) return [];
  const targets = new Set<string>();
  for (const { searchParameters } of from) {
    const parameter = searchParameters.find((each) => each.code === code);
    if (parameter?.type !== 'reference' || parameter.canonical === true) continue;
    for (const target of parameter.targets ?? resourceTypes())
      if (named === undefined || target === named) targets.add(target);
  }
  return [...targets];
}
