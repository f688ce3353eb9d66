/**
 * The invariants of R4's resources, written out. Those that few ever meet stay FHIRPath: see `validation/structure`.
 * @see https://hl7.org/fhir/R4/resourcelist.html
 */
import { UCUM } from '../../code-systems';
import { isNumber, toNumber } from '../../decimal';
import type { Json, JsonObject } from '../../types';
import { isObject } from '../../types';
import { compareDates } from '../dates';
import { countOf, has, hasChoice, hasCoding, isDistinct, items, objects, text } from './element-access';
import type { Invariant } from './invariant';

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';

export const resourceInvariants: Readonly<Record<string, Invariant>> = {
  'pat-1': {
    text: 'A contact has a name, a telecom, an address or an organization.',
    holds: (v) => countOf(v, 'name', 'telecom', 'address', 'organization') > 0,
  },
  'org-1': {
    text: 'An Organization has an identifier or a name.',
    holds: (v) => countOf(v, 'identifier', 'name') > 0,
  },
  'org-2': {
    text: 'An address of an Organization does not have the use home.',
    holds: (v) => v.use !== 'home',
  },
  'org-3': {
    text: 'A telecom of an Organization does not have the use home.',
    holds: (v) => v.use !== 'home',
  },
  'obs-3': {
    text: 'A referenceRange has a low, a high or a text.',
    holds: (v) => countOf(v, 'low', 'high', 'text') > 0,
  },
  'obs-6': {
    text: 'An Observation has a value or a dataAbsentReason, not both.',
    holds: (v) => !has(v, 'dataAbsentReason') || !hasChoice(v, 'value'),
  },
  'obs-7': {
    text: 'An Observation with a value has no component with the same code.',
    holds: (v) => {
      if (!has(v, 'component') || !hasChoice(v, 'value')) return true;
      const own = new Set(codingsOf(v.code).map((coding) => JSON.stringify(sorted(coding))));
      return !objects(v, 'component').some((component) =>
        codingsOf(component.code).some((coding) => own.has(JSON.stringify(sorted(coding)))),
      );
    },
  },
  'ait-1': {
    text: 'An AllergyIntolerance that is not entered in error has a clinicalStatus.',
    holds: (v) => isEnteredInError(v, 'allergyintolerance-verification') || has(v, 'clinicalStatus'),
  },
  'ait-2': {
    text: 'An AllergyIntolerance entered in error has no clinicalStatus.',
    holds: (v) => !isEnteredInError(v, 'allergyintolerance-verification') || !has(v, 'clinicalStatus'),
  },
  'con-1': {
    text: 'A stage has a summary or an assessment.',
    holds: (v) => countOf(v, 'summary', 'assessment') > 0,
  },
  'con-2': { text: 'Evidence has a code or a detail.', holds: (v) => countOf(v, 'code', 'detail') > 0 },
  'con-4': {
    text: 'A Condition with an abatement has the clinicalStatus inactive, resolved or remission.',
    holds: (v) =>
      !hasChoice(v, 'abatement') ||
      hasCoding(v.clinicalStatus, `${TERMINOLOGY}condition-clinical`, 'resolved', 'remission', 'inactive'),
  },
  'con-5': {
    text: 'A Condition entered in error has no clinicalStatus.',
    holds: (v) => !isEnteredInError(v, 'condition-ver-status') || !has(v, 'clinicalStatus'),
  },
  'app-1': { text: 'A participant has a type or an actor.', holds: (v) => countOf(v, 'type', 'actor') > 0 },
  'app-2': { text: 'start and end are given together.', holds: (v) => has(v, 'start') === has(v, 'end') },
  'app-3': {
    text: 'An Appointment has start and end, unless it is proposed, cancelled or waitlisted.',
    holds: (v) =>
      (has(v, 'start') && has(v, 'end')) || isOneOf(v.status, 'proposed', 'cancelled', 'waitlist'),
  },
  'app-4': {
    text: 'A cancelationReason needs the status cancelled or noshow.',
    holds: (v) => !has(v, 'cancelationReason') || isOneOf(v.status, 'noshow', 'cancelled'),
  },
  'apr-1': {
    text: 'An AppointmentResponse has a participantType or an actor.',
    holds: (v) => countOf(v, 'participantType', 'actor') > 0,
  },
  'sev-1': {
    text: 'An entity has a name or a query, not both.',
    holds: (v) => countOf(v, 'name', 'query') < 2,
  },
  'cpl-3': {
    text: 'An activity has a detail or a reference, not both.',
    holds: (v) => countOf(v, 'detail', 'reference') < 2,
  },
  'cmp-1': {
    text: 'A section has text, entries or sections.',
    holds: (v) => countOf(v, 'text', 'entry', 'section') > 0,
  },
  'cmp-2': {
    text: 'Only a section without entries has an emptyReason.',
    holds: (v) => countOf(v, 'emptyReason', 'entry') < 2,
  },
  'fhs-1': {
    text: 'A relative has an age or a birth, not both.',
    holds: (v) => !hasChoice(v, 'age') || !hasChoice(v, 'born'),
  },
  'fhs-2': {
    text: 'An estimatedAge needs an age.',
    holds: (v) => hasChoice(v, 'age') || !has(v, 'estimatedAge'),
  },
  'gol-1': {
    text: 'A detail of a target needs a measure.',
    holds: (v) => !hasChoice(v, 'detail') || has(v, 'measure'),
  },
  'grp-1': {
    text: 'Only an actual Group lists members.',
    holds: (v) => !has(v, 'member') || v.actual === true,
  },
  'imm-1': {
    text: 'Education has a documentType or a reference.',
    holds: (v) => countOf(v, 'documentType', 'reference') > 0,
  },
  'imr-1': {
    text: 'A recommendation has a vaccineCode or a targetDisease.',
    holds: (v) => countOf(v, 'vaccineCode', 'targetDisease') > 0,
  },
  'lnk-1': { text: 'A Linkage has two items or more.', holds: (v) => items(v, 'item').length > 1 },
  'lst-1': {
    text: 'Only a List without entries has an emptyReason.',
    holds: (v) => countOf(v, 'emptyReason', 'entry') < 2,
  },
  'lst-2': {
    text: 'Only a List with the mode changes has entries marked as deleted.',
    holds: (v) => v.mode === 'changes' || !objects(v, 'entry').some((entry) => has(entry, 'deleted')),
  },
  'lst-3': {
    text: 'Only a List with the mode working has entries with a date.',
    holds: (v) => v.mode === 'working' || !objects(v, 'entry').some((entry) => has(entry, 'date')),
  },
  'mad-1': { text: 'A dosage has a dose or a rate.', holds: (v) => has(v, 'dose') || hasChoice(v, 'rate') },
  'mdd-1': {
    text: 'whenHandedOver is not before whenPrepared.',
    holds: (v) => isOrdered(v.whenPrepared, v.whenHandedOver),
  },
  'prr-1': { text: 'An orderDetail needs a code.', holds: (v) => !has(v, 'orderDetail') || has(v, 'code') },
  'ras-1': {
    text: 'The low and high values of a probability range are percentages, with the code % of http://unitsofmeasure.org.',
    holds: (v) => isPercentage(v.low) && isPercentage(v.high),
  },
  'ras-2': {
    text: 'A probability is at most 100.',
    holds: (v) => !isNumber(v.probabilityDecimal) || toNumber(v.probabilityDecimal) <= 100,
  },
  'rqg-1': {
    text: 'An action has a resource or actions, not both.',
    holds: (v) => has(v, 'resource') !== has(v, 'action'),
  },
  'spd-1': { text: 'An xpath needs its xpathUsage.', holds: (v) => !has(v, 'xpath') || has(v, 'xpathUsage') },
  'vsd-1': {
    text: 'An include has a system or value sets.',
    holds: (v) => countOf(v, 'valueSet', 'system') > 0,
  },
  'vsd-2': {
    text: 'Concepts and filters need a system.',
    holds: (v) => countOf(v, 'concept', 'filter') === 0 || has(v, 'system'),
  },
  'vsd-3': {
    text: 'An include lists concepts or filters, not both.',
    holds: (v) => countOf(v, 'concept', 'filter') < 2,
  },
  'vsd-6': {
    text: 'Each item of an expansion has a code or a display.',
    holds: (v) => countOf(v, 'code', 'display') > 0,
  },
  'vsd-9': {
    text: 'Each item of an expansion has a code, or is abstract.',
    holds: (v) => has(v, 'code') || v.abstract === true,
  },
  'vsd-10': {
    text: 'Each code of an expansion has a system.',
    holds: (v) => !has(v, 'code') || has(v, 'system'),
  },
  'csd-1': {
    text: 'Every code of a code system appears once.',
    holds: (v) => isDistinct(conceptsOf(v).map((concept) => concept.code)),
  },
  'que-1': {
    text: 'An item with the type group has items. An item with the type display has none.',
    holds: (v) => (v.type !== 'group' || has(v, 'item')) && (v.type !== 'display' || !has(v, 'item')),
  },
  'que-2': {
    text: 'Every linkId appears once.',
    holds: (v) => isDistinct(itemsBelow(v).map((item) => item.linkId)),
  },
  'que-3': { text: 'A display item has no code.', holds: (v) => v.type !== 'display' || !has(v, 'code') },
  'que-4': {
    text: 'An item has answerOptions or an answerValueSet, not both.',
    holds: (v) => countOf(v, 'answerOption', 'answerValueSet') < 2,
  },
  'que-5': {
    text: 'Only an item that is answered with a choice, a number, a date, a time, a string or a quantity has answer options.',
    holds: (v) =>
      countOf(v, 'answerOption', 'answerValueSet') === 0 ||
      isOneOf(
        v.type,
        'choice',
        'open-choice',
        'decimal',
        'integer',
        'date',
        'dateTime',
        'time',
        'string',
        'quantity',
      ),
  },
  'que-10': {
    text: 'Only an item that is answered with text or a simple value has a maxLength.',
    holds: (v) =>
      !has(v, 'maxLength') ||
      isOneOf(v.type, 'boolean', 'decimal', 'integer', 'string', 'text', 'url', 'open-choice'),
  },
  'que-6': {
    text: 'A display item neither repeats nor is required.',
    holds: (v) => v.type !== 'display' || countOf(v, 'required', 'repeats') === 0,
  },
  'que-7': {
    text: 'The operator exists needs an answerBoolean.',
    holds: (v) => v.operator !== 'exists' || !hasChoice(v, 'answer') || has(v, 'answerBoolean'),
  },
  'que-8': {
    text: 'A group or display item has no initial value.',
    holds: (v) => !isOneOf(v.type, 'group', 'display') || !has(v, 'initial'),
  },
  'que-9': {
    text: 'A display item is not readOnly.',
    holds: (v) => v.type !== 'display' || !has(v, 'readOnly'),
  },
  'que-11': {
    text: 'An item with answerOptions marks them initialSelected and has no initial value.',
    holds: (v) => countOf(v, 'answerOption', 'initial') < 2,
  },
  'que-12': {
    text: 'With more than one enableWhen an enableBehavior is needed: all or any.',
    holds: (v) => items(v, 'enableWhen').length < 2 || has(v, 'enableBehavior'),
  },
  'que-13': {
    text: 'Only a repeating item has several initial values.',
    holds: (v) => v.repeats === true || items(v, 'initial').length <= 1,
  },
  'qrs-1': {
    text: 'An item has answers or items, not both. Put the items in the answer.',
    holds: (v) => countOf(v, 'answer', 'item') < 2,
  },
};

