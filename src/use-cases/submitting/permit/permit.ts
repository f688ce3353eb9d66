/**
 * Decides whether the caller may submit this: checks the site's policy on custodians, and what the conditions search
 * for. Runs after validation and before anything is written. A refusal is stored like any other.
 *
 * A condition (`ifNoneExist`, a conditional update or reference) is a search, and the stored data shows its result. A
 * caller without the search scope of the type may search by business identifier only. What a condition may find is
 * decided when it is looked up, by what the caller may see.
 * @see docs/access.md
 */
import type { Caller } from '../../../engines/access/caller';
import { isCurrent } from '../../../fhir/current-identifier';
import type { Issue } from '../../../fhir/issue';
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { splitEscaped } from '../../../engines/indexing/escape';
import { readCurrent } from '../../../engines/store/read';
import { inCapitals, ODS_ORGANISATION_SYSTEM } from '../../../terminology/ods';
import { conditionalReferencesIn } from '../resolve/conditional-references';
import { givesABusinessIdentifier } from '../conditions/conditions-in';
import type { SubmitDependencies } from '../dependencies';
import { literalName } from '../match/references';
import { type Failure, failure, type EntryRequest, type Validated } from '../steps';

/** The refusal of a submission that the caller may not submit; undefined when it may. */
export async function permit(
  validated: Validated,
  dependencies: SubmitDependencies,
): Promise<Failure | undefined> {
  const { caller } = validated.received;
  const issues = validated.requests.flatMap((request) => forbiddenQuestions(request, caller, dependencies));
  if (issues.length > 0) return failure('forbidden', issues).failure;
  const decision = dependencies.permit.maySubmitFor(caller, await custodiansOf(validated, dependencies));
  if (decision.allowed) return undefined;
  return failure('forbidden', {
    severity: 'error',
    code: 'forbidden',
    rule: 'submission-custodian',
    text: decision.text,
    expression: 'Bundle',
  }).failure;
}

/**
 * The ODS codes of all custodians that the resources name, with an empty code for each custodian whose code is not
 * known.
 */
async function custodiansOf(
  { entries }: Validated,
  { database, definitions: { resolverOf, definitionOf } }: SubmitDependencies,
): Promise<string[]> {
  const resolve = resolverOf(entries);
  const codes = new Set<string>();
  for (const entry of entries) {
    for (const custodian of listOf(entry.resource.custodian).filter(isObject)) {
      const own = odsCodesIn(custodian.identifier);
      const named = resolve(custodian, entry)?.resource ?? containedIn(entry.resource, custodian);
      const found = [
        ...odsCodesIn((named ?? (await storedOne(custodian)))?.identifier),
        ...odsCodesAsked(custodian.reference),
      ];
      // A custodian named in two ways counts as both. For a reference the organisation that it leads to counts,
      // whatever is written beside it.
      for (const code of [...own, ...found]) codes.add(code);
      if (found.length === 0 && (own.length === 0 || isReferred(custodian))) codes.add('');
    }
  }
  return [...codes];

  async function storedOne(custodian: JsonObject): Promise<JsonObject | undefined> {
    const name = literalName(custodian);
    if (!name || !isResourceType(name.type)) return undefined;
    const stored = await readCurrent(database, definitionOf(name.type), name.type, name.id);
    const content: unknown = stored && !stored.deleted ? JSON.parse(stored.content) : undefined;
    return isObject(content) ? content : undefined;
  }
}

const isReferred = ({ reference }: JsonObject): boolean => typeof reference === 'string' && reference !== '';

/** The ODS codes that a conditional reference searches for. The organisation that it finds has one of them. */
function odsCodesAsked(reference: JsonObject[string]): string[] {
  const query = typeof reference === 'string' ? /^Organization\?(.*)$/s.exec(reference)?.[1] : undefined;
  const tokens = new URLSearchParams(query ?? '').getAll('identifier');
  return tokens
    .flatMap((token) => splitEscaped(token, ','))
    .map((token) => splitEscaped(token, '|').map((part) => part.trim()))
    .map(([system, value = '']) => (system === ODS_ORGANISATION_SYSTEM ? inCapitals(value) : ''));
}

function containedIn({ contained }: AnyResource, { reference }: JsonObject): JsonObject | undefined {
  return listOf(contained)
    .filter(isObject)
    .find(({ id }) => typeof id === 'string' && reference === `#${id}`);
}

function odsCodesIn(identifiers: JsonObject[string]): string[] {
  return listOf(identifiers)
    .filter(isObject)
    .filter((identifier) => isCurrent(identifier))
    .flatMap(({ system, value }) =>
      system === ODS_ORGANISATION_SYSTEM && typeof value === 'string' ? [inCapitals(value)] : [],
    );
}

/** The conditions that search by more than a business identifier, for types that the caller may not search. */
function forbiddenQuestions(
  { index, resource, ifNoneExist, update }: EntryRequest,
  caller: Caller,
  dependencies: SubmitDependencies,
): Issue[] {
  const own = [ifNoneExist, update && 'query' in update ? update.query : undefined]
    .filter((query) => query !== undefined)
    .map((query) => `${resource.resourceType}?${query}`);
  return [...own, ...conditionalReferencesIn(resource)].flatMap((text): Issue[] => {
    const mark = text.indexOf('?');
    const type = text.slice(0, mark);
    if (mayAsk(type, text.slice(mark + 1), caller, dependencies)) return [];
    return [
      {
        severity: 'error',
        code: 'forbidden',
        rule: 'submission-condition-scope',
        text: `A condition on ${type} that uses more than its business identifier is a search, and needs the scope system/${type}.s. Without that scope, use only identifier=system|value, with both parts.`,
        expression: `Bundle.entry[${index}]`,
        source: 'https://hl7.org/fhir/R4/http.html#security',
      },
    ];
  });
}

function mayAsk(
  type: string,
  query: string,
  { scopes }: Caller,
  { definitions: { definitionOf } }: SubmitDependencies,
): boolean {
  if (scopes.allows(type, 's') || !isResourceType(type)) return true;
  return givesABusinessIdentifier(query) && definitionOf(type).notTaken === undefined;
}
