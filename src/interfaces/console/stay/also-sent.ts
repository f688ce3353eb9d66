/** What came with a stay beside readings and documents, in words: questionnaires, devices, medications, anything else. */
import { compareTexts } from '../../../fhir/normal-form';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';
import { elementInWords, elementsInWords, inWords } from '../../../use-cases/reading/narrative';
import { momentText } from '../present/moments';
import { valueText } from '../present/values';
import type { HeldResource } from './load-stay';

export interface Questionnaire {
  title: string;
  when: string;
  status: string;
  answers: readonly { question: string; answer: string; depth: number }[];
}

export interface SentGroup {
  title: string;
  items: readonly { what: string; facts: readonly (readonly [name: string, text: string])[] }[];
}

/** Deeper answers are shown without further indentation. */
const DEEPEST = 3;

export function questionnairesOf(others: readonly HeldResource[]): Questionnaire[] {
  return others
    .filter(({ type }) => type === 'QuestionnaireResponse')
    .map(({ resource }) => ({
      title: titleOf(resource),
      when: momentText(resource.authored),
      status: resource.status === 'completed' ? '' : elementInWords(resource.status).replaceAll('-', ' '),
      answers: answersIn(resource.item, 0),
    }));
}

function titleOf({ questionnaire, text: _text, ...rest }: AnyResource): string {
  const display = isObject(rest._questionnaire)
    ? listOf<Json>(rest._questionnaire.extension)
        .filter(isObject)
        .map(({ valueString }) => valueString)
        .find((each) => typeof each === 'string')
    : undefined;
  if (typeof display === 'string') return display;
  return typeof questionnaire === 'string'
    ? `Questionnaire ${questionnaire.split('/').at(-1) ?? ''}`
    : 'Questionnaire';
}

function answersIn(items: Json | undefined, depth: number): Questionnaire['answers'] {
  return listOf<Json>(items)
    .filter(isObject)
    .flatMap((item) => {
      const given = listOf<Json>(item.answer).filter(isObject);
      const question = elementInWords(item.text) || elementInWords(item.linkId);
      const answer = given.map((each) => valueText(each)).join('; ');
      const below = [item.item, ...given.map((each: JsonObject) => each.item)].flatMap((each) =>
        answersIn(each, Math.min(depth + 1, DEEPEST)),
      );
      return [{ question, answer, depth }, ...below];
    });
}

/** Types that other parts of the page show. */
const SHOWN_ELSEWHERE = [
  'Observation',
  'DocumentReference',
  'QuestionnaireResponse',
  'Provenance',
  'Encounter',
];
/** Types that say who and where, after everything else. */
const CONTEXT = ['Organization', 'Location', 'Practitioner', 'PractitionerRole'];

const TITLES: Readonly<Record<string, string>> = {
  Device: 'Devices',
  DeviceMetric: 'Devices: measurements',
  Medication: 'Medications',
  MedicationRequest: 'Medications: prescribed',
  MedicationStatement: 'Medications: taken',
  MedicationAdministration: 'Medications: given',
  AllergyIntolerance: 'Allergies',
  Condition: 'Conditions',
  Organization: 'Organisations',
  Location: 'Places',
  Practitioner: 'Practitioners',
  PractitionerRole: 'Roles of practitioners',
};

export function alsoSent(others: readonly HeldResource[]): SentGroup[] {
  const groups = new Map<string, HeldResource[]>();
  for (const each of others)
    if (!SHOWN_ELSEWHERE.includes(each.type)) groups.set(each.type, [...(groups.get(each.type) ?? []), each]);
  const rank = (type: string): number =>
    CONTEXT.includes(type) ? 2 : type.startsWith('Device') || type.startsWith('Medication') ? 0 : 1;
  return [...groups]
    .sort(([one], [other]) => rank(one) - rank(other) || compareTexts(one, other))
    .map(([type, held]) => ({
      title: TITLES[type] ?? inWords({ resourceType: type }).what,
      items: held.map(({ resource }) => ({ what: headlineOf(resource), facts: factsOf(resource) })),
    }));
}

/** `Penicillin (refuted)`: its status is seen without opening the details. */
function headlineOf(resource: AnyResource): string {
  const { what, status } = inWords(resource);
  return status === '' ? what : `${what} (${status})`;
}

/** References inside the stay say nothing to a reader. */
const NOT_TOLD = ['Subject', 'Patient', 'Encounter', 'Context', 'Identifier'];

const factsOf = (resource: AnyResource): [string, string][] =>
  elementsInWords(resource).filter(([name, text]) => text !== '' && !NOT_TOLD.includes(name));