function codingsOf(concept: Json | undefined): JsonObject[] {
  return isObject(concept) ? objects(concept, 'coding') : [];
}

function sorted(coding: JsonObject): [string, Json | undefined][] {
  return Object.entries(coding).sort(([a], [b]) => (a < b ? -1 : 1));
}

function isEnteredInError(v: JsonObject, system: string): boolean {
  return hasCoding(v.verificationStatus, TERMINOLOGY + system, 'entered-in-error');
}

function isOneOf(value: Json | undefined, ...codes: string[]): boolean {
  return typeof value === 'string' && codes.includes(value);
}

function isOrdered(first: Json | undefined, second: Json | undefined): boolean {
  if (typeof first !== 'string' || typeof second !== 'string') return true;
  const order = compareDates(first, second);
  return order === 'unreadable' || (order !== undefined && order <= 0);
}

function isPercentage(quantity: Json | undefined): boolean {
  return !isObject(quantity) || (text(quantity, 'code') === '%' && text(quantity, 'system') === UCUM);
}

function conceptsOf(v: JsonObject, depth = 0): JsonObject[] {
  if (depth > 60) return [];
  return objects(v, 'concept').flatMap((concept) => [concept, ...conceptsOf(concept, depth + 1)]);
}

function itemsBelow(v: JsonObject, depth = 0): JsonObject[] {
  if (depth > 60) return [];
  return objects(v, 'item').flatMap((item) => [item, ...itemsBelow(item, depth + 1)]);
}
