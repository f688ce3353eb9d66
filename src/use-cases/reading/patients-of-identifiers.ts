/**
 * Finds the patients whom a search for a business identifier is about, also where the reader may not see them: the
 * number of a stay, a document or a reading names its patient to whoever knows it. This is for the audit record alone,
 * and decides no answer. NHS numbers and ids are found in the request itself, and the
 * code of an organisation is no patient's.
 */
import { seesEverything } from '../../engines/access/visibility';
import { splitEscaped } from '../../engines/indexing/escape';
import { ODS_SYSTEMS } from '../../terminology/ods';
import { nothing, type Disclosed } from '../call/disclosed';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

/** How many resources with an identifier, or that refer to what has it, are looked at. */
const MOST_RESOURCES = 200;
/** An identifier that leads to more patients than this is nobody's, such as that of a practitioner. */
const MOST_PATIENTS = 10;
/** The most identifiers of one search that are looked up. */
const MOST_IDENTIFIERS = 100;

interface Sought {
  type: string;
  name: string;
  value: string;
}

export async function patientsOfIdentifiers(
  { visibility }: Pick<Reader, 'visibility'>,
  { type, params }: { type: string; params: readonly (readonly [string, string])[] },
  dependencies: Pick<ReadingDependencies, 'database' | 'searchEngine' | 'patients' | 'definitionFor'>,
): Promise<Disclosed> {
  const { database, searchEngine, patients, definitionFor } = dependencies;
  const isHiding = (each: Sought): boolean =>
    visibility.sees(each.type) !== null || visibility.restrictions(each.type, 's') !== null;
  const isKnownOtherwise = ({ value }: Sought): boolean =>
    [patients.identifierSystem, ...ODS_SYSTEMS].some((system) => value.startsWith(`${system}|`)) ||
    patients.readNumber(value).isRight;
  const sought = params
    .flatMap(([name, value]) => identifiersIn({ type, name, value }, definitionFor))
    .filter((each) => isHiding(each) && !isKnownOtherwise(each));
  const found = new Set<string>();
  for (const { type: of, name, value } of sought.slice(0, MOST_IDENTIFIERS)) {
    const query = new URLSearchParams([[name, value]]).toString();
    const result = await searchEngine.findIds(database, of, query, seesEverything, MOST_RESOURCES);
    if (!result.ok || result.patientIds.length > MOST_PATIENTS) continue;
    for (const id of result.patientIds) found.add(id);
  }
  return { ...nothing, patients: [...found] };
}

const HAS = /^_has:([A-Za-z]+):[A-Za-z_-]+:(.+)$/;
const IDENTIFIER = /(?:^|[.:])identifier(?::of-type)?$/;

/** The identifiers that a parameter asks for, each by itself, with the type that has it or refers to what has it. */
function identifiersIn(asked: Sought, definitionFor: ReadingDependencies['definitionFor']): Sought[] {
  const { type, name, value } = asked;
  const [, source, rest] = HAS.exec(name) ?? [];
  if (source !== undefined && rest !== undefined)
    return identifiersIn({ type: source, name: rest, value }, definitionFor);
  // A parameter that is a reference takes an identifier, too: `encounter=system|value`.
  const isReference = definitionFor(type)?.searchParameters.some(
    (parameter) => parameter.code === name && parameter.type === 'reference',
  );
  if (!IDENTIFIER.test(name) && isReference !== true) return [];
  return splitEscaped(value, ',')
    .filter((each) => {
      const parts = splitEscaped(each, '|');
      return parts.at(-1) !== '' && (isReference !== true || parts.length === 2);
    })
    .map((each) => ({ type, name, value: each }));
}
